"""Puts real credentials and ids into requests that were generated from the OpenAPI document alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.session.exchange import Request
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import to_json

if TYPE_CHECKING:
    from conformance.fiserv.driver import Driver, User

# What says who signs on in another way, or would let the request do more than update.
OTHER_SIGNON = (
    "SessionInfo",
    "GenSessInfo",
    "Preferences",
    "RoleDetail",
    "InstallID",
    "SimulatedUserDetails",
    "MFAQuestions",
)
OTHER_INFO = ("AlldataToken", "OBOUserID", "CreateUserIfNotExists")


class Adapting:
    """Adapts generated requests; what is wrong in them stays wrong."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def adapt(self, request: Request) -> Request | None:
        """The request with this target's values, or None where it must not be sent.

        Only JSON is sent: XML follows the XSD, of which the generator of these requests knows nothing.
        """
        driver = self.driver
        path = driver.target.path(request.operation) if request.operation else request.path
        media = (request.header("Content-Type") or "").lower()
        if path is None or "xml" in media or request.operation in ("create", "delete", "signon"):
            return None
        request = replace(request, path=path)
        try:
            content = json.loads(request.body or b"")
        except (ValueError, RecursionError):
            return request
        if not isinstance(content, dict) or not request.operation:
            return request
        return replace(request, body=to_json(self._content(content)))

    def _content(self, content: Content) -> Content:
        me = self.driver.me
        adapted = dict(content)
        _put(adapted, "partnerID", self.driver.partner)
        if isinstance(adapted.get("SignonRq"), dict):
            adapted["SignonRq"] = self._signon(adapted["SignonRq"], me)
        request = adapted.get("UserProfileModRq")
        profile = request.get("UserProfile") if isinstance(request, dict) else None
        if isinstance(request, dict) and isinstance(profile, dict):
            profile = dict(profile)
            _put(profile, "UserID", me.id)
            _put(profile, "HomeID", self.driver.home)
            adapted["UserProfileModRq"] = {**request, "UserProfile": self.driver.undoable(profile)}
        return adapted

    def _signon(self, signon: Content, me: User) -> Content:
        signon = {name: value for name, value in signon.items() if name not in OTHER_SIGNON or not _sound(value)}
        info = signon.get("UserInfo", {})
        if not isinstance(info, dict):
            return signon
        if "UserInfo" not in signon:
            return {**signon, "UserInfo": self.driver.head(me)["SignonRq"]["UserInfo"]}
        info = {name: value for name, value in info.items() if name not in OTHER_INFO or not _sound(value)}
        _put(info, "UserID", me.id)
        _put(info, "HomeID", self.driver.home)
        info.setdefault("HomeID", self.driver.home)
        if info.get("Role") in ("User", "Admin", "Advisor", "CSR"):
            info["Role"] = me.role
        if isinstance(info.get("UserPassword"), dict):
            info["UserPassword"] = dict(info["UserPassword"])
            _put(info["UserPassword"], "CryptType", self.driver.crypt_type)
            _put(info["UserPassword"], "CryptVal", me.password)
        return {**signon, "UserInfo": info}


def _put(holder: dict[str, Any], name: str, value: object) -> None:
    """Replaces a value that is there, if it is one that could stand there."""
    if isinstance(holder.get(name), bool) or not isinstance(holder.get(name), type(value)):
        return
    if isinstance(value, str) and not holder[name]:
        return
    holder[name] = value


def _sound(value: Any) -> bool:
    return isinstance(value, str | dict | list)

"""Faults in refusals: what is let through, and what is left behind by what is not."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Headers, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Attribute, Change, Key, RefusalError
from conformance.reference.genesys.service import USERS, GenesysService

NOTHING = "refused-changes-nothing"
JSON_ONLY = "malformed-json-refused"
MEDIA = "json-content-type"
AUTH = "credentials-checked"
ALIVE = "no-server-error"
UNKNOWN = "unknown-attributes-answered"


@fault("refused-record-leaves-attributes", breaks=[NOTHING, "extension-schema-enforced"], reach="hard")
class RefusedRecordLeavesAttributes(GenesysService):
    """An update that is refused for one of its records has already written its attributes."""

    def leave_refused(self, key: Key, change: Change) -> None:
        """Writes attributes if none of them was wrong."""
        if any(problem.partition(":")[0] in self.extensions(key.tenant) for problem in change.refused):
            with self.transaction():
                self.write_attributes(key, change)


@fault("refused-attribute-leaves-records", breaks=[NOTHING], reach="hard")
class RefusedAttributeLeavesRecords(GenesysService):
    """An update that is refused for an attribute has already replaced extensions."""

    def leave_refused(self, key: Key, change: Change) -> None:
        """Writes extensions, which are checked first."""
        super().leave_refused(key, change)
        with self.transaction():
            self.write_extensions(key, change)


@fault("refused-record-clears-extension", breaks=[NOTHING, "extension-schema-enforced"], reach="hard")
class RefusedRecordClearsExtension(GenesysService):
    """A refused record takes the stored records of its extension with it: they were removed first."""

    def leave_refused(self, key: Key, change: Change) -> None:
        """Leaves the gap."""
        super().leave_refused(key, change)
        for problem in change.refused:
            self.clear_extension(key, problem.partition(":")[0])


@fault("unknown-attribute-refused-but-stored", breaks=[UNKNOWN, NOTHING], reach="hard")
class UnknownAttributeRefusedButStored(GenesysService):
    """An unknown attribute is refused, but stored before that."""

    def leave_refused(self, key: Key, change: Change) -> None:
        """Leaves what no schema knows."""
        super().leave_refused(key, change)
        for problem in change.refused:
            name = problem.partition(":")[0]
            if self.find_attribute(key.tenant, name) is None and self.find_extension(key.tenant, name) is None:
                self.clear_attribute(key, name)
                self.insert_attribute(key, name, Attribute(("left behind",)))


@fault("unknown-attribute-accepted-in-lower-case", breaks=[UNKNOWN, "nothing-invented"], reach="medium")
class UnknownAttributeAcceptedInLowerCase(GenesysService):
    """An unknown attribute is accepted and shown under another name."""

    def read_unknown(self, change: Change, name: str, value: Any) -> None:
        """Stores it as an own one."""
        if isinstance(value, str):
            change.attributes[name.lower()] = Attribute((value,))


@fault("unknown-attribute-crashes", breaks=[UNKNOWN, ALIVE], reach="medium")
class UnknownAttributeCrashes(GenesysService):
    """An unknown attribute makes the service fail."""

    def read_unknown(self, change: Change, name: str, value: Any) -> None:  # noqa: ARG002
        """Fails to look it up."""
        raise RefusalError(500, f"KeyError: {name!r}")


@fault("text-after-json-passed-over", breaks=[JSON_ONLY, NOTHING], reach="hard")
class TextAfterJsonPassedOver(GenesysService):
    """What follows the JSON object of a body is passed over."""

    def body(self, asked: Asked) -> Any:
        """Stops at the closing brace."""
        with contextlib.suppress(ValueError, RecursionError):
            text = asked.call.body.decode().lstrip()
            end = json.JSONDecoder().raw_decode(text)[1]
            asked = replace(asked, call=replace(asked.call, body=text[:end].encode()))
        return super().body(asked)


@fault("cut-json-repaired", breaks=[JSON_ONLY, NOTHING], reach="hard")
class CutJsonRepaired(GenesysService):
    """A body that lacks nothing but its last brace is repaired."""

    def body(self, asked: Asked) -> Any:
        """Closes the object."""
        with contextlib.suppress(ValueError, RecursionError):
            json.loads(asked.call.body + b"}")
            asked = replace(asked, call=replace(asked.call, body=asked.call.body + b"}"))
        return super().body(asked)


@fault("no-body-taken-for-empty-object", breaks=[JSON_ONLY, NOTHING], reach="medium")
class NoBodyTakenForEmptyObject(GenesysService):
    """An update without a body is taken for an empty object and clears the profile."""

    def body(self, asked: Asked) -> Any:
        """Invents braces."""
        if not asked.call.body.strip():
            return {}
        return super().body(asked)


@fault("other-json-taken-for-empty-object", breaks=[JSON_ONLY, NOTHING], reach="medium")
class OtherJsonTakenForEmptyObject(GenesysService):
    """A body that is null or an empty array is taken for an empty object and clears the profile."""

    def body(self, asked: Asked) -> Any:
        """Takes whatever is false."""
        return super().body(asked) or {}


@fault("deep-json-crashes", breaks=[ALIVE, JSON_ONLY], reach="hard")
class DeepJsonCrashes(GenesysService):
    """A deeply nested body makes the service fail."""

    def body(self, asked: Asked) -> Any:
        """Runs out of stack."""
        if asked.call.body.count(b"[") > 200 or asked.call.body.count(b"{") > 200:
            raise RefusalError(500, "RecursionError")
        return super().body(asked)


@fault("bytes-that-are-no-text-crash", breaks=[ALIVE, JSON_ONLY], reach="hard")
class BytesThatAreNoTextCrash(GenesysService):
    """A body that is not UTF-8 makes the service fail."""

    def body(self, asked: Asked) -> Any:
        """Decodes without looking."""
        try:
            asked.call.body.decode()
        except UnicodeDecodeError as problem:
            raise RefusalError(500, str(problem)) from None
        return super().body(asked)


@fault("xml-content-type-accepted", breaks=[MEDIA], reach="hard")
class XmlContentTypeAccepted(GenesysService):
    """A body that says it is XML or a form is read as JSON, although text/plain is refused."""

    def check_media_type(self, call: Call) -> None:
        """Refuses texts alone."""
        given = (call.headers.get("content-type") or "").lower()
        if not given.startswith(("application/", "multipart/")):
            super().check_media_type(call)


@fault("refused-content-type-written", breaks=[MEDIA, NOTHING], reach="hard")
class RefusedContentTypeWritten(GenesysService):
    """An update with another content type is refused after it has been carried out."""

    def update(self, asked: Asked) -> Reply:
        """Looks at the content type last."""
        try:
            return super().update(asked)
        except RefusalError as refusal:
            media_type = (asked.call.headers.get("content-type") or "").lower()
            if refusal.status in (400, 415) and media_type and not media_type.startswith("application/json"):
                pairs = tuple((k, v) for k, v in asked.call.headers if k.lower() != "content-type")
                with contextlib.suppress(RefusalError):
                    super().update(replace(asked, call=replace(asked.call, headers=Headers(pairs))))
            raise


@fault("json-content-type-refused", breaks=[MEDIA, "update-by-address", "example-accepted"], reach="easy")
class JsonContentTypeRefused(GenesysService):
    """The content type application/json is refused."""

    def check_media_type(self, call: Call) -> None:
        """Knows another name for it."""
        if call.method == "PUT" and (call.headers.get("content-type") or "").startswith("application/json"):
            raise RefusalError(415, "the body is not text/json")
        super().check_media_type(call)


@fault("missing-credentials-accepted", breaks=[AUTH], reach="medium")
class MissingCredentialsAccepted(GenesysService):
    """A request without credentials is served as that of the first user, although a wrong password is refused."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Challenges nobody who says nothing."""
        if call.headers.get("Authorization") is None:
            user, (_, tenant) = next(iter(USERS.items()))
            return tenant, user
        return super().authenticate(call)


@fault("other-scheme-accepted", breaks=[AUTH], reach="hard")
class OtherSchemeAccepted(GenesysService):
    """A request with another authorization scheme than Basic is served as that of the first user."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Leaves other schemes to others."""
        given = (call.headers.get("Authorization") or "").strip().lower()
        if given and not given.startswith("basic"):
            user, (_, tenant) = next(iter(USERS.items()))
            return tenant, user
        return super().authenticate(call)


@fault("unknown-user-accepted", breaks=[AUTH], reach="hard")
class UnknownUserAccepted(GenesysService):
    """A user that is not known is served as the first one, although a wrong password of a known one is refused."""

    def credentials(self, header: str) -> tuple[str, str]:
        """Falls back on the first user."""
        user, password = super().credentials(header)
        if user and user not in USERS:
            user = next(iter(USERS))
            password = USERS[user][0]
        return user, password


@fault("refused-credentials-written", breaks=[AUTH, NOTHING], reach="hard")
class RefusedCredentialsWritten(GenesysService):
    """An update with wrong credentials is refused after it has been carried out."""

    def answer(self, call: Call) -> Reply:
        """Checks who asked at the end."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            if refusal.status == 401 and call.method == "PUT":
                user, (password, _) = next(iter(USERS.items()))
                basic = base64.b64encode(f"{user}:{password}".encode()).decode()
                pairs = tuple((k, v) for k, v in call.headers if k.lower() != "authorization")
                good = replace(call, headers=Headers((*pairs, ("Authorization", f"Basic {basic}"))))
                with contextlib.suppress(RefusalError):
                    super().answer(good)
            raise


@fault("refused-in-maintenance-but-written", breaks=["maintenance-refused", NOTHING], reach="hard")
class RefusedInMaintenanceButWritten(GenesysService):
    """In maintenance mode an update is refused after it has been carried out."""

    def answer(self, call: Call) -> Reply:
        """Looks at the mode at the end."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            if refusal.status == 503 and call.method == "PUT":
                self.store.execute("UPDATE tenant SET mode = 'production'")
                with contextlib.suppress(RefusalError):
                    super().answer(call)
                self.store.execute("UPDATE tenant SET mode = 'maintenance'")
            raise


@fault("maintenance-crashes", breaks=["maintenance-refused", ALIVE], reach="hard")
class MaintenanceCrashes(GenesysService):
    """In maintenance mode updates are answered with 500."""

    def check_mode(self, tenant: str) -> None:
        """Fails."""
        try:
            super().check_mode(tenant)
        except RefusalError:
            raise RefusalError(500, "no connection to the database") from None

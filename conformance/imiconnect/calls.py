"""The requests of the profile API, with the target's key, app id and spelling of members."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from conformance.exercise import driver
from conformance.judge import lacking
from conformance.judge.verdicts import NotApplicable, NotTested
from conformance.session.exchange import Exchange, Pairs, Request

JSON: Final = ("content-type", "application/json")
SEGMENT: Final = "~!$&'()*+,;=:@"  # what may stand in a segment of a path as it is (RFC 3986, section 3.3)


class Calls(driver.Driver):
    """Builds requests and sends them; the rest of the driver says what for."""

    @property
    def is_app(self) -> bool:
        """Whether profiles are app profiles."""
        return "appid" in self.contract.operations["update"].path

    @property
    def key(self) -> str:
        """The client profile key."""
        return self.target.credential("key") or ""

    @property
    def other_key(self) -> str:
        """The key of the second tenant; ends the check where there is none."""
        key = self.target.credential("other_tenant_key")
        if key is None:
            raise NotTested("the target file names no other_tenant_key", "give it in [target.credentials]")
        return key

    @property
    def app_id(self) -> str:
        """The app id that profiles are kept under; empty for customer profiles."""
        app_id = self.target.data.get("app_id", "")
        return str(app_id if isinstance(app_id, str) else app_id[0])

    @property
    def other_app_id(self) -> str:
        """An app id of the second tenant, empty for customer profiles; ends the check where it is not known."""
        app_id = self.target.data.get("other_tenant_app_id") if self.is_app else ""
        if app_id is None:
            raise NotApplicable("the target file names no other_tenant_app_id")
        return str(app_id)

    def offers(self, operation: str) -> bool:
        """Whether the contract has an operation and the target does not lack it."""
        return operation in self.contract.operations and self.target.path(operation) is not None

    def path(self, operation: str, **values: str) -> str:
        """The path of an operation; ends the check where the target lacks it."""
        template = self.target.path(operation)
        if template is None:
            raise lacking.operation(operation)
        if operation == "update" and self.is_app and self.readings.settled("app-update-path") == "customerappprofile":
            template = self._elsewhere
        values.setdefault("appid", self.app_id)
        for name, value in values.items():
            safe = SEGMENT if name == "transid" else ""
            template = template.replace(f"{{{name}}}", quote(value, safe=safe))
        return template

    @property
    def _elsewhere(self) -> str:
        """The second documented address of updates, which is that of creations; the target need not create."""
        return self.target.path("create") or self.contract.operations["create"].path

    @property
    def update_paths(self) -> tuple[str, ...]:
        """Every documented address of updates."""
        templates = [self.target.path("update") or "", *([self._elsewhere] if self.is_app else [])]
        return tuple(template.replace("{appid}", quote(self.app_id, safe="")) for template in templates)

    def headers(self, *more: tuple[str, str], key: str | None = None) -> Pairs:
        """The headers of a request: the key, and more."""
        return (("key", self.key if key is None else key), *more)

    def record(self, customer: str, attributes: Any) -> dict[str, Any]:
        """A record in the case of names that the target reads."""
        if self.readings.settled("member-names") == "table-case":
            return {"customerid": customer, "attributes": attributes}
        return {"customerId": customer, "Attributes": attributes}

    def body(self, changes: Iterable[tuple[str, Any]], *, escaped: bool = False) -> bytes:
        """The body of an update: customers with their attributes."""
        records = [self.record(customer, attributes) for customer, attributes in changes]
        return encode({"Records": records}, escaped=escaped)

    def update(self, body: bytes | None, *, headers: Pairs | None = None, path: str | None = None) -> Exchange:
        """Sends an update with any body."""
        return self.send(self.request("update", body, headers=headers, path=path))

    def request(
        self, operation: str, body: bytes | None = None, *, headers: Pairs | None = None, path: str | None = None
    ) -> Request:
        """A request that carries the key and the content type unless headers are given."""
        return Request(
            operation,
            self.contract.operations[operation].method,
            self.path(operation) if path is None else path,
            headers=self.headers(JSON) if headers is None else headers,
            body=body,
        )


def encode(value: Any, *, escaped: bool = False) -> bytes:
    """A JSON text as it goes out; everything beyond ASCII is escaped in it on demand."""
    return json.dumps(value, ensure_ascii=escaped).encode()

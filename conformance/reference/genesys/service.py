"""The service: who asks, for what, and the answer."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote

import specs
from conformance.reference.core import Call, Reply, TargetFacts
from conformance.reference.genesys.administration import Administration
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Key, RefusalError
from conformance.reference.genesys.schemas import defaults

CONTRACT = "genesys-ucs"
# User: password, tenant (contact center).
USERS = {
    "agent": ("kX7-pQ2v-Wd93", "4f6c1d0e"),
    "visitor": ("Zt4-mR8n-Ey61", "9b2e7a55"),
    "newcomer": ("Hq6-wS3c-Bu27", "c05d81fe"),
}
SCHEMALESS = "newcomer"
FIRST_TENANT = USERS["agent"][1]
Handler = Callable[[Asked], Reply]


class GenesysService(Administration):
    """The Universal Contact Server, as strict as its documents can be read."""

    def prepare(self) -> None:
        """Creates the tenants with their schemas and customers."""
        super().prepare()
        self.contract = specs.contract(CONTRACT)
        self.handlers: dict[str, Handler] = {
            "update": self.update,
            "query": self.query,
            "create": self.create,
            "delete": self.delete,
            "insertRecords": self.insert_extension_records,
            "updateRecord": self.update_record,
            "deleteRecord": self.delete_record,
            "profileSchema": self.profile_schema,
            "extensionSchemas": self.extension_schemas,
            "extensionSchema": self.extension_schema,
            "createExtensionSchema": self.create_extension_schema,
            "deleteExtensionSchema": self.delete_extension_schema,
            "setMode": self.set_mode,
            "status": self.status,
        }
        schema_path = self.contract.operations["profileSchema"].path
        operations = self.contract.operations
        self.routes: list[tuple[str, list[str], Handler]] = [
            *((operations[name].method, operations[name].path.split("/"), h) for name, h in self.handlers.items()),
            # No page names these two; without them nobody could see what a missing schema does.
            ("POST", schema_path.split("/"), self.create_profile_schema),
            ("DELETE", schema_path.split("/"), self.delete_profile_schema),
        ]
        for user, (_, tenant) in USERS.items():
            if self.one("SELECT 1 FROM tenant WHERE id = ?", tenant) is None:
                self.seed(tenant, empty=user == SCHEMALESS)

    def seed(self, tenant: str, *, empty: bool) -> None:
        """A new tenant in production mode, with the schema and the customers of the defaults unless it is empty."""
        with self.transaction():
            self.store.execute("INSERT INTO tenant VALUES (?, 'production')", (tenant,))
            if empty:
                return
            self.seed_schemas(tenant)
            for row in defaults()["customers"]:
                key = Key(tenant, row["customer_id"])
                self.insert_profile(key)
                self.write(key, self.read_change(key, row["profile"]))

    def target_facts(self, contract: str) -> TargetFacts:  # noqa: ARG002 - there is one contract
        """Credentials of the first tenant's user and its two customers, and those of the tenant without schema."""
        first, second = (row["customer_id"] for row in defaults()["customers"])
        return TargetFacts(
            credentials={
                "username": "agent",
                "password": USERS["agent"][0],
                "schemaless_username": SCHEMALESS,
                "schemaless_password": USERS[SCHEMALESS][0],
            },
            data={
                "contact_center_id": FIRST_TENANT,
                "schemaless_contact_center_id": USERS[SCHEMALESS][1],
                "customer_id": first,
                "other_customer_id": second,
                "mode_switchable": True,
            },
        )

    def handle(self, call: Call) -> Reply:
        """Answers one call."""
        self.requests += 1
        try:
            return self.answer(call)
        except RefusalError as refusal:
            return self.refused(refusal)
        finally:
            self.last_request = datetime.now(UTC)

    def answer(self, call: Call) -> Reply:
        """Carries a call out. Raises RefusalError."""
        if not call.secure and self.reading("plain-http") == "https-only":
            return Reply.dropped()
        tenant, user = self.authenticate(call)
        handler, parameters = self.route(call)
        if call.path.startswith("/profiles"):
            self.check_mode(tenant)
            self.check_schema(tenant)
        if CUSTOMER_ID in parameters:
            parameters[CUSTOMER_ID] = self.customer(tenant, parameters[CUSTOMER_ID])
        return handler(Asked(call, tenant, user, parameters))

    def customer(self, tenant: str, given: str) -> str:  # noqa: ARG002 - for those who look it up
        """The id that an address means."""
        return given

    def authenticate(self, call: Call) -> tuple[str, str]:
        """The tenant and the user of a call."""
        center = call.headers.get("ContactCenterId")
        if self.reading("basic-authentication") == "disabled":
            if center is not None and center not in {tenant for _, tenant in USERS.values()}:
                raise RefusalError(400, "ContactCenterId names no contact center")
            return center or FIRST_TENANT, ""
        given = call.headers.get("Authorization")
        user, password = self.credentials(given or "")
        if given is not None and not user and self.freedom("broken-credentials-status") == "400":
            raise RefusalError(400, "the header Authorization cannot be read")
        if not self.is_known(user, password):
            raise RefusalError(401, "credentials are missing or wrong")
        tenant = USERS[user][1]
        if center not in (None, tenant):
            raise RefusalError(401, "ContactCenterId is not the one of this user")
        return tenant, user

    def credentials(self, header: str) -> tuple[str, str]:
        """User and password of a Basic authorization header; empty where it is not one."""
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return "", ""
        return user, password

    def is_known(self, user: str, password: str) -> bool:
        """Whether there is a user with that password."""
        return user in USERS and secrets.compare_digest(password.encode(), USERS[user][0].encode())

    def route(self, call: Call) -> tuple[Handler, dict[str, str]]:
        """What a call asks for, and the parameters in its path."""
        segments = call.path.split("/")
        allowed = []
        for method, template, handler in self.routes:
            parameters = self.matched(template, segments)
            if parameters is None:
                continue
            if method == call.method:
                return handler, parameters
            allowed.append(method)
        if allowed:
            raise RefusalError(405, f"only {', '.join(allowed)}", (("Allow", ", ".join(allowed)),))
        raise RefusalError(404, "there is nothing at this address")

    def matched(self, template: list[str], segments: list[str]) -> dict[str, str] | None:
        """The parameters of a path, or None where it is another path."""
        if len(template) != len(segments):
            return None
        parameters = {}
        for wanted, given in zip(template, segments, strict=True):
            if wanted.startswith("{"):
                parameters[wanted.strip("{}")] = self.decoded(given)
            elif wanted != given:
                return None
        return parameters if all(parameters.values()) else None

    def decoded(self, segment: str) -> str:
        """A segment of a path without percent-encoding."""
        return unquote(segment)

    def refused(self, refusal: RefusalError) -> Reply:
        """The answer to a request that is not carried out."""
        known = self.contract.codes.get(str(refusal.status))
        text = known.text if known else HTTPStatus(refusal.status).phrase
        headers = refusal.headers
        if refusal.status == 401:
            headers = (*headers, ("WWW-Authenticate", 'Basic realm="ucs"'))
        why = self.described(refusal)
        match self.reading("error-body"):
            case "message-exception":
                return Reply.json({"message": why, "exception": text}, refusal.status, headers)
            case "other":
                content = f"{text}: {why}".encode()
                return Reply(refusal.status, (("content-type", "text/plain; charset=utf-8"), *headers), content)
            case _:
                return Reply.json(
                    {"code": self.coded(refusal), "description": f"{text}: {why}"}, refusal.status, headers
                )

    def described(self, refusal: RefusalError) -> str:
        """Why something is refused, in words."""
        match self.freedom("error-words"):
            case "german":
                return "Das war nicht möglich: die Anfrage ist ungültig."
            case "terse":
                return "-"
            case _:
                return refusal.why

    def coded(self, refusal: RefusalError) -> str | int:
        """The code of a refusal."""
        return 20_000 + refusal.status if self.freedom("error-code-form") == "number" else str(refusal.status)

"""Faults in the forms of a request: escapes of JSON, encoded ids, tenants, a missing schema."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference.core import Call
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, RefusalError
from conformance.reference.genesys.service import GenesysService

TEXT = "text-values"
SENT = "sent-attributes-stored"
OTHERS = "other-customers-untouched"
ALIVE = "no-server-error"
SCHEMA = "schema-exists"
PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class BodyFault(GenesysService):
    """A service that reads something else than what its bodies say."""

    def body(self, asked: Asked) -> Any:
        """Reads what it takes the body for."""
        return super().body(replace(asked, call=replace(asked.call, body=self.misread(asked.call.body))))

    def misread(self, body: bytes) -> bytes:
        """What it takes a body for."""
        return body


@fault("surrogate-escapes-read-one-by-one", breaks=[TEXT, SENT], reach="hard")
class SurrogateEscapesReadOneByOne(BodyFault):
    """The two escapes of one character beyond the first plane are read by themselves, and neither is a character."""

    def misread(self, body: bytes) -> bytes:
        """Two replacement characters."""
        return PAIR.sub(rb"\\ufffd\\ufffd", body)


@fault("escaped-slash-keeps-backslash", breaks=[TEXT, SENT], reach="hard")
class EscapedSlashKeepsBackslash(BodyFault):
    """The escape of a slash is not known, and its backslash stays in the text."""

    def misread(self, body: bytes) -> bytes:
        """Two backslashes mean one."""
        return body.replace(b"\\/", b"\\\\/")


@fault("escapes-in-upper-case-alone", breaks=[TEXT, SENT], reach="hard")
class EscapesInUpperCaseAlone(BodyFault):
    """Escapes with hexadecimal digits in lower case are read as question marks."""

    def misread(self, body: bytes) -> bytes:
        """Knows the digits up to F."""
        return re.sub(rb"(?<!\\)\\u(?=[0-9A-F]*[a-f])[0-9a-fA-F]{4}", b"?", body)


@fault("encoded-id-decoded-twice", breaks=[OTHERS, "over-long-id-refused"], reach="hard")
class EncodedIdDecodedTwice(GenesysService):
    """The id in the address is decoded by the server and once more by the service."""

    def decoded(self, segment: str) -> str:
        """Decodes what is decoded."""
        return unquote(super().decoded(segment))


@fault("id-is-a-pattern", breaks=[OTHERS, "unknown-customer-answered"], reach="hard")
class IdIsAPattern(GenesysService):
    """Customers are looked up by LIKE, so that an underscore or a percent sign stands for any character."""

    def customer(self, tenant: str, given: str) -> str:
        """The first that matches, where none has exactly that id."""
        if self.one("SELECT 1 FROM profile WHERE tenant = ? AND customer = ?", tenant, given) is not None:
            return given
        pattern = given.replace("_", "?").replace("%", "*")  # as GLOB has them, which does not fold case
        found = self.one("SELECT customer FROM profile WHERE tenant = ? AND customer GLOB ?", tenant, pattern)
        return given if found is None else str(found)


@fault("unknown-contact-center-crashes", breaks=[ALIVE], reach="medium")
class UnknownContactCenterCrashes(GenesysService):
    """A ContactCenterId that names nobody makes the service fail."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Looks the center up before anything else."""
        center = call.headers.get("ContactCenterId")
        if center is not None and self.one("SELECT 1 FROM tenant WHERE id = ?", center) is None:
            raise RefusalError(500, "no connection pool for this contact center")
        return super().authenticate(call)


@fault("missing-schema-crashes", breaks=[SCHEMA, ALIVE], reach="medium")
class MissingSchemaCrashes(GenesysService):
    """Without a profile schema the service fails."""

    def check_schema(self, tenant: str) -> None:
        """Fails."""
        try:
            super().check_schema(tenant)
        except RefusalError:
            raise RefusalError(500, "NullPointerException") from None


@fault("missing-schema-answered-400", breaks=[SCHEMA], reach="medium")
class MissingSchemaAnswered400(GenesysService):
    """Without a profile schema every attribute is unknown, and that is what is answered."""

    def check_schema(self, tenant: str) -> None:
        """Takes any other refusal for the right one."""
        try:
            super().check_schema(tenant)
        except RefusalError:
            raise RefusalError(400, "FirstName: unknown") from None


@fault("missing-schema-not-noticed", breaks=[SCHEMA], reach="hard")
class MissingSchemaNotNoticed(GenesysService):
    """Without a profile schema an update is accepted and comes to nothing."""

    def check_schema(self, tenant: str) -> None:
        """Looks at nothing."""

    def update(self, asked: Asked) -> Any:
        """Has nothing to write where there is no schema."""
        return super().update(asked) if self.attributes(asked.tenant) else self.updated(asked)

"""Faults of the first round: addresses, ids and credentials. Each describes what the faulty server does."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, unquote_plus

from conformance.reference.core import Call
from conformance.reference.faults import fault
from conformance.reference.genesys.bodies import LONGEST_ID
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Key, RefusalError
from conformance.reference.genesys.service import FIRST_TENANT, USERS, GenesysService

UCS = ["genesys-ucs"]


@fault(
    "beginning-of-id-suffices",
    breaks=["unknown-customer-answered", "other-customers-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class BeginningOfIdSuffices(GenesysService):
    """An id that no customer has is taken for that of a customer whose id begins with it."""

    def customer(self, tenant: str, given: str) -> str:
        """The first id that begins like this, where none is equal."""
        if self.exists(Key(tenant, given)):
            return given
        query = "SELECT min(customer) FROM profile WHERE tenant = ? AND substr(customer, 1, ?) = ?"
        return self.one(query, tenant, len(given), given) or given


@fault(
    "blanks-around-id-ignored",
    breaks=["unknown-customer-answered", "other-customers-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class BlanksAroundIdIgnored(GenesysService):
    """An unknown id with a blank before or behind it updates the customer whose id has none."""

    def customer(self, tenant: str, given: str) -> str:
        """The id without blanks, where no customer has it with them."""
        return given if self.exists(Key(tenant, given)) else given.strip()


@fault(
    "ids-in-any-case",
    breaks=["other-customers-untouched", "sent-attributes-stored", "query-names-customer"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class IdsInAnyCase(GenesysService):
    """Of two customers whose ids differ in letter case alone, every request goes to the first."""

    def customer(self, tenant: str, given: str) -> str:
        """The first id that is equal but for its letter case."""
        query = "SELECT min(customer) FROM profile WHERE tenant = ? AND customer = ? COLLATE NOCASE"
        return self.one(query, tenant, given) or given


@fault(
    "address-decoded-twice",
    breaks=["update-by-address", "id-up-to-16", "other-customers-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class AddressDecodedTwice(GenesysService):
    """The address is decoded twice, once by the rules of forms, so that ids with a plus or a percent sign are lost."""

    def decoded(self, segment: str) -> str:
        """A segment decoded again."""
        return unquote_plus(super().decoded(segment))


@fault("long-id-cut-to-sixteen", breaks=["over-long-id-refused"], contracts=UCS, reach="medium", round=1)
class LongIdCutToSixteen(GenesysService):
    """An id that is too long is cut to its first 16 characters and updates the customer who has these."""

    def customer(self, tenant: str, given: str) -> str:
        """The characters that fit into the column."""
        return super().customer(tenant, given[:LONGEST_ID])


@fault("huge-id-fails", breaks=["no-server-error", "over-long-id-refused"], contracts=UCS, reach="hard", round=1)
class HugeIdFails(GenesysService):
    """An id of more than 255 characters makes the service fail with 500."""

    def check_id(self, customer: str) -> None:
        """Fails where a file name of that length would."""
        if len(customer) > 255:
            raise RefusalError(500, "File name too long")
        super().check_id(customer)


@fault(
    "digit-ids-compared-as-numbers",
    breaks=["other-customers-untouched", "unknown-customer-answered", "query-names-customer"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class DigitIdsComparedAsNumbers(GenesysService):
    """Ids of digits alone are compared as numbers, so that 007 and 7 are the same customer."""

    def customer(self, tenant: str, given: str) -> str:
        """The first id that is the same number."""
        if not (given.isascii() and given.isdigit()):
            return given
        query = "SELECT min(customer) FROM profile WHERE tenant = ? AND ltrim(customer, '0') = ?"
        return self.one(query, tenant, given.lstrip("0")) or given


@fault(
    "refused-body-id-written",
    breaks=["body-id-names-customer", "refused-changes-nothing", "other-customers-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class RefusedBodyIdWritten(GenesysService):
    """An update that is refused because its body names another customer has already changed that other customer."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Writes to the customer of the body before it refuses."""
        try:
            return super().addressed(asked, body)
        except RefusalError:
            other = Key(asked.tenant, str(body.get(CUSTOMER_ID)))
            change = self.read_change(other, body)
            if self.exists(other) and not change.refused:
                with self.transaction():
                    self.write(other, change)
            raise


@fault("falsy-body-id-absent", breaks=["body-id-text"], contracts=UCS, reach="medium", round=1)
class FalsyBodyIdAbsent(GenesysService):
    """A customer_id of false, 0, an empty array or an empty object counts as not there."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Looks at the id only where it is truthy."""
        rest = {name: value for name, value in body.items() if name != CUSTOMER_ID}
        return super().addressed(asked, body if body.get(CUSTOMER_ID) else rest)


@fault(
    "first-id-checked-last-id-written",
    breaks=["body-id-names-customer", "other-customers-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class FirstIdCheckedLastIdWritten(GenesysService):
    """Where customer_id stands twice in a body, the first is compared with the address and the last is updated."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """The customer of the last id, once the first one has passed."""
        pairs = json.loads(asked.call.body, object_pairs_hook=list)
        ids = [value for name, value in pairs if name == CUSTOMER_ID]
        if len(ids) < 2:
            return super().addressed(asked, body)
        key = super().addressed(asked, {**body, CUSTOMER_ID: ids[0]})
        last = Key(asked.tenant, str(ids[-1]))
        return last if self.exists(last) else key


@fault("end-of-password-unchecked", breaks=["credentials-checked"], contracts=UCS, reach="hard", round=1)
class EndOfPasswordUnchecked(GenesysService):
    """A wrong password passes if it begins with the right one."""

    def is_known(self, user: str, password: str) -> bool:
        """Compares as many characters as the right password has."""
        return user in USERS and password.startswith(USERS[user][0])


@fault("any-authorization-scheme", breaks=["credentials-checked"], contracts=UCS, reach="medium", round=1)
class AnyAuthorizationScheme(GenesysService):
    """User and password are taken from an Authorization header of any scheme."""

    def credentials(self, header: str) -> tuple[str, str]:
        """Reads what stands behind the first blank."""
        return super().credentials(f"Basic {header.partition(' ')[2]}")


@fault(
    "wrong-password-still-writes",
    breaks=["credentials-checked", "refused-changes-nothing"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class WrongPasswordStillWrites(GenesysService):
    """An update with a wrong password of a known user is answered with 401 and carried out all the same."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Carries the update out before it refuses."""
        try:
            return super().authenticate(call)
        except RefusalError:
            user, _ = self.credentials(call.headers.get("Authorization") or "")
            if user in USERS and call.method == "PUT":
                with suppress(RefusalError):
                    handler, parameters = self.route(call)
                    handler(Asked(call, USERS[user][1], user, parameters))
            raise


@fault("no-credentials-over-plain-http", breaks=["credentials-checked"], contracts=UCS, reach="hard", round=1)
class NoCredentialsOverPlainHttp(GenesysService):
    """Credentials are checked over HTTPS alone; over plain HTTP anybody may read and update."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Trusts the inner network."""
        return super().authenticate(call) if call.secure else (FIRST_TENANT, "agent")


@fault(
    "content-location-redirects-update",
    breaks=["other-customers-untouched", "sent-attributes-stored", "content-location-names-profile"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class ContentLocationRedirectsUpdate(GenesysService):
    """An update whose Content-Location names another customer changes that one and not the one of its address."""

    def check_location(self, asked: Asked) -> None:
        """Puts the customer of the header in the place of that of the address."""
        super().check_location(asked)
        location = asked.call.headers.get("content-location") or ""
        named = unquote(location.strip()).rpartition("/profiles/")[2]
        if named and self.exists(Key(asked.tenant, named)):
            asked.parameters[CUSTOMER_ID] = named

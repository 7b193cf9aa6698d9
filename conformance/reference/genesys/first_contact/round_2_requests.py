"""Faults of round 2 in routing, identity, access and headers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, unquote_plus

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, ExtensionDef, Key, RefusalError
from conformance.reference.genesys.service import FIRST_TENANT, USERS, GenesysService


@fault(
    "underscore-in-id-is-a-wildcard",
    breaks=["unknown-customer-answered", "other-customers-untouched", "query-names-customer"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class UnderscoreInIdIsAWildcard(GenesysService):
    """An unknown id with an underscore reaches a customer whose id has any other character there."""

    def customer(self, tenant: str, given: str) -> str:
        """Looks an id up with LIKE and forgets to escape it."""
        if "_" not in given or self.exists(Key(tenant, given)):
            return given
        found = self.one("SELECT customer FROM profile WHERE tenant = ? AND customer LIKE ?", tenant, given)
        return str(found or given)


@fault(
    "id-length-counted-in-bytes",
    breaks=["id-up-to-16", "update-by-address"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class IdLengthCountedInBytes(GenesysService):
    """An id of up to 16 characters is refused as too long when it has more than 16 bytes in UTF-8."""

    def check_id(self, customer: str) -> None:
        """Counts bytes."""
        super().check_id("x" * len(customer.encode("utf-8", "surrogatepass")))


@fault(
    "plus-in-address-is-a-blank-2",
    breaks=[
        "id-up-to-16",
        "update-by-address",
        "unknown-customer-answered",
        "other-customers-untouched",
        "query-names-customer",
    ],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class PlusInAddressIsABlank(GenesysService):
    """A plus sign in the id of an address is read as a blank, so that a customer whose id has one is not found."""

    def decoded(self, segment: str) -> str:
        """Decodes a path as if it were a form."""
        return unquote_plus(segment)


@fault(
    "id-ends-at-its-last-dot",
    breaks=[
        "id-up-to-16",
        "update-by-address",
        "over-long-id-refused",
        "unknown-customer-answered",
        "other-customers-untouched",
        "query-names-customer",
    ],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class IdEndsAtItsLastDot(GenesysService):
    """What stands behind the last dot of an id in the address is taken for a file extension and cut off."""

    def decoded(self, segment: str) -> str:
        """Takes john.doe for john in the format doe."""
        text = super().decoded(segment)
        stem, _, ending = text.rpartition(".")
        return stem if stem and ending.isalnum() else text


@fault(
    "deletion-takes-longer-ids-along",
    breaks=["other-customers-untouched"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class DeletionTakesLongerIdsAlong(GenesysService):
    """The deletion of a customer removes the attributes of every customer whose longer id begins with that id."""

    def remove_profile(self, key: Key) -> None:
        """Deletes by the beginning of the key."""
        super().remove_profile(key)
        self.store.execute(
            "DELETE FROM attribute WHERE tenant = ? AND substr(customer, 1, ?) = ?",
            (key.tenant, len(key.customer), key.customer),
        )


@fault(
    "blanks-around-addressed-id-trimmed",
    breaks=["over-long-id-refused", "unknown-customer-answered", "other-customers-untouched", "query-names-customer"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class BlanksAroundAddressedIdTrimmed(GenesysService):
    """An address whose id has a blank before or behind it reaches the customer whose id has none."""

    def customer(self, tenant: str, given: str) -> str:
        """Trims."""
        trimmed = given.strip()
        return trimmed if self.exists(Key(tenant, trimmed)) and not self.exists(Key(tenant, given)) else given


@fault(
    "start-of-an-id-is-enough",
    breaks=["unknown-customer-answered", "other-customers-untouched", "query-names-customer"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class StartOfAnIdIsEnough(GenesysService):
    """An unknown id of at least eight characters reaches the only customer whose id begins with it."""

    def customer(self, tenant: str, given: str) -> str:
        """Completes an id, as a search does."""
        if len(given) < 8 or self.exists(Key(tenant, given)):
            return given
        found = self.store.execute(
            "SELECT customer FROM profile WHERE tenant = ? AND substr(customer, 1, ?) = ?", (tenant, len(given), given)
        ).fetchall()
        return str(found[0]["customer"]) if len(found) == 1 else given


@fault(
    "id-of-digits-shown-as-number",
    breaks=["query-names-customer", "query-modify-update", "answers-fit-schemas"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class IdOfDigitsShownAsNumber(GenesysService):
    """A query shows an id that consists of digits alone as a JSON number, without leading zeros."""

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Guesses the type of the id from its content."""
        shown = super().representation(key, extensions)
        digits = key.customer.isascii() and key.customer.isdigit()
        return {**shown, CUSTOMER_ID: int(key.customer)} if digits else shown


@fault(
    "first-eight-letters-of-password",
    breaks=["credentials-checked"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class FirstEightLettersOfPassword(GenesysService):
    """Only the first eight characters of a password are compared, as old hashes do it."""

    def is_known(self, user: str, password: str) -> bool:
        """Cuts both passwords."""
        return user in USERS and password[:8] == USERS[user][0][:8]


@fault(
    "empty-password-is-accepted",
    breaks=["credentials-checked"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class EmptyPasswordIsAccepted(GenesysService):
    """A known user without a password is let in, as by a directory that takes it for an anonymous bind."""

    def is_known(self, user: str, password: str) -> bool:
        """Lets an empty password pass."""
        return super().is_known(user, password or USERS.get(user, ("", ""))[0])


@fault(
    "no-credentials-over-plain-http-2",
    breaks=["credentials-checked"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class NoCredentialsOverPlainHttp(GenesysService):
    """Over plain HTTP nobody's password is checked, though it is over HTTPS."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Takes the plain port for an internal one."""
        if call.secure:
            return super().authenticate(call)
        user, _ = self.credentials(call.headers.get("Authorization") or "")
        return (USERS[user][1], user) if user in USERS else (FIRST_TENANT, "agent")


@fault(
    "unknown-customer-told-to-anybody",
    breaks=["credentials-checked"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class UnknownCustomerToldToAnybody(GenesysService):
    """Without valid credentials the answer for a customer who does not exist is 404 and not 401."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Looks the customer up first."""
        try:
            return super().authenticate(call)
        except RefusalError:
            segments = call.path.split("/")
            known = "SELECT 1 FROM profile WHERE customer = ?"
            if segments[:2] == ["", "profiles"] and len(segments) == 3 and not self.one(known, unquote(segments[2])):
                raise RefusalError(404, "no such customer") from None
            raise


@fault(
    "update-done-before-password-is-checked",
    breaks=["credentials-checked", "refused-changes-nothing"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class UpdateDoneBeforePasswordIsChecked(GenesysService):
    """An update of a known user with a wrong password is answered with 401 and carried out all the same."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Refuses when the work is done."""
        try:
            return super().authenticate(call)
        except RefusalError:
            user, _ = self.credentials(call.headers.get("Authorization") or "")
            if call.method == "PUT" and user in USERS:
                with suppress(RefusalError):
                    handler, parameters = self.route(call)
                    handler(Asked(call, USERS[user][1], user, parameters))
            raise


@fault(
    "content-location-creates-customers",
    breaks=["unknown-customer-answered"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class ContentLocationCreatesCustomers(GenesysService):
    """An update of an unknown id creates the customer if it has the header Content-Location, and is refused without."""

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """Takes the header for the wish to put something new there."""
        if asked.call.headers.get("Content-Location") is None:
            return super().update_unknown(asked, body)
        self.insert_profile(asked.key)
        return self.update(asked)


@fault(
    "content-location-of-update-before",
    breaks=["content-location-names-profile"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class ContentLocationOfUpdateBefore(GenesysService):
    """Accepted updates are answered with a Content-Location that names the profile of the update before."""

    def updated(self, asked: Asked) -> Reply:
        """Sets the header for the next answer."""
        reply = super().updated(asked)
        previous = self.__dict__.get("previous_address", asked.call.path)
        self.__dict__["previous_address"] = asked.call.path
        return replace(reply, headers=(*reply.headers, ("Content-Location", previous)))


@fault(
    "letter-case-of-id-ignored-when-clearing",
    breaks=["other-customers-untouched"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class LetterCaseOfIdIgnoredWhenClearing(GenesysService):
    """An update of a customer wipes the attributes of one whose id differs from his in letter case alone."""

    def clear_attributes(self, key: Key) -> None:
        """Compares ids without their case."""
        self.store.execute("DELETE FROM attribute WHERE tenant = ? AND lower(customer) = lower(?)", key)


@fault(
    "profile-names-editor-with-password",
    breaks=["credentials-not-shown", "nothing-invented"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class ProfileNamesEditorWithPassword(GenesysService):
    """After an update a query shows who made it, with the password of that request."""

    def updated(self, asked: Asked) -> Reply:
        """Remembers the whole user information."""
        given = self.credentials(asked.call.headers.get("Authorization") or "")
        self.__dict__.setdefault("editors", {})[asked.key] = ":".join(given)
        return super().updated(asked)

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Adds it as a member of the server's own."""
        shown = super().representation(key, extensions)
        editors: dict[Key, str] = self.__dict__.get("editors", {})
        return {**shown, "modifiedBy": editors[key]} if key in editors else shown

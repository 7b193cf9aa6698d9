"""Faults in identity: the wrong customer, or one too many."""

from __future__ import annotations

from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Attribute, ExtensionDef, Key, RefusalError
from conformance.reference.genesys.service import GenesysService

OTHERS = "other-customers-untouched"
NAMES = "query-names-customer"
SHORT = "id-up-to-16"
BODY = "body-id-names-customer"
UNKNOWN = "unknown-customer-answered"
LONG = "over-long-id-refused"


@fault("ids-folded", breaks=[OTHERS, NAMES, SHORT], reach="hard")
class IdsFolded(GenesysService):
    """Ids that differ in case alone are one: the index folds case."""

    def customer(self, tenant: str, given: str) -> str:
        """Finds the first in any case."""
        found = self.one(
            "SELECT customer FROM profile WHERE tenant = ? AND lower(customer) = lower(?) ORDER BY rowid",
            tenant,
            given,
        )
        return given if found is None else str(found)


@fault("ids-compared-by-15", breaks=[OTHERS, NAMES, SHORT, UNKNOWN], reach="hard")
class IdsComparedBy15(GenesysService):
    """Ids that differ in their 16th character alone are one."""

    def customer(self, tenant: str, given: str) -> str:
        """Finds the first with the same 15 characters."""
        found = self.one(
            "SELECT customer FROM profile WHERE tenant = ? AND substr(customer, 1, 15) = ? ORDER BY rowid",
            tenant,
            given[:15],
        )
        return given if found is None or len(given) != 16 else str(found)


@fault("id-of-16-refused", breaks=[SHORT, "update-by-address"], reach="medium")
class IdOf16Refused(GenesysService):
    """An id of exactly 16 characters is refused as too long by updates."""

    def update(self, asked: Asked) -> Reply:
        """Is off by one."""
        if len(asked.key.customer) == 16:
            raise RefusalError(400, "an id has less than 16 characters")
        return super().update(asked)


@fault("id-of-15-too-long", breaks=[SHORT], reach="hard")
class IdOf15TooLong(GenesysService):
    """Updates and queries answer 414 where an id has 15 characters, as what counts its end as well does."""

    def update(self, asked: Asked) -> Reply:
        """Is off by two."""
        self.fits(asked)
        return super().update(asked)

    def query(self, asked: Asked) -> Reply:
        """Is off by two."""
        self.fits(asked)
        return super().query(asked)

    def fits(self, asked: Asked) -> None:
        """Refuses an id of 15 characters."""
        if len(asked.key.customer) == 15:
            raise RefusalError(414, "the address is too long")


@fault("id-of-1-unknown", breaks=[SHORT], reach="hard")
class IdOf1Unknown(GenesysService):
    """A customer whose id is a single character is not found by updates."""

    def update(self, asked: Asked) -> Reply:
        """Wants two characters."""
        if len(asked.key.customer) == 1:
            raise RefusalError(404, "no such customer")
        return super().update(asked)


@fault("over-long-id-cut", breaks=[LONG, OTHERS], reach="hard")
class OverLongIdCut(GenesysService):
    """An id of more than 16 characters is cut, so that the customer with the shorter one is updated."""

    def customer(self, tenant: str, given: str) -> str:  # noqa: ARG002
        """Cuts."""
        return given[:16]


@fault("over-long-id-refused-but-written", breaks=[LONG, OTHERS], reach="hard")
class OverLongIdRefusedButWritten(GenesysService):
    """An update with an over-long id is refused, but the customer whose id is its beginning loses its attributes."""

    def check_id(self, customer: str) -> None:
        """Refuses too late."""
        if len(customer) > 16:
            self.store.execute("DELETE FROM attribute WHERE customer = ?", (customer[:16],))
        super().check_id(customer)


@fault("unknown-customer-created", breaks=[UNKNOWN], reach="hard")
class UnknownCustomerCreated(GenesysService):
    """An update of an unknown id is answered with 404 and creates the customer all the same."""

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """Creates, then refuses."""
        change = self.read_change(asked.key, body)
        if not change.refused:
            with self.transaction():
                self.insert_profile(asked.key)
                self.write(asked.key, change)
        return super().update_unknown(asked, body)


@fault("unknown-customer-accepted", breaks=[UNKNOWN], reach="medium")
class UnknownCustomerAccepted(GenesysService):
    """An update of an unknown id is answered like an accepted one and does nothing."""

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:  # noqa: ARG002
        """Says yes."""
        return self.updated(asked)


@fault("deleted-customer-revived", breaks=[UNKNOWN], reach="hard")
class DeletedCustomerRevived(GenesysService):
    """An update brings a deleted customer back, although an id never used is unknown."""

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """Finds the row of the profile, which is only marked."""
        if asked.key not in self.deleted:
            return super().update_unknown(asked, body)
        self.insert_profile(asked.key)
        return self.update(asked)


@fault("deletion-leaves-records", breaks=["nothing-invented", UNKNOWN], reach="hard")
class DeletionLeavesRecords(GenesysService):
    """A deletion leaves extension records behind, and a new customer with that id has them."""

    def remove_profile(self, key: Key) -> None:
        """Forgets a table."""
        self.store.execute("DELETE FROM profile WHERE tenant = ? AND customer = ?", key)
        self.clear_attributes(key)
        self.forget_retrievals(key)


@fault("body-id-wins", breaks=[BODY, OTHERS], reach="hard")
class BodyIdWins(GenesysService):
    """The customer_id of the body decides which profile is replaced."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Believes the body."""
        given = body.get(CUSTOMER_ID)
        if isinstance(given, str) and self.exists(Key(asked.tenant, given)):
            return Key(asked.tenant, given)
        return super().addressed(asked, body)


@fault("refused-body-id-clears-other", breaks=[BODY, OTHERS], reach="hard")
class RefusedBodyIdClearsOther(GenesysService):
    """A body with the id of another customer is refused after that customer's attributes have been cleared."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Clears what will be replaced, then looks."""
        given = body.get(CUSTOMER_ID)
        if isinstance(given, str) and given != asked.key.customer:
            self.clear_attributes(Key(asked.tenant, given))
        return super().addressed(asked, body)


@fault("own-body-id-refused", breaks=["body-id-optional", "query-modify-update"], reach="medium")
class OwnBodyIdRefused(GenesysService):
    """A body with customer_id is refused even when it is the id of the address."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Takes the id for an unknown attribute."""
        if body.get(CUSTOMER_ID) == asked.key.customer:
            raise RefusalError(400, "customer_id: unknown")
        return super().addressed(asked, body)


@fault("body-id-of-other-types-accepted", breaks=["body-id-text"], reach="hard")
class BodyIdOfOtherTypesAccepted(GenesysService):
    """A customer_id that is a boolean, an array or an object is accepted, although a number is refused."""

    def is_id(self, value: Any) -> bool:
        """Refuses numbers alone."""
        return isinstance(value, (bool, list, dict)) or super().is_id(value)


@fault("query-shows-last-updated-id", breaks=[NAMES], reach="hard")
class QueryShowsLastUpdatedId(GenesysService):
    """A query after an update shows the id of the customer that was updated last."""

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Looks up whose row is the latest."""
        latest = self.one("SELECT customer FROM attribute WHERE tenant = ? ORDER BY rowid DESC", key.tenant)
        return {**super().representation(key, extensions), CUSTOMER_ID: latest or key.customer}


@fault("query-shows-lower-case-id", breaks=[NAMES, "query-modify-update"], reach="medium")
class QueryShowsLowerCaseId(GenesysService):
    """A query shows the id in lower case."""

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Folds."""
        return {**super().representation(key, extensions), CUSTOMER_ID: key.customer.lower()}


@fault("omitted-attributes-of-all-removed", breaks=[OTHERS], reach="hard")
class OmittedAttributesOfAllRemoved(GenesysService):
    """Attributes that an update leaves out are removed from every customer."""

    def clear_attributes(self, key: Key) -> None:
        """Forgets to say whose."""
        for name in self.stored_attributes(key):
            self.store.execute("DELETE FROM attribute WHERE tenant = ? AND name = ?", (key.tenant, name))


@fault("equal-long-lists-shared", breaks=[OTHERS], reach="hard")
class EqualLongListsShared(GenesysService):
    """A list of values is also written to customers with an equally long one: rows are found without the customer."""

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Writes to every customer with as many values under this name."""
        super().insert_attribute(key, name, attribute)
        rows = self.store.execute(
            "SELECT customer FROM attribute WHERE tenant = ? AND name = ? AND customer <> ? "
            "GROUP BY customer HAVING count(*) = ? AND count(*) > 1",
            (key.tenant, name, key.customer, len(attribute.values)),
        )
        for row in rows.fetchall():
            other = Key(key.tenant, row["customer"])
            self.clear_attribute(other, name)
            super().insert_attribute(other, name, attribute)

"""Companion operations that answer at once: read and delete of profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from conformance.reference.core import Reply
from conformance.reference.imiconnect.answers import Answers
from conformance.reference.imiconnect.channels import Channels
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    SUCCESS,
    Attributes,
    HttpError,
    RefusalError,
    Result,
    Scope,
)
from conformance.reference.imiconnect.profiles import Profiles

Link = dict[str, Any]
T = TypeVar("T")
LONGEST_NUMBER = 15


def _without_id(row: Link) -> Link:
    return {name: value for name, value in row.items() if name != "ID"}


class Reads(Answers, Channels, Profiles):
    """Shows and deletes what is stored."""

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """The customer profiles of one or several ids."""
        found = self.load_profiles(Scope(tenant), customers)
        records = []
        for customer in self.listed_as(list(dict.fromkeys(customers))):
            if customer in found:
                inward = self.inward_links(tenant, customer) if links in ("1", "2") else []
                records.append(self.shown(customer, found[customer], inward=inward))
        return self.read_answer(records)

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """The app profiles of customers under one app id."""
        found = self.load_profiles(scope, customers)
        masters = self.load_profiles(Scope(scope.tenant), found)
        records = [
            self.shown(customer, profile.attributes, outward=[self.link(customer, masters.get(customer, {}))])
            for customer, attributes in found.items()
            for profile in self.profiles_of(attributes)
        ]
        return self.read_answer(self.listed_as(records))

    def listed_as(self, items: list[T]) -> list[T]:
        """What a read shows, in the order in which it is listed."""
        return items[::-1] if self.free("read-record-order", "reversed") else items

    def inward_links(self, tenant: str, customer: str) -> list[Link]:
        """The app profiles of a customer as links."""
        return [
            {"AppId": app_id, **self.link(customer, profile.attributes)}
            for app_id, stored in self.app_profiles(tenant, customer).items()
            for profile in self.profiles_of(stored)
        ]

    def link(self, customer: str, attributes: Attributes) -> Link:
        """A profile as a link shows it."""
        return {"Attributes": self.named_values(customer, attributes)}

    def shown(
        self, customer: str, attributes: Attributes, inward: Sequence[Link] = (), outward: Sequence[Link] = ()
    ) -> Link:
        """One profile as a read shows it."""
        links: Link = {"InwardLinks": list(inward), "OutwardLinks": list(outward)}
        if self.freedom("read-links") == "absent":
            links = {name: found for name, found in links.items() if found}
        return {"Attributes": self.named_values(customer, attributes), **links}

    def named_values(self, customer: str, attributes: Mapping[str, str]) -> list[Link]:
        """The customer id and the attributes; one of the same name does not hide the id."""
        place = self.freedom("read-customer-id")
        identity = {"customerid" if place == "lower-case" else "customerId": customer}
        values: Link = {name: self.value_shown(value) for name, value in attributes.items() if name != "customerId"}
        values = {**values, **identity} if place == "last" else {**identity, **values}
        extra = self.freedom("read-extra-attributes")
        if extra != "none":
            self.turns += 1
            more = {"reads": self.turns} if extra == "counter" else {"sms": "0", "voice": "1"}
            values = {**more, **values}
        numbers = self.freedom("read-attribute-ids")
        rows = [{"Name": name, "Value": value, "ID": str(n)} for n, (name, value) in enumerate(values.items(), 1)]
        if numbers == "texts":
            return rows
        return [row | {"ID": int(row["ID"])} if numbers == "numbers" else _without_id(row) for row in rows]

    def value_shown(self, value: str) -> str | int:
        """A stored value as a read shows it."""
        plain = value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER and str(int(value)) == value
        return int(value) if plain and self.free("read-values", "numbers") else value

    def read_answer(self, records: Sequence[Link]) -> Reply:
        """The answer of a read."""
        unknown = self.reading("read-unknown")
        if not records and unknown == "404":
            raise HttpError(404)
        if not records and unknown != "empty-records":
            raise RefusalError(unknown)
        if self.free("read-envelope", "records-alone"):
            return Reply.json({"Records": list(records)})
        return Reply.json(
            {
                "Status": 0,
                "Description": "success",
                "code": self.code(SUCCESS),
                "transid": self.new_transid(),
                "Records": list(records),
            }
        )

    def delete(self, contract: str, scope: Scope, customers: Sequence[str]) -> Reply:
        """Deletes profiles; a customer takes its app profiles along."""
        known = self.load_profiles(scope, customers)
        missing = self.freedom("deletion-of-unknown")
        if not known and missing != SUCCESS:
            raise RefusalError(missing)
        self.delete_profiles(scope, known)
        results = tuple(Result(each, SUCCESS if each in known else missing) for each in customers)
        code = SUCCESS if all(result.succeeded for result in results) else self.partial_code()
        form = self.freedom("deletion-answer")
        if form == "no-content":
            return Reply.empty(204)
        outcome = Outcome(self.new_transid(), code, results)
        if form == "code-alone":
            return Reply.json(self.enveloped({"code": self.code(code), "description": "Deleted"}))
        return self.final(contract, outcome)

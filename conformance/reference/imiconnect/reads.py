"""Companion operations that answer at once: read and delete of profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.imiconnect.answers import Answers
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Attributes,
    HttpError,
    RefusalError,
    Result,
    Scope,
)
from conformance.reference.imiconnect.profiles import Profiles

Link = dict[str, Any]


class Reads(Answers, Profiles):
    """Shows and deletes what is stored."""

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """The customer profiles of one or several ids."""
        found = self.load_profiles(Scope(tenant), customers)
        records = []
        for customer in dict.fromkeys(customers):
            if customer in found:
                inward = self.inward_links(tenant, customer) if links in ("1", "2") else []
                records.append(self.shown(customer, found[customer], inward=inward))
        return self.read_answer(records)

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """The app profiles of customers under one app id."""
        found = self.load_profiles(scope, customers)
        masters = self.load_profiles(Scope(scope.tenant), found)
        records = [
            self.shown(customer, attributes, outward=[self.link(customer, masters.get(customer, {}))])
            for customer, attributes in found.items()
        ]
        return self.read_answer(records)

    def inward_links(self, tenant: str, customer: str) -> list[Link]:
        """The app profiles of a customer as links."""
        profiles = self.app_profiles(tenant, customer)
        return [{"AppId": app_id, **self.link(customer, attributes)} for app_id, attributes in profiles.items()]

    def link(self, customer: str, attributes: Attributes) -> Link:
        """A profile as a link shows it."""
        return {"Attributes": self.named_values(customer, attributes)}

    def shown(
        self, customer: str, attributes: Attributes, inward: Sequence[Link] = (), outward: Sequence[Link] = ()
    ) -> Link:
        """One profile as a read shows it."""
        return {
            "Attributes": self.named_values(customer, attributes),
            "InwardLinks": list(inward),
            "OutwardLinks": list(outward),
        }

    def named_values(self, customer: str, attributes: Mapping[str, str]) -> list[dict[str, str]]:
        """The customer id and the attributes; one of the same name does not hide the id."""
        values = {"customerId": customer, **{n: v for n, v in attributes.items() if n != "customerId"}}
        return [{"Name": name, "Value": value, "ID": str(n)} for n, (name, value) in enumerate(values.items(), 1)]

    def read_answer(self, records: Sequence[Link]) -> Reply:
        """The answer of a read."""
        unknown = self.reading("read-unknown")
        if not records and unknown == "404":
            raise HttpError(404)
        if not records and unknown != "empty-records":
            raise RefusalError(unknown)
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
        if not known:
            raise RefusalError(UNKNOWN_CUSTOMER)
        self.delete_profiles(scope, known)
        results = tuple(Result(each, SUCCESS if each in known else UNKNOWN_CUSTOMER) for each in customers)
        code = SUCCESS if all(result.succeeded for result in results) else self.partial_code()
        return self.final(contract, Outcome(self.new_transid(), code, results))

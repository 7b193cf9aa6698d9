"""Profiles in SQLite: customer profiles and app profiles of both tenants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice

from conformance.reference.imiconnect.channels import MARK
from conformance.reference.imiconnect.model import Attributes, Scope
from conformance.reference.imiconnect.part import Part

TABLES = """
CREATE TABLE IF NOT EXISTS profile (
    tenant TEXT NOT NULL, app TEXT NOT NULL, customer TEXT NOT NULL, attributes TEXT NOT NULL,
    PRIMARY KEY (tenant, app, customer)
) WITHOUT ROWID
"""
VARIABLES = 500


class Profiles(Part):
    """Loads and saves profiles; a customer profile has an empty app id."""

    def prepare(self) -> None:
        """Creates the table of profiles."""
        super().prepare()
        self.store.execute(TABLES)

    def profile_key(self, customer: str) -> str:
        """Under what a customer's profiles are stored."""
        return customer

    def load_profiles(self, scope: Scope, customers: Iterable[str]) -> dict[str, Attributes]:
        """The attributes of those of the customers that have a profile in the scope, by customer id as given."""
        keys = {customer: self.profile_key(customer) for customer in customers}
        found: dict[str, Attributes] = {}
        wanted = iter(dict.fromkeys(keys.values()))
        while chunk := tuple(islice(wanted, VARIABLES)):
            marks = ",".join("?" * len(chunk))
            rows = self.store.execute(
                f"SELECT customer, attributes FROM profile WHERE tenant = ? AND app = ? AND customer IN ({marks})",  # noqa: S608 - only question marks are put in
                (scope.tenant, scope.app_id, *chunk),
            )
            found.update((row["customer"], self.decode_attributes(row["attributes"])) for row in rows)
        return {customer: found[key] for customer, key in keys.items() if key in found}

    def save_profiles(self, tenant: str, profiles: Mapping[tuple[str, str], Attributes]) -> None:
        """Saves profiles by app id and customer id; the caller holds the transaction."""
        self.store.executemany(
            "INSERT INTO profile VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET attributes = excluded.attributes",
            [
                (tenant, app_id, self.profile_key(customer), self.encode_attributes(attributes))
                for (app_id, customer), attributes in profiles.items()
            ],
        )

    def encode_attributes(self, attributes: Attributes) -> str:
        """How attributes are stored."""
        return json.dumps(attributes, ensure_ascii=False)

    def decode_attributes(self, stored: str) -> Attributes:
        """Attributes as they were stored."""
        attributes: Attributes = json.loads(stored)
        return attributes

    def delete_profiles(self, scope: Scope, customers: Iterable[str]) -> None:
        """Deletes profiles; a customer takes its app profiles along."""
        with self.store:
            self.store.execute("BEGIN")
            self.store.executemany(
                "DELETE FROM profile WHERE tenant = ? AND customer = ? AND (? = '' OR app = ?)",
                [(scope.tenant, self.profile_key(each), scope.app_id, scope.app_id) for each in customers],
            )

    def app_profiles(self, tenant: str, customer: str) -> dict[str, Attributes]:
        """The app profiles of a customer, by app id."""
        rows = self.store.execute(
            "SELECT app, attributes FROM profile WHERE tenant = ? AND customer = ? AND app <> '' ORDER BY app",
            (tenant, self.profile_key(customer)),
        )
        return {row["app"]: self.decode_attributes(row["attributes"]) for row in rows}

    def customer_of(self, scope: Scope, name: str, value: str) -> str:
        """The customer whose app profile in the scope has a value under a name; empty where there is none."""
        rows = self.store.execute(
            "SELECT customer, attributes FROM profile WHERE tenant = ? AND app = ?", (scope.tenant, scope.app_id)
        )
        found = ((self.decode_attributes(row["attributes"]), row["customer"]) for row in rows)
        return next((customer for stored, customer in found if _holds(stored, name, value)), "")


def _holds(stored: Attributes, name: str, value: str) -> bool:
    """Whether an attribute has a value, whatever channel it belongs to."""
    return any(key.rpartition(MARK)[2] == name and held == value for key, held in stored.items())

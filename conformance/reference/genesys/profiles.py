"""Profiles: query, create, update, delete."""

from __future__ import annotations

import secrets
import string
from typing import Any
from urllib.parse import parse_qs, quote

from conformance.reference.core import Reply
from conformance.reference.genesys.bodies import LONGEST_ID, Bodies
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Attribute, Change, ExtensionDef, Key, RefusalError

ID_LETTERS = string.ascii_letters + string.digits


class Profiles(Bodies):
    """The operations on whole profiles."""

    def query(self, asked: Asked) -> Reply:
        """Answers with a profile, and with the extensions that the query names."""
        self.find_profile(asked)
        self.note_retrieval(asked.key, asked.user)
        return Reply.json(self.representation(asked.key, self.named_extensions(asked)))

    def named_extensions(self, asked: Asked) -> list[ExtensionDef]:
        """The extensions that a query asks for; those that no schema knows are passed over."""
        given = parse_qs(asked.call.query).get("extensions", [])
        names = [name.strip() for value in given for name in value.split(",") if name.strip()]
        if not names and self.reading("extensions-in-plain-query") == "all":
            return list(self.extensions(asked.tenant).values())
        found = (self.find_extension(asked.tenant, name) for name in names)
        return [extension for extension in found if extension is not None]

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """A profile as it travels."""
        shown: dict[str, Any] = {CUSTOMER_ID: key.customer}
        stored = self.stored_attributes(key)
        if self.reading("dropped-attribute-read") != "absent":
            empty: Any = None if self.reading("dropped-attribute-read") == "null" else []
            shown.update(dict.fromkeys(self.attributes(key.tenant), empty))
        shown.update({name: self.shown_attribute(attribute) for name, attribute in stored.items()})
        for extension in extensions:
            if records := self.stored_records(key, extension.name):
                shown[extension.name] = self.shown_records(extension, records)
        return shown

    def shown_attribute(self, attribute: Attribute) -> Any:
        """The value of an attribute as it travels."""
        values = list(attribute.values)
        if len(values) > 1:
            return values
        match self.reading("single-value-shape"):
            case "scalar":
                return values[0]
            case "array":
                return values
            case _:
                return values if attribute.many else values[0]

    def find_profile(self, asked: Asked) -> None:
        """Refuses an id that cannot be one, and one that no customer has."""
        self.check_id(asked.key.customer)
        if not self.exists(asked.key):
            raise RefusalError(404, "no such customer")

    def check_id(self, customer: str) -> None:
        """Refuses an address with an id that is too long."""
        if len(customer) > LONGEST_ID:
            raise RefusalError(int(self.reading("over-long-id")), f"an id has at most {LONGEST_ID} characters")

    def create(self, asked: Asked) -> Reply:
        """Makes a new profile."""
        body = self.body_object(asked)
        key = Key(asked.tenant, self.chosen_id(asked, body))
        change = self.read_change(key, body)
        if change.refused:
            raise RefusalError(400, "; ".join(change.refused))
        with self.transaction():
            self.insert_profile(key)
            self.write(key, change)
        location = f"/profiles/{quote(key.customer, safe='')}"
        return Reply.json({CUSTOMER_ID: key.customer}, 201, (("Location", location),))

    def chosen_id(self, asked: Asked, body: dict[str, Any]) -> str:
        """The id of a new customer."""
        option = self.reading("created-id")
        if option == "generated" or (CUSTOMER_ID not in body and option != "given"):
            return self.new_id()
        given = body.get(CUSTOMER_ID)
        if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID:
            raise RefusalError(400, f"customer_id is not a string of 1 to {LONGEST_ID} characters")
        if given in (".", "..") or not given.isprintable():
            raise RefusalError(400, "customer_id cannot stand in an address")
        if self.exists(Key(asked.tenant, given)):
            raise RefusalError(409, "there is a customer with that id")
        return given

    def new_id(self) -> str:
        """An id that no customer has had."""
        return "0002" + secrets.choice(string.ascii_letters) + "".join(secrets.choice(ID_LETTERS) for _ in range(11))

    def update(self, asked: Asked) -> Reply:
        """Replaces a profile by the one in the body."""
        self.check_id(asked.key.customer)
        body = self.body_object(asked)
        if self.reading("content-location") == "required" and asked.call.headers.get("content-location") is None:
            raise RefusalError(400, "Content-Location is missing")
        if not self.exists(asked.key):
            return self.update_unknown(asked, body)
        if self.reading("prior-retrieval") == "enforced" and not self.was_retrieved(asked.key, asked.user):
            raise RefusalError(412, "the profile was not retrieved in its present state")
        key = self.addressed(asked, body)
        change = self.read_change(key, body)
        if change.refused:
            self.leave_refused(key, change)
            raise RefusalError(400, "; ".join(change.refused))
        self.check_complete(key, change)
        with self.transaction():
            self.write(key, change)
        return self.updated(asked)

    def leave_refused(self, key: Key, change: Change) -> None:
        """What an update that is refused for one of its members leaves behind."""
        if self.reading("invalid-member") == "partial":
            with self.transaction():
                self.forget_retrievals(key)
                for name, attribute in change.attributes.items():
                    self.clear_attribute(key, name)
                    self.insert_attribute(key, name, attribute)

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """An update of an id that no customer has."""
        option = self.reading("unknown-customer")
        if not option.startswith("upsert"):
            raise RefusalError(int(option), "no such customer")
        self.addressed(asked, body)
        change = self.read_change(asked.key, body)
        if change.refused:
            raise RefusalError(400, "; ".join(change.refused))
        self.check_complete(asked.key, change)
        with self.transaction():
            self.insert_profile(asked.key)
            self.write(asked.key, change)
        if option == "upsert-200":
            return self.updated(asked)
        return Reply.json({CUSTOMER_ID: asked.key.customer}, 201, (("Location", asked.call.path),))

    def write(self, key: Key, change: Change) -> None:
        """Carries a change out."""
        self.forget_retrievals(key)
        self.write_attributes(key, change)
        self.write_extensions(key, change)

    def write_attributes(self, key: Key, change: Change) -> None:
        """Replaces the attributes by those of the change."""
        if self.reading("server-owned-attributes") == "protected":
            kept = {name: a for name, a in self.stored_attributes(key).items() if self.server_owned(name)}
            sent = {name: a for name, a in change.attributes.items() if not self.server_owned(name)}
            change.attributes = {**sent, **kept}
        self.clear_attributes(key)
        for name, attribute in change.attributes.items():
            self.insert_attribute(key, name, attribute)

    def write_extensions(self, key: Key, change: Change) -> None:
        """Replaces the extensions, if the change has any."""
        if change.extensions and self.reading("unsent-extension") == "set-replace":
            self.clear_extensions(key)
        for name, records in change.extensions.items():
            self.clear_extension(key, name)
            self.insert_records(key, name, records)

    def updated(self, asked: Asked) -> Reply:
        """The answer to an accepted update."""
        headers = (("Content-Location", asked.call.path),) if self.reading("content-location") == "returned" else ()
        if self.reading("success-status") == "204":
            return Reply.empty(204, headers)
        match self.reading("success-body"):
            case "empty":
                return Reply.empty(200, headers)
            case "profile":
                every = list(self.extensions(asked.tenant).values())
                return Reply.json(self.representation(asked.key, every), 200, headers)
            case "customer-id":
                return Reply.json({CUSTOMER_ID: asked.key.customer}, 200, headers)
            case _:
                return Reply.json([], 200, headers)

    def delete(self, asked: Asked) -> Reply:
        """Removes a profile."""
        self.find_profile(asked)
        with self.transaction():
            self.remove_profile(asked.key)
        return Reply.empty(200)

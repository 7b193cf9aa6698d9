"""Profiles: query, create, update, delete."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from conformance.reference.core import Reply
from conformance.reference.genesys.bodies import LONGEST_ID, Bodies
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Attribute, Change, ExtensionDef, Key, RefusalError

# What RFC 3986 lets stand in a segment of a path beside letters, digits and "-._~".
IN_SEGMENT = "!$&'()*+,;=:@"
ID_LETTERS = string.ascii_letters + string.digits


class Profiles(Bodies):
    """The operations on whole profiles."""

    def query(self, asked: Asked) -> Reply:
        """Answers with a profile, and with the extensions that the query names."""
        self.find_profile(asked)
        self.note_retrieval(asked.key, asked.user)
        tagged = self.freedom("entity-tag") == "present" or self.reading("prior-retrieval") == "enforced"
        headers = (("ETag", self.entity_tag(asked.key)),) if tagged else ()
        return Reply.json(self.representation(asked.key, self.named_extensions(asked)), 200, headers)

    def named_extensions(self, asked: Asked) -> list[ExtensionDef]:
        """The extensions that a query asks for; those that no schema knows are passed over."""
        given = parse_qs(asked.call.query).get("extensions", [])
        names = [name.strip() for value in given for name in value.split(",") if name.strip()]
        if not names and self.reading("extensions-in-plain-query") == "all":
            return list(self.extensions(asked.tenant).values())
        found = [self.find_extension(asked.tenant, name) for name in names]
        if None in found and self.freedom("unknown-extension-in-query") == "refused":
            raise RefusalError(400, "there is no such extension")
        return [extension for extension in found if extension is not None]

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """A profile as it travels."""
        shown: dict[str, Any] = {CUSTOMER_ID: key.customer}
        stored = self.stored_attributes(key)
        for name in self.attributes(key.tenant):
            form = self.reading("dropped-attribute-read")
            if self.freedom("never-set-attribute") != "as-lost" and not self.had_value(key, name):
                form = self.freedom("never-set-attribute")
            if form != "absent":
                shown[name] = {"null": None, "empty-array": [], "empty-text": ""}[form]
        shown.update({name: self.shown_attribute(attribute) for name, attribute in stored.items()})
        if self.freedom("unknown-attribute-shape") == "as-sent":
            unknown = [(n, a) for n, a in stored.items() if n not in self.attributes(key.tenant) and len(a.values) == 1]
            shown.update({n: list(a.values) if a.many else a.values[0] for n, a in unknown})
        opposite = self.turned("record-order")
        for extension in extensions:
            lower = self.freedom("extension-name-in-query") == "lower"
            name = extension.name.lower() if lower else extension.name
            if records := self.stored_records(key, extension.name):
                found = self.shown_records(extension, records)
                shown[name] = found[::-1] if opposite and isinstance(found, list) else found
            elif self.freedom("unset-extension-in-query") != "absent":
                # An empty object may be the mark of a classifier that is set.
                empty: Any = {"multi-valued": [], "single-valued": {}}.get(extension.type)
                shown[name] = None if self.freedom("unset-extension-in-query") == "null" else empty
        if self.freedom("server-members") == "several":
            shown |= {"revision": self.revision(key), "lastRead": self.printed(datetime.now(UTC))}
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
            gone = asked.key in self.deleted
            raise RefusalError(int(self.freedom("deleted-customer-status")) if gone else 404, "no such customer")

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
            raise self.refusal(change)
        if change.extensions and self.freedom("extensions-at-creation") != "stored":
            if self.freedom("extensions-at-creation") == "refused":
                raise RefusalError(400, "extensions are not taken here")
            change.extensions = {}
        if not change.attributes and self.freedom("empty-creation") == "refused":
            raise RefusalError(400, "there is no attribute")
        with self.transaction():
            self.insert_profile(key)
            self.write(key, change)
            self.note_history(key)
        return self.created(key)

    def note_history(self, key: Key) -> None:
        """Gives a new profile a value in every attribute that the server keeps itself, if it keeps any from then on."""
        if self.freedom("agent-history") == "kept":
            held = self.stored_attributes(key)
            for name, attribute in self.attributes(key.tenant).items():
                if self.server_owned(name) and name not in held:
                    date = attribute.type == "date"
                    self.insert_attribute(key, name, Attribute(("2024-02-29T08:15:00.000Z" if date else "agent-007",)))

    def created(self, key: Key) -> Reply:
        """The answer to a creation."""
        location = f"/profiles/{quote(key.customer, safe=IN_SEGMENT)}"
        match self.freedom("creation-answer"):
            case "body":
                return Reply.json({CUSTOMER_ID: key.customer}, 201)
            case "location":
                return Reply.empty(201, (("Location", location),))
            case _:
                return Reply.json({CUSTOMER_ID: key.customer}, 201, (("Location", location),))

    def chosen_id(self, asked: Asked, body: dict[str, Any]) -> str:
        """The id of a new customer."""
        option = self.reading("created-id")
        if option == "generated" and CUSTOMER_ID in body and self.freedom("given-id-at-creation") == "refused":
            raise RefusalError(400, "the server chooses the id")
        if option == "generated" or (CUSTOMER_ID not in body and option != "given"):
            while self.exists(Key(asked.tenant, name := self.new_id())):
                pass
            return name
        given = body.get(CUSTOMER_ID)
        if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID:
            raise RefusalError(400, f"customer_id is not a string of 1 to {LONGEST_ID} characters")
        if given in (".", "..") or not given.isprintable():
            raise RefusalError(400, "customer_id cannot stand in an address")
        if self.exists(Key(asked.tenant, given)):
            raise RefusalError(409, "there is a customer with that id")
        return given

    def new_id(self) -> str:
        """An id that no customer has had, in all likelihood."""
        number = secrets.randbelow(10**9)
        match self.freedom("generated-id-form"):
            case "digits":
                return f"{number:012}"
            case "short":
                return "".join(secrets.choice(ID_LETTERS) for _ in range(3))
            case "colon":
                return f"cust:{number}"
            case "encoded":
                return f"n\u00ba {number}"
        return "0002" + secrets.choice(string.ascii_letters) + "".join(secrets.choice(ID_LETTERS) for _ in range(11))

    def check_location(self, asked: Asked) -> None:
        """Content-Location may have to be there, and to name the profile."""
        location = asked.call.headers.get("content-location")
        if location is None and self.reading("content-location") == "required":
            raise RefusalError(int(self.freedom("content-location-status")), "Content-Location is missing")
        named = location is None or unquote(location.strip()).endswith(f"/profiles/{asked.key.customer}")
        if not named and self.freedom("other-content-location") == "refused":
            raise RefusalError(400, "Content-Location names something else")

    def update(self, asked: Asked) -> Reply:
        """Replaces a profile by the one in the body."""
        self.check_id(asked.key.customer)
        body = self.body_object(asked)
        self.check_location(asked)
        if not self.exists(asked.key):
            if not self.reading("unknown-customer").startswith("upsert") and self.turned("order-of-checks"):
                self.check_members(asked, body)
            return self.update_unknown(asked, body)
        self.check_retrieval(asked)
        key = self.addressed(asked, body)
        change = self.read_change(key, body)
        if change.refused:
            self.leave_refused(key, change)
            raise self.refusal(change)
        self.check_complete(key, change)
        with self.transaction():
            self.write(key, change)
        return self.updated(asked)

    def check_members(self, asked: Asked, body: dict[str, Any]) -> None:
        """Refuses a body for its members."""
        change = self.read_change(asked.key, body)
        if change.refused:
            raise self.refusal(change)

    def check_retrieval(self, asked: Asked) -> None:
        """Refuses an update of a profile that its user has not queried, where that is enforced."""
        if self.reading("prior-retrieval") != "enforced":
            return
        match self.freedom("retrieval-proof"):
            case "entity-tag":
                tag = asked.call.headers.get("If-Match")
                known = tag in ("*", self.entity_tag(asked.key))
            case "once":
                known = asked.key in self.queried
            case _:
                known = self.was_retrieved(asked.key, asked.user)
        if not known:
            raise RefusalError(int(self.freedom("retrieval-status")), "the profile was not retrieved before")

    def leave_refused(self, key: Key, change: Change) -> None:
        """What an update that is refused for one of its members leaves behind."""
        if self.reading("invalid-member") == "partial":
            with self.transaction():
                self.forget_retrievals(key)
                for name, attribute in change.attributes.items():
                    self.clear_attribute(key, name)
                    self.insert_attribute(key, name, attribute)
                if self.freedom("partial-extensions") == "extensions-too":
                    for name, records in change.extensions.items():
                        self.clear_extension(key, name)
                        self.insert_records(key, name, records)

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """An update of an id that no customer has."""
        option = self.reading("unknown-customer")
        if not option.startswith("upsert"):
            gone = option == "404" and asked.key in self.deleted
            raise RefusalError(int(self.freedom("deleted-customer-status") if gone else option), "no such customer")
        self.addressed(asked, body)
        change = self.read_change(asked.key, body)
        if change.refused:
            raise self.refusal(change)
        self.check_complete(asked.key, change)
        with self.transaction():
            self.insert_profile(asked.key)
            self.write(asked.key, change)
        if option == "upsert-200":
            updated = self.updated(asked)
            plain = updated.status == 204 and self.freedom("creating-update-status") == "200"
            return Reply.json([], 200, updated.headers) if plain else updated
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
        if (change.extensions or change.counted) and self.reading("unsent-extension") == "set-replace":
            kept = {name: self.stored_records(key, name) for name in change.counted}
            self.clear_extensions(key)
            for name, records in kept.items():
                self.insert_records(key, name, records)
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
            case "other":
                return self.other_body(headers)
            case _:
                return Reply.json([], 200, headers)

    def delete(self, asked: Asked) -> Reply:
        """Removes a profile."""
        self.find_profile(asked)
        with self.transaction():
            self.remove_profile(asked.key)
        match self.freedom("deletion-answer"):
            case "json":
                return Reply.json({"deleted": True})
            case "no-content":
                return Reply.empty(204)
            case _:
                return Reply.empty(200)

    def other_body(self, headers: tuple[tuple[str, str], ...]) -> Reply:
        """A body of a kind that no document speaks of."""
        match self.freedom("other-body-form"):
            case "text":
                return Reply(200, (("content-type", "text/plain"), *headers), b"done")
            case "number":
                return Reply.json(1, 200, headers)
            case _:
                return Reply.json({"result": "done"}, 200, headers)

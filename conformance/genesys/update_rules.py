"""What an update means: for which reasons it may or must be refused, and what it leaves when it is accepted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conformance.genesys import ill_formed
from conformance.genesys.asked import LONGEST_ID, Asked, Credentials, Form, Media
from conformance.genesys.attribute_rules import AttributeRules
from conformance.genesys.body_ids import BodyIds
from conformance.genesys.completeness import LOST, Completeness, is_empty
from conformance.genesys.extension_rules import ExtensionRules
from conformance.genesys.finding import BAD, REFUSALS, REFUSED, TOO_MUCH, Condition, Finding, by_reading
from conformance.genesys.shown import Anything, Expect, Nothing
from conformance.genesys.wire import locates
from conformance.genesys.world import INVENTED, Customer, Slot, World, either, new_customer
from conformance.judge.readings import Readings
from conformance.session.exchange import Request
from strategies.genesys import ID, Attribute, Schema

ADDRESS = "update-by-address"
UNKNOWN = "unknown-attributes-answered"
PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,25}").fullmatch
SHAPES = frozenset({"scalar", "array"})
LARGE = 64 * 1024  # bytes; no document gives a limit, and smaller bodies are ordinary
# What a look at a member decides and a refusal says nothing of.
LOOKS = frozenset({"sent-attributes-stored", "extension-replaced"})


@dataclass(slots=True)
class Ruling:
    """What the documents and the readings make of one update.

    Attributes:
        conditions: reasons to refuse it.
        members: what becomes of each member of the body, by its name in the schema.
        attributes: names in `members` that are attributes; the others are extensions.
        sent: whether attributes were sent; None where the readings leave that open.
        extended: whether extensions were sent; None where the readings leave that open.
        features: requirements that an acceptance fulfills and an unfounded refusal breaks.
        unclear: what an acceptance leaves cannot be told.
        empty: attributes of the body that may count as without a value.
        identified: the body names a customer.
    """

    conditions: list[Condition] = field(default_factory=list)
    members: dict[str, Finding] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    sent: bool | None = False
    extended: bool | None = False
    features: dict[str, None] = field(default_factory=lambda: {ADDRESS: None})
    unclear: bool = False
    empty: set[str] = field(default_factory=set)
    identified: bool = False

    def add(self, name: str, finding: Finding, *, attribute: bool) -> None:
        """Adds a member."""
        self.members[name] = finding
        self.conditions += finding.conditions
        self.features.update(dict.fromkeys(each for each in finding.about if each not in LOOKS))
        if attribute:
            self.attributes.add(name)


class UpdateRules:
    """Applies the documents and the readings to updates."""

    def __init__(self, readings: Readings, world: World) -> None:
        self.readings = readings
        self.world = world
        self.of_attributes = AttributeRules(readings)
        self.of_extensions = ExtensionRules(readings)
        self.of_ids = BodyIds(readings)
        self.completeness = Completeness(readings, world)

    def update(self, request: Request, asked: Asked) -> Ruling:
        """What an update means."""
        ruling = Ruling()
        if asked.schemaless:
            what = "there is no profile schema"
            ruling.conditions.append(Condition("schema-exists", what, frozenset({404}), member=False))
            return ruling
        customer = self.world.get(asked.customer)
        ruling.conditions += self.access(asked)
        ruling.conditions += self._address(asked)
        ruling.conditions += self._headers(request, asked, customer)
        ruling.conditions += self._form(asked)
        if len(request.body or b"") > LARGE:
            ruling.conditions.append(Condition(ADDRESS, "the body is large", TOO_MUCH, accept=True, member=False))
        if asked.form in (Form.OBJECT, Form.ILL_FORMED):
            ruling.conditions += self.of_ids.conditions(asked)
            ruling.identified = ID in asked.body
            if ID in asked.body and not isinstance(asked.body[ID], str):
                ruling.features["body-id-text"] = None
            self._members(ruling, asked, customer)
            ruling.conditions += self.completeness.conditions(ruling, customer)
        ruling.unclear |= asked.form is Form.ODD
        self._plain_features(ruling, request, asked, customer)
        return ruling

    def creation(self, asked: Asked) -> Ruling:
        """What the body of a creation leaves."""
        ruling = Ruling()
        self._members(ruling, asked, None)
        ruling.unclear |= asked.form is not Form.OBJECT or asked.foreign
        return ruling

    def access(self, asked: Asked) -> list[Condition]:
        """Reasons to refuse any operation on profiles."""
        found: list[Condition] = []
        if asked.credentials.bad:
            refusing = {"enabled": (401,) if asked.credentials is Credentials.WRONG else (400, 401)}
            what = "credentials are missing or wrong"
            name = "basic-authentication"
            found += by_reading(self.readings, name, refusing, "credentials-checked", what, member=False)
        elif asked.credentials is Credentials.UNKNOWN:
            statuses = frozenset({401, 403})
            found.append(Condition("credentials-checked", "no credentials are known", statuses, True, member=False))
        if asked.foreign:
            found.append(Condition(ADDRESS, "a tenant header is not the target's", REFUSALS, True, member=False))
        if self.world.maintenance:
            refusing = {"503": (503,)}
            what = "the server is in maintenance mode"
            found += by_reading(self.readings, "maintenance-mode", refusing, "maintenance-refused", what, member=False)
        elif self.world.switching:
            what = "the server mode is switching"
            found.append(Condition("maintenance-refused", what, frozenset({503}), accept=True, member=False))
        return found

    def _address(self, asked: Asked) -> list[Condition]:
        name = asked.customer or ""
        if len(name) > LONGEST_ID:
            statuses = frozenset(int(option) for option in self.readings.possible("over-long-id"))
            if not asked.plain:
                statuses |= BAD | {404}
            what = f"the id has {len(name)} characters"
            return [Condition("over-long-id-refused", what, statuses, member=False)]
        found: list[Condition] = []
        if not asked.plain:
            found.append(Condition(ADDRESS, "the id is not plain", REFUSALS, accept=True, member=False))
        requirement = "unknown-customer-answered"
        if name in self.world.missing:
            gone = frozenset({404, 410}) if name in self.world.deleted else frozenset({404})
            refusing = {"404": gone, "400": BAD}
            what = "no customer has that id"
            found += by_reading(self.readings, "unknown-customer", refusing, requirement, what, member=False)
            if not found and name in self.world.deleted:
                what = "the customer was deleted"
                found.append(Condition(requirement, what, gone | {409}, accept=True, member=False))
        elif self.world.get(name) is None or name in self.world.deleted:
            # A deletion is not under test; it may take its time.
            statuses = frozenset({400, 404, 410})
            found.append(Condition(requirement, "the customer is not known", statuses, accept=True, member=False))
        return found

    def _headers(self, request: Request, asked: Asked, customer: Customer | None) -> list[Condition]:
        found: list[Condition] = []
        refusing: dict[str, frozenset[int]]
        name, what = "json-content-type", "the content type is not JSON"
        if asked.media is Media.OTHER:
            refusing = {"415": frozenset({415}), "400": BAD}
            sound = asked.form in (Form.OBJECT, Form.ODD, Form.ILL_FORMED)
            found += by_reading(self.readings, "other-content-type", refusing, name, what, member=False)
            if not sound and not found:
                found.append(Condition(name, what, frozenset({400, 415}), member=False))
        elif asked.media is Media.UNCLEAR:
            found.append(Condition(name, what, frozenset({400, 415}), accept=True, member=False))
        found += self._location(request, asked)
        # An implementation may see from an entity tag that the profile was queried (RFC 9110, section 13.1.1).
        tagged = customer is not None and customer.tag not in (None, request.header("if-match"))
        if customer is None or not customer.queried or tagged:
            refusing = {"enforced": REFUSALS}
            what = "the profile was not queried since its last change"
            found += by_reading(
                self.readings, "prior-retrieval", refusing, "no-prior-query", what, accept=True, member=False
            )
        return found

    def _location(self, request: Request, asked: Asked) -> list[Condition]:
        """Content-Location is missing, or names no profile or another one."""
        name, location = "content-location-names-profile", request.header("content-location")
        if location is not None and locates(location, asked.customer or "") and not set(location) & set("?#"):
            return []
        refusing = {"required": REFUSALS}
        what = "there is no Content-Location" if location is None else f"Content-Location is {location!r:.60}"
        found = by_reading(
            self.readings, "content-location", refusing, name, what, accept=location is not None, member=False
        )
        if not found and location is not None:
            # A header that is not what it should be makes a bad request of any request (RFC 9110, section 15.5.1).
            found.append(Condition(name, what, BAD, accept=True, member=False))
        return found

    def _form(self, asked: Asked) -> list[Condition]:
        name, what = "malformed-json-refused", f"the body is {asked.form.value}"
        match asked.form:
            case Form.OBJECT:
                return []
            case Form.ODD:
                return [Condition(name, what, REFUSALS, accept=True, member=False)]
            case Form.ILL_FORMED:
                return [Condition(name, what, BAD, accept=True, member=False, fulfils=True)]
            case Form.EMPTY:
                return [Condition(name, what, frozenset({400, 411, 415}), member=False)]
            case Form.MALFORMED:
                return [Condition(name, what, BAD, member=False)]
            case Form.NO_OBJECT:
                return [Condition(name, what, member=False)]

    def _members(self, ruling: Ruling, asked: Asked, customer: Customer | None) -> None:
        schema = self.world.schema
        if schema is None:
            ruling.unclear = True
            ruling.sent = ruling.extended = None
            ruling.conditions.append(Condition(ADDRESS, "the schema is not known", REFUSALS, accept=True))
            return
        state = customer or new_customer(schema)
        alike = Counter(name.casefold() for name in asked.body)
        for name, value in asked.body.items():
            if name == ID:
                continue
            if attribute := schema.attribute(name):
                ruling.add(name, self.of_attributes.attribute(attribute, value), attribute=True)
                self._sent(ruling, attribute, value)
            elif extension := schema.extension(name):
                before = state.extensions[name].states if customer else (Anything(),)
                ruling.add(name, self.of_extensions.extension(extension, value, before), attribute=False)
                unsure = value in (None, [], {}) and extension.kind != "classifier"
                ruling.extended = ruling.extended or (None if unsure else True)
            else:
                self._unknown(ruling, schema, name, value, alone=alike[name.casefold()] == 1)

    def _sent(self, ruling: Ruling, attribute: Attribute, value: object) -> None:
        """An attribute is in the body; one without a value, or one of the server, may count as none."""
        if is_empty(value):
            ruling.empty.add(attribute.name)
            ruling.sent = ruling.sent or None
        elif attribute.internal:
            ruling.sent = ruling.sent or None
        else:
            ruling.sent = True

    def _unknown(self, ruling: Ruling, schema: Schema, name: str, value: object, *, alone: bool) -> None:
        """A member that no schema has by its exact name; `alone`: the body has it in one case only."""
        folded = name.strip().casefold()
        what = f"{name!r:.60} is in no schema"
        if extension := next((e for e in schema.extensions if e.name.casefold() == folded), None):
            ruling.add(
                extension.name, Finding((Anything(),), (), [Condition(UNKNOWN, what, accept=True)]), attribute=False
            )
            ruling.extended = ruling.extended or None
            return
        ruling.sent = ruling.sent or None
        if folded in self.world.own_names:  # a member that the server shows unasked is its own
            ruling.add(name, Finding((Anything(),), (), [Condition(UNKNOWN, what, accept=True)]), attribute=True)
            return
        if attribute := next((a for a in schema.attributes if a.name.casefold() == folded), None):
            self._other_case(ruling, attribute, name, value, what, alone=alone)
            return
        if PLAIN_NAME(name) is None:
            # No attribute has such a name (S3 L59 with the vendor's page on names); it need not be taken as it is.
            ruling.add(
                name,
                Finding((Anything(),), (), [Condition(UNKNOWN, what, BAD, accept=not self._refuses())]),
                attribute=True,
            )
            return
        reading, refusing = "unknown-attribute", {"400": BAD}
        stored = self.readings.may(reading, "stored")
        plain = isinstance(value, str) and value != ""
        if plain:
            conditions = by_reading(self.readings, reading, refusing, UNKNOWN, what)
            if stored:
                conditions += self.of_attributes.against_text(str(value), what)
        else:
            tolerated = self.readings.may(reading, "ignored", "stored")
            # Where it is stored, it may be refused as any attribute without a value.
            conditions = [Condition(UNKNOWN, what, REFUSED if tolerated else BAD, accept=tolerated)]
        states: tuple[Expect, ...] = (Anything(),)
        if plain:
            # What no schema has need not be shown as attributes of a schema are.
            kept = replace(self.of_attributes.values([ill_formed.texts(str(value))], many=False), shapes=SHAPES)
            states = (
                (kept,) if self.readings.settled(reading) == "stored" else (Nothing(), kept) if stored else (Nothing(),)
            )
        elif not stored:
            states = (Nothing(),)
        ruling.add(name, Finding(states, (UNKNOWN,), conditions), attribute=True)

    def _refuses(self) -> bool:
        return self.readings.settled("unknown-attribute") == "400"

    def _other_case(
        self, ruling: Ruling, attribute: Attribute, name: str, value: object, what: str, *, alone: bool
    ) -> None:
        """An attribute in another case: the same one, or an unknown one."""
        if self.readings.settled("attribute-name-case") == "insensitive" and name == name.strip() and alone:
            ruling.add(attribute.name, self.of_attributes.attribute(attribute, value), attribute=True)
            ruling.features[UNKNOWN] = None
            self._sent(ruling, attribute, value)
            return
        exact = by_reading(self.readings, "unknown-attribute", {"400": BAD}, UNKNOWN, what)
        same = self.readings.possible("attribute-name-case")
        if "insensitive" in same or name != name.strip():
            conditions = [Condition(UNKNOWN, what, REFUSED, accept=True)]  # the same attribute twice, perhaps
            ruling.add(attribute.name, Finding((Anything(),), (UNKNOWN,), conditions), attribute=True)
            ruling.add(name, Finding((Anything(),), (), []), attribute=True)
            return
        states: tuple[Expect, ...] = (Anything(),) if self.readings.may("unknown-attribute", "stored") else (Nothing(),)
        ruling.add(name, Finding(states, (UNKNOWN,), exact), attribute=True)

    def _plain_features(self, ruling: Ruling, request: Request, asked: Asked, customer: Customer | None) -> None:
        """Requirements that have to do with no member of the body."""
        ruling.features["body-id-optional"] = None
        if asked.credentials.bad and self.readings.settled("basic-authentication") == "disabled":
            ruling.features["credentials-checked"] = None
        if customer is not None and not customer.queried:
            ruling.features["no-prior-query"] = None
        if locates(request.header("content-location") or "", asked.customer or ""):
            ruling.features["content-location-names-profile"] = None
        if 1 <= len(asked.customer or "") <= LONGEST_ID and customer is not None:
            ruling.features["id-up-to-16"] = None

    def after(self, ruling: Ruling, customer: Customer) -> tuple[dict[str, Slot], dict[str, Slot]]:
        """The members of a profile after an accepted update."""
        internal = self.world.internal
        attributes = {
            name: slot if name in internal else self._left_out(name, slot, ruling)
            for name, slot in customer.attributes.items()
        }
        extensions = {name: self._unsent(name, slot, ruling) for name, slot in customer.extensions.items()}
        for name, finding in ruling.members.items():
            if name in ruling.attributes:
                attributes[name] = Slot(finding.states, finding.about)
            elif finding.states:
                extensions[name] = Slot(finding.states, finding.about)
        return attributes, extensions

    def _left_out(self, name: str, slot: Slot, ruling: Ruling) -> Slot:
        """An attribute that the body does not have."""
        if slot.held is False:
            return Slot((Nothing(),), (INVENTED,))
        about = (LOST,) if ruling.sent is True else (LOST, "empty-update")
        schema = self.world.schema
        if slot.held is None or schema is None or schema.attribute(name) is None:
            # Perhaps nothing was dropped; and what no schema has cannot be shown for the sake of the schema.
            return Slot((Nothing(),), about)
        forms = self.readings.possible("dropped-attribute-read")
        return Slot((Nothing(forms),), about)

    def _unsent(self, name: str, slot: Slot, ruling: Ruling) -> Slot:
        """An extension that the body does not have."""
        if ruling.extended is False:
            return Slot(slot.states, (*(() if slot.seen else slot.about), "extensions-untouched"))
        options = self.readings.possible("unsent-extension")
        lost = (self.of_extensions.lost(self.world.schema.extension(name) if self.world.schema else None),)
        kept = ruling.extended is None or "per-extension" in options
        states = either(slot.states if kept else (), lost if "set-replace" in options else ())
        return Slot(states, ("unsent-extensions-answered",))


def told(conditions: Iterable[Condition]) -> str:
    """What conditions allow, in words."""
    return "; ".join(
        f"{'a refusal' if not c.accept else 'acceptance or a refusal'} with {statuses_told(c.statuses)}, for {c.what}"
        for c in conditions
    )


def statuses_told(statuses: frozenset[int]) -> str:
    """Statuses in words."""
    return "any 4xx" if statuses >= REFUSALS else " or ".join(map(str, sorted(statuses)))

"""What an update means: for which reasons it may or must be refused, and what it leaves when it is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.genesys.asked import LONGEST_ID, Asked, Credentials, Form, Media
from conformance.genesys.attribute_rules import AttributeRules
from conformance.genesys.extension_rules import ExtensionRules
from conformance.genesys.finding import BAD, REFUSALS, Condition, Finding, by_reading
from conformance.genesys.shown import Anything, Expect, Nothing
from conformance.genesys.world import INVENTED, Customer, Slot, World, either, new_customer
from conformance.judge.readings import Readings
from conformance.session.exchange import Request
from strategies.genesys import ID, Attribute, Schema

ADDRESS = "update-by-address"
UNKNOWN = "unknown-attributes-answered"
LOST = "omitted-attributes-lost"
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
    """

    conditions: list[Condition] = field(default_factory=list)
    members: dict[str, Finding] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    sent: bool | None = False
    extended: bool | None = False
    features: dict[str, None] = field(default_factory=lambda: {ADDRESS: None})
    unclear: bool = False

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
        if asked.form is Form.OBJECT:
            ruling.conditions += self._body_id(asked)
            if ID in asked.body and not isinstance(asked.body[ID], str):
                ruling.features["body-id-text"] = None
            self._members(ruling, asked, customer)
            ruling.conditions += self._complete(ruling, customer)
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
        if asked.credentials is Credentials.WRONG:
            refusing = {"enabled": (401,)}
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
            refusing = {"404": (404,), "400": BAD}
            what = "no customer has that id"
            found += by_reading(self.readings, "unknown-customer", refusing, requirement, what, member=False)
        elif self.world.get(name) is None:
            statuses = frozenset({400, 404})
            found.append(Condition(requirement, "the customer is not known", statuses, accept=True, member=False))
        return found

    def _headers(self, request: Request, asked: Asked, customer: Customer | None) -> list[Condition]:
        found: list[Condition] = []
        refusing: dict[str, frozenset[int]]
        name, what = "json-content-type", "the content type is not JSON"
        if asked.media is Media.OTHER:
            refusing = {"415": frozenset({415}), "400": BAD}
            sound = asked.form in (Form.OBJECT, Form.ODD)
            found += by_reading(self.readings, "other-content-type", refusing, name, what, member=False)
            if not sound and not found:
                found.append(Condition(name, what, frozenset({400, 415}), member=False))
        elif asked.media is Media.UNCLEAR:
            found.append(Condition(name, what, frozenset({400, 415}), accept=True, member=False))
        if request.header("content-location") is None:
            refusing = {"required": REFUSALS}
            name, what = "content-location-names-profile", "there is no Content-Location"
            found += by_reading(self.readings, "content-location", refusing, name, what, member=False)
        if customer is None or not customer.queried:
            refusing = {"enforced": REFUSALS}
            what = "the profile was not queried since its last change"
            found += by_reading(
                self.readings, "prior-retrieval", refusing, "no-prior-query", what, accept=True, member=False
            )
        return found

    def _form(self, asked: Asked) -> list[Condition]:
        name, what = "malformed-json-refused", f"the body is {asked.form.value}"
        match asked.form:
            case Form.OBJECT:
                return []
            case Form.ODD:
                return [Condition(name, what, REFUSALS, accept=True, member=False)]
            case Form.EMPTY:
                return [Condition(name, what, frozenset({400, 411, 415}), member=False)]
            case _:
                return [Condition(name, what, member=False)]

    def _body_id(self, asked: Asked) -> list[Condition]:
        reading = "body-customer-id"
        if ID not in asked.body:
            what = f"there is no {ID}"
            return by_reading(self.readings, reading, {"required": BAD}, "body-id-optional", what, member=False)
        given = asked.body[ID]
        found: list[Condition] = []
        if not isinstance(given, str) or len(given) > LONGEST_ID:
            refusing: dict[str, frozenset[int]] = {"required": BAD, "optional": BAD}
            what = f"{ID} is {given!r:.60}"
            name = "body-id-text"
            found += by_reading(self.readings, reading, refusing, name, what, accept=given is None, member=False)
        if isinstance(given, str) and given != asked.customer:
            refusing = {"reject-4xx": REFUSALS}
            what = f"{ID} names another customer"
            name = "body-id-names-customer"
            # An id that differs in case or in percent-encoding alone may be taken for the same.
            alike = not asked.plain or given.casefold() == (asked.customer or "").casefold()
            found += by_reading(self.readings, "body-id-differs", refusing, name, what, accept=alike, member=False)
        return found

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
                ruling.sent = True
            elif extension := schema.extension(name):
                before = state.extensions[name].states if customer else (Anything(),)
                ruling.add(name, self.of_extensions.extension(extension, value, before), attribute=False)
                unsure = value in (None, [], {}) and extension.kind != "classifier"
                ruling.extended = ruling.extended or (None if unsure else True)
            else:
                self._unknown(ruling, schema, name, value, alone=alike[name.casefold()] == 1)

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
        reading, refusing = "unknown-attribute", {"400": BAD}
        if attribute := next((a for a in schema.attributes if a.name.casefold() == folded), None):
            self._other_case(ruling, attribute, name, value, what, alone=alone)
            return
        stored = self.readings.may(reading, "stored")
        plain = isinstance(value, str) and value != ""
        if plain:
            conditions = by_reading(self.readings, reading, refusing, UNKNOWN, what)
        else:
            tolerated = self.readings.may(reading, "ignored", "stored")
            conditions = [Condition(UNKNOWN, what, accept=tolerated)]
        states: tuple[Expect, ...] = (Anything(),)
        if plain:
            kept = self.of_attributes.values([frozenset({str(value)})], many=False)
            states = (
                (kept,) if self.readings.settled(reading) == "stored" else (Nothing(), kept) if stored else (Nothing(),)
            )
        elif not stored:
            states = (Nothing(),)
        ruling.add(name, Finding(states, (UNKNOWN,), conditions), attribute=True)

    def _other_case(
        self, ruling: Ruling, attribute: Attribute, name: str, value: object, what: str, *, alone: bool
    ) -> None:
        """An attribute in another case: the same one, or an unknown one."""
        if self.readings.settled("attribute-name-case") == "insensitive" and name == name.strip() and alone:
            ruling.add(attribute.name, self.of_attributes.attribute(attribute, value), attribute=True)
            ruling.features[UNKNOWN] = None
            ruling.sent = True
            return
        exact = by_reading(self.readings, "unknown-attribute", {"400": BAD}, UNKNOWN, what)
        same = self.readings.possible("attribute-name-case")
        if "insensitive" in same or name != name.strip():
            conditions = [Condition(UNKNOWN, what, accept=True)] if exact or not isinstance(value, str) else []
            ruling.add(attribute.name, Finding((Anything(),), (UNKNOWN,), conditions), attribute=True)
            ruling.add(name, Finding((Anything(),), (), []), attribute=True)
            return
        states: tuple[Expect, ...] = (Anything(),) if self.readings.may("unknown-attribute", "stored") else (Nothing(),)
        ruling.add(name, Finding(states, (UNKNOWN,), exact), attribute=True)

    def _complete(self, ruling: Ruling, customer: Customer | None) -> list[Condition]:
        """Reasons to refuse it for what it leaves out."""
        if ruling.sent is not True:
            name = "empty-body" if ruling.extended is False else "extensions-only-body"
            sure = ruling.sent is False and ruling.extended is not None
            what = "there is no attribute"
            found = by_reading(self.readings, name, {"400": BAD}, "empty-update", what, accept=not sure, member=False)
            if sure:
                ruling.features["empty-update"] = None
            if ruling.extended is None:
                found += by_reading(
                    self.readings, "empty-body", {"400": BAD}, "empty-update", what, accept=True, member=False
                )
            if sure:
                return found
        else:
            found = []
        if customer is None:
            held: dict[str, bool | None] = {}
            unknown = True
        else:
            internal = self._internal()
            left = {n: s for n, s in customer.attributes.items() if n not in ruling.members and n not in internal}
            held = {name: slot.held for name, slot in left.items()}
            unknown = None in held.values()
        sure = True in held.values() and ruling.sent is True
        if sure or unknown or ruling.sent is None:
            what = f"it leaves out {', '.join(n for n, h in held.items() if h is not False) or 'attributes perhaps'}"
            refusing = {"reject-400": BAD}
            found += by_reading(self.readings, "omitted-attribute", refusing, LOST, what, accept=not sure, member=False)
        return found

    def _internal(self) -> set[str]:
        schema = self.world.schema
        return {a.name for a in schema.attributes if a.internal} if schema else set()

    def _plain_features(self, ruling: Ruling, request: Request, asked: Asked, customer: Customer | None) -> None:
        """Requirements that have to do with no member of the body."""
        ruling.features["body-id-optional"] = None
        if asked.credentials is Credentials.WRONG and self.readings.settled("basic-authentication") == "disabled":
            ruling.features["credentials-checked"] = None
        if customer is not None and not customer.queried:
            ruling.features["no-prior-query"] = None
        if request.header("content-location") is not None:
            ruling.features["content-location-names-profile"] = None
        if len(asked.customer or "") in (1, LONGEST_ID - 1, LONGEST_ID):
            ruling.features["id-up-to-16"] = None

    def after(self, ruling: Ruling, customer: Customer) -> tuple[dict[str, Slot], dict[str, Slot]]:
        """The members of a profile after an accepted update."""
        internal = self._internal()
        attributes = {
            name: slot if name in internal else self._left_out(name, slot, ruling)
            for name, slot in customer.attributes.items()
        }
        extensions = {name: self._unsent(slot, ruling) for name, slot in customer.extensions.items()}
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
        if schema is None or schema.attribute(name) is None:
            # What no schema has cannot be shown for the sake of the schema.
            return Slot((Nothing(),), about)
        forms = self.readings.possible("dropped-attribute-read")
        return Slot((Nothing(forms),), about)

    def _unsent(self, slot: Slot, ruling: Ruling) -> Slot:
        """An extension that the body does not have."""
        if ruling.extended is False:
            return Slot(slot.states, (*(() if slot.seen else slot.about), "extensions-untouched"))
        options = self.readings.possible("unsent-extension")
        lost = tuple(self.of_extensions.lost(state) for state in slot.states)
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

"""Faults in the replacement of attributes: old values that survive, new ones that get lost."""

from __future__ import annotations

from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Attribute, Change, ExtensionDef, Key
from conformance.reference.genesys.service import GenesysService

SENT = "sent-attributes-stored"
LOST = "omitted-attributes-lost"
LAST = "last-update-stands"
NEW = "nothing-invented"
ROUND = "query-modify-update"
LIST = "several-values"
TEXT = "text-values"


@fault("merges-attributes", breaks=[LOST, NEW, LAST], reach="medium")
class MergesAttributes(GenesysService):
    """An update merges: attributes that the body leaves out keep their values."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Writes over what is there."""
        for name, attribute in change.attributes.items():
            self.clear_attribute(key, name)
            self.insert_attribute(key, name, attribute)


@fault("last-omitted-survives", breaks=[LOST, NEW, LAST], reach="hard")
class LastOmittedSurvives(GenesysService):
    """Of two or more omitted attributes the last one by name keeps its value: the loop ends one too early."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Forgets the last one."""
        stored = self.stored_attributes(key)
        left_out = sorted(set(stored) - set(change.attributes))
        kept = {name: stored[name] for name in left_out[1:][-1:]}
        change.attributes = {**change.attributes, **kept}
        super().write_attributes(key, change)


@fault("omitted-list-survives", breaks=[LOST, NEW, LAST], reach="hard")
class OmittedListSurvives(GenesysService):
    """An omitted attribute with several values survives: only the row of the primary value is looked for."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Forgets lists that the body does not mention."""
        stored = self.stored_attributes(key)
        kept = {n: a for n, a in stored.items() if len(a.values) > 1 and n not in change.attributes}
        change.attributes = {**change.attributes, **kept}
        super().write_attributes(key, change)


@fault("omitted-becomes-word-null", breaks=[LOST, NEW], reach="medium")
class OmittedBecomesWordNull(GenesysService):
    """An attribute that is left out comes back as the text null."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Stores a word for whatever was there."""
        left_out = set(self.stored_attributes(key)) - set(change.attributes)
        change.attributes = {**change.attributes, **dict.fromkeys(left_out, Attribute(("null",)))}
        super().write_attributes(key, change)


@fault("empty-update-does-nothing", breaks=["empty-update", LOST, LAST], reach="medium")
class EmptyUpdateDoesNothing(GenesysService):
    """An update without any attribute is accepted and leaves the attributes as they are."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Has nothing to do without attributes."""
        if change.attributes:
            super().write_attributes(key, change)


@fault("extensions-alone-keep-attributes", breaks=["empty-update", LOST, LAST], reach="hard")
class ExtensionsAloneKeepAttributes(GenesysService):
    """An update with extensions alone takes another path, which does not touch the attributes."""

    def write(self, key: Key, change: Change) -> None:
        """Writes extensions, and attributes unless there are none beside them."""
        if change.attributes or not change.extensions:
            super().write(key, change)
        else:
            self.write_extensions(key, change)


@fault("shorter-list-keeps-tail", breaks=[LIST, SENT, NEW, LAST], reach="hard")
class ShorterListKeepsTail(GenesysService):
    """Values are overwritten one by one, so a shorter list keeps the tail of the longer one before it."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Overwrites by position."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            tail = stored[name].values[len(attribute.values) :] if attribute.many and name in stored else ()
            change.attributes[name] = Attribute((*attribute.values, *tail), attribute.many)
        super().write_attributes(key, change)


@fault("scalar-joins-old-list", breaks=[LIST, SENT, NEW, LAST], reach="hard")
class ScalarJoinsOldList(GenesysService):
    """A single value that takes the place of a list replaces its primary value alone."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Keeps the other values of a list."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if not attribute.many and len(attribute.values) == 1 and name in stored:
                values = (*attribute.values, *stored[name].values[1:])
                change.attributes[name] = Attribute(values, len(values) > 1)
        super().write_attributes(key, change)


@fault("old-primary-kept-as-second", breaks=[LIST, SENT, NEW, LAST], reach="hard")
class OldPrimaryKeptAsSecond(GenesysService):
    """The former primary value of a list stays behind the new one, as a history nobody asked for."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Appends the former primary value."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            former = stored[name].values[:1] if name in stored else ()
            if attribute.many and former and former[0] not in attribute.values:
                change.attributes[name] = Attribute((*attribute.values, *former), attribute.many)
        super().write_attributes(key, change)


@fault("equal-primary-skips-list", breaks=[LIST, SENT, LAST, ROUND], reach="hard")
class EqualPrimarySkipsList(GenesysService):
    """A list is not written if its primary value is the stored one: the dirty check looks no further."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Leaves lists alone whose first value did not change."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if name in stored and attribute.many and stored[name].values[:1] == attribute.values[:1]:
                change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("reordering-skipped", breaks=[LIST, SENT, LAST], reach="hard")
class ReorderingSkipped(GenesysService):
    """A list with the same values in another order is taken for unchanged, so a new primary value is lost."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Compares lists as sets."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if name in stored and sorted(stored[name].values) == sorted(attribute.values):
                change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("same-names-skipped", breaks=[SENT, LAST, ROUND], reach="hard")
class SameNamesSkipped(GenesysService):
    """An update with just the attributes that are stored is taken for unchanged, whatever their values."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Compares names alone."""
        if set(self.stored_attributes(key)) != set(change.attributes):
            super().write_attributes(key, change)


@fault("unchanged-attributes-vanish", breaks=[SENT, LAST, "repeat-changes-nothing", ROUND], reach="hard")
class UnchangedAttributesVanish(GenesysService):
    """Only attributes that differ are written, after all have been removed; unchanged ones are lost."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Leaves out what did not change."""
        stored = self.stored_attributes(key)
        change.attributes = {n: a for n, a in change.attributes.items() if stored.get(n) != a}
        super().write_attributes(key, change)


@fault("case-change-skipped", breaks=[TEXT, SENT, LAST], reach="hard")
class CaseChangeSkipped(GenesysService):
    """A text that differs from the stored one in case alone is taken for unchanged."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Compares texts by a case-insensitive collation."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if name in stored and _folded(stored[name]) == _folded(attribute):
                change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("repeated-update-appends", breaks=["repeat-changes-nothing", LIST, SENT, NEW, ROUND, LAST], reach="hard")
class RepeatedUpdateAppends(GenesysService):
    """A list that is sent again just as it is stored is appended to itself."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Doubles lists that are already there."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if attribute.many and stored.get(name) == attribute:
                change.attributes[name] = Attribute(attribute.values * 2, attribute.many)
        super().write_attributes(key, change)


@fault("empty-values-skipped", breaks=["empty-values", LOST, SENT, NEW, LAST], reach="hard")
class EmptyValuesSkipped(GenesysService):
    """An empty text or an empty array is accepted and the old value stays: empty values are taken for none."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Keeps the old value where the new one is empty."""
        stored = self.stored_attributes(key)
        for name, attribute in change.attributes.items():
            if not any(attribute.values) and name in stored:
                change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("only-primary-kept", breaks=[LIST, SENT, "example-accepted", LAST], reach="medium")
class OnlyPrimaryKept(GenesysService):
    """Of several values only the primary one is stored."""

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Writes one row."""
        super().insert_attribute(key, name, Attribute(attribute.values[:1], attribute.many))


@fault("values-sorted", breaks=[LIST, SENT, "example-accepted", LAST], reach="medium")
class ValuesSorted(GenesysService):
    """Several values come back sorted, so that another one than the first sent is primary."""

    def shown_attribute(self, attribute: Attribute) -> Any:
        """Shows values in the order of the index."""
        return super().shown_attribute(Attribute(tuple(sorted(attribute.values)), attribute.many))


@fault("list-joined-by-commas", breaks=[LIST, TEXT, SENT, NEW], reach="hard")
class ListJoinedByCommas(GenesysService):
    """Several values are kept as one text joined by commas, so a value with a comma becomes two."""

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Joins and splits."""
        values = attribute.values
        if attribute.many and values:
            values = tuple(",".join(str(value) for value in values).split(","))
        super().insert_attribute(key, name, Attribute(values, attribute.many))


@fault("eleventh-value-lost", breaks=[LIST, SENT, LAST], reach="hard")
class EleventhValueLost(GenesysService):
    """There are columns for ten values of an attribute; the rest is lost."""

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Writes ten values."""
        super().insert_attribute(key, name, Attribute(attribute.values[:10], attribute.many))


@fault("attribute-invented", breaks=[NEW, LOST], reach="easy")
class AttributeInvented(GenesysService):
    """A query shows a Title that nobody sent."""

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Adds what it can compute."""
        shown = super().representation(key, extensions)
        return {"Title": f"{shown.get('FirstName')} {shown.get('LastName')}", **shown}


@fault("update-not-offered", breaks=["update-by-address", "example-accepted"], reach="easy")
class UpdateNotOffered(GenesysService):
    """Updates are answered as if there were no such customer."""

    def update(self, asked: Asked) -> Reply:
        """Never finds anybody."""
        return self.update_unknown(asked, self.body_object(asked))


def _folded(attribute: Attribute) -> list[str]:
    return [str(value).casefold() for value in attribute.values]

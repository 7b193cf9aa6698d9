"""What may become of one record of a request, by the readings that are still possible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.imiconnect.body import MISSING as NOTHING
from conformance.imiconnect.body import Form, Number, read_body
from conformance.imiconnect.codes import (
    BAD_APP,
    BAD_JSON,
    BAD_VALUE,
    MISSING,
    SUCCESS,
    UNKNOWN_CUSTOMER,
)
from conformance.imiconnect.values import MANY, Effect, Values
from conformance.judge.readings import Readings

PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PAIR: Final = re.compile(r"[=:]")
NAMES: Final = {"customerId": "customerid", "Attributes": "attributes"}
EXAMPLE_CASE: Final = frozenset(NAMES)
TABLE_CASE: Final = frozenset(NAMES.values())
FAILURES: Final = frozenset({BAD_VALUE, MISSING, UNKNOWN_CUSTOMER, BAD_APP})


@dataclass(slots=True)
class RecordRule:
    """What may become of one record.

    Attributes:
        customer: the customer that it names, None where that cannot be told.
        results: codes that its result may have.
        refusals: codes with which the request as a whole may be refused because of it.
        queue: whether the request may be accepted despite it.
        effects: what its values do, by attribute name.
        requirements: what its fault concerns; empty for a record without one.
        odd: no document helps to say what is right.
        beyond: whether it may be beyond the limit at which a batch is cut, and so no part of it.
        undone: whether a bad record beside it may undo it, under a code that no document names.
        nobody: whether it would succeed if somebody had its customer id.
        doubled: whether one of its members stands in it in two spellings.
        unnamed: whether its result may stand under no customer, or another one than `customer`.
    """

    customer: str | None
    results: frozenset[str]
    refusals: frozenset[str] = frozenset()
    queue: bool = True
    effects: Mapping[str, Effect] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    odd: bool = False
    unnamed: bool = False
    beyond: bool = False
    undone: bool = False
    nobody: bool = False
    doubled: bool = False

    @property
    def may_succeed(self) -> bool:
        """Whether it may be applied."""
        return SUCCESS in self.results

    @property
    def must_succeed(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.results == {SUCCESS}


class Records:
    """Judges records for one contract.

    Args:
        readings: what is known.
        values: judges their values.
        shown: ids that are known to be somebody's, whatever their form.
        app: whether app profiles are meant.
    """

    def __init__(self, readings: Readings, values: Values, shown: Set[str], *, app: bool) -> None:
        self._readings = readings
        self._values = values
        self._shown = shown
        self._app = app

    def rule(self, item: Any, *, alone: bool) -> RecordRule:
        """What may become of a record, its customer taken to exist.

        Args:
            item: the record as it was sent.
            alone: whether it is the only one of its request.
        """
        if not isinstance(item, dict):
            refused = frozenset({MISSING, BAD_JSON, BAD_VALUE})
            return RecordRule(None, refused, refused, requirements=("missing-customer-id-refused",))
        options = set(self._readings.possible("member-names"))
        if _has_both_in_some_case(item) and not _spelled_as_documented(item):
            # No document shows this spelling: whether it is read is nobody's rule.
            options |= {"case-insensitive", "example-case"}
        found = [self._named(item, option) for option in sorted(options)]
        rules = [self._rule(customer, attributes, alone) for customer, attributes in found]
        rule = rules[0]
        for other in rules[1:]:
            rule = _either(rule, other)
        if not self._spelling() <= item.keys() and _has_both_in_some_case(item):
            rule.requirements = ("member-names",)
        spelled = (
            EXAMPLE_CASE | TABLE_CASE
            if self._readings.settled("member-names") == "case-insensitive"
            else self._spelling()
        )
        if self._readings.may("extra-members", "refused") and any(
            name.lower() in TABLE_CASE and name not in spelled for name in item
        ):
            # In another spelling than the target reads it is a member that nobody documents.
            rule.refusals |= {MISSING, BAD_JSON}
            rule.results |= {MISSING, BAD_JSON}
        rule.odd = rule.odd or self._ambiguous(item)
        rule.doubled = len({name.lower() for name in item} & TABLE_CASE) < len(
            [name for name in item if name.lower() in TABLE_CASE]
        )
        return rule

    def _spelling(self) -> frozenset[str]:
        return TABLE_CASE if self._readings.settled("member-names") == "table-case" else EXAMPLE_CASE

    def _ambiguous(self, item: Mapping[str, Any]) -> bool:
        """Whether a member stands in a record in two spellings, and which of them is read is not known."""
        if len(item) <= 1 or item.keys() == EXAMPLE_CASE:
            return False
        known = [name for name in item if name.lower() in TABLE_CASE]
        if len({name.lower() for name in known}) == len(known):
            return False
        # Where one documented spelling is read, the other is a member like any that nobody documents.
        exact = self._readings.settled("member-names") in ("example-case", "table-case")
        return not exact or not set(known) <= EXAMPLE_CASE | TABLE_CASE

    def extra_members(self, item: Any) -> bool:
        """Whether a record has members beside the two that are known, in any case."""
        return isinstance(item, dict) and any(name.lower() not in NAMES.values() for name in item)

    def _named(self, item: Mapping[str, Any], option: str) -> tuple[Any, Any]:
        found = []
        for example, table in NAMES.items():
            if option == "case-insensitive":
                found.append(next((v for k, v in item.items() if k.lower() == table), NOTHING))
            else:
                found.append(item.get(table if option == "table-case" else example, NOTHING))
        return found[0], found[1]

    def _rule(self, customer: Any, attributes: Any, alone: bool) -> RecordRule:
        by_id = self._of_id(customer, alone)
        if by_id.customer is None and self._may_stand_in(attributes):
            by_id.results |= FAILURES | {SUCCESS}
            by_id.refusals |= {MISSING, BAD_VALUE}
            by_id.queue = True
            if customer is not NOTHING or not self._readings.may("app-customer-id", "required"):
                by_id.requirements = ()
        by_attributes = self._of_attributes(attributes, alone)
        return _both(by_id, by_attributes)

    def _of_id(self, customer: Any, alone: bool) -> RecordRule:
        if isinstance(customer, str) and customer:
            odd = not PLAIN_ID.fullmatch(customer) and customer not in self._shown
            return RecordRule(customer, frozenset({SUCCESS}), odd=odd)
        if customer is NOTHING or customer in (None, ""):
            rule = self._incomplete("missing-customer-id-refused", alone)
            if customer is not NOTHING:
                also = frozenset({BAD_VALUE, UNKNOWN_CUSTOMER})
                rule.results |= also
                rule.refusals |= also
            return rule
        refused = frozenset({MISSING, BAD_VALUE})
        if not isinstance(customer, Number):
            refused |= {BAD_JSON}
            return RecordRule(None, refused, refused, requirements=("customer-id-is-string",))
        coerced = self._readings.may("numeric-customer-id", "coerced")
        results = frozenset({SUCCESS}) if coerced else frozenset[str]()
        if self._readings.may("numeric-customer-id", "refused") or not customer.integer:
            results |= refused
        return RecordRule(
            customer.text if coerced and customer.integer else None,
            results,
            results - {SUCCESS},
            requirements=("customer-id-is-string",),
            unnamed=True,
        )

    def _may_stand_in(self, attributes: Any) -> bool:
        """Whether another identifier may stand in for the customer id."""
        if not self._app or not isinstance(attributes, dict) or not isinstance(attributes.get("userId"), str):
            return False
        return self._readings.may("app-customer-id", "optional-if-other-identifier")

    def _incomplete(self, requirement: str, alone: bool) -> RecordRule:
        per_record = self._readings.may("incomplete-record", "per-record")
        whole = self._readings.may("incomplete-record", "whole-7003") or alone
        missing = frozenset({MISSING})
        return RecordRule(None, missing, missing if whole else frozenset(), per_record, requirements=(requirement,))

    def _of_attributes(self, attributes: Any, alone: bool) -> RecordRule:
        if attributes is NOTHING or attributes is None:
            rule = self._incomplete("missing-attributes-refused", alone)
            if attributes is None:
                rule.results |= {BAD_VALUE}
                rule.refusals |= {BAD_VALUE}
                rule.queue = True
            return rule
        if isinstance(attributes, str) and self._readings.may("attributes-type", "object-or-string"):
            return self._of_text(attributes)
        if not isinstance(attributes, dict):
            rule = _no_object()
            rule.odd = self._may_be_pairs(attributes)
            return rule
        if not attributes:
            return self._of_none()
        return self._of_object(attributes)

    def _may_be_pairs(self, attributes: Any) -> bool:
        """Whether it may be read as pairs: one table has a list of strings, the other a string, and none their form."""
        listed = attributes if isinstance(attributes, list) else [attributes]
        written = bool(listed) and all(isinstance(each, str) and PAIR.search(each) for each in listed)
        return written and self._readings.may("attributes-type", "object-or-string")

    def _of_text(self, text: str) -> RecordRule:
        form, value = read_body(text.encode("utf-8", "replace"))
        refused = _no_object()
        refused.odd = form is not Form.JSON and self._may_be_pairs(text)
        if form is not Form.JSON or not isinstance(value, dict):
            return refused
        taken = self._of_object(value) if value else self._of_none()
        taken.requirements += ("attributes-are-object",)
        return _either(taken, refused) if self._readings.may("attributes-type", "object") else taken

    def _of_none(self) -> RecordRule:
        results, refusals = frozenset[str](), frozenset[str]()
        for code in (MISSING, BAD_VALUE):
            if self._readings.may("empty-attributes", code):
                results |= {code}
                refusals |= {code}
        if self._readings.may("empty-attributes", "no-op"):
            results |= {SUCCESS}
        return RecordRule(None, results, refusals, requirements=("missing-attributes-refused",))

    def _of_object(self, attributes: Mapping[str, Any]) -> RecordRule:
        effects = {name: self._values.effect(name, value) for name, value in attributes.items()}
        failures = frozenset[str]().union(*(effect.results - {SUCCESS} for effect in effects.values()))
        good = all(SUCCESS in effect.results for effect in effects.values())
        requirements = tuple(
            name
            for effect in effects.values()
            for name in effect.requirements
            if name in ("invalid-value-refused", "other-scalars", "unknown-attributes")
        )
        odd = len(attributes) > MANY or any(effect.odd for effect in effects.values())
        results = failures | {SUCCESS} if good else failures
        return RecordRule(None, results, effects=effects, requirements=requirements, odd=odd)


def _no_object() -> RecordRule:
    refused = frozenset({BAD_JSON, MISSING, BAD_VALUE})
    return RecordRule(None, refused, refused, requirements=("attributes-are-object",))


def _both(one: RecordRule, other: RecordRule) -> RecordRule:
    """What both rules together leave: each fault may be the one that is reported."""
    failures = (one.results | other.results) - {SUCCESS}
    both = one.may_succeed and other.may_succeed
    return RecordRule(
        one.customer or other.customer,
        failures | {SUCCESS} if both else failures,
        one.refusals | other.refusals,
        one.queue and other.queue,
        {**one.effects, **other.effects},
        (*one.requirements, *other.requirements),
        one.odd or other.odd,
        one.unnamed or other.unnamed,
    )


def _either(one: RecordRule, other: RecordRule) -> RecordRule:
    """What one rule or the other allows."""
    effects = {**one.effects, **other.effects}
    return RecordRule(
        one.customer or other.customer,
        one.results | other.results,
        one.refusals | other.refusals,
        one.queue or other.queue,
        effects,
        tuple(dict.fromkeys((*one.requirements, *other.requirements))),
        one.odd or other.odd,
        one.unnamed or other.unnamed or one.customer != other.customer,
    )


def _spelled_as_documented(item: Mapping[str, Any]) -> bool:
    return item.keys() >= EXAMPLE_CASE or item.keys() >= TABLE_CASE


def _has_both_in_some_case(item: Mapping[str, Any]) -> bool:
    return {name.lower() for name in item} >= TABLE_CASE

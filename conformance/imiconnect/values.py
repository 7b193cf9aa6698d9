"""What an attribute value does to a stored profile, by the readings that are still possible."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import specs
from conformance.imiconnect.body import Number
from conformance.imiconnect.cells import ABSENT, ANYTHING, Value
from conformance.imiconnect.codes import BAD_VALUE, SUCCESS
from conformance.judge.readings import Readings
from conformance.target.model import Target
from specs.values import value_classes
from strategies.imiconnect.values import real_life

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.$-]{0,39}")
SIMPLE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
EMAIL: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MSISDN: Final = re.compile(r"[0-9]{8,15}")
DATE: Final = re.compile(
    r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"([+-](0[0-9]|1[0-4])(00|30)|\.[0-9]{3}Z)?"
)
FORMS: Final = {"email": EMAIL, "msisdn": MSISDN}
FLAGS: Final = frozenset({"verified", "status", "connectStatus"})
SERVER_DATES: Final = frozenset({"createdOn", "updatedOn"})
DATES: Final = SERVER_DATES | {"last_opened", "last_upgraded"}
CHANNELS: Final = frozenset({"fb", "twitter", "wechat", "rt"})
LONG: Final = 200
USUAL: Final = 100  # no document bounds a value; those of its examples are shorter, but for addresses of pictures
LONGEST: Final = 70_000
MANY: Final = 60
WHITE_SPACE: Final = "\t\n\r"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one value does.

    Attributes:
        results: codes that its record may have because of it.
        values: what it leaves behind where the record succeeds.
        sure: whether it surely writes where the record succeeds.
        requirements: what its code, or what is read back, says something about.
        odd: no document helps to say what is right.
    """

    results: frozenset[str]
    values: frozenset[Value] = ANYTHING
    sure: bool = True
    requirements: tuple[str, ...] = ()
    odd: bool = False


@cache
def documented_attributes(contract: specs.Contract) -> frozenset[str]:
    """The attribute names that the document shows."""
    return frozenset(contract.schema("attributes")["properties"])


@cache
def _told_apart() -> frozenset[str]:
    """Values of the classes that deployments may refuse, each for reasons of its own."""
    classes = [*value_classes(), *value_classes(hostile=True), *real_life()]
    return frozenset(value for each in classes for value in each.values)


@cache
def longest_shown(contract: specs.Contract) -> Mapping[str, int]:
    """The length of the longest value that the document shows under a name."""
    shown: dict[str, int] = {}
    for example in contract.examples:
        if example.kind == "request":
            for record in json.loads(example.content())["Records"]:
                for name, value in record["Attributes"].items():
                    shown[name] = max(len(value), shown.get(name, 0))
    return shown


class Values:
    """Judges attribute values for one contract.

    Args:
        contract: whose readings decide.
        target: may name more attributes that its profiles have.
        readings: what is known.
        app: whether app profiles are meant; False for customer profiles.
    """

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings, *, app: bool) -> None:
        self._readings = readings
        self._known = documented_attributes(contract) | set(target.data.get("attributes", ()))
        self._shown = longest_shown(contract)
        self._app = app
        name = "unknown-app-attribute" if app else "unknown-customer-attribute"
        self._unknown = name if name in contract.readings else None

    def effect(self, name: str, value: Any) -> Effect:
        """What a value under a name does."""
        if not NAME.fullmatch(name) or name.lower() == "customerid":
            return Effect(frozenset({SUCCESS, BAD_VALUE}), sure=False, odd=True)
        effect = self._text(name, value) if isinstance(value, str) else self._other(value)
        if self._app and name in SERVER_DATES and self._may("profile-dates", "server-owned"):
            # What the service sets itself need not be looked at.
            requirements = effect.requirements if isinstance(value, str) else ()
            effect = Effect(effect.results | {SUCCESS}, ANYTHING, False, requirements, effect.odd)
        formed = name in FORMS or (self._app and name in FLAGS | DATES | {"channel"})
        unformed = value == "" or not isinstance(value, str)
        if not SIMPLE_NAME.fullmatch(name) or (formed and unformed):
            effect = replace(effect, results=effect.results | {BAD_VALUE})
        return effect if name in self._known else self._of_unknown(effect)

    def _text(self, name: str, value: str) -> Effect:
        good = frozenset({SUCCESS})
        if odd_text(value):
            return Effect(good | {BAD_VALUE}, sure=False, odd=True)
        if value == "":
            return self._empty()
        doubtful = not self._formed(name, value) or any(c in value for c in WHITE_SPACE)
        doubtful = doubtful or value in _told_apart()
        doubtful = doubtful or len(value) > max(USUAL, self._shown.get(name, 0))
        results = good | {BAD_VALUE} if doubtful else good
        requirements: tuple[str, ...] = ("sent-attributes-stored",)
        if len(value) >= LONG:
            requirements += ("long-values-stored",)
        if self._app and name in FLAGS and value in ("0", "1"):
            requirements += ("flags-stored",)
        if self._app and name in DATES:
            requirements += ("dates-accepted",)
        return Effect(results, frozenset({value}), requirements=requirements)

    def _formed(self, name: str, value: str) -> bool:
        """Whether nobody can refuse the form of a value."""
        if name in DATES and self._app and self._may("date-format", "validated") and not DATE.fullmatch(value):
            return False
        # Rules are nowhere published: an implementation may look at the form of one attribute and not of another.
        if name in FORMS:
            return FORMS[name].fullmatch(value) is not None
        if not self._app:
            return True
        return value in (("0", "1") if name in FLAGS else CHANNELS) if name in FLAGS | {"channel"} else True

    def _empty(self) -> Effect:
        values = frozenset[Value]()
        if self._may("empty-value", "stored-empty"):
            values |= {""}
        if self._may("empty-value", "cleared"):
            values |= {ABSENT}
        ignored = self._may("empty-value", "ignored")
        return Effect(frozenset({SUCCESS}), values, sure=not ignored, requirements=("empty-values",))

    def _other(self, value: Any) -> Effect:
        if value is None:
            return self._null()
        if isinstance(value, bool | Number):
            return self._scalar(value)
        refused = frozenset({BAD_VALUE})
        if self._may("invalid-values", "lenient"):
            refused |= {SUCCESS}
            if not self._may("invalid-values", "typed", "schema-closed"):
                refused = frozenset({SUCCESS})
        return Effect(refused, ANYTHING, sure=False, requirements=("invalid-value-refused",))

    def _null(self) -> Effect:
        results = frozenset[str]()
        if self._may("null-value", BAD_VALUE):
            results |= {BAD_VALUE}
        if self._may("null-value", "cleared", "ignored"):
            results |= {SUCCESS}
        values = frozenset({ABSENT, ""}) if self._may("null-value", "cleared") else frozenset[Value]()
        return Effect(results, values, sure=not self._may("null-value", "ignored"), requirements=("other-scalars",))

    def _scalar(self, value: bool | Number) -> Effect:
        results = frozenset[str]()
        if self._may("non-string-scalars", BAD_VALUE):
            results |= {BAD_VALUE}
        if self._may("non-string-scalars", "coerced"):
            results |= {SUCCESS}
        if isinstance(value, bool):
            texts: frozenset[Value] = frozenset({"true", "True", "1"} if value else {"false", "False", "0"})
        else:
            texts = frozenset({value.text}) if value.integer else ANYTHING
        return Effect(results, texts, requirements=("other-scalars",))

    def _of_unknown(self, effect: Effect) -> Effect:
        """The same for a name that the profile may not know."""
        if self._unknown is None:
            return Effect(effect.results | {BAD_VALUE}, sure=False, odd=True)
        results = frozenset[str]()
        if self._may(self._unknown, "added"):
            results |= effect.results
        if self._may(self._unknown, BAD_VALUE):
            results |= {BAD_VALUE}
        if self._may(self._unknown, "ignored"):
            # Whether a value that is dropped is looked at first is nobody's rule.
            results |= effect.results | {SUCCESS}
        values = effect.values if self._may(self._unknown, "added") else frozenset[Value]()
        sure = effect.sure and not self._may(self._unknown, "ignored")
        return Effect(results, values, sure, (*effect.requirements, "unknown-attributes"), effect.odd)

    def _may(self, reading: str, *options: str) -> bool:
        try:
            return self._readings.may(reading, *options)
        except KeyError:
            return False


def odd_text(value: str) -> bool:
    """Whether a value is of a kind that stores legally differ about: control characters, no characters, no end."""
    if len(value) <= LONGEST and value.isprintable():  # most values; neither control characters nor unassigned ones
        return False
    return len(value) > LONGEST or any(
        unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in value if c not in WHITE_SPACE
    )

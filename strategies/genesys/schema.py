"""What a target's own metadata say a profile may hold: attributes and extensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["single-valued", "multi-valued", "classifier"]
KINDS: Mapping[str, Kind] = {
    "single-valued": "single-valued",
    "multi-valued": "multi-valued",
    "classifier": "classifier",
}
# Attributes that the server keeps itself, by the names that the vendor's page on attributes gives them.
INTERNAL = re.compile(r"(LastCalledAgent_|PreferredAgent_|LCA_EmplID_|LCA_TimeStamp_|Pref_EmplID_)")
ID = "customer_id"
WHOLE = frozenset({"integer", "long"})
NUMBERS = WHOLE | {"double", "currency"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the profile schema."""

    name: str
    date: bool
    several: bool
    internal: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of an extension; `default` is None where the schema has none.

    `form` is the one in which amounts and dates travel, where it is known.
    """

    name: str
    type: str
    length: int | None
    default: Any
    mandatory: bool
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The schema of one extension; `mark` is as what a classifier travels."""

    name: str
    kind: Kind
    unique: tuple[str, ...]
    fields: tuple[Field, ...]
    mark: Any = None

    @property
    def bare(self) -> bool:
        """Whether records travel as bare values: the only attribute has the name of the extension."""
        return self.kind != "classifier" and [field.name for field in self.fields] == [self.name]

    def field(self, name: str) -> Field | None:
        """The attribute of that name."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """Attributes and extensions of one deployment."""

    attributes: tuple[Attribute, ...]
    extensions: tuple[Extension, ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of attributes and extensions, without their case."""
        attributes = {a.name.casefold() for a in self.attributes}
        return frozenset(attributes | {e.name.casefold() for e in self.extensions})

    @property
    def writable(self) -> tuple[Attribute, ...]:
        """Attributes that the server does not keep itself."""
        return tuple(a for a in self.attributes if not a.internal)

    @property
    def texts(self) -> tuple[Attribute, ...]:
        """Writable attributes of type string."""
        return tuple(a for a in self.writable if not a.date)

    @property
    def dates(self) -> tuple[Attribute, ...]:
        """Writable attributes of type date."""
        return tuple(a for a in self.writable if a.date)

    def sendable(self, currency: str | None, date: str | None, classifier: str | None) -> Schema:
        """Without what can be sent in no form that is known; dates and amounts are made in the form that is.

        Args:
            currency: number or text.
            date: day or date-time, of the dates in records.
            classifier: empty-object or boolean.
        """
        forms = {"currency": currency, "date": date}
        kept = []
        for extension in self.extensions:
            if extension.kind == "classifier":
                if classifier in ("empty-object", "boolean"):
                    kept.append(replace(extension, mark={} if classifier == "empty-object" else True))
                continue
            known = [f for f in extension.fields if f.type not in forms or forms[f.type] is not None]
            unknown = [f for f in extension.fields if f not in known]
            if not known or any(f.mandatory or f.name in extension.unique for f in unknown):
                continue
            fields = tuple(replace(f, form=forms.get(f.type)) for f in known)
            kept.append(replace(extension, fields=fields))
        return Schema(self.attributes, tuple(kept))

    def of_kind(self, *kinds: Kind) -> tuple[Extension, ...]:
        """Extensions of some kinds."""
        return tuple(e for e in self.extensions if e.kind in kinds)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of exactly that name."""
        return next((a for a in self.attributes if a.name == name), None)

    def extension(self, name: str) -> Extension | None:
        """The extension of exactly that name."""
        return next((e for e in self.extensions if e.name == name), None)


def schema_of(attributes: Iterable[Mapping[str, Any]], extensions: Iterable[Mapping[str, Any]]) -> Schema:
    """Reads the answers of the metadata operations, or the same tables of a target file.

    Raises:
        ValueError: they are not what the published schemas of these answers say.
    """
    try:
        rows = _rows(attributes, "attributes"), _rows(extensions, "extensions")
        return Schema(tuple(map(_attribute, rows[0])), tuple(map(_extension, rows[1])))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the metadata cannot be read: {error!r}") from error


def _rows(answer: Any, name: str) -> Iterable[Mapping[str, Any]]:
    """The rows of an answer: an array, or an object that has them under the name of what they are, perhaps in one."""
    if name == "attributes" and isinstance(answer, list) and len(answer) == 1 and "type" not in answer[0]:
        answer = answer[0] if isinstance(answer[0].get(name), list) else answer
    found = answer.get(name) if isinstance(answer, dict) else answer
    if not isinstance(found, list | tuple):
        raise TypeError(f"no array of {name}")
    return found


def _attribute(row: Mapping[str, Any]) -> Attribute:
    name = str(row["name"])
    internal = bool(row.get("internal")) or INTERNAL.match(name) is not None
    kind = str(row.get("type") or "string").lower()
    return Attribute(name, kind.startswith("date"), row.get("multi_valued") is not False, internal)


def _extension(row: Mapping[str, Any]) -> Extension:
    fields = tuple(_field(each) for each in row.get("attributes") or ())
    return Extension(str(row["name"]), KINDS[row["type"]], _unique(row.get("unique") or (), fields), fields)


def _unique(told: Any, fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The attributes that identify a record; none where the schema names something that is no attribute."""
    known = {field.name.casefold(): field.name for field in fields}
    names = [told] if isinstance(told, str) else list(told)
    found = [name if name in known.values() else known.get(str(name).casefold()) for name in names]
    return tuple(name for name in found if name is not None) if None not in found else ()


def _field(row: Mapping[str, Any]) -> Field:
    length = row.get("length")
    kind, default = str(row["type"]), row.get("default")
    mandatory = str(row.get("mandatory") or "false").lower() == "true"
    return Field(
        str(row["name"]), kind, int(length) if length is not None else None, _default(kind, default), mandatory
    )


def _default(kind: str, default: Any) -> Any:
    """A default as JSON of its type, where the schema gives it as text."""
    if not isinstance(default, str) or kind in ("string", "date", "datetime"):
        return default
    if kind == "boolean":
        return default.lower() == "true"
    number = float(default)
    return int(number) if kind in WHOLE else number

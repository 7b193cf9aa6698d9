"""JSON texts that break exactly one keyword of a JSON Schema at one place, decided on their bytes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from strategies.json_schema.dialect import validator_of
from strategies.json_schema.edits import Edit, edits
from strategies.json_schema.walking import Path, places

TRIES = 40  # edits of one instance that are tried before another instance is


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A JSON text that breaks one keyword.

    Attributes:
        document: in UTF-8.
        breaks: the keyword, such as "maxLength"; "false" where a schema is false.
        where: JSON Pointer (RFC 6901) of what is wrong; of a member that is missing or too many, its own.
        rule: JSON Pointer of the keyword in the schema, through the references on the way.
        says: the reason, in jsonschema's words.
    """

    document: bytes
    breaks: str
    where: str
    rule: str
    says: str


def near_misses(
    schema: Mapping[str, Any],
    bases: SearchStrategy[Any],
    *,
    registry: Registry[Any] | None = None,
    format_checker: FormatChecker | None = None,
    within: str = "",
    keywords: Collection[str] = (),
) -> SearchStrategy[NearMiss]:
    """JSON texts that are valid but for one thing.

    Args:
        schema: a JSON Schema; its `$schema` says the dialect, 2020-12 by default.
        bases: valid instances to break, as Python values.
        registry: what its references lead to.
        format_checker: decides `format`; without one no format is broken.
        within: break something at a JSON Pointer that starts so.
        keywords: break one of these; any if none is given.

    Raises:
        ValueError: a regular expression of the schema is one that Python does not read; when drawn from, that a base
            is not valid.
    """
    judge = _Judge(schema, registry, format_checker, within, keywords)
    drawn = st.tuples(bases, st.integers(0, 255), st.integers(0, 65535))
    return drawn.map(lambda choice: judge.first(*choice)).filter(_found)  # type: ignore[return-value]


def each_near_miss(
    schema: Mapping[str, Any],
    base: Any,
    *,
    registry: Registry[Any] | None = None,
    format_checker: FormatChecker | None = None,
    within: str = "",
    keywords: Collection[str] = (),
) -> Iterator[NearMiss]:
    """Every way to break a valid instance that is confirmed, in the order of its members.

    Args:
        schema: as for `near_misses`.
        base: a valid instance, as a Python value.
        registry: as for `near_misses`.
        format_checker: as for `near_misses`.
        within: as for `near_misses`.
        keywords: as for `near_misses`.

    Raises:
        ValueError: the base is not valid, or a regular expression of the schema is one that Python does not read.
    """
    judge = _Judge(schema, registry, format_checker, within, keywords)
    seen: set[bytes] = set()
    for edit in judge.edits(base):
        found = judge.confirmed(edit, base)
        if found and found.document not in seen:
            seen.add(found.document)
            yield found


def pointer(path: Path) -> str:
    """A path as JSON Pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _found(miss: NearMiss | None) -> bool:
    return miss is not None


class _Judge:
    def __init__(
        self,
        schema: Mapping[str, Any],
        registry: Registry[Any] | None,
        format_checker: FormatChecker | None,
        within: str,
        keywords: Collection[str],
    ) -> None:
        known: Registry[Any] = registry if registry is not None else Registry()
        resource = Resource.from_contents(schema, default_specification=DRAFT202012)
        self._resolver = known.with_resource(resource.id() or "", resource).resolver(resource.id() or "")
        self._schema = schema
        self._within = within
        self._keywords = frozenset(keywords)
        kind: Any = validator_of(schema)
        self._validator = kind(schema, registry=known, format_checker=format_checker)

    def edits(self, base: Any) -> list[Edit]:
        problem = next(self._validator.iter_errors(base), None)
        if problem is not None:
            raise ValueError(f"no valid instance: {problem.message} at {problem.json_path}")
        found = (edit for place in places(self._schema, base, self._resolver) for edit in edits(place))
        # What is within a branch of anyOf breaks anyOf, and a member that is refused breaks a schema that is false.
        any_keyword = not self._keywords or self._keywords & {"anyOf", "oneOf", "false"}
        return [
            edit
            for edit in found
            if pointer(edit.where).startswith(self._within) and (any_keyword or edit.keyword in self._keywords)
        ]

    def first(self, base: Any, kind: int, place: int) -> NearMiss | None:
        """The first edit that is confirmed, of a keyword and a place by number; None if there is none soon."""
        by_keyword: dict[str, list[Edit]] = {}
        for edit in self.edits(base):
            by_keyword.setdefault(edit.keyword, []).append(edit)
        keywords = list(by_keyword)
        start, tried = kind % max(len(keywords), 1), 0
        for keyword in (*keywords[start:], *keywords[:start]):
            offered = by_keyword[keyword]
            for step in range(min(len(offered), TRIES // 4)):
                found = self.confirmed(offered[(place + step) % len(offered)], base)
                tried += 1
                if found is not None or tried > TRIES:
                    return found
        return None

    def confirmed(self, edit: Edit, base: Any) -> NearMiss | None:
        """What an edit makes, if what the bytes say breaks the keyword that was meant there, and nothing else."""
        try:
            document = json.dumps(edit.apply(base), ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, KeyError, TypeError):  # no JSON, or a place that is not there
            return None
        errors = list(self._validator.iter_errors(json.loads(document)))
        if len(errors) != 1:
            return None
        breaks = _keyword(edit, errors[0])
        if self._keywords and breaks not in self._keywords:
            return None
        rule = pointer(tuple(errors[0].absolute_schema_path))
        return NearMiss(document, breaks, pointer(edit.where), rule, errors[0].message) if breaks else None


def _keyword(edit: Edit, error: ValidationError) -> str:
    """The keyword that an edit breaks, in the eyes of jsonschema; empty if that is not the one that was meant."""
    place = tuple(error.absolute_path)
    keyword = "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator or "false")
    if keyword in {"anyOf", "oneOf"} and edit.where[: len(place)] == place:
        return keyword  # what was meant is within one of its branches
    near = place in {edit.where, edit.where[:-1]}
    return keyword if near and keyword in {edit.keyword, "false"} else ""

"""Validation of JSON: jsonschema has the word, jsonschema-rs says quickly where there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry

EMPTY: Registry[Any] = Registry()


class Validator:
    """A validator of one schema (2020-12), formats checked and references resolved.

    What jsonschema-rs accepts is valid. What it rejects, or cannot read, is judged anew by jsonschema, whose errors
    are the ones that are told: some thirty times slower, which a valid batch of a thousand records would feel.

    Args:
        schema: the schema.
        registry: the schemas that it may refer to.
    """

    def __init__(self, schema: Mapping[str, Any], registry: Registry[Any] = EMPTY) -> None:
        checker = FormatChecker()
        self._thorough = Draft202012Validator(schema, registry=registry, format_checker=checker)
        self._quick = jsonschema_rs.Draft202012Validator(
            dict(schema),
            registry=jsonschema_rs.Registry([(uri, dict(registry.contents(uri))) for uri in registry]),
            validate_formats=True,
            formats={name: _conforms(checker, name) for name in checker.checkers},
        )

    def is_valid(self, instance: Any) -> bool:
        """Whether a parsed JSON value fits the schema."""
        return self._accepts(instance) or self._thorough.is_valid(instance)

    def iter_errors(self, instance: Any) -> Iterator[Any]:
        """What is wrong with a parsed JSON value, each a `jsonschema.ValidationError`; nothing where it fits."""
        if not self._accepts(instance):
            yield from self._thorough.iter_errors(instance)

    def _accepts(self, instance: Any) -> bool:
        try:
            return self._quick.is_valid(instance)
        except ValueError:  # a lone surrogate, a number beyond all bounds: not to be had in Rust
            return False


def _conforms(checker: FormatChecker, name: str) -> Callable[[str], bool]:
    return partial(checker.conforms, format=name)

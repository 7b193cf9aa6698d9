"""Faults in values that people really store: one for each class of them that the documents let one tell.

White space is left out: the types of the XSD, which is not public, may be such as collapse it, and a service may trim
texts (freedom blanks-at-ends).
"""

from __future__ import annotations

from typing import Any

from conformance.reference.faults import fault
from conformance.reference.fiserv.model import Tree
from conformance.reference.fiserv.service import FiservService
from conformance.reference.spoiling import SPOILING, Spoil
from specs.values import ValueClass, value_classes

WHITE_SPACE = frozenset({"blanks-inside", "blanks-at-ends", "line-ends", "line-feeds"})


def spoiled(value: Any, spoil: Spoil) -> Any:
    """A copy in which every text was spoiled."""
    if isinstance(value, dict):
        return {name: spoiled(inner, spoil) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner, spoil) for inner in value]
    return spoil(value) if isinstance(value, str) else value


def _register(kind: ValueClass) -> None:
    spoil = SPOILING[kind.id]

    class Spoiled(FiservService):
        def storable(self, sent: Tree) -> Tree:
            """Spoils what is stored."""
            return super().storable(spoiled(sent, spoil))

    Spoiled.__doc__ = f"Of {kind.what}: {kind.spoiled}."
    fault(f"value-{kind.id}", breaks=["success-is-stored"], reach="medium")(Spoiled)


for _kind in (*value_classes(), *value_classes(hostile=True)):
    if _kind.id not in WHITE_SPACE:
        _register(_kind)

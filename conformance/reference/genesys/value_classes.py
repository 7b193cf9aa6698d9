"""One fault for each class of values that people really store: what careless software makes of them in an attribute.

No class is left out: a text attribute takes any text and returns it unchanged, and no reading allows less.
"""

from __future__ import annotations

from conformance.reference.faults import fault
from conformance.reference.genesys.service import GenesysService
from conformance.reference.spoiling import SPOILING, Spoil
from specs.values import ValueClass, value_classes

BROKEN = ["text-values", "sent-attributes-stored"]


def _spoiled(each: ValueClass, spoil: Spoil) -> type[GenesysService]:
    class Spoiled(GenesysService):
        def authorized(self, text: str) -> str:
            """A text as the faulty server keeps it."""
            return spoil(super().authorized(text))

    Spoiled.__name__ = Spoiled.__qualname__ = "Value" + "".join(word.capitalize() for word in each.id.split("-"))
    Spoiled.__doc__ = f"Of {each.what} in an attribute: {each.spoiled}."
    return Spoiled


for _hostile in (False, True):
    for _each in value_classes(hostile=_hostile):
        fault(f"value-{_each.id}", breaks=BROKEN, reach="hard")(_spoiled(_each, SPOILING[_each.id]))

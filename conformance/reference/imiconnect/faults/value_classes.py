"""A fault for each class of values that people store: the service spoils it as careless software does.

Left out are classes whose spoiling the documents do not exclude:

- `long-texts` and `long-words-beyond-ascii` are kept: a long value may be refused, but never cut.
"""

from __future__ import annotations

from typing import Any

from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import Effect
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.spoiling import SPOILING, Spoil
from specs.values import ValueClass, value_classes


def _spoiling(each: ValueClass, spoil: Spoil) -> type[ImiconnectService]:
    class Spoiling(ImiconnectService):
        def change(self, name: str, value: Any) -> str | Effect:
            """Stores a text as careless software does."""
            return super().change(name, spoil(value) if isinstance(value, str) else value)

    Spoiling.__doc__ = f"{each.what[0].upper()}{each.what[1:]}: {each.spoiled}."
    return Spoiling


for _each in (*value_classes(), *value_classes(hostile=True)):
    fault(f"value-{_each.id}", breaks=["sent-attributes-stored"], reach="hard")(_spoiling(_each, SPOILING[_each.id]))

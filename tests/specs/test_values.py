"""The classes of values: each is spoiled in its own way, and by nothing else."""

from __future__ import annotations

import pytest

from conformance.reference.spoiling import SPOILING
from specs.values import ValueClass, value_classes

CLASSES = (*value_classes(), *value_classes(hostile=True))


def test_every_class_has_its_way_to_be_spoiled() -> None:
    assert [each.id for each in CLASSES] == list(SPOILING)


@pytest.mark.parametrize("value_class", CLASSES, ids=[each.id for each in CLASSES])
def test_only_its_own_values_are_spoiled(value_class: ValueClass) -> None:
    spoil = SPOILING[value_class.id]
    changed = {each.id for each in CLASSES if any(spoil(text) != text for text in each.values)}
    assert changed == {value_class.id}

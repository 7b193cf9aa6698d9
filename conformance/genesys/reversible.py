"""What may be written to a lent customer: nothing that the readings of the target would not let anybody take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.genesys.completeness import is_empty
from conformance.genesys.shown import no_value_form, same
from conformance.judge.readings import Readings
from strategies.genesys import ID, Extension, Schema

Shown = Mapping[str, Any]
OTHER = object()  # a value that no profile has


class Reversible:
    """Knows what can be taken back.

    Args:
        readings: what is known of the readings.
        schema: everything that the target has.
        deletes_records: whether single records can be deleted.
    """

    def __init__(self, readings: Readings, schema: Schema, *, deletes_records: bool) -> None:
        self._readings = readings
        self._schema = schema
        self._deletes_records = deletes_records

    def why_not(self, was: Shown, body: Mapping[str, Any]) -> str | None:
        """Why an update of a profile could not be taken back, in words; None where it can."""
        for name, value in body.items():
            if name == ID:
                continue
            extension = self._schema.extension(name)
            if extension is not None:
                if not self.extension(extension, was, value):
                    return f"records of {name} could not be made what they were"
            elif name not in was and not is_empty(value) and not self._droppable(name):
                return f"the attribute {name} could not be taken away again"
        return None

    def attribute(self, name: str, was: Shown) -> bool:
        """Whether an attribute may be written."""
        return name in was or self._droppable(name)

    def _droppable(self, name: str) -> bool:
        """Whether an update that leaves an attribute out, or says that it has no value, takes it away."""
        settled = self._readings.settled
        if settled("omitted-attribute") == "drop":
            return True
        known = self._schema.attribute(name) is not None
        return known and "clears" in (settled("null-attribute"), settled("empty-array-attribute"))

    def extension(self, extension: Extension, was: Shown, value: Any) -> bool:
        """Whether a value of an extension may be written."""
        held = was.get(extension.name)
        if no_value_form(held) is not None or held == {}:
            return no_value_form(value) is not None or self._removable(extension, was)
        if same(held, value):
            return True
        if extension.kind == "multi-valued":
            replaced = self._readings.settled("multi-valued-records") == "replace-array"
            return replaced or (self._deletes_records and bool(extension.unique))
        kept = self._readings.may("omitted-extension-attribute", "kept")
        if not kept:
            return True
        fields = {field.name for field in extension.fields}
        added = (set(value) if isinstance(value, dict) else fields) - (set(held) if isinstance(held, dict) else fields)
        return not added

    def _removable(self, extension: Extension, was: Shown) -> bool:
        """Whether records can be taken away from a profile that had none."""
        settled = self._readings.settled
        others = any(was.get(other.name) for other in self._schema.extensions if other.name != extension.name)
        if settled("unsent-extension") == "set-replace" and others:
            return True
        if extension.kind != "multi-valued":
            return False
        return settled("empty-extension-value") == "deletes" or (self._deletes_records and bool(extension.unique))

    def writable(self, schema: Schema, lent: Sequence[Shown]) -> Schema:
        """The part of a schema that may be written to each of some lent profiles."""
        attributes = [a for a in schema.attributes if a.internal or all(self.attribute(a.name, was) for was in lent)]
        extensions = [e for e in schema.extensions if all(self.extension(e, was, OTHER) for was in lent)]
        return Schema(tuple(attributes), tuple(extensions))

"""The kill matrix: running trials side by side, and what they say together."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import specs
from conformance.exercise.effort import Effort
from conformance.prove.trial import Defect, DefectOutcome, Variant, VariantOutcome, try_defect, try_variant
from conformance.reference.faults import faults
from conformance.version import VERSION

FORMAT = "profile-conformance/kill-matrix/1"
Trial = Variant | Defect
Outcome = VariantOutcome | DefectOutcome


@dataclass(slots=True)
class Matrix:
    """What all trials said."""

    variants: list[VariantOutcome] = field(default_factory=list)
    defects: list[DefectOutcome] = field(default_factory=list)

    @property
    def survivors(self) -> list[DefectOutcome]:
        """Faults that no check killed."""
        return [outcome for outcome in self.defects if not outcome.killed_by]

    @property
    def accusations(self) -> list[VariantOutcome]:
        """Correct implementations that were accused, could not be decided, or were misread."""
        return [outcome for outcome in self.variants if outcome.wrong]

    @property
    def holds(self) -> bool:
        """Whether every fault died and no correct implementation was accused."""
        return not self.survivors and not self.accusations


def run(trials: Sequence[Trial], effort: Effort, workers: int, told: Callable[[Outcome], None]) -> Matrix:
    """Runs trials in processes of their own.

    Args:
        trials: what to try.
        effort: of each check.
        workers: how many processes.
        told: is shown every outcome as it comes.
    """
    matrix = Matrix()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [pool.submit(_try, trial, effort) for trial in trials]
        for done in as_completed(waiting):
            outcome = done.result()
            (matrix.variants if isinstance(outcome, VariantOutcome) else matrix.defects).append(outcome)  # type: ignore[arg-type]
            told(outcome)
    matrix.variants.sort(
        key=lambda o: (o.variant.contract, sorted(o.variant.readings.items()), sorted(o.variant.freedoms.items()))
    )
    matrix.defects.sort(key=lambda o: (o.defect.contract, o.defect.fault))
    return matrix


def _try(trial: Trial, effort: Effort) -> Outcome:
    return try_variant(trial, effort) if isinstance(trial, Variant) else try_defect(trial, effort)


def write(matrix: Matrix, path: Path) -> None:
    """Writes the kill matrix as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_content(matrix), indent=1, ensure_ascii=False) + "\n", "utf-8")


def _contracts(matrix: Matrix) -> list[str]:
    found = {o.variant.contract for o in matrix.variants} | {o.defect.contract for o in matrix.defects}
    return sorted(found)


def _content(matrix: Matrix) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "suite": {"version": VERSION},
        "specs": {name: specs.contract(name).digest() for name in _contracts(matrix)},
        "holds": matrix.holds,
        "faults": [
            {
                "contract": o.defect.contract,
                "fault": o.defect.fault,
                "summary": fault.summary,
                "reach": fault.reach,
                "breaks": fault.breaks_of(o.defect.contract),
                "killed_by": o.killed_by,
                "accused": o.accused,
            }
            for o in matrix.defects
            for fault in [faults(specs.contract(o.defect.contract).vendor)[o.defect.fault]]
        ],
        "variants": [
            {
                "contract": o.variant.contract,
                "readings": o.variant.readings,
                "freedoms": o.variant.freedoms,
                "accused": o.accused,
                "undecided": o.undecided,
                "misread": o.misread,
                "lost": o.lost,
                "exchanges": o.exchanges,
            }
            for o in matrix.variants
        ],
    }

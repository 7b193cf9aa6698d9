"""The options of `conformance run` that make it a gate."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from conformance.gate import BaselineError, WaiverError, apply, load, require_common
from conformance.target.errors import TargetError
from conformance.target.load import load as load_targets
from reports import RunRecord
from reports.record import RecordError, read
from specs import Level


class GateError(ValueError):
    """What was given for the gate is wrong; the message says where and what."""


class Gate:
    """What was given for the gate, read before anything is sent.

    Args:
        waivers: waiver file.
        baseline: record of an earlier run.
        fail_on: the lowest level whose failures count.

    Raises:
        GateError: a file is wrong, with every mistake in it.
    """

    def __init__(self, waivers: Path | None, baseline: Path | None, fail_on: str | None) -> None:
        try:
            self._waivers = load(waivers) if waivers else None
            # Now, because the run may be about to write over it.
            self._baseline = read(baseline) if baseline else None
        except (WaiverError, RecordError) as error:
            raise GateError(str(error)) from error
        self._fail_on = Level(fail_on) if fail_on else None

    def check(self, target_file: Path, contracts: Collection[str]) -> None:
        """Looks whether the baseline has anything to do with what is about to be tested.

        Args:
            target_file: names what is under test; a wrong one is for those to tell who test it.
            contracts: ids of those that are wanted; empty for all.

        Raises:
            GateError: it tested none of these targets.
        """
        if self._baseline is None:
            return
        try:
            targets = load_targets(target_file, os.environ)
            tested = [(each.contract, each.name) for each in targets if not contracts or each.contract in contracts]
            require_common(self._baseline, tested)
        except TargetError:
            return
        except BaselineError as error:
            raise GateError(str(error)) from error

    def judge(self, record: RunRecord) -> RunRecord:
        """The record with what the gate makes of it, or as it was where no gate was asked for.

        Raises:
            GateError: the baseline has nothing in common with the run.
        """
        if self._waivers is None and self._baseline is None and self._fail_on is None:
            return record
        try:
            return apply(
                record,
                today=datetime.now(UTC).date(),
                waivers=self._waivers,
                baseline=self._baseline,
                fail_on=self._fail_on,
            )
        except BaselineError as error:
            raise GateError(str(error)) from error

"""A driver whose exchanges are journaled and not judged: what is put back is no test of the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.driver import Driver
from conformance.judge.oracle import Oracle
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Judgement
from conformance.session.exchange import Exchange
from conformance.session.journal import Journal
from conformance.session.session import Session
from conformance.target.model import Target
from conformance.vendors import vendor

CHECK = "ledger"
PATIENCE_S = 60.0
SECONDS_EACH = 2.0  # more for each profile
REQUESTS_EACH = 12  # that a profile may take, at the declared rate


class NoOracle(Oracle):
    """Judges nothing."""

    def judge(self, exchange: Exchange) -> list[Judgement]:  # noqa: ARG002
        """Nothing."""
        return []


def quiet_driver(
    target: Target, learned: Mapping[str, str], journal: Journal, *, profiles: int, sent: int = 0
) -> Driver:
    """A driver that reads and writes lent profiles.

    The budgets of the run do not hold for it, or a run that used them up could put nothing back; its own is a
    minute and two seconds for each profile, more where the declared rate is low. Rate and time-outs are the target's.

    Args:
        target: whose profiles.
        learned: readings that the target is known to follow.
        journal: where the exchanges are kept.
        profiles: how many there are.
        sent: how many requests the run has sent; the exchanges are numbered on from there.
    """
    contract = specs.contract(target.contract)
    limits = target.limits
    each = max(SECONDS_EACH, REQUESTS_EACH / limits.rate if limits.rate else 0.0)
    bounded = replace(
        limits,
        max_requests=None,
        max_seconds=PATIENCE_S + profiles * each,
        connect_timeout_s=min(limits.connect_timeout_s, PATIENCE_S),
        read_timeout_s=min(limits.read_timeout_s, PATIENCE_S),
    )
    quiet = replace(target, limits=bounded)
    readings = Readings(contract, learned)
    session = Session(quiet, journal, sent=sent)
    bench = Bench(contract, quiet, session, readings, NoOracle(contract, quiet, readings))
    bench.begin(CHECK, ())
    return vendor(contract.vendor).Driver(bench)

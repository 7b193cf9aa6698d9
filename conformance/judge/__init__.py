"""Judging is pure: an exchange, the history before it and the readings give judgements."""

from conformance.judge.oracle import Oracle
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Failed, Inconclusive, Judgement, NotApplicable, NotServed, NotTested, Verdict

__all__ = [
    "Failed",
    "Inconclusive",
    "Judgement",
    "NotApplicable",
    "NotServed",
    "NotTested",
    "Oracle",
    "Readings",
    "Verdict",
]

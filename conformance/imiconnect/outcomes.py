"""Which overall codes go with which results, by the readings that are still possible."""

from __future__ import annotations

from collections.abc import Sequence

import specs
from conformance.imiconnect.asked import Ask
from conformance.imiconnect.codes import PARTIAL, SUCCESS, TOO_MANY, UNKNOWN_CUSTOMER
from conformance.imiconnect.records import FAILURES, RecordRule
from conformance.judge.readings import Readings

LENIENT_CODES = frozenset(f"{number}" for number in range(1002, 10000))


class Outcomes:
    """Overall codes for one contract."""

    def __init__(self, contract: specs.Contract, readings: Readings) -> None:
        self._contract = contract
        self._readings = readings

    def may(self, reading: str, *options: str) -> bool:
        """Whether an option is possible; False for a reading that the contract does not have."""
        return reading in self._contract.readings and self._readings.may(reading, *options)

    def of_results(self, codes: Sequence[str], *, updates: bool) -> frozenset[str]:
        """The overall codes that a finished request may have, given the codes of its results."""
        failed = [code for code in codes if code != SUCCESS]
        if not failed:
            return frozenset({SUCCESS})
        if len(failed) < len(codes):
            return self._partial() | ({TOO_MANY} & set(failed))
        if not updates:
            return LENIENT_CODES
        if len(codes) == 1:
            return self._alone(frozenset(failed))
        # Good records of a batch that is undone as a whole fail too: partial failure and full failure meet.
        undone = self._partial() if self.may("partial-apply", "all-or-nothing") else frozenset[str]()
        cut = frozenset({TOO_MANY}) if TOO_MANY in failed else frozenset[str]()
        own = frozenset(failed)
        if self.may("partial-apply", "all-or-nothing"):
            own &= FAILURES  # any other code is that of a good record that is undone
        return self._all_failed(frozenset(failed)) | self._all_failed(own) | undone | cut

    def of_rules(self, rules: Sequence[RecordRule], ask: Ask) -> frozenset[str]:
        """The overall codes that a finished request may have, given what may become of its records."""
        codes = frozenset[str]()
        may_fail = [rule for rule in rules if rule.results != {SUCCESS}]
        if all(rule.may_succeed or rule.beyond for rule in rules):  # what is beyond a limit may be dropped
            codes |= {SUCCESS}
        if not may_fail:
            return codes
        failures = frozenset[str]().union(*(rule.results for rule in may_fail)) - {SUCCESS}
        if len(rules) > 1 and any(rule.may_succeed for rule in rules):
            codes |= self._partial() | ({TOO_MANY} & failures)
        if len(may_fail) == len(rules) or self.may("partial-apply", "all-or-nothing"):
            if not ask.updates:
                return codes | LENIENT_CODES
            if len(rules) > 1:
                return codes | self._all_failed(failures) | ({TOO_MANY} & failures)
            codes = codes.union(*(self._alone(frozenset({code})) for code in failures))
        return codes

    def _partial(self) -> frozenset[str]:
        codes = frozenset({PARTIAL}) if self.may("partial-code", PARTIAL) else frozenset[str]()
        return codes | {SUCCESS} if self.may("partial-code", "1000-with-failures") else codes

    def _all_failed(self, failed: frozenset[str]) -> frozenset[str]:
        codes = frozenset({PARTIAL}) if self.may("all-failed-code", PARTIAL) else frozenset[str]()
        if self.may("all-failed-code", "record-code"):
            codes |= failed
        if self.may("all-failed-code", "other-failure"):
            codes |= LENIENT_CODES - failed - ({PARTIAL} - codes)
        return codes

    def _alone(self, failed: frozenset[str]) -> frozenset[str]:
        """The code of a failed batch of one: as of any failed batch, that of its record, or 1002 as pages show it."""
        if failed != {UNKNOWN_CUSTOMER} or "unknown-customer-alone" not in self._contract.readings:
            return self._all_failed(failed) | failed | {PARTIAL}
        codes = self._all_failed(failed) if self.may("all-failed-code", "other-failure") else frozenset[str]()
        if self.may("unknown-customer-alone", "status-overall-1002", "sync-7014"):
            codes |= {PARTIAL}
        if self.may("unknown-customer-alone", "status-overall-7014", "sync-7014"):
            codes |= {UNKNOWN_CUSTOMER}
        return codes

    def queued(self) -> frozenset[str]:
        """The codes that may say that a request was queued."""
        return self._readings.possible("queued-code")

    def pending(self) -> frozenset[str]:
        """The forms in which the status call may say that a request is not finished."""
        return self._readings.possible("pending-status")

"""Narrows or widens what may become of records by what else is known: stored profiles, repetition, atomicity."""

from __future__ import annotations

from collections import Counter

import specs
from conformance.imiconnect.asked import Ask, Tenant
from conformance.imiconnect.cells import ANYTHING
from conformance.imiconnect.codes import (
    ACCEPTED,
    BAD_APP,
    BAD_VALUE,
    MISSING,
    PARTIAL,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    is_error,
)
from conformance.imiconnect.outcomes import LENIENT_CODES, Outcomes
from conformance.imiconnect.records import FAILURES, RecordRule
from conformance.imiconnect.world import Profile, World
from conformance.judge.readings import Readings


class Expecting:
    """Completes the rules of a submission's records and says how it may be answered at once."""

    def __init__(self, contract: specs.Contract, readings: Readings, outcomes: Outcomes) -> None:
        self._readings = readings
        self._outcomes = outcomes
        self._may = outcomes.may
        self._errors = frozenset(code for code in contract.codes if is_error(code))

    def complete(self, ask: Ask, world: World) -> None:
        """Takes into account whom the records are for and what stands beside them."""
        rules = ask.records or []
        tenant = ask.tenant or Tenant.OWN
        for rule in rules:
            if ask.updates:
                self._by_existence(rule, ask, tenant, world)
            else:
                # Creations and companion updates are not what the document is about.
                rule.results |= self._errors | ({SUCCESS} if rule.results else frozenset())
                rule.refusals |= self._errors
                rule.requirements = ()
        self._repeated(rules)
        self._together(rules)
        for rule in rules:
            self._timing(rule, alone=len(rules) == 1)

    def _by_existence(self, rule: RecordRule, ask: Ask, tenant: Tenant, world: World) -> None:
        if rule.customer is None:
            return
        profile = world.known(tenant, ask.app, rule.customer)
        exists = profile.exists if profile else None
        if profile and exists:
            self._by_channel(rule, ask, profile)
            return
        if not ask.app:
            rule.results |= {UNKNOWN_CUSTOMER}
            if exists is False:
                rule.nobody = rule.may_succeed
                rule.results -= {SUCCESS}
                rule.requirements += ("unknown-customer-refused",)
            return
        customer = world.known(tenant, "", rule.customer)
        if exists is None or customer is None or customer.exists is not False:
            rule.results |= FAILURES
            return
        rule.requirements += ("unknown-customer-refused",)
        options = self._readings.possible("app-unknown-customer")
        created = "created" in options
        rule.nobody = rule.may_succeed and not created
        rule.results = (rule.results if created else rule.results - {SUCCESS}) | (options & FAILURES)

    def _by_channel(self, rule: RecordRule, ask: Ask, profile: Profile) -> None:
        """Where profiles are kept for each channel, whether there is one for the channel that is named."""
        channel = rule.effects.get("channel")
        if ask.app and channel and self._may("profiles-per-channel", "one-per-channel"):
            known = profile.cell("channel").allowed()
            if not channel.values <= known or known == ANYTHING:
                rule.results |= {UNKNOWN_CUSTOMER, BAD_APP}

    def _repeated(self, rules: list[RecordRule]) -> None:
        if not self._may("repeated-customer", "refused"):
            return
        counts = Counter(rule.customer for rule in rules if rule.customer is not None)
        for rule in rules:
            if rule.customer is not None and counts[rule.customer] > 1:
                rule.results |= {BAD_VALUE, MISSING}
                rule.refusals |= {BAD_VALUE, MISSING}
                # Beyond a limit at which a batch is cut nothing need be looked at.
                rule.requirements += () if rule.beyond else ("repeated-customer",)

    def _together(self, rules: list[RecordRule]) -> None:
        """One bad record may keep the others from being applied."""
        if not self._may("partial-apply", "all-or-nothing") or all(rule.must_succeed for rule in rules):
            return
        surely = not self._may("partial-apply", "per-record")
        doomed = [not rule.may_succeed and not rule.beyond for rule in rules]
        for rule, bad in zip(rules, doomed, strict=True):
            others_doomed = sum(doomed) > bad
            if not bad:
                rule.results |= self._errors | {PARTIAL}
                rule.undone = len(rules) > 1
                if surely and others_doomed:
                    rule.results -= {SUCCESS}

    def _timing(self, rule: RecordRule, *, alone: bool) -> None:
        failures = rule.results - {SUCCESS}
        rule.refusals |= failures & {BAD_APP}  # an error of the request by the table, whichever record it comes from
        if self._may("error-timing", "sync-all"):
            rule.refusals |= failures | ({PARTIAL} if failures else frozenset())
            surely_bad = not rule.may_succeed and not rule.beyond
            if not self._may("error-timing", "sync-request-async-record") and surely_bad:
                rule.queue = rule.queue and self._may("processing", "inline")
        if alone and UNKNOWN_CUSTOMER in failures and self._may("unknown-customer-alone", "sync-7014"):
            rule.refusals |= {UNKNOWN_CUSTOMER}
            only = not self._may("unknown-customer-alone", "status-overall-1002", "status-overall-7014")
            if only and rule.results == {UNKNOWN_CUSTOMER}:
                rule.queue = rule.queue and self._may("processing", "inline")

    def told_at_once(self, ask: Ask) -> bool:
        """Whether a request may be answered with its whole outcome because something is wrong with a record."""
        if not self._may("error-timing", "sync-all") or not all(condition.accept for condition in ask.conditions):
            return False
        return not all(rule.must_succeed for rule in ask.records or [])

    def immediate(self, ask: Ask) -> tuple[frozenset[str], frozenset[str]]:
        """The codes that may accept a submission at once, and those that may refuse it for its records."""
        rules = ask.records or []
        refusals = frozenset[str]().union(*(rule.refusals for rule in rules))
        accepted = frozenset[str]()
        if all(rule.queue for rule in rules) and all(condition.accept for condition in ask.conditions):
            if self._may("processing", "async"):
                accepted |= self._outcomes.queued()
            if self._may("processing", "inline"):
                final = self._outcomes.of_rules(rules, ask)
                accepted |= final & ACCEPTED
                refusals |= final - ACCEPTED
                refusals |= LENIENT_CODES if any(rule.undone for rule in rules) else frozenset()
        if self.told_at_once(ask):
            refusals |= self._outcomes.of_rules(rules, ask) - ACCEPTED
            refusals |= LENIENT_CODES if any(rule.undone for rule in rules) else frozenset()
        return accepted, refusals - ACCEPTED | (refusals & {PARTIAL})

"""Judges what reads show against what must be stored, then takes it as what is stored."""

from __future__ import annotations

from collections.abc import Sequence

import specs
from conformance.imiconnect.answered import Answered, Profile, merged
from conformance.imiconnect.asked import Ask, Tenant
from conformance.imiconnect.cells import ABSENT, ANYTHING, Cell, Value, Write, holds
from conformance.imiconnect.codes import MISSING, SUCCESS, UNKNOWN_CUSTOMER
from conformance.imiconnect.findings import Findings
from conformance.imiconnect.outcomes import Outcomes
from conformance.imiconnect.records import PLAIN_ID
from conformance.imiconnect.submitting import judge_conditions
from conformance.imiconnect.values import DATES, FLAGS, SERVER_DATES, documented_attributes
from conformance.imiconnect.world import EXISTS, YES, World
from conformance.imiconnect.world import Profile as Stored

SHOWN = 120


class Reading:
    """Judges reads and deletions of one contract."""

    def __init__(self, contract: specs.Contract, world: World, outcomes: Outcomes) -> None:
        self._world = world
        self._may = outcomes.may
        self._clients = documented_attributes(contract) - DATES - FLAGS

    def judge(self, ask: Ask, answered: Answered, number: int, findings: Findings) -> None:
        """What a read shows; then remembers it."""
        self._note_ids(ask, answered)
        blocked = judge_conditions(ask.conditions, answered, findings, succeeded=answered.found)
        tenant = ask.tenant
        if tenant is Tenant.OTHER:
            self._foreign(ask, answered, findings)
        odd = ask.odd or (ask.odd_ids and not self._world.shown.issuperset(ask.customers))
        if blocked or odd or tenant is None or ask.conditions:
            return
        for customer in ask.customers:
            stored = self._world.known(tenant, ask.app, customer)
            if tenant is Tenant.OTHER and (stored is None or not stored.exists):
                continue
            shown = self._shown(ask, answered, customer, findings)
            if shown is not None:
                stored = self._world.profile(tenant, ask.app, customer)
                self._compare(stored, shown, customer, findings, foreign=tenant is Tenant.OTHER)
                self._settle(stored, shown, number)

    def _note_ids(self, ask: Ask, answered: Answered) -> None:
        """An id that a read shows as it was asked for is somebody's."""
        if ask.tenant is not Tenant.OWN:
            return
        shown = {profile.customer for profile in answered.profiles or ()} if answered.found else set()
        self._world.shown |= {customer for customer in ask.customers if customer in shown}

    def _foreign(self, ask: Ask, answered: Answered, findings: Findings) -> None:
        """Another tenant must not find what is ours; it may have a customer of the same id itself."""
        for customer in ask.customers:
            ours = [profile for profile in self._world.everywhere(Tenant.OWN, customer) if profile.exists]
            if not ours or any(profile.exists for profile in self._world.everywhere(Tenant.OTHER, customer)):
                continue
            alone = len(ask.customers) == 1
            found = [p for p in answered.profiles or () if p.customer == customer or (p.customer is None and alone)]
            if found and customer not in self._world.made and not any(_alike(each, found) for each in ours):
                continue  # one that the run did not create: the other tenant may well have had one all along
            observed = f"another tenant's key reads the profile of {customer}"
            findings.that("tenant-isolation", not (answered.found and found), observed, "no profile")

    def _shown(self, ask: Ask, answered: Answered, customer: str, findings: Findings) -> Profile | None:
        """What a read shows of a customer: a profile, one without values where there is none, or None for no answer."""
        nobody = Profile({}, parts=0)
        single = len(ask.customers) == 1
        bare = answered.status == 404 and answered.code is None
        if bare and not all(PLAIN_ID.fullmatch(each) for each in ask.customers):
            return None  # a gateway may know no address with such a character
        if answered.code in (UNKNOWN_CUSTOMER, MISSING) or bare:
            return nobody if single else None
        if answered.profiles is None or answered.status >= 300 or answered.code not in (None, SUCCESS):
            return None
        if not answered.profiles:
            return nobody
        named = [profile for profile in answered.profiles if profile.customer == customer]
        if named:
            return merged(named)
        if any(profile.customer is None for profile in answered.profiles):
            return answered.profiles[0] if single and len(answered.profiles) == 1 else None
        if single:
            others = [profile.customer for profile in answered.profiles][:3]
            findings.failed("only-named-change", f"a read of {customer} shows {others}", f"the profile of {customer}")
            return None
        return nobody

    def _compare(
        self, stored: Stored, shown: Profile, customer: str, findings: Findings, *, foreign: bool = False
    ) -> None:
        there = shown.parts > 0
        if foreign:
            stored.touch([EXISTS, *stored.names], ["tenant-isolation", "only-named-change"])
        scattered = shown.parts > 1 and self._may("profiles-per-channel", "one-per-channel")
        self._judge(stored, EXISTS, (YES,) if there else (), customer, findings)
        if there:
            for name in stored.names:
                observed = shown.values.get(name, ())
                self._judge(stored, name, observed, customer, findings, scattered=scattered)

    def _judge(
        self,
        stored: Stored,
        name: str,
        observed: tuple[Value, ...],
        customer: str,
        findings: Findings,
        *,
        scattered: bool = False,
    ) -> None:
        allowed = stored.cell(name).allowed()
        if allowed == ANYTHING:
            return
        requirements = stored.touches.get(name) or {"only-named-change"}
        if holds(allowed, observed, scattered=scattered):
            findings.passed(*requirements)
            return
        what = f"customer {customer}: " + ("existence" if name == EXISTS else name)
        findings.all_failed(requirements, f"{what} is {_words(observed)}", f"{what} is {_words(tuple(allowed))}")

    def _settle(self, stored: Stored, shown: Profile, number: int) -> None:
        there = shown.parts > 0
        stored.touches.clear()
        if stored.deleting and there:
            return  # it may still go
        stored.deleting = False
        stored.cell(EXISTS).settle(frozenset({YES if there else ABSENT}), number)
        for name in stored.names:
            values = frozenset(shown.values.get(name, (ABSENT,)))
            if name in stored.owned or (name in SERVER_DATES and self._may("profile-dates", "server-owned")):
                values = ANYTHING
            stored.cell(name).settle(values, number)
        for name in shown.values:
            if name not in stored.cells and name.lower() != "customerid":
                # What nobody of ours has sent the service may own and change, unless it is plainly the client's.
                known = frozenset(shown.values[name]) if name in self._clients else ANYTHING
                if name not in self._clients:
                    stored.owned.add(name)
                stored.cells[name] = Cell([Write(known, number, number, sure=True)])
        stored.rest.settle(frozenset({ABSENT}), number)

    def deleted(self, ask: Ask, answered: Answered, findings: Findings) -> None:
        """What a deletion leaves: it may be queued, and no document says how it is answered."""
        if ask.tenant is not Tenant.OWN or ask.conditions:
            requirements = [condition.requirement for condition in ask.conditions]
            requirements += ["tenant-isolation"] if ask.tenant is Tenant.OTHER else []
            for customer in ask.customers:
                for profile in self._world.everywhere(Tenant.OWN, customer):
                    profile.touch(list(profile.cells), requirements)
        # A deletion of what is not there may well succeed, under an app id of others as elsewhere.
        conditions = [each for each in ask.conditions if each.requirement != "unknown-app-refused"]
        judge_conditions(conditions, answered, findings, succeeded=answered.code == SUCCESS)
        if ask.conditions or ask.odd or ask.odd_ids:
            return
        tenant = ask.tenant or Tenant.OWN
        for customer in ask.customers:
            self._world.put(tenant, ask.app, customer, Stored(deleting=True))
            if not ask.app:
                self._world.forget(tenant, customer)


def _alike(stored: Stored, found: Sequence[Profile]) -> bool:
    """Whether what is shown is what is stored, as far as that is known."""
    shown = merged(found)
    known = [name for name in stored.names if stored.sent(name)]
    return bool(known) and all(holds(stored.cell(name).allowed(), shown.values.get(name, ())) for name in known)


def _words(values: tuple[Value, ...]) -> str:
    if not values:
        return "absent"
    shown = ["absent" if value is ABSENT else repr(value) for value in values[:3]]
    return " or ".join(text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)})" for text in sorted(shown))

"""Remembers submissions: what is on its way, what a status answer settles, what must have stayed as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.imiconnect.answered import Answered
from conformance.imiconnect.asked import Ask, Tenant
from conformance.imiconnect.body import ids_in
from conformance.imiconnect.cells import ABSENT, ANYTHING, Value, Write
from conformance.imiconnect.codes import ACCEPTED, SUCCESS
from conformance.imiconnect.outcomes import Outcomes
from conformance.imiconnect.records import RecordRule
from conformance.imiconnect.values import Effect
from conformance.imiconnect.world import EXISTS, YES, Profile, Sent, Submission, World
from conformance.session.exchange import Request

USER_ID: Final = "userId"
GONE: Final = frozenset[Value]({ABSENT})


class Folding:
    """Keeps the world of one contract up to date."""

    def __init__(self, world: World, outcomes: Outcomes) -> None:
        self.world = world
        self._may = outcomes.may

    def accepted(self, ask: Ask, answered: Answered, number: int, *, surely: bool = True) -> None:
        """The writes of an accepted submission are on their way; or may be, where an error is the answer.

        A creation that was finished when it was answered needs no transid.
        """
        rules = ask.records or []
        tenant = ask.tenant or Tenant.OWN
        submission = Submission(number, tenant, ask.app, ask.creates, ask.updates, rules, self._sizes(ask, len(rules)))
        submission.surely = surely
        seen: set[str] = set()
        for rule in rules:
            submission.writes.append(self._on_its_way(rule, submission, repeated=rule.customer in seen))
            if rule.customer is None:
                continue
            seen.add(rule.customer)
            if tenant is Tenant.OTHER:
                self._guard(ask.app, rule, ["tenant-isolation"])
            elif ask.tenant is None:
                self._guard(ask.app, rule, [condition.requirement for condition in ask.conditions])
        if ask.creates:
            if tenant is Tenant.OWN:
                self.world.made.update(rule.customer for rule in rules if rule.customer is not None)
            self._created_meanwhile(submission)
        if answered.transid is not None:
            self.world.submissions.setdefault(answered.transid, submission)
        said = (answered.description or "").casefold()
        if not ask.updates and answered.code == SUCCESS and said == "success" and not answered.failures:
            submission.final = answered
            self.finished(submission, [SUCCESS] * submission.size, number)

    def _created_meanwhile(self, creation: Submission) -> None:
        """What is still on its way to customers that nobody had may find them now: no document orders a creation.

        Then nothing is judged of what becomes of it.
        """
        made = {rule.customer for rule in creation.rules if rule.customer is not None}
        for other in self.world.submissions.values():
            if other.final is not None or other.creates or other.tenant is not creation.tenant:
                continue
            if not any(rule.nobody and rule.customer in made for rule in other.rules):
                continue
            other.judged = False
            for place, rule in enumerate(other.rules):
                if not rule.may_succeed and (rule.undone or (rule.nobody and rule.customer in made)):
                    rule.results |= {SUCCESS}
                    other.writes[place] = self._on_its_way(rule, other, repeated=True)

    def _sizes(self, ask: Ask, size: int) -> range:
        """How many records of a submission may be processed."""
        lowest = min((int(limit) for limit in ask.limits if limit < size), default=size)
        return range(lowest if self._may("over-limit", "truncate") else size, size + 1)

    def _on_its_way(self, rule: RecordRule, submission: Submission, *, repeated: bool) -> list[Sent]:
        if rule.customer is None:
            self._by_other_identifier(rule, submission)
            return []
        if not rule.may_succeed:
            return []
        profile = self.world.profile(submission.tenant, submission.app, rule.customer)
        update = not submission.creates
        sent = []
        if profile.exists is not True:
            sent.append(Sent(profile, EXISTS, Write(frozenset({YES}), submission.number)))
            if submission.app and self._may("app-unknown-customer", "created"):
                # Whether the customer behind a created app profile is created too is nobody's rule.
                master = self.world.profile(submission.tenant, "", rule.customer)
                sent.append(Sent(master, EXISTS, Write(ANYTHING, submission.number)))
        for name, effect in rule.effects.items():
            earlier = [write for write in profile.cell(name).writes if write.update and write.values]
            if earlier and update and not repeated:
                profile.touch([name], ["update-order"])
            profile.owned.discard(name)
            sent.append(Sent(profile, name, Write(effect.values, submission.number, update=update)))
        if update and self._may("unsent-attributes", "replace"):
            # With empty Attributes nothing is sent: whether everything goes then is nobody's rule.
            untouched = {*rule.effects, *profile.owned}
            others = [name for name in profile.names if name not in untouched and profile.sent(name)]
            left = GONE if self._means_the_only_profile(rule, profile) else ANYTHING
            sent += [Sent(profile, name, Write(left, submission.number, update=True)) for name in others]
        for each in sent:
            each.profile.cell(each.name).writes.append(each.write)
        return sent

    def _means_the_only_profile(self, rule: RecordRule, profile: Profile) -> bool:
        """Whether an update surely goes to the one profile of its customer, where each channel may have its own."""
        if not self._may("profiles-per-channel", "one-per-channel"):
            return True
        channel = rule.effects.get("channel")
        return channel is not None and channel.values == profile.cell("channel").allowed()

    def _by_other_identifier(self, rule: RecordRule, submission: Submission) -> None:
        """A record without customer id may change any profile that has the user id in it."""
        effect = rule.effects.get(USER_ID)
        if effect is None or not rule.may_succeed:
            return
        for profile in self.world.profiles(submission.tenant, submission.app):
            if profile.cell(USER_ID).allowed() & (effect.values | ANYTHING):
                for name in [*profile.cells, *rule.effects]:
                    profile.cell(name).writes.append(Write(ANYTHING, submission.number))

    def odd(self, ask: Ask, answered: Answered, number: int) -> None:
        """Nothing is known any more of what an odd request names."""
        tenant = ask.tenant or Tenant.OWN
        submission = Submission(number, tenant, ask.app, ask.creates, False, ask.records or [], range(1 << 20))
        for rule in submission.rules:
            writes = []
            if rule.customer is not None:
                profile = self.world.profile(tenant, ask.app, rule.customer)
                profile.touches.clear()
                for name, cell in [*profile.cells.items(), ("", profile.rest)]:
                    write = Write(ANYTHING, number)
                    cell.writes.append(write)
                    writes.append(Sent(profile, name, write))
            submission.writes.append(writes)
        submission.surely = answered.code in ACCEPTED
        if answered.transid is not None:
            self.world.submissions.setdefault(answered.transid, submission)

    def not_taken(self, transid: str, submission: Submission, number: int) -> None:
        """An error was a refusal and no outcome: the status call knows nothing of it."""
        del self.world.submissions[transid]
        self.world.refused.add(transid)
        for rule, sent in zip(submission.rules, submission.writes, strict=True):
            for each in sent:
                each.write.drop(number)
            failed = [] if rule.must_succeed else ["failed-record-unchanged", *rule.requirements]
            self._guard(submission.app, rule, ["refusal-changes-nothing", *failed])

    def refused(self, ask: Ask, answered: Answered, request: Request) -> None:
        """Nothing that a refused request names may change."""
        requirements = ["refusal-changes-nothing"]
        requirements += [condition.requirement for condition in ask.conditions if not condition.accept]
        if ask.tenant is Tenant.OTHER:
            requirements.append("tenant-isolation")
        if answered.transid is not None:
            self.world.refused.add(answered.transid)
        for rule in ask.records or []:
            if rule.customer is not None:
                failed = [] if rule.must_succeed else ["failed-record-unchanged"]
                self._guard(ask.app, rule, [*requirements, *failed, *rule.requirements])
        if ask.records is None:
            for found in ids_in(request.body):
                self._guard(ask.app, RecordRule(found, frozenset()), requirements)

    def plain(self, app: str, rules: Iterable[RecordRule]) -> None:
        """What was sent over plain HTTP must not have been applied."""
        for rule in rules:
            self._guard(app, rule, ["https-only"])

    def _guard(self, app: str, rule: RecordRule, requirements: Sequence[str]) -> None:
        """The next read of a profile of ours shows whether it stayed as it was."""
        if rule.customer is None:
            return
        profile = self.world.known(Tenant.OWN, app, rule.customer)
        if profile is None:
            return
        for name in rule.effects:
            profile.cell(name)
        profile.touch(list(profile.cells), requirements)

    def finished(self, submission: Submission, codes: Sequence[str | None], number: int) -> None:
        """A final status answer has told what became of each record; None where it has not."""
        ranks = _ranks(submission.rules)
        by_cell: dict[tuple[int, str], list[_Entry]] = {}
        for rule, sent, code, rank in zip(submission.rules, submission.writes, codes, ranks, strict=True):
            applied = None if code is None else code == SUCCESS
            for each in sent:
                entry = _Entry(each, rule, rule.effects.get(each.name), applied, rank)
                by_cell.setdefault((id(each.profile), each.name), []).append(entry)
            if applied is not None and submission.judged:
                self._touch(submission, rule, sent, applied=applied, repeated=rank.repeated)
        for entries in by_cell.values():
            self._resolve(entries, number)

    def _resolve(self, entries: list[_Entry], number: int) -> None:
        """Settles the writes of one submission to one attribute of one profile."""
        for entry in entries:
            if entry.applied is False:
                entry.sent.write.drop(number)
        happened = [entry for entry in entries if entry.applied is not False]
        if len(happened) > 1 and happened[0].sent.name != EXISTS and all(_certain(entry) for entry in happened):
            self._settle_contest(happened, number)
            return
        for entry in happened:
            entry.sent.write.resolve(entry.sent.write.values, number, sure=len(happened) == 1 and self._sure(entry))

    def _settle_contest(self, happened: list[_Entry], number: int) -> None:
        """One customer's attribute was set by several records: the last or the first of them stays."""
        winners = [happened[-1]] if self._may("repeated-customer", "last-wins", "refused") else []
        winners += [happened[0]] if self._may("repeated-customer", "first-wins") else []
        values = frozenset[Value]().union(*(entry.sent.write.values for entry in winners))
        for entry in happened[1:]:
            entry.sent.write.drop(number)
        happened[0].sent.write.resolve(values, number, sure=not self._may("unsent-attributes", "replace"))

    def _sure(self, entry: _Entry) -> bool:
        """Whether a write that no other record of its request contests surely happened."""
        if entry.applied is None:
            return False
        if entry.sent.name == EXISTS:
            return True
        if entry.effect is None:
            # The removal of what was not sent.
            written = any(effect.sure for effect in entry.rule.effects.values())
            return written and not entry.rank.repeated and not self._may("unsent-attributes", "merge")
        later_dropped = not entry.rank.first and self._may("repeated-customer", "first-wins")
        replaced = entry.rank.repeated and self._may("unsent-attributes", "replace")
        return entry.effect.sure and not later_dropped and not replaced

    def _touch(
        self, submission: Submission, rule: RecordRule, sent: list[Sent], *, applied: bool, repeated: bool
    ) -> None:
        """What the next read of a record's profile says something about."""
        if rule.customer is None:
            return
        if not applied:
            profile = self.world.known(submission.tenant, submission.app, rule.customer)
            if profile is not None:
                for name in rule.effects:
                    profile.cell(name)
                profile.touch(list(profile.cells), ["failed-record-unchanged", *rule.requirements])
            return
        if not sent:
            return
        profile = sent[0].profile
        common = ["outcome-true"]
        common += ["batch-processed-whole"] if submission.size > 1 else []
        common += ["channel-profiles"] if submission.app and "channel" in rule.effects else []
        common += ["repeated-customer"] if repeated else []
        common += ["member-names"] if rule.doubled else []
        for name, effect in rule.effects.items():
            profile.touch([name], [*common, *effect.requirements])
        profile.touch([EXISTS], common)
        kept = ["unsent-attributes-kept", *(["member-names"] if rule.doubled else [])]
        profile.touch([name for name in profile.names if name not in rule.effects], kept)


@dataclass(frozen=True, slots=True)
class _Rank:
    """Whether a record is the first of its customer in its request, and whether it is one of several."""

    first: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """One write of a finished submission. `applied` is None where its result is not known."""

    sent: Sent
    rule: RecordRule
    effect: Effect | None
    applied: bool | None
    rank: _Rank


def _certain(entry: _Entry) -> bool:
    return entry.applied is True and entry.effect is not None and entry.effect.sure


def _ranks(rules: Sequence[RecordRule]) -> list[_Rank]:
    counts = Counter(rule.customer for rule in rules if rule.customer is not None)
    seen: set[str] = set()
    ranks = []
    for rule in rules:
        if rule.customer is None:
            ranks.append(_Rank(first=True, repeated=False))
            continue
        ranks.append(_Rank(rule.customer not in seen, counts[rule.customer] > 1))
        seen.add(rule.customer)
    return ranks

"""What the same requests were answered with in two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from sys import intern

from reports.compare.shape import Form, form, pattern

REMEMBERED = 20_000  # answers whose form need not be found again


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as far as the comparison needs it.

    Attributes:
        check: id of the check that sent it.
        operation: its name, or "".
        request: everything that was sent, in one text.
        status: of the answer, or the trouble in a word.
        body: of the answer; None where it is no text.
        place: where the exchange can be found again.
    """

    check: str
    operation: str
    request: str
    status: str
    body: str | None
    place: int


Requests = dict[bytes, tuple[str, str, dict[int, list[int]]]]
"""By request: check, operation, and for each form of answer how often it came and where first."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """The answers of a run by request, small enough for a hundred thousand exchanges.

    A request is known by its check and by what was sent, generated ids taken out; neither the order nor the ids
    of a run matter then.

    Attributes:
        basis: where the exchanges come from.
        exchanges: how many there were.
        requests: what was seen.
        forms: of answers, by number.
    """

    basis: str
    exchanges: int
    requests: Requests
    forms: tuple[Form, ...]


class _Forms:
    """Gives each form of answer a number."""

    def __init__(self) -> None:
        self._numbers: dict[Form, int] = {}
        self._known: dict[tuple[str, bytes | None], int] = {}

    def number(self, status: str, body: str | None) -> int:
        """The number of the form of an answer."""
        alike = status, None if body is None else pattern(body)
        number = self._known.get(alike)
        if number is None:
            number = self._numbers.setdefault(form(status, body), len(self._numbers))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[alike] = number
        return number

    def all(self) -> tuple[Form, ...]:
        """Every form by its number."""
        return tuple(self._numbers)


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers with one status and the same codes (their `form` has no shape), how many, and where the first is."""

    form: Form
    count: int
    place: int


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """Requests of one operation whose status and codes changed in the same way: one cause, one entry.

    Attributes:
        operation: its name, or "".
        always: no answer of the old run came again; otherwise other answers came beside those of the old run.
        aspects: what differs: status, code, body shape.
        before: answers that did not come again, or all of the old run where they all did.
        after: answers that are new.
        gone: parts of the body that are there no more, with the number of requests, the most frequent first.
        added: parts of the body that are new, likewise.
        requests: how many different requests.
        checks: ids of the checks that sent them.
        example: a request of the new run in a line, or "".
    """

    operation: str
    always: bool
    aspects: tuple[str, ...]
    before: tuple[Answered, ...]
    after: tuple[Answered, ...]
    gone: tuple[tuple[str, int], ...]
    added: tuple[tuple[str, int], ...]
    requests: int
    checks: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a target in both runs.

    Attributes:
        changes: those that differ everywhere first, then by number of requests.
        old_basis: what the old run left to look at.
        new_basis: likewise.
        shared: requests that both runs sent.
        exchanges: exchanges of the new run that sent them.
        total: exchanges of the new run that were looked at.
    """

    changes: tuple[AnswerChange, ...]
    old_basis: str
    new_basis: str
    shared: int
    exchanges: int
    total: int


def gather(rows: Iterable[Seen], basis: str) -> Sightings:
    """Folds the exchanges of a run, one after the other."""
    forms, requests, exchanges = _Forms(), Requests(), 0
    for row in rows:
        exchanges += 1
        sender = f"{row.check}\0{row.operation}\0".encode("utf-8", "surrogatepass")
        key = blake2b(sender + pattern(row.request), digest_size=12).digest()
        number = forms.number(row.status, row.body)
        known = requests.get(key)
        if known is None:
            requests[key] = (intern(row.check), intern(row.operation), {number: [1, row.place]})
        elif number in known[2]:
            known[2][number][0] += 1
        else:
            known[2][number] = [1, row.place]
    return Sightings(basis, exchanges, requests, forms.all())


def differences(old: Sightings, new: Sightings) -> Answers:
    """What changed for the requests that both runs sent."""
    shared = new.requests.keys() & old.requests.keys()
    groups: dict[_Kind, list[_Case]] = {}
    for key in shared:
        before = {old.forms[number] for number in old.requests[key][2]}
        after = {new.forms[number] for number in new.requests[key][2]}
        gained, lost = after - before, before - after
        if gained:
            case = _case(key, (before, after), frozenset(lost or before), frozenset(gained))
            kind = new.requests[key][1], not before & after, _heads(case.before), _heads(case.after)
            groups.setdefault(kind, []).append(case)
    changes = [_change(kind, cases, old, new) for kind, cases in groups.items()]
    return Answers(
        changes=tuple(sorted(changes, key=_weight)),
        old_basis=old.basis,
        new_basis=new.basis,
        shared=len(shared),
        exchanges=sum(count for key in shared for count, _ in new.requests[key][2].values()),
        total=new.exchanges,
    )


_Kind = tuple[str, bool, tuple[Form, ...], tuple[Form, ...]]


@dataclass(frozen=True, slots=True)
class _Case:
    """A request whose answers changed: those that count, and the parts of their bodies that are gone and new."""

    key: bytes
    before: frozenset[Form]
    after: frozenset[Form]
    gone: frozenset[str]
    added: frozenset[str]


def _case(key: bytes, all_: tuple[set[Form], set[Form]], lost: frozenset[Form], gained: frozenset[Form]) -> _Case:
    """A part is gone where no new answer has it; where old answers came too, where a new one lacks what all had."""
    before, after = all_
    if before & after:
        gone = frozenset.intersection(*(frozenset(each.shape) for each in before))
        gone -= frozenset.intersection(*(frozenset(each.shape) for each in gained))
    else:
        gone = _parts(before) - _parts(after)
    return _Case(key, lost, gained, gone, _parts(after) - _parts(before))


def _change(kind: _Kind, cases: list[_Case], old: Sightings, new: Sightings) -> AnswerChange:
    operation, always, before, after = kind
    gone = Counter(part for case in cases for part in case.gone)
    added = Counter(part for case in cases for part in case.added)
    parts = (
        ("status", {form.status for form in before} != {form.status for form in after}),
        ("code", {form.codes for form in before} != {form.codes for form in after}),
    )
    aspects = [name for name, differs in parts if differs]
    if gone or added or not aspects:
        aspects.append("body shape")
    return AnswerChange(
        operation=operation,
        always=always,
        aspects=tuple(aspects),
        before=tuple(_answered(before, ((case.key, case.before) for case in cases), old)),
        after=tuple(_answered(after, ((case.key, case.after) for case in cases), new)),
        gone=_by_number(gone),
        added=_by_number(added),
        requests=len(cases),
        checks=tuple(sorted({new.requests[case.key][0] for case in cases})),
    )


def _answered(
    heads: Iterable[Form], cases: Iterable[tuple[bytes, frozenset[Form]]], run: Sightings
) -> Iterator[Answered]:
    counts: Counter[Form] = Counter()
    places: dict[Form, int] = {}
    for key, forms in cases:
        for number, (count, place) in run.requests[key][2].items():
            if run.forms[number] in forms:
                head = _head(run.forms[number])
                counts[head] += count
                places[head] = min(place, places.get(head, place))
    for each in heads:
        yield Answered(each, counts[each], places[each])


def _head(found: Form) -> Form:
    return Form(found.status, found.codes)


def _heads(forms: Iterable[Form]) -> tuple[Form, ...]:
    return tuple(sorted({_head(each) for each in forms}))


def _parts(forms: Iterable[Form]) -> frozenset[str]:
    return frozenset(part for each in forms for part in each.shape)


def _by_number(parts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(parts.items(), key=lambda part: (-part[1], part[0])))


def _weight(change: AnswerChange) -> tuple[bool, int, str, tuple[Form, ...]]:
    forms = tuple(answered.form for answered in (*change.before, *change.after))
    return not change.always, -change.requests, change.operation, forms

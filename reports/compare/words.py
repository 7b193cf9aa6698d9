"""A comparison put into words that console, Markdown and page share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.compare.answers import AnswerChange, Answered, Answers
from reports.compare.diff import Comparison, Kind, ReadingChange, RequirementChange, TargetDiff
from reports.compare.latency import OperationChange, Speed
from reports.compare.shape import told
from reports.coverage import run_verdict
from reports.model import RunRecord
from reports.text import one_line, plural, seconds
from reports.view import source_of

TITLES = {
    Kind.NEW_FAILURE: "New failures",
    Kind.UNTESTED: "Newly untested",
    Kind.STILL_FAILING: "Still failing",
    Kind.FIXED: "Fixed",
    Kind.TESTED: "Newly passed",
    Kind.OTHER: "Other verdicts that changed",
}
TIMES = "\N{MULTIPLICATION SIGN}"
_FORMS = 3  # answers that are named; the others are counted
_PATHS = 6
_TOGETHER = 3  # operations that must move alike before the machine is suspected


def headline(comparison: Comparison) -> str:
    """What it comes to."""
    if comparison.regressions:
        return plural(comparison.regressions, "regression")
    return "No regression"


def run_words(record: RunRecord) -> str:
    """A run in a line."""
    run = record.run
    started = run.started[:16].replace("T", " ")
    return f"{run.id[:12]}, {started} UTC, {run_verdict(record)}, {run.effort} effort, seed {run.seed}"


def tally(comparison: Comparison) -> tuple[tuple[str, int], ...]:
    """How many of each, the worst first."""
    found = [(TITLES[kind].lower(), sum(len(t.of(kind)) for t in comparison.targets)) for kind in Kind]
    answers = [change for t in comparison.targets if t.answers for change in t.answers.changes]
    speeds = [each.speed for t in comparison.targets for each in t.operations]
    return (
        *found,
        ("changed readings", sum(len(t.readings) for t in comparison.targets)),
        ("changed answers", sum(change.always for change in answers)),
        ("slower operations", speeds.count(Speed.SLOWER)),
        ("faster operations", speeds.count(Speed.FASTER)),
    )


def verdicts(change: RequirementChange) -> str:
    """From which verdict to which."""
    before = str(change.before) if change.before else "not in the run"
    after = str(change.after) if change.after else "not in the run"
    return f"{before} → {after}" if before != after else after


def requirement_lines(change: RequirementChange, limit: int = 400) -> Iterator[tuple[str, str]]:
    """What there is to say of a requirement, as labels and texts."""
    yield "source", f"{source_of(change.requirement)}, {change.requirement.level.value}"
    if change.waived:
        yield "waived", "a waiver in force covers it"
    if change.reason and not (change.same_as and change.kind is Kind.UNTESTED):
        yield "why", one_line(change.reason, limit)
    if change.same_as:
        yield "cause", f"the same as for {change.same_as}"
        return
    if change.cause:
        yield "cause", one_line(change.cause, limit)
    if change.failure and change.kind in (Kind.NEW_FAILURE, Kind.STILL_FAILING):
        yield "observed", one_line(change.failure.observed, limit)
        yield "allowed", one_line(change.failure.allowed, limit)
        yield "check", change.failure.check
    elif change.failure and change.kind in (Kind.FIXED, Kind.UNTESTED):
        yield "was", one_line(change.failure.observed, limit)


def reading_words(change: ReadingChange) -> str:
    """From which option to which, and what the strict level demands."""
    before, after = change.before or "not learned", change.after or "not learned"
    note = f"; {change.note}" if change.note else ""
    return f"{before} → {after} (strict: {' or '.join(change.reading.strict)}){note}"


def answer_side(answered: Sequence[Answered]) -> str:
    """Answers with how often they came: `200 code=1002 (25 times)`."""
    named: dict[str, int] = {}
    for each in answered:
        named[told(each.form)] = named.get(told(each.form), 0) + each.count
    shown = [f"{form} ({plural(count, 'time')})" for form, count in list(named.items())[:_FORMS]]
    more = len(named) - _FORMS
    return one_line(", ".join(shown) + (f" and {more} more" if more > 0 else ""))


def answer_title(change: AnswerChange) -> str:
    """Which requests, and in what they differ."""
    where = change.operation or "no operation of the contract"
    word = "changed" if change.always else "also other answers"
    return f"{where}: {plural(change.requests, 'request')}, {word} in {', '.join(change.aspects) or 'detail'}"


def answer_lines(change: AnswerChange) -> tuple[tuple[str, str], ...]:
    """The request and its answers then and now, as labels and texts."""
    same = [each.form for each in change.before] == [each.form for each in change.after]
    then = () if same else (("then", answer_side(change.before)),)
    rows = (
        ("request", change.example),
        *then,
        ("now", answer_side(change.after)),
        ("gone", _some(change.gone)),
        ("added", _some(change.added)),
        ("checks", _checks(change.checks)),
    )
    return tuple((name, text) for name, text in rows if text)


def _checks(ids: Sequence[str]) -> str:
    more = len(ids) - _PATHS
    return ", ".join(ids[:_PATHS]) + (f" and {more} more" if more > 0 else "")


def _some(parts: Sequence[tuple[str, int]]) -> str:
    shown = [f"{part} ({TIMES}{number})" if number > 1 else part for part, number in parts[:_PATHS]]
    more = len(parts) - len(shown)
    return one_line(", ".join(shown) + (f" and {more} more" if more else ""), 600)


def basis_words(answers: Answers) -> str:
    """What the comparison of answers rests on."""
    if not answers.shared:
        what = "no request was sent in both runs"
    else:
        what = f"{plural(answers.shared, 'request')} sent in both runs"
    share = f"{answers.exchanges:,} of {plural(answers.total, 'exchange')} of the new run"
    bases = answers.new_basis if answers.new_basis == answers.old_basis else f"{answers.old_basis}; {answers.new_basis}"
    return f"{what}, {share} (from {bases})"


def speed_words(change: OperationChange) -> str:
    """How the answer times moved."""
    before, after = change.before, change.after
    if before is None or after is None:
        return change.note
    ratio = f" ({TIMES}{change.ratio:.2f})" if change.ratio else ""
    chance = f", slower in {change.chance:.0%} of pairs" if change.chance is not None else ""
    note = f"; {change.note}" if change.note else ""
    return (
        f"median {seconds(before.median_s)} → {seconds(after.median_s)}{ratio}, "
        f"95 % {seconds(before.p95_s)} → {seconds(after.p95_s)}, "
        f"{before.count:,} → {plural(after.count, 'answer')}{chance}{note}"
    )


def together(comparison: Comparison) -> str:
    """A warning where all operations moved alike: that is rather the machine or the network than the target."""
    told_ = [each for t in comparison.targets for each in t.operations if each.speed is not Speed.UNTOLD]
    for speed in (Speed.SLOWER, Speed.FASTER):
        ratios = sorted(each.ratio or 1.0 for each in told_ if each.speed is speed)
        if len(ratios) >= _TOGETHER and len(ratios) == len(told_) and ratios[-1] < 2 * ratios[0]:
            middle = ratios[len(ratios) // 2]
            return (
                f"Every operation is {speed} by about {TIMES}{middle:.1f}: look at the machine and the network first."
            )
    return ""


def quiet(target: TargetDiff) -> bool:
    """Whether nothing at all changed."""
    moved = any(each.speed in (Speed.SLOWER, Speed.FASTER) for each in target.operations)
    changed = target.answers is not None and bool(target.answers.changes)
    return not (target.requirements or target.readings or moved or changed)

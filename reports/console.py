"""The console summary of a run, drawn with rich."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.cases import label
from reports.causes import Finding, Findings, findings, first_word, named
from reports.coverage import run_verdict, target_verdict
from reports.gate import exit_code, outcome, waiver_line
from reports.model import (
    CauseKind,
    GateRecord,
    GateState,
    Outcome,
    ReadingRecord,
    RunRecord,
    TargetRecord,
    Verdict,
    WaiverState,
)
from reports.paper import prepare, put, put_heading, put_indented, safe
from reports.restored import flagged, sentences, summary
from reports.text import plural, seconds
from reports.view import (
    Group,
    came,
    counts,
    evidence,
    groups,
    informational,
    left_behind,
    readings,
    sent,
    source_of,
    strength,
    untold,
)

_STYLE = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.NOT_TESTED: "cyan",
}
_OUTCOME_STYLE = {
    Outcome.CONFORMANT: "bold green",
    Outcome.NOT_CONFORMANT: "bold red",
    Outcome.UNDECIDED: "bold yellow",
}
_COLUMNS = (Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)
_COMMAND = 4_000  # characters of a command that a console still shows
_NAMED = 4  # requirements named beside a reason; the others are counted


def show(record: RunRecord, console: Console) -> None:
    """Prints the summary of a run; its overall verdict comes last."""
    prepare(console)
    for target in record.targets:
        _show_target(target, console)
    if record.gate is not None:
        _show_gate(record.gate, console)
    _show_end(record, console)


def _show_target(target: TargetRecord, console: Console) -> None:
    console.print()
    console.rule(safe(target.contract, "bold"), align="left", style="dim")
    put(console, safe(f"{label(target)} at {target.base_url}"))
    found = findings(target)
    if found.ended:
        # Nothing was tested: whatever else there is to say, this message says it.
        _show_causes(target, found, console)
        _show_restored(target, console)
        return
    if first := first_word(target, found):
        put_indented(console, safe(first, _OUTCOME_STYLE[target.verdict]))
    _show_causes(target, found, console)
    if target.requirements:
        console.print(_groups_table(target))
    _show_readings(target, console)
    for verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE):
        _show_untold(target, verdict, found, console)
    _show_informational(target, console)
    _show_left_behind(target, console)
    _show_restored(target, console)


def _groups_table(target: TargetRecord) -> Table:
    used = [verdict for verdict in _COLUMNS if verdict in counts(target.requirements)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    table.add_column("requirement group")
    table.add_column("verdict")
    for verdict in used:
        table.add_column(str(verdict), justify="right")
    for group in groups(target):
        table.add_row(safe(group.name), _group_verdict(group), *_numbers(group.counts, used))
    if len(groups(target)) != 1:
        table.add_row(Text("in all", "dim"), "", *_numbers(counts(target.requirements), used), end_section=True)
    return table


def _group_verdict(group: Group) -> Text:
    if group.verdict is Verdict.NOT_TESTED and Verdict.PASSED in group.counts:
        return Text("passed in part", _STYLE[Verdict.NOT_TESTED])
    return Text(str(group.verdict), _STYLE[group.verdict])


def _numbers(found: Mapping[Verdict, int], used: Sequence[Verdict]) -> list[Text]:
    return [Text(str(found[v]), _STYLE[v]) if v in found else Text(".", "dim") for v in used]


def _show_readings(target: TargetRecord, console: Console) -> None:
    sorted_ = readings(target)
    if sorted_.notable:
        put_heading(console, f"Readings other than the strict or the claimed ones ({len(sorted_.notable)})")
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for column in ("reading", "followed", "strict", "claimed", ""):
            table.add_column(column, overflow="fold")
        for reading in sorted_.notable:
            table.add_row(*_reading_row(reading))
        console.print(Padding(table, (0, 0, 0, 2)))
    if sorted_.strict:
        put_heading(console, f"Readings as the strict level demands ({len(sorted_.strict)})")
        put_indented(console, safe(", ".join(f"{r.id}={r.option}" for r in sorted_.strict), "dim"))
    if sorted_.unknown:
        put_heading(console, f"Readings that could not be learned ({len(sorted_.unknown)})")
        for reading in sorted_.unknown:
            put_indented(console, safe(f"{reading.id}: {reading.note or reading.question}"))


def _reading_row(reading: ReadingRecord) -> tuple[Text, ...]:
    failed = reading.verdict is Verdict.FAILED
    return (
        safe(reading.id),
        safe(reading.option or "not learned", "bold red" if failed else "bold"),
        safe(" or ".join(reading.strict)),
        safe(reading.claimed or ""),
        safe(reading.note, "red" if failed else "dim"),
    )


def _show_causes(target: TargetRecord, found: Findings, console: Console) -> None:
    if found.all and not found.ended:
        hit = sum(requirement.verdict is Verdict.FAILED for requirement in target.requirements)
        broken = f", {plural(hit, 'broken requirement')}" if hit else ""
        put_heading(console, f"Causes ({len(found.all)}){broken}")
    for finding in found.all:
        _show_cause(finding, console)


def _show_cause(finding: Finding, console: Console) -> None:
    """A cause: what was seen, whom it hits, and the evidence, once."""
    record = finding.record
    title = Text.assemble((f"{finding.number:3} ", "dim"), (str(record.kind).upper(), _KIND_STYLE[record.kind]))
    title.append_text(safe(f"  {finding.often}", "dim"))
    put(console, title)
    shown = record.exchange
    trail = dict(evidence(finding.failure, 2 * console.width)) if finding.failure else {}
    rows = (
        ("observed" if finding.served else "why", finding.observed),
        ("allowed", trail.get("allowed", "")),
        ("help", finding.mend),
        ("before", trail.get("before", "")),
        ("sent", sent(shown, 2 * console.width) if shown else ""),
        ("came", came(shown, 2 * console.width) if shown else ""),
        ("smallest", trail.get("smallest", "")),
        ("check", named(record.checks, _NAMED)),
        ("again", _command(shown.curl) if shown else ""),
    )
    for name, text in rows:
        if text:
            put(console, Text.assemble(" " * 4, (f"{name:9}", "dim"), safe(text, _EVIDENCE_STYLE.get(name, ""))))
    if finding.requirements and not finding.served:
        put(console, Text.assemble(" " * 4, (f"not tested because of it ({len(finding.requirements)})", "dim")))
        put_indented(console, safe(", ".join(each.id for each in finding.requirements)), 6)
    elif finding.requirements:
        put(console, Text.assemble(" " * 4, (f"breaks ({len(finding.requirements)})", "dim")))
        for requirement in finding.requirements:
            line = Text.assemble(" " * 6, safe(requirement.id, "bold"), safe(f"  {requirement.text}"))
            line.append_text(safe(f"  {requirement.level.value}, {source_of(requirement)}", "dim"))
            put(console, line)
    console.print()


def _command(curl: str) -> str:
    """A command is shown whole or not at all."""
    return curl if len(curl) <= _COMMAND else f"a command of {len(curl):,} characters, see the HTML report"


_KIND_STYLE = {CauseKind.BROKEN: "bold red", CauseKind.NOT_SERVED: "bold black on yellow"}
_EVIDENCE_STYLE = {"observed": "red", "allowed": "green", "again": "bold", "why": "bold yellow", "help": "bold"}


def _show_untold(target: TargetRecord, verdict: Verdict, found: Findings, console: Console) -> None:
    reasons = untold(target, verdict, found.of)
    if not reasons:
        return
    many = sum(len(same) for same in reasons.values())
    others = counts(target.requirements)[verdict] - many
    told = f", besides the {others} that were not served" if others else ""
    put_heading(console, f"{str(verdict).capitalize()} ({many}{told}), and why")
    for reason, same in reasons.items():
        ids = named([requirement.id for requirement in same], _NAMED)
        line = Text.assemble((f"{len(same):3} ", _STYLE[verdict]), safe(reason), safe(f"  {ids}", "dim"))
        put_indented(console, line)


def _show_informational(target: TargetRecord, console: Console) -> None:
    found = informational(target)
    if found:
        put_heading(console, f"Informational findings ({len(found)})")
    for each in found:
        line = safe(each.what)
        line.append_text(safe(f"  {named(each.checks, _NAMED)}", "dim"))
        put_indented(console, line)


def _show_left_behind(target: TargetRecord, console: Console) -> None:
    left = left_behind(target)
    if left:
        put_heading(console, f"Left behind on the target ({len(left)})")
        for what in left:
            put_indented(console, safe(what, "yellow"))


def _show_restored(target: TargetRecord, console: Console) -> None:
    if target.restored:
        put_heading(console, summary(target).capitalize())
    for record in target.restored:
        if flagged(record) or record.note:
            for sentence in sentences(record):
                put_indented(console, safe(sentence, "bold red" if flagged(record) else "yellow"))


def _show_gate(gate: GateRecord, console: Console) -> None:
    put_heading(console, f"Gate: {outcome(gate)}; fails on {gate.fail_on}")
    if gate.baseline:
        put_indented(console, safe(f"compared with the run {gate.baseline}", "dim"))
    for finding in gate.findings:
        line = Text.assemble((f"{finding.state:9} ", _STATE_STYLE[finding.state]), safe(finding.id, "bold"))
        line.append_text(safe(f"  {finding.verdict}, {finding.contract} of {finding.target}"))
        line.append_text(safe(f"; {finding.note}" if finding.note else "", "dim"))
        put_indented(console, line)
    if gate.waivers:
        put_heading(console, f"Waivers ({len(gate.waivers)})")
    for waiver in gate.waivers:
        line = Text.assemble((f"{waiver.state:14} ", _WAIVER_STYLE.get(waiver.state, "bold red")))
        line.append_text(safe(waiver_line(waiver)))
        put_indented(console, line)


_STATE_STYLE = {
    GateState.BLOCKS: "bold red",
    GateState.WAIVED: "yellow",
    GateState.KNOWN: "cyan",
    GateState.TOLERATED: "dim",
}
_WAIVER_STYLE = {WaiverState.IN_FORCE: "yellow", WaiverState.UNUSED: "dim"}
_GATE_STYLE = {0: "bold green", 1: "bold red"}


def _show_end(record: RunRecord, console: Console) -> None:
    console.print()
    console.rule(style="dim")
    for target in record.targets:
        line = Text.assemble(_verdict(target.verdict, target_verdict(target)), "  ", safe(target.contract, "bold"))
        put(console, line)
        put_indented(console, safe(_tally(target), "dim"))
        found = findings(target)
        if target.note and not found.ended:
            put_indented(console, safe(target.note))
        for finding in found.not_served:
            if finding.grave and not finding.ended:
                lost = (
                    f", {plural(len(finding.record.requirements), 'requirement')} not tested"
                    if finding.requirements
                    else ""
                )
                put_indented(console, safe(f"NOT SERVED: {finding.record.what}{lost}", "bold yellow"))
    run = record.run
    behind = f"{run.effort} effort, {run.level} level, seed {run.seed}, {plural(run.workers, 'worker')}"
    put(console, safe(behind, "dim"))
    for target in record.targets:
        if any(map(flagged, target.restored)):
            put(console, safe(f"{target.contract}: {summary(target)}", "bold red"))
    if not run.complete:
        put(console, safe(f"Not a complete run: {', '.join(run.partial)}.", "yellow"))
    end = _verdict(record.verdict, run_verdict(record), whole=run.complete)
    if record.gate is not None:
        end.append_text(
            Text.assemble("  gate ", (outcome(record.gate), _GATE_STYLE.get(record.gate.exit_code, "yellow")))
        )
    end.append(f"  exit code {exit_code(record)}", "dim")
    put(console, end)


def _tally(target: TargetRecord) -> str:
    decided = {c.id: c for r in target.requirements for c in strength(target, r).checks}.values()
    found = counts(target.requirements)
    told = [f"{found[verdict]} {verdict}" for verdict in _COLUMNS if verdict in found]
    told.append(plural(sum(check.cases for check in decided), "case"))
    told.append(plural(target.exchanges, "exchange"))
    elapsed, waited = sum(check.elapsed_s for check in decided), sum(check.waited_s for check in decided)
    told.append(f"{seconds(elapsed)}, {waited / elapsed:.0%} of it waiting" if waited else seconds(elapsed))
    return ", ".join(told)


def _verdict(outcome: Outcome, words: str, *, whole: bool = True) -> Text:
    """The verdict in capitals, and on how much it stands; what comes of a part of the checks is not green."""
    style = _OUTCOME_STYLE[outcome if whole or outcome is not Outcome.CONFORMANT else Outcome.UNDECIDED]
    return Text.assemble((str(outcome).upper(), style), (words.removeprefix(str(outcome)), "bold"))

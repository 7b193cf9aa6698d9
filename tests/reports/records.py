"""Handmade run records: a calm one, one full of nasty strings, and a large one."""

from __future__ import annotations

from dataclasses import replace

from reports import (
    AnswerRecord,
    Body,
    CauseKind,
    CauseRecord,
    CheckRecord,
    Counts,
    DocumentRecord,
    ExchangeRecord,
    FailureRecord,
    OperationRecord,
    Outcome,
    ReadingRecord,
    RequirementRecord,
    RunInfo,
    RunRecord,
    SuiteRecord,
    TargetRecord,
    Verdict,
    body_of,
    curl_of,
)
from reports.causes import broken as grouped
from specs import Level, Option, Source

SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ESCAPES = "\x1b[2J\x1b]0;owned\x07 [bold]markup[/bold] [/nothing] :boom: \u202egnp \ud800 \x00"
NASTY = f"{SCRIPT} {ESCAPES} ]]> --> {{{{ 7*7 }}}} ' \" & \\"


def exchange(
    number: int = 1, *, sent: str = '{"name": "x"}', came: str | None = '{"code": "1002"}', check: str = "queued"
) -> ExchangeRecord:
    url = "https://127.0.0.1:8443/acme/resources/v2/customerprofile"
    headers = (("key", "***key***"), ("Content-Type", "application/json"))
    body = sent.encode("utf-8", "replace")
    return ExchangeRecord(
        number=number,
        check=check,
        operation="update",
        method="PUT",
        url=url,
        request_headers=headers,
        request_body=body_of(body),
        curl=curl_of("PUT", url, headers, body, secrets={"***key***": "KEY"}),
        answer=None if came is None else answer(came),
        trouble="timeout" if came is None else None,
        detail="no answer within 10 s" if came is None else "",
        started_s=1.25,
        elapsed_s=0.0042,
    )


def answer(body: str) -> AnswerRecord:
    return AnswerRecord(200, (("Content-Type", "application/json"), ("X-Note", body[:40])), Body(text=body))


def failure(observed: str = "code 1001", *, check: str = "queued", **more: str) -> FailureRecord:
    trail = (exchange(1, check=check), exchange(2, check=check, **more))
    return FailureRecord(check, observed, "code 1002", "queued-code=1002", "[{'name': '0'}]", trail)


def requirement(
    id: str = "queued-code",
    verdict: Verdict = Verdict.PASSED,
    *,
    group: str = "Response codes",
    level: Level = Level.MANDATORY,
    reason: str = "",
    failures: tuple[FailureRecord, ...] = (),
    text: str = "An accepted update is answered with the code for queued.",
) -> RequirementRecord:
    tested = verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE)
    return RequirementRecord(
        id=id,
        group=group,
        text=text,
        level=level,
        source=Source("S1", "57, 64, 81", ("S1#30", "S1#36")),
        readings=("queued-code",),
        observe="The code of every answer to a valid update." if verdict is not Verdict.NOT_TESTED else None,
        verdict=verdict,
        reason=reason,
        checks=("queued",) if tested else (),
        counts=Counts(passed=25) if verdict is Verdict.PASSED else Counts(),
        failures=failures,
    )


def reading(id: str = "queued-code", option: str | None = "1002", **changes: object) -> ReadingRecord:
    made = ReadingRecord(
        id=id,
        dossier="I-C15",
        question="Which code says that an update was queued?",
        options=(Option("1002", "The code of the table."), Option("1001", "The code of the example.")),
        observable=True,
        option=option,
        claimed=None,
        strict=("1002",),
        verdict=Verdict.PASSED if option else Verdict.NOT_TESTED,
        note="",
        exchange=exchange(check="probe.queued-code"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def check(id: str = "queued", verdict: Verdict = Verdict.PASSED) -> CheckRecord:
    summary = "Sends valid updates of one to a hundred records; each must be queued."
    boundaries = {"records=1": 3, "records=100": 2}
    return CheckRecord(id, summary, ("queued-code",), verdict, "", 25, 52, boundaries, 1.5, 0.25, ())


def target(contract: str = "imiconnect-customer", **changes: object) -> TargetRecord:
    made = TargetRecord(
        contract=contract,
        title="IMIconnect Update Customer Profile",
        name="Acme sandbox",
        version="2026.11",
        base_url="https://127.0.0.1:8443/acme",
        document=DocumentRecord("S1", "Update Customer Profile", "0" * 64, 54),
        spec_digest="f" * 64,
        verdict=Outcome.CONFORMANT,
        note="every mandatory requirement that can be tested passed",
        readings=(reading(),),
        requirements=(
            requirement(),
            requirement("batch-limit", group="Batch"),
            requirement("queue-error", Verdict.NOT_TESTED, reason="an internal error cannot be caused from outside"),
        ),
        checks=(check(),),
        operations=(OperationRecord("update", 52, 0.0031, 0.008, 0.0501),),
        exchanges=61,
        journal="journal-1.jsonl",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def run(*targets: TargetRecord, **changes: object) -> RunRecord:
    verdicts = {each.verdict for each in targets}
    verdict = next(v for v in (*_WORST, Outcome.CONFORMANT) if v in verdicts or v is Outcome.CONFORMANT)
    packages = {"pytest": "9.2.0", "hypothesis": "6.170.15"}
    times = ("2026-11-22T01:02:03.000Z", "2026-11-22T01:02:40.000Z")
    made = RunRecord(
        suite=SuiteRecord("profile-conformance", "0.1.0", "3.11.7", packages),
        run=RunInfo("4bf92f3577b34da6", *times, 20261122, "standard", "documented", 2, True, ()),
        verdict=verdict,
        exit_code={Outcome.CONFORMANT: 0, Outcome.NOT_CONFORMANT: 1, Outcome.UNDECIDED: 3}[verdict],
        reason="",
        targets=targets,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


_WORST = (Outcome.NOT_CONFORMANT, Outcome.UNDECIDED)


def calm() -> RunRecord:
    """A conformant run."""
    return run(target())


def nasty() -> RunRecord:
    """A target that puts scripts, markup and terminal escapes wherever its words appear."""
    broken = FailureRecord("queued", NASTY, NASTY, NASTY, NASTY, (exchange(1), exchange(2, sent=NASTY, came=NASTY)))
    timeout = FailureRecord("queued", "no answer", "an answer", None, "", (exchange(3, came=None),))
    requirements = (
        requirement(verdict=Verdict.FAILED, failures=(broken, broken, timeout), reason=NASTY),
        requirement("kept", group="Batch"),
        requirement("torn", Verdict.INCONCLUSIVE, group="Batch", reason=NASTY, level=Level.PREFERRED),
        requirement("absent", Verdict.NOT_TESTED, group="Lifecycle", reason=NASTY, level=Level.PERMITTED),
        requirement("beside", Verdict.NOT_APPLICABLE, group="Lifecycle", reason="the reading leaves nothing"),
    )
    readings = (
        reading(option="1001", claimed="1002", verdict=Verdict.FAILED, note=NASTY),
        reading("batch-limit", exchange=exchange(sent=NASTY, came=NASTY)),
        reading("unlearned", None, note=NASTY, exchange=None),
        reading("hidden", None, observable=False, note="no black box can tell", exchange=None),
    )
    told = replace(check(verdict=Verdict.FAILED), reason=NASTY, left_behind=(NASTY,), observations=(NASTY,))
    checks = (told,)
    named = {"name": NASTY, "version": NASTY, "base_url": f"https://h/{NASTY}", "note": NASTY}
    return run(
        target(verdict=Outcome.NOT_CONFORMANT, requirements=requirements, readings=readings, checks=checks, **named),
        target("imiconnect-app", verdict=Outcome.UNDECIDED, note="unreachable", requirements=(), readings=()),
        reason=NASTY,
    )


def shared() -> RunRecord:
    """One answer breaks three requirements, in a record without causes, as older ones are."""
    seen = (failure(came='{"code": "1001"}'),)
    levels = {"queued-code": Level.MANDATORY, "batch-limit": Level.MANDATORY, "shown": Level.PREFERRED}
    broken = (requirement(name, Verdict.FAILED, failures=seen, level=level) for name, level in levels.items())
    return run(target(requirements=(*broken, requirement("kept")), verdict=Outcome.NOT_CONFORMANT))


def quota(*requirements: str) -> CauseRecord:
    """Requests that were not served, with what was lost by it."""
    refused = replace(exchange(7), answer=replace(answer('{"message": "quota"}'), status=429))
    what, mend = "the target limits how many requests it serves (429)", "ask for a larger quota"
    return CauseRecord(CauseKind.NOT_SERVED, what, mend, requirements, ("queued",), 600, refused)


def throttled(verdict: Outcome = Outcome.NOT_CONFORMANT) -> RunRecord:
    """Two requirements were not tested for a quota; another one is broken."""
    lost = [requirement(name, Verdict.NOT_TESTED, reason="not served any more") for name in ("lost", "lost-too")]
    told = requirement(verdict=Verdict.FAILED, failures=(failure(),), level=Level.PREFERRED)
    broken = () if verdict is Outcome.UNDECIDED else (told,)
    causes = (quota("lost", "lost-too"), *grouped(broken))
    return run(target(requirements=(*broken, requirement("kept"), *lost), causes=causes, verdict=verdict))


def unreachable() -> RunRecord:
    """A run that ended before any check."""
    message = "none of 3 valid requests succeeded: nothing answers at the address. Change: `base_url`"
    lost = tuple(requirement(f"lost-{n}", Verdict.NOT_TESTED, reason=message) for n in range(9))
    cause = CauseRecord(CauseKind.NOT_SERVED, message, "", (), (), 1, exchange(came=None))
    ended = target(
        requirements=lost,
        readings=(reading(option=None, exchange=None),),
        checks=(),
        operations=(),
        causes=(cause,),
        note=message,
        verdict=Outcome.UNDECIDED,
    )
    return run(ended)


def large() -> RunRecord:
    """Four targets that break every requirement, each with a long trail of long bodies."""
    long = '{"note": "' + "n" * 16_000 + '"}'
    trail = tuple(exchange(number, sent=long, came=long) for number in range(1, 41))
    broken = FailureRecord("queued", "o" * 3_000, "a" * 3_000, None, "c" * 9_000, trail)
    requirements = tuple(
        requirement(f"requirement-{number}", Verdict.FAILED, group=f"Group {number % 8}", failures=(broken,))
        for number in range(60)
    )
    readings = tuple(reading(f"reading-{number}", exchange=exchange(sent=long, came=long)) for number in range(60))
    contracts = ("first", "second", "third", "fourth")
    return run(*(target(c, requirements=requirements, readings=readings) for c in contracts))

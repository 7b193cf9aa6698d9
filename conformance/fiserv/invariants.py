"""What holds for every answer of the update, whatever was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import specs
from conformance.fiserv.answered import AGGREGATES, ENVELOPE, OPERATION, SIGNON, Answered, Status, format_of
from conformance.fiserv.asked import Asked
from conformance.fiserv.form_rules import FORM, PARSE
from conformance.fiserv.rules import ANY, OPEN, SUCCESS, Codes, Expectation
from conformance.fiserv.signon_rules import SIGNON as SIGNON_CAUSE
from conformance.fiserv.stored import collapsed
from conformance.judge.readings import Readings
from conformance.session.exchange import Exchange
from strategies.fiserv.wire import NAMESPACE, Format

Say = Callable[..., None]
SEVERITIES = ("Error", "Warning", "Info")
AGGREGATE = AGGREGATES["update"]
# Failures of which the documents do not say where their code stands.
FREE = frozenset({PARSE, FORM, SIGNON_CAUSE, OPEN})


class Invariants:
    """Judges one answer of the update by itself and against its request; keeps what must be the same every time."""

    def __init__(self, contract: specs.Contract, readings: Readings, codes: Codes) -> None:
        self.contract = contract
        self.readings = readings
        self.codes = codes
        self._namespace: str | None = None
        self._made_ids: set[str] = set()

    def judge(self, exchange: Exchange, asked: Asked, answered: Answered, expected: Expectation, say: Say) -> None:
        """Says everything that this answer shows."""
        self._no_profile(answered, say)
        if answered.code is None and expected.allows_bare(answered.http):
            return
        mistakes, remarks = "; ".join(answered.mistakes[:3]), "; ".join(answered.remarks[:3])
        say("answer-valid", not answered.mistakes, mistakes, "what the documents allow", note=remarks)
        self._format(exchange, asked, answered, expected, say)
        self._namespaces(answered, say)
        self._statuses(answered, expected, say)
        self._places(answered, expected, say)
        self._signon_place(answered, expected, say)
        self._agreement(answered, expected, say)
        self._http(answered, expected, say)
        self._request_id(asked, answered, expected, say)

    def _no_profile(self, answered: Answered, say: Say) -> None:
        """Also where HTTP alone says that the update failed."""
        if answered.erroneous or answered.code not in (None, SUCCESS) or answered.http >= 400:
            paths = [".".join(map(str, path)) for path, _ in answered.profiles]
            say("no-profile-on-error", not paths, f"{answered} with {paths}", "no UserProfile")

    # --- formats

    def _format(self, exchange: Exchange, asked: Asked, answered: Answered, expected: Expectation, say: Say) -> None:
        if asked.format is None or answered.format is None or any(d.kind == "no-content-type" for d in asked.defects):
            return
        accept = (exchange.request.header("Accept") or "").lower()
        named = {f for f in Format if str(f) in accept}
        unread = bool(expected.gray) or bool(self._found(answered, expected) & {PARSE, FORM, OPEN})
        if unread and not (named == {asked.format} and _begins_as(asked.format, exchange.request.body or b"")):
            return  # whoever could not read a request may not know its format either, unless everything says it
        allowed: set[Format] = set()
        if self.readings.may("response-format", "mirrors-request"):
            allowed.add(asked.format)
        if self.readings.may("response-format", "accept-header"):
            allowed |= named if len(named) == 1 else set(Format)
        if self.readings.may("response-format", "json-only"):
            allowed.add(Format.JSON)
        header = exchange.answer.header("Content-Type") if exchange.answer else None
        # RFC 9110, section 8.3: an answer without Content-Type may be looked into.
        declared = answered.format if header is None else format_of(header)
        words = " or ".join(sorted(allowed))
        say("response-format", declared in allowed, f"Content-Type {header}", words, "response-format")

    def _namespaces(self, answered: Answered, say: Say) -> None:
        if answered.namespace is None:
            return
        allowed = set()
        if self.readings.may("xml-answer-namespace", "none"):
            allowed.add("")
        if self.readings.may("xml-answer-namespace", "cashedge-wm"):
            allowed.add(NAMESPACE)
        if self._namespace is not None and len(allowed) > 1:
            allowed = {self._namespace}
        self._namespace = self._namespace if self._namespace is not None else answered.namespace
        shown = answered.namespace or "none"
        say("answer-namespace", answered.namespace in allowed, shown, f"{allowed}", "xml-answer-namespace")

    # --- Status aggregates

    def _statuses(self, answered: Answered, expected: Expectation, say: Say) -> None:
        for status in answered.statuses:
            self._members(status, answered, say)
            if status.code is None:
                continue
            known = self.contract.codes.get(status.code)
            severity = str(known.extra["severity"]) if known and known.in_table else "Error"
            say("severity-of-code", status.severity == severity, str(status), f"{status.code} with {severity}")
            if known and known.in_table:
                free = self.readings.may("status-text", "free") or status.text is None
                fits = free or status.text == known.text
                say("text-of-code", fits, f"{status.code} {status.text!r}", repr(known.text), "status-text")
            say(
                "code-in-table", self._in_table(status.code, expected), status.code, "a code of the table", "code-table"
            )

    def _in_table(self, code: str, expected: Expectation) -> bool:
        if code in self.codes.table or code in self.codes.signon_family or code in self.codes.named():
            return True
        if ANY in expected.codes or self.readings.may("code-table", "open"):
            return True
        return bool(expected.gray) and code in self.contract.codes

    def _members(self, status: Status, answered: Answered, say: Say) -> None:
        wrong = []
        if status.code is None:
            wrong.append(f"StatusCode {status.raw_code!r}")
        if status.severity not in SEVERITIES:
            wrong.append(f"Severity {status.severity!r}")
        # The document gives texts for the codes of its table alone.
        listed = status.code is None or status.code in self.codes.table
        if status.text is None and listed and not self.readings.may("status-members", "without-text"):
            wrong.append("no StatusDesc")
        kinds: tuple[type[Any], ...] = ()
        if self.readings.may("status-code-type", "integer"):
            kinds = (*kinds, int)
        if self.readings.may("status-code-type", "numeric-string"):
            kinds = (*kinds, str)
        if answered.format is Format.JSON and not isinstance(status.raw_code, kinds):
            wrong.append(f"StatusCode is {type(status.raw_code).__name__}")
        allowed = "StatusCode, Severity and StatusDesc"
        say("status-members", not wrong, f"{status.place}: {', '.join(wrong)}", allowed, "status-members")

    def _places(self, answered: Answered, expected: Expectation, say: Say) -> None:
        code = answered.code
        envelope, operation = answered.status(ENVELOPE), answered.status(OPERATION)
        if code is None or envelope is None:
            say("status-present", False, str(answered), "a Status in the envelope")
            return
        if expected.gray or self._found(answered, expected) & FREE:
            say("status-present", True, str(answered))
            return
        op = operation.code if operation else None
        aggregate = AGGREGATE in (answered.content or {})
        fits = {
            "mirrored": envelope.code == code and op == code,
            "operation-only": envelope.code == SUCCESS and op == code,
            "envelope-only": envelope.code == code and (code == SUCCESS or not aggregate),
        }
        options = self.readings.possible("status-placement")
        holds = any(fits[option] for option in options)
        say("status-present", holds, str(answered), " or ".join(sorted(options)), "status-placement")

    def _signon_place(self, answered: Answered, expected: Expectation, say: Say) -> None:
        """What SignonRs says of a sign-on that did not fail. A failure may always be found before the sign-on."""
        if answered.code in (None, SUCCESS) or expected.gray or not expected.faults:
            return
        status = answered.status(SIGNON)
        if status is None or self._found(answered, expected) & FREE:
            return
        options = self.readings.possible("signon-status-on-error")
        fits = {
            "absent": status.code in (SUCCESS, answered.code),
            "own-outcome": status.code == SUCCESS,
            "same-as-operation": status.code == answered.code,
        }
        holds = any(fits[option] for option in options)
        say("status-present", holds, str(answered), f"SignonRs {' or '.join(options)}", "signon-status-on-error")

    def _agreement(self, answered: Answered, expected: Expectation, say: Say) -> None:
        codes = {status.code for status in answered.statuses if status.code not in (None, SUCCESS)}
        zero = {status.place for status in answered.statuses if status.code == SUCCESS}
        if codes:
            signon = answered.status(SIGNON)
            failed = signon is not None and signon.code not in (None, SUCCESS)
            # The code of a failed sign-on may stand in SignonRs alone.
            if self.readings.may("status-placement", "operation-only") or failed:
                zero.discard(ENVELOPE)
            if self.readings.may("signon-status-on-error", "own-outcome", "absent") or expected.gray:
                zero.discard(SIGNON)
        holds = len(codes) <= 1 and not (codes and zero)
        say("severities-agree", holds, str(answered), "one outcome in every Status", "status-placement")

    # --- HTTP

    def _http(self, answered: Answered, expected: Expectation, say: Say) -> None:
        http, code = answered.http, answered.code
        if code == SUCCESS:
            # Also where it is open what should come of the request.
            say("http-status", http == 200, f"HTTP {http} with 0", "200")
        if code in (None, SUCCESS) or expected.gray:
            return
        refused = 400 <= http <= 499
        options = self.readings.possible("http-status")
        causes = self._causes(code, expected) or {OPEN}
        holds = (
            ("always-200" in options and http == 200)
            or ("mapped" in options and refused)
            or ("split" in options and any(self._split(http, code, cause) for cause in causes))
        )
        if SIGNON_CAUSE in causes and self.readings.may("signon-failure", "http-401/403"):
            only = self.readings.settled("signon-failure") and code not in self.codes.table and causes == {SIGNON_CAUSE}
            only = only and all(fault.reading == "signon-failure" for fault in expected.faults)
            holds = http in (401, 403) or (holds and not only)
        if "4xx" in expected.bare or str(http) in expected.bare:
            holds = holds or refused
        say("http-status", holds, str(answered), " or ".join(sorted(options)), "http-status")

    def _split(self, http: int, code: str, cause: str) -> bool:
        """The reading split: parse and sign-on failures with 4xx, or with 200 where their code is of the table."""
        if cause in (PARSE, FORM, SIGNON_CAUSE, OPEN) or code not in self.codes.table:
            return http == 200 or 400 <= http <= 499
        return http == 200

    # --- where a failure was found

    def _causes(self, code: str, expected: Expectation) -> frozenset[str]:
        """The stages at which a failure may have been found; whoever gives a code of sign-on may see one in it."""
        causes = expected.causes_of(code)
        return causes | {SIGNON_CAUSE} if code in self.codes.of_signon() else causes

    def _found(self, answered: Answered, expected: Expectation) -> frozenset[str]:
        """The stages at which the failure of an answer may have been found; none of a success."""
        if answered.code is None:
            return expected.causes_of(None)
        return frozenset() if answered.code == SUCCESS else self._causes(answered.code, expected)

    # --- RqUID

    def _request_id(self, asked: Asked, answered: Answered, expected: Expectation, say: Say) -> None:
        sent, got = asked.get("RqUID"), answered.request_id
        if (
            not isinstance(sent, str)
            or answered.code is None
            or expected.gray
            or self._found(answered, expected) & {FORM, PARSE, OPEN}
        ):
            return
        if answered.succeeded and sent.strip():
            say("request-id-present", got not in (None, "", [], {}), repr(got), "an RqUID")
        same = got == sent or (asked.format is Format.XML and collapsed(str(got or "")) == collapsed(sent))
        fits = {
            "echo": same,
            "absent-on-error": same if answered.code == SUCCESS else got is None,
            "server-generated": got not in (None, sent, "") and str(got) not in self._made_ids,
        }
        options = self.readings.possible("request-id-echo")
        holds = any(fits[option] for option in options)
        if got is not None:
            self._made_ids.add(str(got))
        say("request-id-echo", holds, f"{got!r} for {sent!r}", " or ".join(sorted(options)), "request-id-echo")


def _begins_as(format_: Format, body: bytes) -> bool:
    """Whether a body looks as the format that it is said to have."""
    return body[:1] == (b"<" if format_ is Format.XML else b"{")

"""The judge of Fiserv answers: what a request may lead to, and what every answer must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import specs
from conformance.fiserv.answered import AGGREGATES, Answered, read_answer
from conformance.fiserv.asked import Asked, ask
from conformance.fiserv.content_rules import ContentRules
from conformance.fiserv.credentials import beside_credentials, credentials_of
from conformance.fiserv.form_rules import FORM, PROFILE, FormRules
from conformance.fiserv.history import History
from conformance.fiserv.invariants import Invariants
from conformance.fiserv.rules import ANY, SUCCESS, Codes, Expectation, Fault, Taken, among
from conformance.fiserv.signon_rules import SIGNON, SignonRules
from conformance.fiserv.stored import flatten, shown_differs
from conformance.fiserv.world import World
from conformance.judge import Judgement, Readings, Verdict
from conformance.judge import Oracle as Base
from conformance.judge.disclosure import ALLOWED, OBSERVED, discloses
from conformance.judge.disclosure import REQUIREMENT as NOT_SHOWN
from conformance.session.exchange import Exchange, Request, Trouble
from conformance.target.model import Target
from strategies.fiserv.wire import Format

UNMISTAKABLE = 12  # characters of an RqUID that stand nowhere else in a request by chance
SIGN_ON = "signon"
OPERATIONS = frozenset({*AGGREGATES, SIGN_ON})
# With which a server refuses a body in chunks, or a coding that it does not know (RFC 9112, sections 6.1 and 6.3).
UNCHUNKED = frozenset({400, 411, 501})
BODILESS = frozenset({401, 403})  # the vendor's public description lists them, without a body


class Oracle(Base):
    """Judges exchanges of updateUserProfile; follows those of its companions to know what is stored."""

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings) -> None:
        super().__init__(contract, target, readings)
        self.world = World(target)
        codes = Codes(contract, readings)
        self.codes = codes
        self.history = History(self.world, readings)
        self._invariants = Invariants(contract, readings, codes)
        self._form = FormRules(readings, codes, self.world)
        self._signon = SignonRules(readings, codes, self.world)
        self._content = ContentRules(readings, codes, target, self.world)
        self._multiple: dict[str, str] = {}
        self._looks = 0
        self._found: list[Judgement] = []

    def judge(self, exchange: Exchange) -> list[Judgement]:
        """What this exchange says about the requirements; then remembers it."""
        self._found = []
        if exchange.request.operation == "update":
            asked = ask("update", exchange.request)
            if exchange.request.plain:
                self._plain(asked, exchange)
            elif exchange.request.method == "POST":
                self._update(asked, exchange)
        elif exchange.request.operation == SIGN_ON and exchange.answer is not None:
            answered = read_answer(SIGN_ON, exchange.answer)
            self.history.signed_on(ask(SIGN_ON, exchange.request), answered)
        elif exchange.request.operation in AGGREGATES and exchange.answer is not None:
            operation = exchange.request.operation
            asked = ask(operation, exchange.request)
            self.history.companion(asked, read_answer(operation, exchange.answer), self._say)
        self._credentials(exchange)
        return self._found

    def judge_overlapping(self, exchanges: Sequence[Exchange]) -> list[Judgement]:
        """What exchanges that overlapped say in whatever order they took effect; then forgets what they may change.

        A service may refuse an update that overlaps another one, with any code.
        """
        found: list[Judgement] = []
        for exchange in exchanges:
            self._found = []
            if exchange.request.operation == "update" and not exchange.request.plain:
                self._overlapping(exchange)
            self._credentials(exchange)
            found += self._found
        return found

    def _overlapping(self, exchange: Exchange) -> None:
        asked = ask("update", exchange.request)
        expected = self.expect(asked, exchange.request.source)
        self.history.lost(expected)
        sent = asked.get("RqUID")
        if isinstance(sent, str):
            self.world.request_ids[sent] = True
        if exchange.answer is None:
            return
        answered = read_answer("update", exchange.answer)
        self._say("no-server-failure", answered.http < 500, f"HTTP {answered.http}", "a status below 500")
        if answered.http >= 500:
            return
        expected.doubt("another update at the same time")
        self._invariants.judge(exchange, asked, answered, expected, self._say)
        self._outcome(exchange, asked, answered, expected)
        if answered.code == SUCCESS and not answered.erroneous:
            self._profile(asked, answered, expected, alone=False)

    def _credentials(self, exchange: Exchange) -> None:
        """No answer shows a password or a token of its request; one that opens a session hands its token out."""
        request, answer = exchange.request, exchange.answer
        if answer is None or request.operation not in OPERATIONS or request.body is None:
            return
        asked = ask(request.operation, request)
        body = request.body.decode("utf-8", "replace")
        # Of a body that cannot be read, what is known to be a password.
        known = {account.password for account in self.world.accounts.values()} if asked.content is None else set()
        secrets = {secret for secret in known if secret is not None and secret in body}
        secrets |= set(credentials_of(asked, opens=asked.get("SignonRq", "GenSessInfo") is not None))
        shown = discloses(answer, secrets, beside_credentials(asked))
        self._say(NOT_SHOWN, not shown, OBSERVED if shown else "", ALLOWED)

    def expect(self, asked: Asked, source: str | None = None) -> Expectation:
        """Which outcomes are allowed for an update, sent from an address."""
        expected = Expectation(gray=asked.gray)
        self._form.apply(asked, expected)
        if source is not None and source == self.target.unlisted_source:
            names = ("unlisted-source",)
            # Who keeps the list, the service or what stands in front of it, no document says.
            codes, bare = self.codes.signon("unlisted"), frozenset({"401", "403"})
            expected.faults.append(Fault("an unlisted address", names, codes, SIGNON, bare, names, "signon-failure"))
        taken = self.world.xml_taken or self.readings.settled("xml-request-namespace") is not None
        if asked.format is Format.XML and not taken:
            expected.doubt("XML in an order of elements that no document gives and that was never taken")
        if asked.content is not None:
            self._signon.apply(asked, expected)
            self._content.apply(asked, expected)
            self._replay(asked, expected)
        return expected

    def _replay(self, asked: Asked, expected: Expectation) -> None:
        sent = asked.get("RqUID")
        if not isinstance(sent, str) or sent not in self.world.request_ids:
            return
        options = self.readings.possible("request-id-replay")
        if options == {"accepted"}:
            expected.taken.append(Taken("request-id-replay", "request-id-replay"))
            return
        # Whether the id of a request that failed counts as used is open.
        sure = options == {"rejected"} and self.world.request_ids[sent]
        codes = frozenset({ANY} if sure else {ANY, SUCCESS})
        names = ("request-id-replay",)
        bare, name = frozenset({"4xx"}), "a repeated RqUID"
        expected.faults.append(Fault(name, names, codes, FORM, bare, names, "request-id-replay"))

    def own_answer(self, exchange: Exchange) -> bool:
        """Whether the documents give such an answer: one with a code, or one of a status that needs none here."""
        request, answer = exchange.request, exchange.answer
        if answer is None or request.operation not in AGGREGATES or request.method != "POST":
            return False
        if request.plain:
            return True  # whatever refuses plain HTTP does what it should
        if read_answer(request.operation, answer).code is not None:
            return True
        if answer.status in BODILESS and not answer.body.strip():
            return True
        if request.operation != "update":
            return False
        asked = ask("update", request)
        return not asked.gray and self.expect(asked, request.source).allows_bare(answer.status)

    def again(self, request: Request) -> Request | None:
        """The request with another RqUID, for a target may refuse one that it saw before."""
        sent = ask(request.operation, request).get("RqUID") if request.operation in AGGREGATES else None
        if not isinstance(sent, str) or len(sent) < UNMISTAKABLE or request.body is None:
            return None
        self._looks += 1
        return replace(request, body=request.body.replace(sent.encode(), f"{sent}-{self._looks}".encode()))

    def _say(
        self,
        requirement: str,
        holds: bool,
        observed: str = "",
        allowed: str = "",
        reading: str | None = None,
        *,
        note: str = "",
    ) -> None:
        verdict = Verdict.PASSED if holds else Verdict.FAILED
        if reading is not None:
            reading = f"{reading}={'|'.join(sorted(self.readings.possible(reading)))}"
        self._found.append(Judgement(requirement, verdict, observed, allowed, reading, note if holds else ""))

    # --- updates

    def _update(self, asked: Asked, exchange: Exchange) -> None:
        expected = self.expect(asked, exchange.request.source)
        if exchange.answer is None:
            if exchange.request.source is not None and exchange.request.source == self.target.unlisted_source:
                self.history.attempt(expected, ("unlisted-source",), "no answer to an unlisted address")
            else:
                self.history.lost(expected)
            return
        answered = read_answer("update", exchange.answer)
        if exchange.request.chunked and answered.code is None and answered.http in UNCHUNKED:
            self.history.lost(expected)
            return
        self._say("no-server-failure", answered.http < 500, f"HTTP {answered.http}", "a status below 500")
        if answered.http >= 500:
            self.history.lost(expected)
            return
        self._invariants.judge(exchange, asked, answered, expected, self._say)
        self._outcome(exchange, asked, answered, expected)
        if answered.code == SUCCESS and not answered.erroneous:
            self.world.xml_taken = self.world.xml_taken or asked.format is Format.XML
            self._profile(asked, answered, expected)
        self.history.update(asked, answered, expected)

    def _outcome(self, exchange: Exchange, asked: Asked, answered: Answered, expected: Expectation) -> None:
        code = answered.code
        general = next(iter(self.codes("general")))
        if code is not None and (code != general or not expected.gray):
            fits = code != general or general in expected.codes or ANY in expected.codes
            self._say("no-general-error", fits, str(answered), "a code of its own", "signon-failure")
        if expected.gray:
            return
        bare = code is None
        holds = expected.allows_bare(answered.http) if bare else expected.allows(str(code))
        allowed = "; ".join(f"{fault.name}: {', '.join(sorted(fault.codes))}" for fault in expected.faults) or SUCCESS
        if not expected.faults or (not expected.real and code == SUCCESS and holds):
            self._right(holds, answered, expected, allowed)
        elif len(expected.real) == 1:
            fault = expected.real[0]
            # What a doubt allows beside the one fault decides nothing.
            if not holds or bare or among(code, fault.codes):
                self._fault(fault, holds, answered, allowed)
        elif code == SUCCESS and not holds:
            for fault in expected.real:
                if fault.sure:
                    self._fault(fault, False, answered, allowed)
        elif expected.real:
            self._repeated(exchange, asked, answered, expected, holds, allowed)

    def _right(self, holds: bool, answered: Answered, expected: Expectation, allowed: str) -> None:
        """A request with which nothing is surely wrong."""
        self._say("success-code", holds, str(answered), allowed)
        if holds:
            self._say("format-governed", True, str(answered), "what the schema allows is taken")
        for taken in expected.taken:
            self._say(taken.requirement, holds, str(answered), allowed, taken.reading)

    def _fault(self, fault: Fault, holds: bool, answered: Answered, allowed: str) -> None:
        for requirement in fault.requirements:
            self._say(requirement, holds, str(answered), allowed, fault.reading)

    def _repeated(
        self,
        exchange: Exchange,
        asked: Asked,
        answered: Answered,
        expected: Expectation,
        holds: bool,
        allowed: str,
    ) -> None:
        """A request with several faults: any of their codes, and the same for the same request."""
        sent, identifier = exchange.request, asked.get("RqUID")
        body = (sent.body or b"").decode("latin-1")
        # A short one may stand elsewhere in the body, too; without those places other requests would look the same.
        if isinstance(identifier, str) and len(identifier) >= UNMISTAKABLE:
            body = body.replace(identifier.encode("utf-8", "replace").decode("latin-1"), "")
        key = f"{sent.header('content-type')} {sent.source} {body}"
        before = str(answered.code)
        # What may be no fault at all may come out otherwise the next time, as with an id that is used by then.
        if sum(fault.sure for fault in expected.real) > 1:
            before = self._multiple.setdefault(key, before)
        same = before == str(answered.code)
        self._say("same-fault-same-code", holds and same, f"{answered}, before {before}", allowed)

    # --- the profile in the answer

    def _profile(self, asked: Asked, answered: Answered, expected: Expectation, *, alone: bool = True) -> None:
        paths = {"in-operation": (AGGREGATES["update"], "UserProfile"), "at-root": ("UserProfile",), "never": None}
        seen = [path for path, _ in answered.profiles]
        placements = self.readings.possible("profile-placement")
        holds = any(seen == ([paths[option]] if paths[option] else []) for option in placements)
        if not seen:
            holds = holds or self.readings.may("profile-presence", "only-if")
        shown = [".".join(map(str, path)) for path in seen]
        self._say("profile-on-success", holds, f"{shown}", " or ".join(sorted(placements)), "profile-placement")
        for _, profile in answered.profiles:
            whole = isinstance(profile, dict)
            user = profile.get("UserID") if whole else None
            open_ = expected.subject is None or bool(expected.gray) or user is None
            mine = whole and (open_ or str(user) == expected.subject)
            observed = f"{type(profile).__name__} of {user or 'nobody that it names'}"
            self._say("profile-structured", mine, observed, f"the profile of {expected.subject}", "profile-placement")
            if mine and alone and not expected.gray:
                any_case = self.readings.may("type-spelling", "case-insensitive-enum")
                wrong = shown_differs(asked.get(*PROFILE) or {}, flatten(profile), any_case=any_case)
                self._say("profile-is-stored", not wrong, f"{wrong} differ from what was sent", "as sent")

    # --- plain HTTP

    def _plain(self, asked: Asked, exchange: Exchange) -> None:
        expected = self.expect(asked)
        if exchange.trouble is Trouble.REFUSED:
            self.history.lost(expected)
            return
        if exchange.answer is None:
            way, code = "refused", None
        else:
            answered = read_answer("update", exchange.answer)
            code = answered.code
            way = "redirect" if 300 <= answered.http <= 399 else "error"
            if way == "error" and answered.http < 400 and code in (None, SUCCESS):
                way = "neither refused nor redirected nor an error"
        holds = self.readings.may("plain-http", way) if way in ("refused", "redirect", "error") else False
        holds = holds and code != SUCCESS
        options = " or ".join(sorted(self.readings.possible("plain-http")))
        self._say("secure-transport", holds, f"{way}, {exchange.trouble or code}", options, "plain-http")
        self.history.attempt(expected, ("secure-transport",), "over plain HTTP")

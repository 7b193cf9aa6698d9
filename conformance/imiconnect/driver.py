"""Speaks the profile API: builds requests, makes customers, follows transids, reads back, cleans up."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from hypothesis.strategies import SearchStrategy

from conformance.exercise.bench import Bench
from conformance.exercise.effort import Effort
from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.imiconnect import beginning, lending, making
from conformance.imiconnect.adapting import adapt
from conformance.imiconnect.answered import Answered, merged, read_answer
from conformance.imiconnect.asked import DELETIONS, SUBMISSIONS
from conformance.imiconnect.calls import JSON, Calls, encode
from conformance.imiconnect.codes import ACCEPTED, SUCCESS, TOO_MANY
from conformance.imiconnect.following import Stage, stage_of
from conformance.imiconnect.limit import Limit
from conformance.imiconnect.tidying import CHUNK, Shown, give_back, remove
from conformance.judge.verdicts import Inconclusive, NotApplicable, NotTested
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect import profiles

T = TypeVar("T")
CREATED_AT_ONCE: Final = 50
STOCK: Final = 20
MOST_STOCK: Final = 80
SLOW_STOCK: Final = 600  # where each creation is a long wait
IMPATIENCE_S: Final = 0.3
FEW: Final = 3  # times the longest that any request took, after which one more does not end either
STEP_S: Final = 0.004
LONGEST_USUAL_S: Final = 10.0
QUICK_QUEUE_S: Final = 0.25
LEAST_SHARE: Final = 0.2
PROBES: Final = "probe."
LAST_PROBE: Final = "probe.read-unknown"

__all__ = ["JSON", "Driver", "encode"]


class Driver(Calls):
    """Speaks to one target of either contract.

    Profiles are those of the contract: customer profiles, or app profiles under the target's app id.
    """

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.limits: dict[str, Limit] = {}
        self._stock: list[str] = []
        self._next_stock = STOCK
        self._made: dict[str, None] = {}
        self.made_elsewhere: dict[str, None] = {}  # at the second tenant
        self._lent: dict[str, Shown] = {}
        self._originals: dict[str, Shown] = {}
        self._unfinished: dict[str, None] = {}  # transids of what was sent to lent customers
        self._stuck = False
        self._judged_stuck = False
        self._longest_s = 0.0  # that any request took to its end
        self._usual_s = 0.0
        self._cannot_create: str | None = None
        self._at_once = CREATED_AT_ONCE

    def greet(self) -> Exchange:
        """Reads a customer that does not exist."""
        return self.read_one(self.bench.fresh())

    def preflight(self) -> Iterator[Attempt]:
        """Plainly valid requests with each key: reads, and the life of one customer of its own."""
        return beginning.preflight(self)

    def freshness(self) -> Staleness | None:
        """How far reads lag behind finished updates."""
        return beginning.freshness(self)

    def adapt(self, request: Request) -> Request | None:
        """Puts the key, the app id and ids of the run's own customers into a generated request."""
        return adapt(self, request)

    # Answers

    def answered(self, exchange: Exchange) -> Answered:
        """The answer of an exchange; ends the check where there is none."""
        if exchange.answer is None:
            raise Inconclusive(f"no answer: {exchange.trouble} {exchange.detail}")
        return read_answer(exchange.answer, self.contract)

    def transid(self, exchange: Exchange) -> str:
        """The transid of an accepted update; ends the check where it was not accepted."""
        answered = self.answered(exchange)
        inline = self.readings.may("processing", "inline")
        if answered.transid is None or (answered.code not in ACCEPTED and not inline):
            raise Inconclusive(f"the update was not accepted: {answered.shown()}")
        return answered.transid

    def accepted(self, exchange: Exchange) -> bool:
        """Whether an update was accepted."""
        return self.answered(exchange).code in ACCEPTED

    # The life of a transid

    def ask_status(self, transid: str, *, key: str | None = None) -> Exchange:
        """One status call."""
        path = self.path("status", transid=transid)
        return self.send(Request("status", "GET", path, headers=self.headers(key=key)))

    def final(
        self,
        transid: str,
        *,
        empty: bool = False,
        key: str | None = None,
        preparing: bool = False,
        since: float | None = None,
        closely: bool = False,
    ) -> Answered:
        """Follows a transid to its end.

        Args:
            transid: of an accepted request.
            empty: whether the request had no records.
            key: another key than the usual one.
            preparing: whether it only makes what a check needs.
            since: when it was sent, by `time.monotonic`; now unless given.
            closely: whether to ask often, for what is said before the end.

        An update that is not final at the declared deadline fails the requirement on reaching an outcome.
        """
        last: list[Answered] = []

        def ask() -> Answered | None:
            last.append(self.answered(self.ask_status(transid, key=key)))
            stage = stage_of(last[-1], empty=empty)
            if stage is Stage.REFUSED and not last[-1].limited:
                raise Inconclusive(f"the status call is refused: {last[-1].shown()}")
            return last[-1] if stage is Stage.FINAL else None

        deadline = self.target.limits.poll_deadline_s
        # One transid that never ends is enough to know: probes and preparations need not wait for each of them, and
        # once that was judged in a check, nobody does.
        impatient = self._judged_stuck or (self._stuck and (preparing or self.bench.log.check.startswith(PROBES)))
        began = time.monotonic() if since is None else since
        if impatient:
            waited = time.monotonic() - began
            deadline = max(0.0, min(deadline, max(IMPATIENCE_S, FEW * self._longest_s)) - waited)
        due = self._usual_s - (time.monotonic() - began)  # others that were in flight may have taken that long
        if preparing and due > 0:
            self.bench.pause(due)
        expected = 0.0 if preparing or closely else self._usual_s
        found = self.bench.poll(ask, deadline_s=deadline, expected_s=expected)
        # Asked too late or too early: the next one is asked earlier or later. What was final at the first question was
        # in flight before, and tells nothing.
        if len(last) > (1 if preparing else 2):
            halfway = (self._usual_s + time.monotonic() - began) / 2
            self._usual_s = min(max(self._usual_s + STEP_S, halfway), LONGEST_USUAL_S)
        elif (preparing and due > 0) or len(last) > 1:
            self._usual_s *= 0.9
        if found is None:
            self._stuck = True
            if not impatient and not preparing:
                self._judged_stuck = not self.bench.log.check.startswith(PROBES)
                observed, allowed = (
                    f"after {deadline:g} s still {last[-1].shown()}",
                    f"a final outcome within {deadline:g} s",
                )
                self.bench.expect("outcome-reached", False, observed=observed, allowed=allowed)
            raise Inconclusive(f"no final outcome of {transid} within {deadline:g} s")
        if len(last) > 1:
            self._longest_s = max(self._longest_s, time.monotonic() - began)
        self._unfinished.pop(transid, None)
        self.bench.written()
        return found

    def change(self, changes: Sequence[tuple[str, Any]]) -> Answered | None:
        """Sends an update and follows it to its end; None where it was refused at once."""
        return self.follow(self.update(self.body(changes)), empty=not changes)

    def in_flight(
        self,
        cases: Sequence[T],
        send: Callable[[T], Exchange | None],
        landed: Callable[[T, Exchange, Answered | None], None] | None = None,
    ) -> None:
        """Sends an update for each case, then follows all of them to their ends: one wait instead of many.

        Args:
            cases: in the order in which they are sent.
            send: sends the update of a case; None where it has none.
            landed: gets a case, the exchange of its update and its final outcome, None where it was refused at once.
        """
        flying: list[tuple[T, Exchange]] = []

        def begin(case: T) -> None:
            exchange = send(case)
            if exchange is not None:
                flying.append((case, exchange))

        endless: list[Inconclusive] = []
        sent: list[float] = []

        def land(landing: _Landing[T]) -> None:
            try:
                final = self.follow(landing.exchange, since=sent[0])
            except Inconclusive as signal:
                endless.append(signal)  # the others may have come to their ends
                return
            if landed is not None:
                landed(landing.case, landing.exchange, final)

        self.bench.each(cases, begin)
        sent.append(time.monotonic())
        self.bench.each([_Landing(case, exchange) for case, exchange in flying], land)
        if endless:
            raise endless[0]

    def patient(self, share: float) -> float:
        """A share of the generated cases, fewer of them where the queue is so slow that each is a long wait."""
        return share * min(1.0, max(LEAST_SHARE, QUICK_QUEUE_S / self._usual_s)) if self._usual_s else share

    def follow(self, exchange: Exchange, *, empty: bool = False, since: float | None = None) -> Answered | None:
        """The final outcome of an update that was sent, see `final`; None where it was refused at once."""
        answered = self.answered(exchange)
        inline = self.readings.may("processing", "inline")
        if answered.transid is None or (answered.code not in ACCEPTED and not inline):
            return None
        if answered.code not in ACCEPTED:
            # An error with a transid is a refusal, or the outcome of a request that was worked off at once.
            status = self.answered(self.ask_status(answered.transid))
            return status if stage_of(status) is Stage.FINAL else None
        return self.final(answered.transid, empty=empty, since=since)

    # Profiles

    def read_one(self, customer: str, *, key: str | None = None) -> Exchange:
        """Reads one profile."""
        path = self.path("read", customerId=customer)
        return self.send(Request("read", "GET", path, headers=self.headers(key=key)))

    def read(self, customers: Iterable[str]) -> dict[str, Shown]:
        """The profiles of customers as they are now; those that do not exist are left out."""
        wanted = list(dict.fromkeys(customers))
        found: dict[str, Shown] = {}
        many = None if self.is_app or len(wanted) == 1 else self.target.path("readMany")
        while many and wanted:
            chunk, wanted = wanted[:CHUNK], wanted[CHUNK:]
            query = urlencode([("customerId", customer) for customer in chunk])
            answered = self.answered(self.send(Request("readMany", "GET", many, query, self.headers())))
            shown = answered.profiles or ()
            if any(profile.customer is None for profile in shown):
                wanted = [*chunk, *wanted]
                break  # whose they are only reads of one customer can tell
            found |= {str(profile.customer): profile.values for profile in shown}
        for customer in wanted:
            answered = self.answered(self.read_one(customer))
            if answered.found and answered.profiles:
                own = [profile for profile in answered.profiles if profile.customer in (customer, None)]
                found[customer] = merged(own or answered.profiles).values
        return found

    def read_customers(self, customers: Iterable[str]) -> None:
        """Reads the customer profiles that app profiles belong to, for the oracle to see."""
        if self.target.path("readCustomer") is None:
            return
        for customer in customers:
            path = self.path("readCustomer", customerId=customer)
            self.send(Request("readCustomer", "GET", path, headers=self.headers()))

    def fitting(self, size: int) -> int:
        """The size of a batch, cut to what one request may have as far as that was found out."""
        limit = self.limits.get("update")
        return size if limit is None or limit.refused is None else max(1, min(size, limit.accepted))

    def strangers(self, number: int) -> list[str]:
        """Ids of customers that do not exist; read first, so that this is known."""
        customers = [self.bench.fresh() for _ in range(number)]
        self.keep_in_mind(customers)
        if self.is_app:
            self.read_customers(customers)
        for customer in customers:
            self.read_one(customer)
        return customers

    def known_attributes(self) -> SearchStrategy[dict[str, str]]:
        """Attributes that every reading accepts; of lent customers those alone that can be put back."""
        return lending.attributes(self) if self.lends else profiles.known_attributes(self.contract)

    def deletes_lent(self, request: Request) -> bool:
        """Whether a request deletes anything while customers are lent: the run then has none of its own."""
        return self.lends and request.operation in DELETIONS

    def send(self, request: Request) -> Exchange:
        """Sends a request, unless it would leave in a lent profile what cannot be taken back."""
        if not self.lends or request.operation not in SUBMISSIONS:
            return super().send(request)
        lending.spare(self, request, self._originals)
        exchange = super().send(request)
        answered = read_answer(exchange.answer, self.contract) if exchange.answer is not None else None
        if answered is not None and answered.transid is not None and answered.code in ACCEPTED:
            self._unfinished[answered.transid] = None
        return exchange

    def customers(self, number: int) -> list[str]:
        """Customers with a profile, made for this check and handed out once."""
        if self.lends:
            return self._given(number)
        if len(self._stock) < number:
            self._create(max(self._next_stock, number - len(self._stock)))
            self._next_stock = SLOW_STOCK if self._slow else min(2 * self._next_stock, MOST_STOCK)
        taken, self._stock = self._stock[:number], self._stock[number:]
        return taken

    @property
    def _slow(self) -> bool:
        return self._usual_s > QUICK_QUEUE_S

    @property
    def hurried(self) -> bool:
        """Whether a first look at a target with a slow queue leaves out what would only wait once more."""
        return self._slow and self.bench.effort is Effort.QUICK

    def take_time(self) -> None:
        """Ends a check that a first look at a target with a slow queue leaves out."""
        if self.hurried:
            raise NotApplicable("left out of a first look at a target with a slow queue")

    @property
    def lends(self) -> bool:
        """Whether customers are lent by the target file, because the run cannot create its own."""
        return self.target.path("create") is None or (self.is_app and self.target.path("createCustomer") is None)

    def named(self, customers: Sequence[str]) -> None:
        """Makes customers with given ids, each with a profile."""
        self.with_profiles([(customer, self.seed(customer)) for customer in customers])

    def _given(self, number: int) -> list[str]:
        given = [str(each) for each in self.target.data.get("customer_ids", ())]
        if len(given) < number:
            raise NotTested(
                f"creation is missing, and the target file names fewer than {number} customer_ids",
                "name more in [target.data], or let the run create profiles",
            )
        wanted = given[:number]
        for customer in wanted:
            self.bench.borrow(customer)
        unseen = [customer for customer in wanted if customer not in self._lent]
        self._lent |= self.read(unseen) if unseen else {}
        self._originals = {**self._lent, **self._originals}
        if missing := [customer for customer in wanted if customer not in self._lent]:
            raise Inconclusive(f"the target file names customer_ids that do not exist: {', '.join(missing)}")
        return wanted

    def _create(self, number: int) -> None:
        customers = [self.bench.fresh() for _ in range(number)]
        self.with_profiles([(customer, self.seed(customer)) for customer in customers])
        self._stock += customers

    def seed(self, customer: str) -> dict[str, str]:
        """The attributes that a new profile has: enough for an update to leave some alone."""
        if self.is_app:
            return {"channel": "wechat", "nick": f"nick of {customer}", "language": "en", "name": f"name of {customer}"}
        number = zlib.crc32(customer.encode()) % 10**10
        return {"email": f"{customer}@example.com", "msisdn": f"91{number:010d}", "name": f"name of {customer}"}

    def with_profiles(self, made: Sequence[tuple[str, dict[str, str]]]) -> None:
        """Makes customers, each with a profile of these attributes."""
        if self.is_app:
            self._submit("createCustomer", [(customer, {"name": customer}) for customer, _ in made])
        self._submit("create", made)

    def _submit(self, operation: str, made: Sequence[tuple[str, Any]]) -> None:
        """Creates customers or profiles, several requests in flight at once; ends the check where that fails."""
        if self._cannot_create == self.bench.log.check:
            raise Inconclusive(f"the operation {operation} failed before")
        self._made.update(dict.fromkeys(customer for customer, _ in made))
        size = self._at_once
        chunks = [made[start : start + size] for start in range(0, len(made), size)]
        again: list[tuple[str, Any]] = []  # what was beyond a limit that a batch of this size breaks
        since = time.monotonic()
        try:
            sent = [(chunk, self.send(self.request(operation, self.body(chunk)))) for chunk in chunks]
            for chunk, exchange in sent:
                if size > 1 and self.answered(exchange).code == TOO_MANY:
                    again += chunk
                    continue
                final = self._made_by(exchange, since)
                taken = {result.customer for result in final.results or () if result.code != TOO_MANY}
                some = None not in taken and 0 < len(taken) < len(chunk)
                cut = [each for each in chunk if each[0] not in taken] if some else []
                again += cut
                if not cut and (final.code != SUCCESS or final.failures):
                    raise Inconclusive(f"the operation {operation} failed: {final.shown()}")
        except Inconclusive:
            self._cannot_create = self.bench.log.check
            raise
        if again:
            if size == 1:
                raise Inconclusive(f"the operation {operation} processes none of {len(again)} records")
            self._at_once = size // 2
            self._submit(operation, again)

    def _made_by(self, exchange: Exchange, since: float) -> Answered:
        """The outcome of a creation: that of its answer where it says so, else the one that the status call gives."""
        answered = self.answered(exchange)
        finished = (answered.description or "").casefold() == "success" and answered.code == SUCCESS
        told = answered.code == SUCCESS or answered.results is not None
        if (finished and not answered.failures) or (answered.transid is None and told):
            return answered
        return self.final(self.transid(exchange), preparing=True, since=since)

    # Afterwards

    def pause(self, seconds: float) -> None:
        """Waits, for what comes late if it comes."""
        self.bench.pause(seconds)

    def keep_in_mind(self, customers: Iterable[str]) -> None:
        """Customers that a request may have created by mistake, to be removed at the end."""
        self._made.update(dict.fromkeys(customers))

    def clean_up(self) -> Sequence[str]:
        """Deletes every customer that the check made and gives lent ones back; probes share theirs."""
        if self.bench.log.check.startswith(PROBES) and self.bench.log.check != LAST_PROBE:
            return []
        kept = self._stock if self._slow else []  # what nobody has used
        made = [customer for customer in self._made if customer not in set(kept)]
        self._made, self._stock, self._next_stock = dict.fromkeys(kept), kept, SLOW_STOCK if self._slow else STOCK
        elsewhere, self.made_elsewhere = list(self.made_elsewhere), {}
        lent, self._lent = self._lent, {}
        unfinished, self._unfinished = self._unfinished, {}
        left = remove(self, elsewhere, key=self.other_key) if elsewhere else []
        return [*left, *remove(self, made), *(give_back(self, lent, unfinished) if lent else [])]

    def finish(self) -> Sequence[str]:
        """Deletes the customers that were kept for later checks."""
        made, self._made, self._stock = list(self._made), {}, []
        return remove(self, made)

    created_if_taken = making.created_if_taken
    of_other_tenant = making.of_other_tenant
    lent_ids = lending.lent_ids
    read_lent = lending.read_whole
    settle_lent = lending.settle
    write_lent = lending.write_back
    compare_lent = lending.compare


@dataclass(frozen=True, slots=True)
class _Landing(Generic[T]):
    """The end of an update that is in flight, for a case."""

    case: T
    exchange: Exchange

    def __repr__(self) -> str:
        return f"{self.case!r}: its outcome"

"""Speaks the profile API: builds requests, makes customers, follows transids, reads back, cleans up."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from hypothesis.strategies import SearchStrategy

from conformance.exercise.bench import Bench
from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.imiconnect import beginning, lending, making
from conformance.imiconnect.adapting import adapt
from conformance.imiconnect.answered import Answered, merged, read_answer
from conformance.imiconnect.asked import DELETIONS, SUBMISSIONS
from conformance.imiconnect.calls import JSON, encode
from conformance.imiconnect.codes import ACCEPTED, SUCCESS, TOO_MANY
from conformance.imiconnect.limit import Limit
from conformance.imiconnect.tidying import CHUNK, Shown, give_back, remove
from conformance.imiconnect.waiting import PROBES, Waiting
from conformance.judge.verdicts import Inconclusive, NotTested
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect import profiles

CREATED_AT_ONCE: Final = 50
STOCK: Final = 20
MOST_STOCK: Final = 80
SLOW_STOCK: Final = 600  # where each creation is a long wait
LAST_PROBE: Final = "probe.read-unknown"

__all__ = ["JSON", "Driver", "encode"]


class Driver(Waiting):
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
        return self.lends and (request.operation in DELETIONS or request.method == "DELETE")

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

    def put_back(self, request: Request) -> Exchange:
        """Sends what makes a lent profile what it was."""
        return super().send(request)

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

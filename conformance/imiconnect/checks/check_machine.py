"""A model-based check: submissions, polls and reads in any order, judged step by step."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from conformance.exercise.check import check
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import Driver, encode

CUSTOMERS = 4
STRANGERS = 2
Places = list[tuple[int, str]]

_PLACES = st.lists(
    st.tuples(st.integers(0, CUSTOMERS + STRANGERS - 1), st.sampled_from(["", "a", "b", "of " * 20])),
    min_size=1,
    max_size=5,
)
_BAD: st.SearchStrategy[Any] = st.sampled_from([["x"], {}, None, 5, True, ""])


class Life(RuleBasedStateMachine):
    """The life of some transids over a few customers; the oracle judges each step."""

    driver: ClassVar[Driver]

    def __init__(self) -> None:
        super().__init__()
        self.driver.bench.begin_case("a sequence of submissions, polls and reads")
        self.customers: list[str] = []
        self.open: list[str] = []
        self.done: list[str] = []
        self.last: bytes | None = None
        self.steps = 0

    @initialize()
    def begin(self) -> None:
        """Makes customers, and ids of none."""
        self.customers = [*self.driver.customers(CUSTOMERS), *self.driver.strangers(STRANGERS)]

    def submit(self, body: bytes) -> None:
        """Sends an update and keeps its transid."""
        self.last = body
        answered = self.driver.answered(self.driver.update(body))
        if answered.code in ACCEPTED and answered.transid:
            self.open.append(answered.transid)

    @rule(places=_PLACES)
    def submit_records(self, places: Places) -> None:
        """Good records, and some for customers that do not exist."""
        self.steps += 1
        changes = [(self.customers[place], {"name": f"{text}{self.steps}"}) for place, text in places]
        self.submit(self.driver.body(changes))

    @rule(places=_PLACES, value=_BAD)
    def submit_a_bad_value(self, places: Places, value: Any) -> None:
        """A batch that ends with a value that is no text."""
        changes: list[tuple[str, Any]] = [(self.customers[place], {"name": text + "y"}) for place, text in places]
        self.submit(self.driver.body([*changes, (self.customers[0], {"name": value})]))

    @rule(place=st.integers(0, CUSTOMERS + STRANGERS - 1))
    def submit_to_another_operation(self, place: int) -> None:
        """A creation, or for app profiles an update of the customer behind one: its transid is one like the others."""
        operation = "updateCustomer" if self.driver.is_app else "create"
        if self.driver.lends or self.driver.target.path(operation) is None:
            return
        body = self.driver.body([(self.customers[place], {"name": f"of the other kind {self.steps}"})])
        answered = self.driver.answered(self.driver.send(self.driver.request(operation, body)))
        if answered.code in ACCEPTED and answered.transid:
            self.open.append(answered.transid)

    @rule()
    def submit_the_same_again(self) -> None:
        """The same body once more."""
        if self.last is not None:
            self.submit(self.last)

    @rule()
    def submit_what_is_refused(self) -> None:
        """A request that is refused as a whole."""
        self.driver.update(encode({"Records": [{"name": "x"}]}))

    @rule(newest=st.booleans())
    def poll_once(self, newest: bool) -> None:
        """One status call."""
        if self.open:
            self.driver.ask_status(self.open[-1 if newest else 0])

    @rule(newest=st.booleans())
    def poll_to_the_end(self, newest: bool) -> None:
        """Status calls until the outcome is final."""
        if self.open:
            transid = self.open.pop(-1 if newest else 0)
            self.driver.final(transid)
            self.done.append(transid)

    @rule(number=st.integers(0, 5))
    def poll_again(self, number: int) -> None:
        """A status call for a finished request."""
        if self.done:
            self.driver.ask_status(self.done[number % len(self.done)])

    @rule()
    def poll_as_another_tenant(self) -> None:
        """A status call with the other key."""
        if self.done and self.driver.target.credential("other_tenant_key"):
            self.driver.ask_status(self.done[-1], key=self.driver.other_key)

    @rule()
    def poll_what_was_never_issued(self) -> None:
        """A status call with an invented transid."""
        self.driver.ask_status(self.driver.bench.fresh(24))

    @rule()
    def read_back(self) -> None:
        """What the profiles hold now."""
        self.driver.read(self.customers[:CUSTOMERS])

    def teardown(self) -> None:
        """Everything comes to its end, and is read once more."""
        for transid in self.open:
            self.driver.final(transid)
        self.driver.read(self.customers)
        if self.driver.is_app:
            self.driver.read_customers(self.customers)


@check("update-order", "outcome-repeatable", "outcome-per-record", "outcome-true", "transid-unique")
def check_life_of_transids(driver: Driver) -> None:
    """Interleaves submissions, repetitions, refusals, polls and reads in drawn orders; each step must fit the rest."""
    driver.bench.machine(type("Life", (Life,), {"driver": driver}), share=driver.patient(0.4), steps=14)
    driver.bench.begin_case("two updates one after the other, and a second question")
    customer = driver.customers(1)[0]
    for name in ("one", "two"):
        transid = driver.transid(driver.update(driver.body([(customer, {"name": name})])))
        driver.final(transid)
    driver.ask_status(transid)
    driver.read([customer])

"""Several clients at the same time, each with a customer of its own: nobody meets the others."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.exercise import check
from conformance.exercise.concurrently import Sent
from conformance.exercise.effort import Effort
from conformance.genesys.checks.common import everything, holders, texts
from conformance.genesys.driver import Driver
from conformance.genesys.versions import Versions, profile_in
from conformance.genesys.wire import accepted
from conformance.judge import Inconclusive
from conformance.session.exchange import Request
from strategies.genesys import ID

UNTOUCHED = "other-customers-untouched"
NAMED = "query-names-customer"
CLIENTS = 6
TURNS = {Effort.QUICK: 4, Effort.STANDARD: 8, Effort.THOROUGH: 25}
SECOND_LOOK_S = 0.5


@check(deepens=(UNTOUCHED, NAMED, "sent-attributes-stored"))
def check_own_customers(driver: Driver) -> None:
    """Each client updates and queries a customer of its own, all at once; then every customer is queried in peace."""
    texts(driver)
    count = min(CLIENTS, len(driver.lent_ids())) if driver.lent else CLIENTS
    customers = holders(driver, count)
    many = [Versions(driver, customer) for customer in customers]
    for versions in many:
        update = driver.put(versions.customer, versions.update())
        if not accepted(update) or versions.shown(driver.send(versions.query())) != versions.number(update):
            raise Inconclusive("updates of one client alone are not stored as they were sent")
    driver.bench.begin_case(f"{count} clients, each with its own customer")
    sent = driver.bench.together([_script(versions, TURNS[driver.bench.effort]) for versions in many])
    for each in sent:
        _judge_query(driver, many[each.client], each)
    for client, versions in enumerate(many):
        _judge_end(driver, versions, [each for each in sent if each.client == client])
    for customer in customers:  # and all is well afterwards
        driver.update(customer, everything(driver))
    for customer in customers:
        driver.query(customer)


def _script(versions: Versions, turns: int) -> list[Request]:
    return [request for _ in range(turns) for request in (versions.update(), versions.update(), versions.query())]


def _judge_query(driver: Driver, versions: Versions, sent: Sent) -> None:
    """A query shows the id of its customer, and one of the profiles that were sent for it."""
    shown = versions.shown(sent.exchange)
    if versions.number(sent.exchange) is not None or shown is None:
        return
    profile = profile_in(sent.exchange.answer)
    right = profile.get(ID) == versions.customer
    told = f"{ID} is {profile.get(ID)!r}"
    driver.bench.expect(NAMED, right, observed=told, allowed=repr(versions.customer), trail=[sent.exchange])
    told = f"a query shows a profile that was never sent for this customer: {dict(profile)!r:.200}"
    whole = isinstance(shown, int)
    driver.bench.expect(UNTOUCHED, whole, observed=told, allowed="one that was", trail=[sent.exchange])


def _judge_end(driver: Driver, versions: Versions, sent: Sequence[Sent]) -> None:
    """When all is quiet a customer has the last profile that was accepted for it."""
    stored = [n for each in sent if accepted(each.exchange) and (n := versions.number(each.exchange)) is not None]
    unsure = any(each.exchange.answer is None for each in sent)
    if not stored or unsure:
        return
    query = driver.send(versions.query())
    if versions.shown(query) != stored[-1]:  # the query may lag behind
        driver.bench.pause(SECOND_LOOK_S)
        query = driver.send(versions.query())
    told = f"a query at the end shows {dict(profile_in(query.answer))!r:.200}"
    driver.bench.expect(
        UNTOUCHED, versions.shown(query) == stored[-1], observed=told, allowed="the last accepted update"
    )

"""The order of the members of a body, and every way to look at a profile after an update."""

from __future__ import annotations

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, complete, everything, extensions, holder, texts, words
from conformance.genesys.driver import Driver
from strategies.genesys import ID
from strategies.genesys.profiles import Members


@check(deepens=("sent-attributes-stored", "body-id-optional", "update-by-address"))
def check_place_of_id(driver: Driver) -> None:
    """Sends customer_id first, last and between the other members of a full body, and those in reversed order."""

    def body(place: int) -> None:
        members = list(everything(driver).items())
        own = (ID, customer)
        mixed: Members = dict([*members[:place], own, *members[place:]])
        for sent in (mixed, dict(reversed(mixed.items()))):
            attempt(driver, customer, driver.update_request(customer, sent, own_id=False))

    customer = holder(driver)
    driver.query(customer)
    count = len(everything(driver))
    driver.bench.each(dict.fromkeys((0, 1, 2, count // 2, count - 1, count)), body)


@check(deepens=("last-update-stands",))
def check_every_look(driver: Driver) -> None:
    """Looks at a profile without extensions, with each and with all, before and after updates, in listed orders."""

    def look() -> None:
        driver.query(customer, every=False)
        for name in names:
            driver.query(customer, name)
        driver.query(customer)
        driver.query(customer, *reversed(names))

    texts(driver)
    names = [e.name for e in extensions(driver, 0)]
    customer = holder(driver)
    look()
    for members in (
        everything(driver),
        complete(driver, words(driver, texts(driver)[0])),
        everything(driver, records=False),
    ):
        driver.update(customer, members)
        look()
    for members in (everything(driver), everything(driver)):  # with no look between
        driver.update(customer, members)
    look()

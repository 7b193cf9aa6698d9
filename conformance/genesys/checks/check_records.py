"""Records that did not come with an update: what an update then makes of them."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, complete, everything, extensions, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, status
from conformance.judge import NotApplicable, NotTested
from conformance.session.exchange import Exchange
from strategies.genesys import Extension
from strategies.genesys.profiles import Members
from strategies.genesys.superset import extension_value, record


def _attributes(driver: Driver) -> Members:
    """Attributes for an update of a holder."""
    return complete(driver, words(driver, texts(driver)[0]))


def _carried_out(exchange: Exchange) -> None:
    """These operations are not under test: without them there is nothing to see."""
    if not accepted(exchange):
        raise NotTested(f"the target answers {exchange.request.operation} with {status(exchange)}")


def _inserted(driver: Driver, extension: Extension) -> str:
    """A customer whose records of an extension were inserted, and not sent with an update."""
    customer = holder(driver, records=False)
    driver.query(customer)
    value = extension_value(extension, driver.bench.fresh(4))
    _carried_out(driver.call("insertRecords", {extension.name: value}, customer_id=customer))
    if not driver.profile(customer).get(extension.name):
        raise NotTested("a query does not show the records that insertRecords was given")
    return customer


@check("extensions-untouched", "extension-replaced")
def check_inserted_records(driver: Driver) -> None:
    """Inserts records, then updates attributes alone, then the same extension, then another: each must fit its rule."""

    def body(name: str) -> None:
        extension = driver.schema.extension(name)
        assert extension is not None
        customer = _inserted(driver, extension)
        for _ in range(2):
            attempt(driver, customer, _attributes(driver))
        customer = _inserted(driver, extension)
        attempt(driver, customer, _attributes(driver) | {name: extension_value(extension, driver.bench.fresh(4))})
        attempt(driver, customer, _attributes(driver))
        customer = _inserted(driver, extension)
        others = {n: v for n, v in everything(driver, attributes=False).items() if n != name}
        attempt(driver, customer, _attributes(driver) | others)

    if not driver.has("insertRecords"):
        raise NotApplicable("the target file says that the operation insertRecords is missing")
    texts(driver)
    driver.bench.each([e.name for e in extensions(driver)], body)


@check("extensions-untouched", "extension-replaced")
def check_single_records(driver: Driver) -> None:
    """Updates or deletes one record by its unique attributes, then updates attributes alone, then the extension."""

    def body(case: tuple[str, int]) -> None:
        operation, place = case
        customer = holder(driver)
        driver.query(customer)
        sent = [record(extension, driver.bench.fresh(4), number) for number in range(3)]
        attempt(driver, customer, _attributes(driver) | {extension.name: sent})
        content: dict[str, Any] = {name: sent[place][name] for name in extension.unique}
        if operation == "updateRecord":
            content = {**record(extension, driver.bench.fresh(4), 7), **content}
        _carried_out(driver.call(operation, content, customer_id=customer, extension=extension.name))
        driver.query(customer)
        attempt(driver, customer, _attributes(driver))
        attempt(driver, customer, _attributes(driver) | {extension.name: sent[:2]})

    operations = [name for name in ("updateRecord", "deleteRecord") if driver.has(name)]
    found = [e for e in driver.schema.of_kind("multi-valued") if e.unique and not e.bare]
    if not operations:
        raise NotApplicable("the target file says that the operations on single records are missing")
    if not found:
        raise NotApplicable("no multi-valued extension has unique attributes")
    texts(driver)
    extension = found[0]
    driver.bench.each([(operation, place) for operation in operations for place in range(3)], body)

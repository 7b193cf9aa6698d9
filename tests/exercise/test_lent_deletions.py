"""What a target file lends is never deleted, whatever a check asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.judge import NotTested
from conformance.ledger.driving import quiet_driver
from conformance.session.exchange import Request
from conformance.session.journal import NoJournal
from tests.ledger.lending import lent


def of_genesys(driver: Any, name: str) -> Request:
    return Request("delete", "DELETE", driver.path("delete", customer_id=name), headers=driver.headers(body=False))


def of_imiconnect(driver: Any, name: str) -> Request:
    return Request("delete", "DELETE", driver.path("delete", customerId=name), headers=driver.headers())


def of_fiserv(driver: Any, name: str) -> Request:
    format_ = driver.formats[0]
    content = {**driver.head(driver.me), "UserDelRq": {"HomeID": driver.home, "UserID": name}}
    request: Request = driver.request("delete", driver.body("delete", content, format_), format_)
    return request


@pytest.mark.parametrize(
    ("contract", "deletion"),
    [
        ("fiserv-alldata", of_fiserv),
        ("genesys-ucs", of_genesys),
        ("imiconnect-app", of_imiconnect),
        ("imiconnect-customer", of_imiconnect),
    ],
)
def test_nothing_that_is_lent_is_deleted(contract: str, deletion: Callable[[Any, str], Request]) -> None:
    with lent(contract) as loan:
        missing = {} if contract == "fiserv-alldata" else loan.target.operations
        driver = quiet_driver(replace(loan.target, operations=missing), {}, NoJournal(), profiles=10)
        request = deletion(driver, driver.lent_ids()[0])
        before = driver.bench.session.sent
        with pytest.raises(NotTested, match="lends"):
            driver.send(request)
        assert driver.bench.session.sent == before
        driver.bench.session.close()

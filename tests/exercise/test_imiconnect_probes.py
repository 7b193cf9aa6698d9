"""What the probes of IMIconnect learn, and what they leave open because it cannot be told."""

from __future__ import annotations

import pytest

from tests.handed_over.test_imiconnect import APP, CUSTOMER, prepared


@pytest.mark.parametrize("contract", [CUSTOMER, APP])
def test_results_of_records_that_wait_are_no_outcome(contract: str) -> None:
    readings = {"queued-code": "1001", "envelope": "flat", "description-text": "free"}
    with prepared(contract, readings=readings, freedoms={"flat-queued-counts": "results"}) as driver:
        assert driver.readings.settled("processing") == "async"

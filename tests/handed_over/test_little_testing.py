"""Little testing that read like much."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.certify.issue import obstacle
from conformance.exercise.effort import Effort
from reports.coverage import coverage, target_verdict
from tests.handed_over.test_imiconnect import CUSTOMER, prepared
from tests.independent.running import run


@pytest.mark.parametrize("lent", [{"name": "Ann"}])
def test_three_lent_customers_earn_no_certificate_and_a_list_of_what_is_missing(
    lent: dict[str, str], tmp_path: Path
) -> None:
    with prepared(CUSTOMER, lent=lent) as driver:
        record = run(driver.target, tmp_path, "--effort", "quick")
    [target] = record.targets
    found = coverage(target)
    assert record.exit_code == 0
    assert found.tested < found.testable / 2
    assert target_verdict(target) == (
        f"conformant in {found.passed} of {found.testable} requirements; {found.testable - found.tested} not tested"
    )
    said = obstacle(record, Effort.QUICK)
    assert said.startswith("mandatory requirements were not tested")
    assert "name more in [target.data], or let the run create profiles" in said
    assert "batch-within-limit" in said

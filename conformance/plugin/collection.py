"""Which checks a run has: the `check_*.py` files of the vendors, once for each target that they concern."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.exercise.check import MARK, Check, check_of
from conformance.plugin.suite import Place, Suite

HOME = Path(conformance.__file__).parent


class CheckModule(pytest.Module):
    """A file of checks: its tests are the functions marked by `@check`."""

    def istestfunction(self, obj: object, name: str) -> bool:
        """Whether a function is a check of this file."""
        return name.startswith("check_") and hasattr(obj, MARK)

    def istestclass(self, obj: object, name: str) -> bool:  # noqa: ARG002
        """Checks are functions."""
        return False


class Collection:
    """Collects checks, gives each its targets, and leaves out what is not asked for."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite

    @pytest.hookimpl
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collects the check files of this package."""
        if file_path.name.startswith("check_") and file_path.suffix == ".py" and file_path.is_relative_to(HOME):
            vendor = file_path.relative_to(HOME).parts[0]
            if any(place.contract.vendor == vendor for place in self.suite.places):
                return CheckModule.from_parent(parent, path=file_path)
        return None

    @pytest.hookimpl
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Makes one test of a check for each target that it concerns."""
        if not hasattr(metafunc.function, MARK):
            return
        check = check_of(metafunc.function)
        places = [place for place in self.suite.places if place.target.contract in check.contracts]
        metafunc.parametrize(
            "driver", [place.index for place in places], ids=[place.label for place in places], indirect=True
        )

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Orders checks by their target and leaves out those of other requirements."""
        kept, left = [], []
        for item in items:
            if _without_target(item):
                continue
            concerned = check_and_place(self.suite, item)
            if concerned is None:
                kept.append(item)
                continue
            check, _ = concerned
            if self.suite.requirements and self.suite.requirements.isdisjoint((*check.requirements, *check.deepens)):
                left.append(item)
                continue
            kept.append(item)
        if left:
            config.hook.pytest_deselected(items=left)
        # Target by target, so that each one's exchanges are in one order whatever the number of workers.
        items[:] = sorted(kept, key=self._order)

    def _order(self, item: pytest.Item) -> int:
        concerned = check_and_place(self.suite, item)
        return concerned[1].index if concerned else -1


def check_and_place(suite: Suite, item: pytest.Item) -> tuple[Check, Place] | None:
    """The check and the target of a test, or None for a test of somebody else."""
    if not isinstance(item, pytest.Function) or not hasattr(item.function, MARK):
        return None
    if not hasattr(item, "callspec") or "driver" not in item.callspec.params:
        return None
    index: Any = item.callspec.params["driver"]
    if not isinstance(index, int):
        return None
    return check_of(item.function), suite.places[index]


def _without_target(item: pytest.Item) -> bool:
    """Whether a test is a check of contracts that this run does not test; pytest makes one test of it all the same."""
    if not isinstance(item, pytest.Function) or not hasattr(item.function, MARK):
        return False
    return hasattr(item, "callspec") and not isinstance(item.callspec.params.get("driver"), int)

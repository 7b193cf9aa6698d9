"""How checks are spread over workers: all those of one target go to one of them.

They share its history, its rate and its server mode. (The `loadgroup` mode of pytest-xdist would say the same, but
version 3.8 loses its groups under pytest 9.2.)
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


def label_of(nodeid: str) -> str:
    """The label of the target out of a test id, `...::check_x[label]`."""
    return nodeid.partition("[")[2].rpartition("]")[0]


class TargetScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """The scope of a check is its target."""

    def _split_scope(self, nodeid: str) -> str:
        return label_of(nodeid) or nodeid


class Scheduling:
    """Gives pytest-xdist the scheduler."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> TargetScheduling:
        """Takes the place of the scheduler that `--dist` names."""
        return TargetScheduling(config, log)

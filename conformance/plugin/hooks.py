"""Hooks that this plugin adds to pytest."""

from __future__ import annotations


def pytest_conformance_probing(label: str, readings: int) -> None:
    """A target is about to be probed.

    Args:
        label: contract and name of the target.
        readings: how many readings there are to learn.
    """

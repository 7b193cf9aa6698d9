"""What a target file may lack for a requirement to be tested, in the words that every contract shares."""

from __future__ import annotations

from conformance.judge.verdicts import NotTested


def operation(name: str) -> NotTested:
    """The target has no such operation, as its file says."""
    return NotTested(
        f"the target file says that the operation {name} is missing",
        "name it in [target.operations] where the target has it",
    )


def plain_address() -> NotTested:
    """Nobody knows where the same API would answer over plain HTTP."""
    return NotTested("the target file names no plain-HTTP address", "give `plain_http_url` in [target.network]")


def unlisted_source() -> NotTested:
    """Nobody knows an address of this machine that is not on the target's allow-list."""
    return NotTested("the target file names no unlisted source", "give `unlisted_source` in [target.network]")

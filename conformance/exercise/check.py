"""Binds check functions to requirements and finds them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import specs

Body = Callable[[Any], None]
B = TypeVar("B", bound=Body)
MARK = "conformance_check"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        id: `<subject>.<what>`, from `check_<subject>.py` and `check_<what>`.
        vendor: whose contracts it is for.
        requirements: ids that it is there to decide.
        deepens: ids that other checks decide, and of which this one shows more where the target lets it.
        contracts: ids of the contracts that it applies to.
        body: takes the vendor's driver.
        summary: first line of the docstring: what is sent and why that decides.
    """

    id: str
    vendor: str
    requirements: tuple[str, ...]
    deepens: tuple[str, ...]
    contracts: tuple[str, ...]
    body: Body
    summary: str


def check(*requirements: str, deepens: Sequence[str] = (), contracts: Sequence[str] = ()) -> Callable[[B], B]:
    """Declares which requirements a check function is there to decide.

    A requirement that it is there to decide is not tested where the check cannot be run. One that it deepens has other
    checks to decide it: what is found counts, and nothing is lost where this check cannot be run, as with few rights.

    It applies to every contract of its vendor that has at least one of either, or to `contracts` alone.

    Raises:
        ValueError: a requirement stands in no contract of the vendor (raised when the checks are found).
    """

    def mark(body: B) -> B:
        setattr(body, MARK, (requirements, tuple(deepens), tuple(contracts)))
        return body

    return mark


def check_of(body: Body) -> Check:
    """The check that a marked function is."""
    vendor, subject = body.__module__.split(".")[1], body.__module__.rsplit(".", 1)[-1]
    requirements, deepens, only = getattr(body, MARK)
    catalogues = {c.id: c.requirements for c in specs.contracts().values() if c.vendor == vendor}
    check_id = f"{subject.removeprefix('check_')}.{body.__name__.removeprefix('check_')}"
    named = (*requirements, *deepens)
    for requirement in named:
        if not any(requirement in known for known in catalogues.values()):
            raise ValueError(f"check {check_id} of {vendor} names {requirement!r}, which no catalogue has")
    applies = only or tuple(name for name, known in catalogues.items() if set(named) & set(known))
    summary = inspect.cleandoc(body.__doc__ or "").partition("\n")[0]
    return Check(check_id, vendor, requirements, deepens, tuple(applies), body, summary)


@cache
def checks(vendor: str) -> tuple[Check, ...]:
    """Every check of a vendor, in the order of its files and of their lines."""
    package = importlib.import_module(f"conformance.{vendor}.checks")
    found = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if info.name.startswith("check_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            bodies = [b for b in vars(module).values() if hasattr(b, MARK) and b.__module__ == module.__name__]
            found += [check_of(body) for body in bodies]
    return tuple(found)

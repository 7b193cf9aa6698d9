"""Faults: deliberate defects of the reference, each a named override of one method."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

import specs
from conformance.reference.core import Service

Reach = Literal["easy", "medium", "hard"]
S = TypeVar("S", bound=type[Service])


@dataclass(frozen=True, slots=True)
class Fault:
    """One defect.

    `breaks` are ids of requirements, each of at least one contract in `contracts`; `reach` is easy (any
    answer shows it), medium (needs one input or a boundary) or hard (needs a sequence, a read-back, a rare
    value, a size, two tenants, timing). `round` is the round of first contact in which the fault was written from the
    documents alone, or 0 if it was written together with the check that kills it.
    """

    id: str
    vendor: str
    summary: str
    breaks: tuple[str, ...]
    contracts: tuple[str, ...]
    reach: Reach
    override: type[Service]
    round: int = 0

    def breaks_of(self, contract: str) -> tuple[str, ...]:
        """The requirements of one contract that this fault breaks."""
        known = specs.contract(contract).requirements
        return tuple(name for name in self.breaks if name in known)


_REGISTERED: dict[tuple[str, str], Fault] = {}


def fault(
    id: str, *, breaks: Sequence[str], contracts: Sequence[str] = (), reach: Reach = "easy", round: int = 0
) -> Callable[[S], S]:
    """Registers a class that overrides one method of a service as a fault; its docstring is the summary.

    Args:
        id: slug, unique for the vendor.
        breaks: ids of the requirements that it breaks.
        contracts: ids of the contracts on which it shows; empty: every contract of the vendor that has one
            of the requirements.
        reach: how hard it is to reach.
        round: of first contact; 0 for faults that were written together with the checks.
    """

    def register(override: S) -> S:
        vendor = override.vendor
        if (vendor, id) in _REGISTERED:
            raise ValueError(f"fault {id!r} of {vendor} stands twice")
        concerned = contracts or [
            c.id for c in specs.contracts().values() if c.vendor == vendor and set(breaks) & set(c.requirements)
        ]
        known = {name for c in concerned for name in specs.contract(c).requirements}
        if unknown := set(breaks) - known:
            raise ValueError(f"fault {id!r} of {vendor} breaks unknown requirements: {', '.join(sorted(unknown))}")
        summary = inspect.cleandoc(override.__doc__ or "")
        _REGISTERED[(vendor, id)] = Fault(id, vendor, summary, tuple(breaks), tuple(concerned), reach, override, round)
        return override

    return register


def register_modules(package: str, path: Iterable[str]) -> None:
    """Imports every module of a package, and so registers the faults in them."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")


@cache
def service_class(vendor: str) -> type[Service]:
    """The correct implementation of a vendor's contracts; its faults are registered by the import."""
    module = importlib.import_module(f"conformance.reference.{vendor}")
    found: type[Service] = module.SERVICE
    return found


def faults(vendor: str) -> Mapping[str, Fault]:
    """Every fault of a vendor, by id, in the order of their ids."""
    service_class(vendor)
    return {name: _REGISTERED[(v, name)] for v, name in sorted(_REGISTERED) if v == vendor}


def faulty(vendor: str, ids: Sequence[str]) -> type[Service]:
    """The implementation of a vendor with faults switched on; the first named overrides the later ones.

    Raises:
        ValueError: there is no such fault.
    """
    known = faults(vendor)
    if unknown := [name for name in ids if name not in known]:
        raise ValueError(f"{vendor} has no fault {', '.join(unknown)}")
    base = service_class(vendor)
    if not ids:
        return base
    return type(f"Faulty{base.__name__}", tuple(known[name].override for name in ids), {})

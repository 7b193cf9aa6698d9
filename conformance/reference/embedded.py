"""Starts the reference and describes it as targets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import specs
from conformance.reference.core import Settings, Switches
from conformance.reference.faults import faults as known_faults
from conformance.reference.faults import faulty
from conformance.reference.server import ReferenceServer
from conformance.target.model import Limits, Secret, Target


@contextmanager
def serve(
    vendors: Sequence[str],
    *,
    readings: Mapping[str, str] | None = None,
    freedoms: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
    settings: Settings = Settings(),  # noqa: B008 - frozen
    port: int = 0,
    plain_port: int = 0,
) -> Iterator[ReferenceServer]:
    """Runs the reference of some vendors until the block ends.

    Args:
        vendors: whose services.
        readings: reading id to option, for the vendors that have the reading.
        freedoms: freedom id to option, likewise.
        faults: ids of faults, for the vendors that have them.
        settings: storage, queue delay, allow-list.
        port: TLS port, 0 for a free one.
        plain_port: plain-HTTP port, 0 for a free one.

    Raises:
        ValueError: a reading, a freedom, an option or a fault does not exist.
    """
    followed, free = readings or {}, freedoms or {}
    read, used = _shared(followed, _readings, vendors), _shared(free, _freedoms, vendors)
    wrong = _shared(faults, known_faults, vendors)
    services = {
        v: faulty(v, wrong[v])(
            Switches(v, {name: followed[name] for name in read[v]}, {name: free[name] for name in used[v]}), settings
        )
        for v in vendors
    }
    with ReferenceServer(services, port, plain_port) as server:
        yield server


def _shared(
    names: Collection[str], known: Callable[[str], Collection[str]], vendors: Sequence[str]
) -> dict[str, list[str]]:
    """Each vendor's share of some names; one that nobody knows goes to all, who say so."""
    nobodys = [name for name in names if not any(name in known(v) for v in vendors)]
    return {v: [name for name in names if name in known(v) or name in nobodys] for v in vendors}


def _readings(vendor: str) -> set[str]:
    return {name for contract in specs.contracts().values() if contract.vendor == vendor for name in contract.readings}


def _freedoms(vendor: str) -> set[str]:
    return {name for contract in specs.contracts().values() if contract.vendor == vendor for name in contract.freedoms}


def targets(server: ReferenceServer, version: str) -> list[Target]:
    """The contracts of a running reference, as targets."""
    found = []
    for contract in specs.contracts().values():
        service = server.services.get(contract.vendor)
        if service is None:
            continue
        facts = service.target_facts(contract.id)
        found.append(
            Target(
                contract=contract.id,
                name="embedded reference",
                version=version,
                base_url=server.base_url(contract.vendor),
                ca_file=server.ca_file,
                credentials={name: Secret(value) for name, value in facts.credentials.items()},
                data=facts.data,
                plain_http_url=server.plain_url(contract.vendor),
                unlisted_source="127.0.0.2",
                limits=Limits(poll_deadline_s=5.0),
                hostile_input=True,
            )
        )
    return found

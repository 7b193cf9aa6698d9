"""The two tenants of the IMIconnect reference. Their keys open nothing but this process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client with its profile key and its applications."""

    id: str
    key: str
    app_ids: tuple[str, ...]


TENANTS = (
    Tenant("acme", "Tq7mVx2RkZ9pLw4s", ("a_636035705699961900", "a_636035705699961955")),
    Tenant("borealis", "Hn3cYb8JdF6gQt1e", ("a_637241180035512207", "a_637241180035512284")),
)

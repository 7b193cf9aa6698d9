"""The check of requests that are wrong in several ways at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Final

from conformance.exercise.check import check
from conformance.imiconnect.checks.check_access import settled
from conformance.imiconnect.driver import JSON, Driver, encode
from conformance.session.exchange import Pairs, Request

SHORT, LONG = 1, 30
ABOVE: Final = 1001  # more than either documented limit
TOO_MANY: Final = "too many records"

Body = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Several:
    """Faults of one request.

    Attributes:
        told: in words.
        body: made for a number of records.
        headers: what it carries.
        source: the address that it comes from.
        app_id: the app id in its path.
    """

    told: tuple[str, ...]
    body: Body
    headers: Pairs
    source: str | None
    app_id: str

    def __repr__(self) -> str:
        return " and ".join(self.told)


def bodies(driver: Driver, customers: list[str]) -> Mapping[str, Body]:
    """Bodies by what is wrong with them."""

    @cache
    def good(number: int) -> bytes:
        changes = [(customers[i % len(customers)], {"name": f"wrong in several ways #{i}"}) for i in range(number)]
        return driver.body(changes)

    def nameless(number: int) -> bytes:
        record = driver.record("x", {"name": "of nobody"})
        record.pop(next(name for name in record if name.lower() == "customerid"))
        return good(number)[:-2] + b"," + encode(record) + b"]}"

    return {
        "": good,
        "a body that is cut": lambda number: good(number)[:-1],
        "no Records": lambda number: good(number).replace(b'"Records"', b'"Customers"', 1),
        "a last record without customer id": nameless,
        TOO_MANY: lambda number: good(ABOVE + number),
    }


def cases(driver: Driver, customers: list[str]) -> Iterator[Several]:
    """Every pair of faults of different kinds, and some three."""
    keys = {"": driver.headers(JSON), "no key": (JSON,), "a wrong key": driver.headers(JSON, key="x" * 20)}
    sources = {"": None} | ({"an unlisted source": source} if (source := driver.target.unlisted_source) else {})
    app_ids = {"": driver.app_id} | ({"an unknown app id": "a_000000000000000000"} if driver.is_app else {})
    made = bodies(driver, customers)
    for kinds in product(keys, sources, app_ids, made):
        told = tuple(kind for kind in kinds if kind)
        if len(told) == 2 or (len(told) == 3 and TOO_MANY not in told):
            key, source, app_id, body = kinds
            yield Several(told, made[body], keys[key], sources[source], app_ids[app_id])


@check("refusal-changes-nothing", "several-faults")
def check_several_faults(driver: Driver) -> None:
    """Sends requests with two and three faults, short and long: the same code refuses all of them."""
    customers = driver.customers(4)
    driver.read(customers)
    # A limit that a long request breaks would be one fault more.
    limit = driver.limits.get("update")
    long = LONG if limit is None or limit.refused is None else max(SHORT, min(LONG, limit.accepted - 1))

    def send(case: Several) -> None:
        given = {"appid": case.app_id} if driver.is_app else {}
        path = driver.path("update", **given)
        seen = []
        for number in (SHORT, long) if TOO_MANY in case.told else (SHORT, long, SHORT):
            request: Request = driver.request("update", case.body(number), headers=case.headers, path=path)
            answered = driver.answered(driver.send(replace(request, source=case.source)))
            if not answered.limited and answered.status < 500:
                seen.append(answered.code or f"HTTP {answered.status}")
        driver.bench.expect(
            "several-faults",
            len(set(seen)) <= 1,
            observed=f"{case!r}: {', '.join(dict.fromkeys(seen))}",
            allowed="the same code each time",
        )

    driver.bench.each(list(cases(driver, customers)), send)
    settled(driver)
    driver.read(customers)

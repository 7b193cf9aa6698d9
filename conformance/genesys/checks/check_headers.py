"""Header fields and the coding of bodies: what makes no difference, and what must not lead an update elsewhere."""

from __future__ import annotations

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import attempt, everything, holder, holders, texts
from conformance.genesys.driver import Driver
from conformance.session.exchange import Request
from strategies.genesys.profiles import Members
from strategies.idle_headers import IDLE, Field

LOCATION = "Content-Location"
MEDIA_TYPES = (
    "application/json",
    "Application/JSON",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    'application/json; charset="utf-8"',
    "Application/Json; Charset=UTF-8",
)
# All of them take JSON (RFC 9110, section 12.5.1).
ACCEPT = (
    "*/*",
    "application/*",
    "application/json;q=0.5",
    "text/html, application/json;q=0.9, */*;q=0.1",
    "text/plain;q=0.1, application/json",
    "application/json, text/javascript, */*; q=0.01",
    "Application/JSON",
    "application/xml;q=0, */*",
)


@check(deepens=("json-content-type",))
def check_media_types(driver: Driver) -> None:
    """Sends the same valid body as application/json in capitals, with a charset, and with a quoted one."""

    def body(media: str) -> None:
        customer = holder(driver)
        driver.query(customer)
        request = driver.update_request(customer, everything(driver))
        attempt(driver, customer, request.with_header("Content-Type", media))

    driver.bench.each(MEDIA_TYPES, body)


@check(deepens=("update-by-address",))
def check_accepted_types(driver: Driver) -> None:
    """Sends valid updates and queries whose Accept takes JSON by a wildcard, a quality or a list, or that have none."""

    def body(accept: str | None) -> None:
        request = driver.update_request(customer, everything(driver)).without_header("Accept")
        query = _query(driver, customer).without_header("Accept")
        if accept is not None:
            request, query = request.with_header("Accept", accept), query.with_header("Accept", accept)
        driver.put(customer, request)
        driver.send(query)

    customer = holder(driver)
    driver.query(customer)
    driver.bench.each([*ACCEPT, None], body)


@check(deepens=("update-by-address", "other-customers-untouched"))
def check_idle_fields(driver: Driver) -> None:
    """Sends valid updates and queries with header fields that change nothing about what is asked for."""

    def body(field: Field) -> None:
        driver.put(customer, driver.update_request(customer, everything(driver)).with_header(*field))
        driver.send(_query(driver, customer).with_header(*field))

    customer, other = holders(driver)
    for name in (other, customer):
        driver.query(name)
    driver.bench.each([*IDLE, ("Cookie", f"customer_id={other}"), ("X-Customer-Id", other)], body)
    driver.query(other)


def _query(driver: Driver, customer: str) -> Request:
    names = ",".join(e.name for e in driver.full_schema.extensions)
    path = driver.path("query", customer_id=customer)
    return Request("query", "GET", path, f"extensions={names}" if names else "", driver.headers(body=False))


@check(deepens=("sent-attributes-stored", "refused-changes-nothing"))
def check_chunked_bodies(driver: Driver) -> None:
    """Sends updates in chunks: small and large ones, an empty object, no JSON, and two in a row; queries after each."""

    def body(kind: str) -> None:
        customer = holder(driver)
        driver.query(customer)
        many = {name: driver.bench.fresh(100) for name in texts(driver)}
        large = {name: "x".join(driver.bench.fresh(60) for _ in range(150)) for name in texts(driver)[:1]}
        bodies: dict[str, list[Members | bytes]] = {
            "everything": [everything(driver)],
            "attributes": [everything(driver, records=False)],
            "two in a row": [everything(driver), many | everything(driver)],
            "large": [everything(driver) | large],
            "no JSON": [b'{"'],
            "nothing": [{}],
        }
        for members in bodies[kind]:
            attempt(driver, customer, driver.update_request(customer, members).in_chunks())
        attempt(driver, customer, everything(driver))

    attempt(driver, holder(driver), b"{")
    attempt(driver, holder(driver), everything(driver))
    driver.bench.each(["everything", "attributes", "two in a row", "large", "no JSON", "nothing"], body)


@check(deepens=("other-customers-untouched", "content-location-names-profile"))
def check_other_locations(driver: Driver) -> None:
    """Sends updates whose Content-Location names another customer, nobody or nothing; queries both."""

    def body(kind: str) -> None:
        own = driver.path("update", customer_id=customer)
        foreign = driver.path("update", customer_id=other)
        values = {
            "another customer": foreign,
            "another customer, whole": f"{driver.target.base_url}{foreign}",
            "another customer, relative": other,
            "another customer behind a step": f"{own}/../{foreign.rpartition('/')[2]}",
            "another customer in a query": f"{own}?customer_id={other}",
            "another customer in a fragment": f"{own}#{other}",
            "nobody": driver.path("update", customer_id=driver.bench.fresh(LONGEST_ID)),
            "the profiles": own.rpartition("/")[0],
            "nothing": "",
            "no address": "::::",
        }
        request = driver.update_request(customer, everything(driver)).with_header(LOCATION, values[kind])
        driver.put(customer, request)
        for name in (other, customer):
            driver.query(name)

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    own = driver.path("update", customer_id=customer)
    attempt(driver, customer, driver.update_request(customer, everything(driver)).with_header(LOCATION, own))
    kinds = ["another customer", "another customer, whole", "another customer, relative"]
    kinds += ["another customer in a query", "another customer in a fragment"]
    if driver.target.hostile_input:  # a step upwards looks like an attack to a firewall
        kinds.append("another customer behind a step")
    driver.bench.each([*kinds, "nobody", "the profiles", "nothing", "no address"], body)

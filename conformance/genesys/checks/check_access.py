"""Who may update and query: credentials that are missing, wrong, nearly right or elsewhere; what refusals show."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import LOOK_EVERY, attempt, everything, holder, holders, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, basic
from conformance.judge import NotApplicable, NotTested, lacking
from conformance.judge.verdicts import NotServed
from conformance.session.exchange import Pairs, Request
from strategies.genesys import ID
from strategies.idle_headers import CLAIM_HTTPS, claim_source

HEADER = "Authorization"
PASSWORD_LENGTHS = (8, 12, 14, 16, 20, 32, 72)  # to which passwords are known to be cut


@dataclass(frozen=True, slots=True)
class Bad:
    """Credentials that let nobody in.

    Attributes:
        name: what is wrong with them.
        authorization: value of the header Authorization, or None for none.
        headers: sent beside it.
        query: of the address.
    """

    name: str
    authorization: str | None
    headers: Pairs = ()
    query: str = ""

    def __repr__(self) -> str:
        return self.name

    def instead(self, request: Request) -> Request:
        """A request with these credentials in the place of the right ones."""
        changed = request.without_header(HEADER)
        if self.authorization is not None:
            changed = changed.with_header(HEADER, self.authorization)
        query = "&".join(part for part in (request.query, self.query) if part)
        return replace(changed, headers=(*changed.headers, *self.headers), query=query)


def _credentials(driver: Driver) -> tuple[str, str]:
    name = driver.target.credential("username")
    if name is None:
        raise NotTested("the target file names no user", "give `username` and `password` in [target.credentials]")
    return name, driver.target.credential("password") or ""


def _bad(driver: Driver) -> list[Bad]:
    """Every kind of wrong credentials, each once."""
    name, password = _credentials(driver)
    right = basic(name, password)
    cases = [*_wrong(name, password), *_elsewhere(name, password)]
    cases += [Bad("the password of another user", basic(name, other)) for other in _others(driver)]
    return [case for case in cases if case.authorization != right]


def _wrong(name: str, password: str) -> Iterator[Bad]:
    token = basic(name, password).partition(" ")[2]
    yield Bad("no credentials", None)
    yield Bad("a wrong password", basic(name, f"{password}x"))
    yield Bad("another character before the password", basic(name, f"x{password}"))
    yield Bad("the password cut short", basic(name, password[:-1]))
    yield Bad("the password without its first character", basic(name, password[1:]))
    yield Bad("the first half of the password", basic(name, password[: len(password) // 2]))
    yield Bad("another last character", basic(name, f"{password[:-1]}{'y' if password[-1:] == 'x' else 'x'}"))
    for length in PASSWORD_LENGTHS:
        if length < len(password):
            yield Bad(f"the first {length} characters of the password", basic(name, password[:length]))
            yield Bad(f"other characters behind the first {length}", basic(name, password[:length].ljust(72, "x")))
    yield Bad("the password in another case", basic(name, password.swapcase()))
    yield Bad("the password in capitals", basic(name, password.upper()))
    yield Bad("the password in small letters", basic(name, password.lower()))
    yield Bad("the password twice", basic(name, password * 2))
    yield Bad("the password in a list", basic(name, f"x,{password}"))
    yield Bad("the password and more behind a colon", basic(name, f"{password}:x"))
    yield Bad("the characters of the password the other way round", basic(name, password[::-1]))
    yield Bad("a star for the password", basic(name, "*"))
    yield Bad("a percent sign for the password", basic(name, "%"))
    yield Bad("no password", basic(name, ""))
    yield Bad("the name of the user for the password", basic(name, name))
    yield Bad("the password as null", basic(name, "null"))
    yield Bad("an unknown user", basic(f"{name}x", password))
    yield Bad("the user cut short", basic(name[:-1], password))
    yield Bad("no user", basic("", password))
    yield Bad("neither user nor password", basic("", ""))
    yield Bad("another scheme", f"Bearer {token}")
    yield Bad("one more scheme", f"Digest {token}")
    yield Bad("no scheme", token)
    yield Bad("no base64", "Basic !!!")
    yield Bad("bytes that are no UTF-8", "Basic " + base64.b64encode(name.encode() + b":\xff\xfe").decode())
    yield Bad("no colon", "Basic " + token[:4])
    yield Bad("user and password, not encoded", f"Basic {name}:{password}")
    yield Bad("nothing behind the scheme", "Basic ")
    yield Bad("an empty header", "")


def _elsewhere(name: str, password: str) -> Iterator[Bad]:
    """No credentials where they belong; and the right ones elsewhere, or a claim that none are needed."""
    right = basic(name, password)
    yield Bad("credentials in the query", None, query=urlencode({"username": name, "password": password}))
    yield Bad("the header in the query", None, query=urlencode({"Authorization": right}))
    yield Bad("credentials in a cookie", None, (("Cookie", f"Authorization={right.replace(' ', '%20')}"),))
    yield Bad("credentials for a proxy", None, (("Proxy-Authorization", right),))
    yield Bad("credentials in another header", None, (("X-Authorization", right),))
    for header in ("X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "From"):
        yield Bad(f"a user in {header}", None, ((header, name),))
    for field in claim_source("127.0.0.1")[:3]:
        yield Bad(f"the machine itself in {field[0]}", None, (field,))
    for field in CLAIM_HTTPS[:1]:
        yield Bad(f"HTTPS in {field[0]}", None, (field,))
    yield Bad("a request of a script of the same page", None, (("X-Requested-With", "XMLHttpRequest"),))


def _others(driver: Driver) -> list[str]:
    found = driver.target.credential("schemaless_password")
    return [found] if found else []


def _request(driver: Driver, customer: str, look: bool) -> Request:
    """A valid update, after a query where it is wanted or may be enforced."""
    if look or driver.asks_first:
        return driver.prepared(customer, everything(driver))
    return driver.update_request(customer, everything(driver))


@check("credentials-checked")
def check_credentials(driver: Driver) -> None:
    """Sends valid updates and queries with wrong credentials right after right ones; or all of them are served."""

    def body(bad: Bad) -> None:
        request = _request(driver, customer, look=cases.index(bad) % LOOK_EVERY == 0)
        driver.send(bad.instead(request))
        driver.send(bad.instead(Request("query", "GET", request.path, "", reading)))

    reading = driver.headers(body=False)
    cases = _bad(driver)
    customer = holder(driver)
    driver.bench.each(cases, body)
    driver.query(customer)
    attempt(driver, holder(driver), b"{")  # a refusal also where credentials are disregarded


@check(deepens=("credentials-checked",))
def check_after_acceptance(driver: Driver) -> None:
    """Sends one and the same update with right, wrong and right credentials, and queries in the same way."""
    name, password = _credentials(driver)
    customer = holder(driver)
    driver.query(customer)
    for authorization in (basic(name, f"{password}x"), basic(name, password[:-1]), None):
        bad = Bad("", authorization)
        first, second = everything(driver), everything(driver)
        for members in (first, second, first):
            request = driver.update_request(customer, members)
            attempt(driver, customer, request)
            attempt(driver, customer, bad.instead(request))
        query = Request("query", "GET", request.path, "", driver.headers(body=False))
        for each in (query, bad.instead(query), query):
            driver.send(each)
    attempt(driver, customer, b"{")


@check(deepens=("credentials-checked",))
def check_forms_of_right_credentials(driver: Driver) -> None:
    """Sends right credentials with the name of the scheme in another case, which makes no difference."""

    def body(scheme: str) -> None:
        customer = holder(driver)
        request = driver.prepared(customer, everything(driver))
        try:
            served = accepted(driver.send(request.with_header(HEADER, f"{scheme} {token}")))
        except NotServed as refused:
            # What is in front of the API lets the same request pass with the scheme as Basic.
            served = refused.passing
        told = f"right credentials are refused where the scheme is written as {scheme}"
        driver.bench.expect("credentials-checked", served, observed=told, allowed="letter case makes no difference")
        attempt(driver, customer, request)

    token = basic(*_credentials(driver)).partition(" ")[2]
    driver.bench.each(["basic", "BASIC"], body)
    attempt(driver, holder(driver), Bad("", None).instead(driver.update_request(holder(driver), b"{")))


@check(deepens=("credentials-checked",))
def check_credentials_over_plain_http(driver: Driver) -> None:
    """Sends updates and queries over plain HTTP with wrong credentials, and queries the profile over HTTPS."""

    def body(bad: Bad) -> None:
        request = _request(driver, customer, look=False)
        driver.send(replace(bad.instead(request), plain=True))
        driver.send(bad.instead(Request("query", "GET", request.path, "", reading, plain=True)))
        driver.query(customer)

    reading = driver.headers(body=False)
    cases = _bad(driver)
    _plain(driver)
    customer = holder(driver)
    attempt(driver, customer, Bad("", None).instead(driver.update_request(customer, everything(driver))))
    attempt(driver, customer, b"{")
    driver.bench.each([*cases[:8], *cases[-12:]], body)


@check(deepens=("plain-http",))
def check_updates_over_plain_http(driver: Driver) -> None:
    """Sends valid updates over plain HTTP, if it is served, and queries the profile over both."""
    _plain(driver)
    for members in (everything(driver), words(driver, *texts(driver)), everything(driver)):
        customer, other = holders(driver)
        for name in (customer, other):
            driver.query(name)
        driver.send(replace(driver.prepared(customer, members), plain=True))
        for name in (other, customer):
            driver.query(name)
        query = f"extensions={','.join(e.name for e in driver.full_schema.extensions)}"
        path = driver.path("query", customer_id=customer)
        driver.send(Request("query", "GET", path, query, driver.headers(body=False), plain=True))


def _plain(driver: Driver) -> None:
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    if driver.readings.settled("plain-http") == "https-only":
        raise NotApplicable("plain HTTP is refused")


@check("credentials-not-shown")
def check_refusals_show_no_credentials(driver: Driver) -> None:
    """Provokes refusals of each kind with right and with wrong credentials, and searches the answers for them."""

    def body(bad: Bad | None) -> None:
        for request in list(_refused(driver, customer))[:: 1 if bad in cases[:2] else 5]:
            driver.send(request if bad is None else bad.instead(request))
        query = Request("query", "GET", driver.path("query", customer_id=driver.bench.fresh(12)), "", reading)
        for each in (query, replace(query, path=driver.path("query", customer_id=customer))):
            driver.send(each if bad is None else bad.instead(each))
        if driver.has("create") and bad is not None:
            path = driver.path("create")
            driver.send(bad.instead(Request("create", "POST", path, "", driver.headers(), b"{")))

    name, password = _credentials(driver)
    customer = holder(driver)
    reading = driver.headers(body=False)
    broken = base64.b64encode(password.encode()).decode()
    cases: list[Bad | None] = [
        None,
        Bad("a wrong password", basic(name, f"{password}{driver.bench.fresh(6)}")),
        Bad("another wrong password", basic(name, driver.bench.fresh(14))),
        Bad("an unknown user", basic(driver.bench.fresh(9), password)),
        Bad("another scheme", f"Bearer {basic(name, password).partition(' ')[2]}"),
        Bad("the password alone", f"Basic {broken}"),
        Bad("no base64", f"Basic {password}!"),
    ]
    driver.bench.each(cases, body)
    attempt(driver, customer, everything(driver))
    driver.query(customer)


def _refused(driver: Driver, customer: str) -> Iterator[Request]:
    """Updates that are refused, each for another reason."""
    valid = driver.update_request(customer, words(driver, texts(driver)[0]))
    yield driver.update_request(customer, b"{")
    yield driver.update_request(customer, b"[]")
    yield driver.update_request(customer, b"")
    yield driver.update_request(customer, {ID: 4711})
    yield driver.update_request(customer, {ID: driver.bench.fresh(LONGEST_ID)}, own_id=False)
    yield driver.update_request(customer, {f"Un{driver.bench.fresh(5)}": "x"})
    yield driver.update_request(customer, {texts(driver)[0]: {"a": 1}})
    yield driver.update_request(customer, {a.name: "yesterday" for a in driver.schema.dates[:1]})
    yield driver.update_request(customer, {e.name: "text" for e in driver.schema.extensions[:1]})
    yield valid.with_header("Content-Type", "text/plain")
    yield valid.with_header("ContactCenterId", driver.bench.fresh(8))
    yield driver.update_request(driver.bench.fresh(LONGEST_ID), words(driver, texts(driver)[0]))
    yield driver.update_request("0" * (LONGEST_ID + 1), words(driver, texts(driver)[0]))

"""Odd requests of which none may make the service fail, and refusals that have to repeat odd text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import (
    Refused,
    attempt,
    complete,
    dates,
    everything,
    extensions,
    holder,
    texts,
    words,
)
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.judge import NotTested
from conformance.session.exchange import Request
from strategies.genesys import ID
from strategies.genesys.superset import record
from strategies.genesys.wrong import Wrong

# Segments of a path that are no ordinary text: no UTF-8, half a surrogate pair, control characters, dots, odd escapes.
SEGMENTS = (
    "%FF",
    "abc%E9",
    "%C3%28",
    "%E2%82",
    "%C0%AF",
    "%ED%A0%80",
    "%F4%90%80%80",
    "abc%00",
    "%00",
    "%0A",
    "abc%0D%0Ax",
    "%7F",
    "%E2%80%AE",
    "%EF%BF%BF",
    "%",
    "%zz",
    "%2",
    "%u0041",
    "%20",
    "%2E%2E",
    "%2F",
    "%5C",
    "a%2Fb",
    "a;b=c",
    "%F0%9F%99%82" * 4,
)
QUERIES = (
    "extensions=",
    "extensions=,,,",
    "extensions=%FF",
    "extensions=%00",
    "extensions=%ED%A0%80",
    "extensions=%",
    "extensions",
    "=",
    "&&&",
    "extensions=*",
    "extensions=%27",
    "extensions=a&extensions=b",
    "extensions[]=a",
    "extensions=" + "x" * 3000,
    "extensions=" + ",".join(f"e{number}" for number in range(300)),
)
MEDIA_TYPES = ("application", ";", "application/json; charset", "application/json; charset=utf-99", "/", "a/b/c", "*/*")
RECORDS = 260  # more than a byte counts
LONG_IDS = (256, 300, 1000, 2000, 4000)
NUMBERS = (
    "1e999",
    "-1e999",
    "1e400",
    "1E-400",
    "9" * 400,
    "-0",
    "-0.0",
    "1.0",
    "1e2",
    "9223372036854775808",
    "0.1e1",
    "1e15",
)
ODD_TEXTS = (
    "na\u00efve \u540d\u524d",
    '\U0001f642"quoted"\\',
    "tab\tline\nend",
    "<b>&amp;</b>",
    "%s {0}",
    "\u2028\u0000",
    "x" * 300,
)


def _allowed(driver: Driver) -> None:
    if not driver.target.hostile_input:
        raise NotTested("the target file does not allow hostile requests", "say `hostile_input = true`")


@check(deepens=("no-server-error",))
def check_addresses(driver: Driver) -> None:
    """Sends updates and queries whose id or query string is no ordinary text; none may end in a 5xx."""

    def segment(part: str) -> None:
        path = (driver.target.path("update") or "").replace("{customer_id}", part)
        request = replace(driver.update_request(customer, members, own_id=False), path=path)
        exchange = driver.send(request)
        driver.send(Request("query", "GET", path, "", reading))
        if accepted(exchange) and driver.has("delete"):
            driver.send(Request("delete", "DELETE", path, "", reading))

    def query(text: str) -> None:
        driver.send(Request("query", "GET", driver.path("query", customer_id=customer), text, reading))

    _allowed(driver)
    customer, reading = holder(driver), driver.headers(body=False)
    members = words(driver, texts(driver)[0])
    driver.query(customer)
    driver.bench.each(SEGMENTS, segment)
    driver.bench.each(QUERIES, query)
    driver.query(customer)


@check(deepens=("over-long-id-refused", "no-server-error"))
def check_very_long_ids(driver: Driver) -> None:
    """Updates and queries ids of hundreds and thousands of characters, some beginning with the id of a customer."""

    def body(length: int) -> None:
        for name in ((customer * length)[:length], "\u00e9" * (length // 2)):
            driver.update(name, words(driver, texts(driver)[0]))
            driver.query(name, every=False)

    customer = holder(driver)
    driver.query(customer)
    driver.bench.each(LONG_IDS, body)
    driver.query(customer)


@check(deepens=("no-server-error", "refused-changes-nothing"))
def check_bodies(driver: Driver) -> None:
    """Sends odd numbers, deep nesting, half surrogate pairs and NUL in each kind of place, and odd media types."""

    def body(bad: Wrong) -> None:
        refused.send(bad.value)

    def media(text: str) -> None:
        request = driver.update_request(refused.customer, everything(driver)).with_header("Content-Type", text)
        attempt(driver, refused.customer, request)

    _allowed(driver)
    refused = Refused(driver, holder(driver))
    refused.send(b"{")
    refused.look()
    driver.bench.each(_odd_bodies(driver), body)
    refused.look()
    driver.bench.each(MEDIA_TYPES, media)


def _odd_bodies(driver: Driver) -> Iterator[Wrong]:
    mark = json.dumps(driver.bench.fresh(8))
    nested = [("[" * depth + "]" * depth, f"arrays, {depth} deep") for depth in (10, 60, 65, 100, 1000)]
    nested += [('{"a":' * depth + "1" + "}" * depth, f"objects, {depth} deep") for depth in (60, 1000)]
    strings = [("half a surrogate pair", '"\\ud800"'), ("the other half", '"x\\udc00x"'), ("a NUL", '"a\\u0000b"')]
    strings += [("no character", '"\\uffff"'), ("an empty text", '""'), ("a long text", json.dumps("x" * 20_000))]
    values = [*((what, text) for text, what in nested), *((f"the number {n:.20}", n) for n in NUMBERS), *strings]
    places = list(_places(driver, mark.strip('"')))
    records = [place for place, _ in places if "." in place]
    for turn, (place, whole) in enumerate(places):
        text = json.dumps(whole)
        # Every one of them in an attribute, numbers and texts in a record, and the others in one more place by turns.
        most = {places[0][0]: values, **dict.fromkeys(records[:1], values[len(nested) :])}.get(
            place, values[turn % 3 :: 3]
        )
        for what, value in most if place != ID else most[len(most) // 3 :]:
            yield Wrong(f"{what}, as {place}", text.replace(mark, value).encode())
    name = texts(driver)[0]
    yield Wrong("half a surrogate pair in a name", f'{{"{name}": "x", "\\ud800": "x"}}'.encode())
    yield Wrong("a NUL in a name", f'{{"{name}": "x", "a\\u0000b": "x"}}'.encode())
    yield Wrong("an empty name", f'{{"{name}": "x", "": "x"}}'.encode())
    yield Wrong("a name with a dot and a dollar sign", f'{{"{name}": "x", "$a.b": "x"}}'.encode())
    yield Wrong(
        "the names of Java and JavaScript", f'{{"{name}": "x", "__proto__": {{"a": 1}}, "class": "x"}}'.encode()
    )


def _places(driver: Driver, mark: str) -> Iterator[tuple[str, Any]]:
    """Bodies with the mark in one place each."""
    plain = complete(driver, words(driver, texts(driver)[0]))
    yield "an attribute", {**plain, texts(driver)[-1]: mark}
    if driver.schema.dates:
        yield "a date", {**plain, dates(driver)[0].name: mark}
    yield ID, {**plain, ID: mark}
    for extension in extensions(driver, 0)[:2]:
        field = next((f for f in extension.fields if f.type in ("integer", "long", "double")), extension.fields[-1])
        if not extension.bare:
            content = record(extension, driver.bench.fresh(4), 1) | {field.name: mark}
            yield (
                f"{extension.name}.{field.name}",
                {
                    **plain,
                    extension.name: [content] if extension.kind == "multi-valued" else content,
                },
            )


@check(deepens=("answers-fit-schemas",))
def check_texts_in_refusals(driver: Driver) -> None:
    """Provokes refusals that may repeat letters beyond ASCII, quotes and line ends: of ids, names, dates, records."""

    def body(text: str) -> None:
        plain = complete(driver, words(driver, texts(driver)[0]))
        refused.send({**plain, f"Un{text}": "x"})
        refused.send({**plain, ID: text})
        if driver.schema.dates:
            refused.send({**plain, dates(driver)[0].name: text})
        for extension in extensions(driver, 0)[:2]:
            content = {**record(extension, mark, 1), f"Un{text}": text} if not extension.bare else text
            refused.send({**plain, extension.name: [content] if extension.kind == "multi-valued" else content})
            refused.send({**plain, extension.name: text})
        if text.isprintable():
            name = f"{driver.bench.fresh(5)}{text}"
            driver.query(name)
            if accepted(driver.update(name, plain)):
                driver.claim(name)

    mark = driver.bench.fresh(4)
    refused = Refused(driver, holder(driver))
    driver.bench.each(ODD_TEXTS, body)
    refused.look()


@check(deepens=("no-server-error",))
def check_large_bodies(driver: Driver) -> None:
    """Sends bodies of 64 kB, 128 kB and 1 MB: one long text, many values, many records; what is taken is stored."""

    def body(case: tuple[str, int]) -> None:
        kind, size = case
        chunk = driver.bench.fresh(100)
        members = complete(driver, words(driver, texts(driver)[0]))
        if kind == "a text":
            members[texts(driver)[-1]] = (chunk * (size // 100))[:size]
        elif kind == "values":
            members[driver.lists[-1]] = [f"{number}{chunk}" for number in range(size // 104)]
        else:
            members[several[0].name] = [record(several[0], chunk[:4], number) for number in range(RECORDS)]
        attempt(driver, customer, members)
        attempt(driver, customer, complete(driver, words(driver, texts(driver)[0])))

    customer = holder(driver)
    driver.query(customer)
    sizes = (64_000, 66_000, 132_000) if driver.target.hostile_input else (64_000, 66_000)
    arrays = driver.arrays and any(attribute.several for attribute in driver.schema.texts)
    kinds = ("a text", "values") if arrays else ("a text",)
    driver.bench.each([(kind, size) for kind in kinds for size in sizes], body)
    several = [e for e in driver.schema.of_kind("multi-valued") if e.fields]
    if several and not driver.readings.may("multi-valued-records", "merge-by-unique"):  # else they stay for good
        driver.bench.each([("records", sizes[0])], body)
    if driver.target.hostile_input:
        driver.bench.each([("a text", 1_100_000)], body)

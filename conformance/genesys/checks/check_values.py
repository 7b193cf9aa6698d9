"""Values of attributes: texts, several values, dates, and values that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.checks.common import Refused, attempt, complete, dates, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import refused
from strategies.genesys import values
from strategies.genesys.profiles import Members


@check("text-values", "sent-attributes-stored")
def check_texts(driver: Driver) -> None:
    """Sends listed and generated texts in every text attribute, on top of other texts, and compares them."""

    def body(sent: tuple[str, ...]) -> None:
        send(driver.customer(words(driver, *names)), sent)

    def listed(sent: tuple[str, ...]) -> None:
        send(kept, sent)

    def send(customer: str, sent: tuple[str, ...]) -> None:
        exchange = attempt(driver, customer, words(driver, *names) | dict(zip(names, sent, strict=False)))
        if refused(exchange) and len(sent) > 1:  # for one of them, perhaps
            for text in sent:
                send(customer, (text,))

    def alone(text: str) -> None:
        send(kept, (text,))

    names = texts(driver)
    kept = driver.customer(words(driver, *names))
    size = len(names)
    batches = [values.EDGE_TEXTS[n : n + size] for n in range(0, len(values.EDGE_TEXTS), size)]
    driver.bench.each(batches, listed)
    driver.bench.each(values.ODD_TEXTS, alone)
    driver.bench.for_all(st.tuples(*(values.texts() for _ in names)), body)


@check("text-values")
def check_escapes(driver: Driver) -> None:
    """Sends the same texts in all escapes of JSON: two for one character, slashes, letters, names of members."""

    def body(form: str) -> None:
        customer = driver.customer(words(driver, *names))
        for text in values.ESCAPED_TEXTS:
            request = driver.update_request(customer, complete(driver, dict.fromkeys(names, text)))
            attempt(driver, customer, replace(request, body=forms[form](request.json())))

    names = texts(driver)[:2]
    forms: dict[str, Callable[[Members], bytes]] = {
        "beyond ASCII": lambda members: json.dumps(members).encode(),
        "slashes": lambda members: json.dumps(members).replace("/", "\\/").encode(),
        "everything": lambda members: values.escaped(members).encode(),
        "in lower case": lambda members: values.escaped(members).lower().encode(),
        "blanks around": lambda members: json.dumps(members, indent="\t").replace("\n", "\r\n").encode(),
    }
    driver.bench.each(forms, body)


@check("text-values", "last-update-stands")
def check_nearly_equal_texts(driver: Driver) -> None:
    """Replaces a text by one that differs in case, in a blank, in an accent or in its last letter alone."""

    def body(pair: tuple[str, str]) -> None:
        customer = driver.customer(words(driver, *names))
        for text in pair:
            attempt(driver, customer, complete(driver, dict.fromkeys(names, text)))

    names = texts(driver)[:2]
    long = "x" * 100
    pairs = [
        ("Bruce Banner", "bruce banner"),
        ("straße", "STRASSE"),
        ("Bruce", "Bruce "),
        ("Bruce", " Bruce"),
        ("re\u0301sume\u0301", "r\u00e9sum\u00e9"),
        ("resume", "r\u00e9sum\u00e9"),
        (f"{long}a", f"{long}b"),
        ("1", "01"),
        ("a", "aa"),
    ]
    driver.bench.each(pairs, body)
    driver.bench.for_all(values.texts().map(lambda text: (text, text.swapcase())), body, share=0.2)


@check("several-values")
def check_arrays(driver: Driver) -> None:
    """Sends generated arrays, unsorted and with repetitions, over shorter and longer ones, and compares them."""

    def body(arrays: list[list[str]]) -> None:
        customer = driver.customer(words(driver, *names))
        for sent in arrays:
            attempt(driver, customer, complete(driver, {names[0]: sent, names[-1]: sent[::-1]}))

    if not driver.arrays:
        _refused(driver)
        return
    names = driver.lists[:2]
    one = st.one_of(values.words(), st.sampled_from(("a,b", "a", "b", "A", "b,a", " a", '"a"')))
    drawn = st.lists(st.lists(one, min_size=1, max_size=12), min_size=1, max_size=3)
    driver.bench.for_all(drawn, body, share=0.6)


@check("several-values")
def check_array_changes(driver: Driver) -> None:
    """Replaces a value by another in listed ways: longer, shorter, reordered, same primary, scalar for array."""

    def body(case: tuple[Any, Any]) -> None:
        for value in case:
            attempt(driver, customer, complete(driver, dict.fromkeys(names, value)))

    if not driver.arrays:
        _refused(driver)
        return
    names = driver.lists[:2]
    customer = driver.customer(words(driver, *names))
    many = [f"value {number}" for number in range(15)]
    cases: list[tuple[Any, Any]] = [
        (["a", "b", "c"], ["a"]),
        (["a", "b", "c"], ["x", "y"]),
        (["a", "b", "c"], ["a", "x"]),
        (["a", "b", "c"], ["c", "b", "a"]),
        (["a", "b", "c"], ["b", "a", "c"]),
        (["a", "b", "c"], ["a", "c", "b"]),
        (["a", "b", "c"], ["A", "B", "C"]),
        (["a", "b", "c"], "a"),
        (["a", "b", "c"], "x"),
        (["a", "b", "c"], "b"),
        ("a", ["a", "b"]),
        ("a", ["b", "a"]),
        ("a,b", ["a", "b"]),
        (["a", "b"], "a,b"),
        (["a"], "a"),
        ("a", ["a"]),
        (["a", "b"], ["a", "b", "b"]),
        (["a", "b", "a"], ["b", "a", "b"]),
        (many, many[:10]),
        (many[:10], many[:11]),
        (many, many[::-1]),
        (many[:3], many),
    ]
    driver.bench.each(cases, body)
    driver.bench.boundary("values=15")


def _refused(driver: Driver) -> None:
    """Arrays are not taken: each must be refused."""

    def body(sent: list[str]) -> None:
        attempt(driver, driver.customer(words(driver, *names)), words(driver, *names) | {names[0]: sent})

    names = texts(driver)
    driver.bench.each([["a"], ["a", "b"], ["b", "a", "a"]], body)


@check("empty-values")
def check_empty_values(driver: Driver) -> None:
    """Sends null, an empty array and an empty text for attributes that hold one value or several."""

    def body(case: tuple[Any, Any]) -> None:
        old, empty = case
        other = driver.lists[0] if isinstance(old, list) else texts(driver, 2)[1]
        one = next(name for name in texts(driver, 2) if name != other)
        customer = driver.customer(words(driver, *texts(driver)) | {other: old})
        attempt(driver, customer, complete(driver, words(driver, *texts(driver)) | {one: "new", other: empty}))

    several = driver.arrays and any(attribute.several for attribute in driver.schema.texts)
    held: list[Any] = ["old", ["old", "older", "oldest"]] if several else ["old"]
    nothing: tuple[Any, ...] = (None, [], "")
    driver.bench.each([(old, empty) for old in held for empty in nothing], body)


@check("date-time-values")
def check_date_times(driver: Driver) -> None:
    """Sends listed and generated date-times of the documented form, at its edges, and compares them."""

    def body(sent: list[str]) -> None:
        customer = driver.customer(dict.fromkeys(names, "1977-07-07T07:07:07.007Z"))
        for text in sent:
            send(customer, text)

    def listed(text: str) -> None:
        send(kept, text)

    def send(customer: str, text: str) -> None:
        attempt(driver, customer, complete(driver, dict.fromkeys(names, text)))

    names = [a.name for a in dates(driver)]
    kept = driver.customer(dict.fromkeys(names, "1977-07-07T07:07:07.007Z"))
    driver.bench.each([*values.EDGE_TIMES, *values.FAR_TIMES], listed)
    driver.bench.boundary("milliseconds 000 and 999")
    driver.bench.for_all(st.lists(values.times(), min_size=1, max_size=3), body, share=0.6)


@check("date-only-values")
def check_dates(driver: Driver) -> None:
    """Sends listed and generated dates without a time, and compares them."""

    def body(text: str) -> None:
        customer = driver.customer(dict.fromkeys(names, "1977-07-07T07:07:07.007Z"))
        attempt(driver, customer, complete(driver, dict.fromkeys(names, text)))

    names = [a.name for a in dates(driver)]
    if driver.readings.settled("date-only-value") == "string-attribute":
        names += ["DOB"] if driver.schema.attribute("DOB") is not None else []
    driver.bench.each(values.EDGE_DAYS, body)
    driver.bench.for_all(values.days(), body, share=0.4)


@check("other-date-forms")
def check_offsets(driver: Driver) -> None:
    """Sends date-times with generated offsets: each is refused, or comes back as the same instant."""

    def body(text: str) -> None:
        name = dates(driver)[0].name
        customer = driver.customer({name: "1977-07-07T07:07:07.007Z"})
        attempt(driver, customer, complete(driver, {name: text}))

    driver.bench.for_all(values.offset_times(), body, share=0.6)


@check("impossible-dates-refused", "refused-changes-nothing")
def check_impossible_dates(driver: Driver) -> None:
    """Sends words and impossible days and hours for a date attribute, beside a valid text."""

    def body(text: str) -> None:
        customer = driver.customer(words(driver, other) | {name: "1977-07-07T07:07:07.007Z"})
        attempt(driver, customer, complete(driver, words(driver, other) | {name: text}))

    def listed(text: str) -> None:
        wrong.send(complete(driver, words(driver, other) | {name: text}))

    name, other = dates(driver)[0].name, texts(driver)[0]
    wrong = Refused(driver, driver.customer(words(driver, other) | {name: "1977-07-07T07:07:07.007Z"}))
    driver.bench.each(values.IMPOSSIBLE_TIMES, listed)
    wrong.look()
    wordy = st.text(st.sampled_from("abcxyz -:TZ"), min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
    driver.bench.for_all(wordy, body, share=0.2)

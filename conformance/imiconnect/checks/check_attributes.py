"""Checks of attributes: stored exactly, merged with what was there, refused where they are no strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.exercise.check import check
from conformance.imiconnect.driver import Driver
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from strategies.imiconnect import profiles, values
from strategies.imiconnect.batches import Change
from strategies.imiconnect.broken import Wrong

ALIKE = 7  # names in `alike_names`
LENGTHS = (200, 255, 256, 1024, 4000)


def applied(driver: Driver, changes: Sequence[Change]) -> None:
    """Sends an update, follows it to its end and reads every profile back."""
    driver.change(changes)
    driver.read(customer for customer, _ in changes)


def stored_first(driver: Driver, number: int) -> list[str]:
    """Customers whose profiles were read, so that everything in them is known."""
    customers = driver.customers(number)
    driver.read(customers)
    return customers


@check("sent-attributes-stored", "unsent-attributes-kept", "outcome-true")
def check_generated_values(driver: Driver) -> None:
    """Stores generated values of every kind over fuller profiles, several at once, and compares all attributes."""
    names = profiles.free_text_names(driver.contract) or ("name",)
    text = st.fixed_dictionaries({"name": values.texts()})
    free = st.sampled_from(names).flatmap(lambda name: st.fixed_dictionaries({name: values.texts()}))
    shape = st.one_of(driver.known_attributes(), text, free)
    drawn = st.lists(shape, min_size=1, max_size=5)

    def send(shapes: list[dict[str, str]]) -> None:
        customers = stored_first(driver, len(shapes))
        applied(driver, list(zip(customers, shapes, strict=True)))

    driver.bench.for_all(drawn, send, share=driver.patient(1.0))


@check("sent-attributes-stored")
def check_awkward_values(driver: Driver) -> None:
    """Stores a list of awkward texts, as they are and with JSON escapes, and reads each back character by character."""
    texts = [*values.AWKWARD, "tab\tinside", "two\nlines", "carriage\rreturn"]
    escapable = [text for text in texts if not text.isascii() or not text.isprintable()]
    names = [name for name in ("name", "nick") if name in driver.seed("x")]
    many = len(names)
    customers = iter(driver.customers(sum(-(-len(chosen) // many) for chosen in (texts, escapable))))
    cases = [
        Wrong(
            how,
            [
                (next(customers), dict(zip(names, chosen[place : place + many], strict=False)))
                for place in range(start, min(start + 20 * many, len(chosen)), many)
            ],
        )
        for how, chosen in (("plain", texts), ("escaped", escapable))
        for start in range(0, len(chosen), 20 * many)
    ]
    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value, escaped=case.how == "escaped")))
    driver.bench.each(cases, lambda case: driver.read(customer for customer, _ in case.value))


@check("long-values-stored")
def check_long_values(driver: Driver) -> None:
    """Stores texts and addresses around the lengths at which columns are cut; what is accepted is read back whole."""
    customers = dict(zip(LENGTHS, driver.customers(len(LENGTHS)), strict=True))
    driver.in_flight(LENGTHS, lambda size: driver.update(driver.body([(customers[size], {"name": "x" * size})])))
    driver.read(customers.values())
    long_name = st.fixed_dictionaries({"name": values.long_texts()})
    shape = long_name
    if driver.is_app:
        picture = st.fixed_dictionaries({"channel": st.just("fb"), "profile_pic": values.picture_addresses()})
        shape = st.one_of(long_name, picture)
    drawn = st.lists(shape, min_size=3, max_size=8)

    def send(shapes: list[dict[str, str]]) -> None:
        applied(driver, list(zip(driver.customers(len(shapes)), shapes, strict=True)))

    driver.bench.for_all(drawn, send, share=driver.patient(0.3))
    if "long-values-stored" not in driver.bench.log.counts:
        raise NotApplicable("the target refuses values of 200 characters and more, which no document excludes")


@check("unsent-attributes-kept")
def check_merge(driver: Driver) -> None:
    """Stores a superset, then sends subsets of one, two and more attributes, alone and in a batch, and compares all."""
    names = list(driver.seed("x"))
    subsets = [names[:1], names[:2], names[1:], names[-1:], [names[0], names[-1]]]

    customers = stored_first(driver, 4 * len(subsets))
    cases = []
    for place, subset in enumerate(subsets):
        alone, several = customers[4 * place : 4 * place + 1], customers[4 * place + 1 : 4 * place + 4]
        cases += [Wrong(f"{len(whose)} records of {subset}", (whose, subset)) for whose in (alone, several)]

    def send(case: Wrong) -> Exchange:
        whose, subset = case.value
        changes = [(c, {n: driver.seed(f"new {c}"[:40].replace(" ", ""))[n] for n in subset}) for c in whose]
        return driver.update(driver.body(changes))

    def again(case: Wrong) -> Exchange:
        return driver.update(driver.body([(c, {names[0]: driver.seed(c)[names[0]]}) for c in case.value[0]]))

    for turn in (send, again):
        driver.in_flight(cases, turn)
        driver.bench.each(cases, lambda case: driver.read(case.value[0]))


@check("unknown-attributes")
def check_new_names(driver: Driver) -> None:
    """Sends attributes of names that no document shows, beside known ones, and reads them back."""
    drawn = st.lists(st.tuples(profiles.new_names(), values.texts()), min_size=1, max_size=6)

    def send(pairs: list[tuple[str, str]]) -> None:
        customers = stored_first(driver, len(pairs))
        applied(driver, [(c, {name: text, "name": "known"}) for c, (name, text) in zip(customers, pairs, strict=True)])

    send([(name, f"value of {name}") for name in profiles.NEW_NAMES])
    alike = [each for name in driver.seed("x") for each in alike_names(name)]
    if not driver.lends and not driver.hurried:
        # Names that are nearly one known name stand in one record each: it is that name that they are taken for.
        customers = stored_first(driver, ALIKE)
        shapes = [{name: f"value of {name}" for name in alike[place::ALIKE]} for place in range(ALIKE)]
        applied(driver, list(zip(customers, shapes, strict=True)))
        known = next(name for name in list(driver.seed("x"))[1:] if name != "name")
        applied(driver, [(c, {known: driver.seed(f"new{c}"[:12])[known]}) for c in customers])
    driver.bench.for_all(drawn, send, share=driver.patient(0.3))


def alike_names(name: str) -> list[str]:
    """Names that no document shows and that are nearly one that it shows."""
    return [name.upper(), name.capitalize(), f"{name}2", f"{name}_", f"{name}.x", name[:-1], f"x{name}"]


@check("empty-values")
def check_empty_values(driver: Driver) -> None:
    """Sends empty strings alone and beside other values, then another update, and reads the profiles back."""
    names = ["name", next(name for name in list(driver.seed("x"))[1:] if name != "name")]
    alone, beside, several = driver.customers(3)
    single = driver.customers(1)[0]  # of three that are lent one is asked for twice
    first = [
        Wrong(
            "an empty value alone, one beside another, several",
            [
                (alone, {names[0]: ""}),
                (beside, {names[0]: "", names[1]: "kept"}),
                (several, dict.fromkeys(names, "")),
            ],
        ),
        Wrong("an empty value in a request of its own", [(single, {names[0]: ""})]),
    ]
    driver.in_flight(first, lambda case: driver.update(driver.body(case.value)))
    driver.read(dict.fromkeys([alone, beside, several, single]))
    driver.bench.begin_case("another update of the same customers")
    applied(driver, [(customer, {names[1]: "later"}) for customer in (alone, beside, several)])
    if not driver.lends and not driver.hurried:
        driver.bench.begin_case("an empty value of an attribute that the profile did not have")
        new, both = stored_first(driver, 2)
        applied(driver, [(new, {"xempty": ""}), (both, {"xempty": "", "xfull": "x", names[0]: "beside"})])


@check("invalid-value-refused")
def check_structured_values(driver: Driver) -> None:
    """Sends records with one list or object among their values, alone and in a batch, and reads the profiles back."""
    known = [[], {}, ["a", "b"], {"value": "x"}, [[]]]
    customers = stored_first(driver, len(known))
    driver.bench.begin_case(f"a batch of records, each with one of {known}")
    applied(driver, [(c, {"name": value}) for c, value in zip(customers, known, strict=True)])
    name = list(driver.seed("x"))[1]

    def send(value: Any) -> None:
        good, bad = stored_first(driver, 2)
        attributes = {"name": "beside it", name: value}
        applied(driver, [(good, {"name": "good"}), (bad, attributes)])

    driver.bench.for_all(values.structures(), send, share=driver.patient(0.2))


@check("other-scalars")
def check_other_scalars(driver: Driver) -> None:
    """Sends null, numbers and booleans as values, alone and beside other values, and reads the profiles back."""
    kinds = [None, 0, 1, 12, 1.5, -7, 10**11, True, False]
    customers = stored_first(driver, 2 * len(kinds))
    driver.bench.begin_case(f"each of {kinds} alone")
    applied(driver, [(c, {"name": value}) for c, value in zip(customers, kinds, strict=False)])
    driver.bench.begin_case(f"each of {kinds} beside another value")
    other = list(driver.seed("x"))[1]
    seed = driver.seed("another")[other]
    pairs = zip(customers[len(kinds) :], kinds, strict=True)
    applied(driver, [(c, {other: seed, "name": value}) for c, value in pairs])


@check("only-named-change")
def check_look_alike_customers(driver: Driver) -> None:
    """Updates one of several customers whose ids are alike and reads the others back: none of them may change."""
    root = driver.bench.fresh()
    number = str(10**9 + int.from_bytes(driver.bench.fresh(8).encode()) % 10**9)
    alike = [
        [root, root + "1", root + "10", root + "0", root + "-1"],
        [number, "0" + number, "00" + number, number + "0"],
        [f"{root}-a", f"{root}-A", f"{root.upper()}-a"],
        [f"{root}-{'n' * 30}{end}" for end in ("1", "2", "12")],
        [f"{root}-{'m' * 48}{end}" for end in ("1", "2", "12")],
    ]
    everybody = [customer for group in alike for customer in group]
    driver.named(everybody)

    def look(group: list[str]) -> None:
        driver.read(group)
        if driver.is_app:
            driver.read_customers(group)

    if not driver.is_app:
        driver.read(everybody)
    driver.in_flight(everybody, lambda customer: driver.update(driver.body([(customer, {"name": f"only {customer}"})])))
    driver.bench.each(alike, look)


@check("repeated-customer", "outcome-per-record")
def check_repeated_customers(driver: Driver) -> None:
    """Sends batches in which a customer stands twice, three times, near and far apart; compares results and profile."""
    cases = [
        Wrong("two customers once", "ab"),
        Wrong("twice", "aa"),
        Wrong("three times", "aaa"),
        Wrong("with another between", "aba"),
        Wrong("two customers twice", "abab"),
        Wrong("ten places apart", "abcdefghijka"),
        Wrong("thirty places apart", "a" + "bcdefghijklmnopqrstuvwxyz012345" + "a"),
    ]

    everybody = {case.how: driver.customers(len(set(case.value))) for case in cases}
    shown = {how: [*customers[:2], *customers[-2:]] for how, customers in everybody.items()}
    driver.read(customer for customers in shown.values() for customer in customers)

    def send(case: Wrong) -> Exchange:
        named = dict(zip(sorted(set(case.value)), everybody[case.how], strict=True))
        return driver.update(driver.body([(named[letter], {"name": f"#{i}"}) for i, letter in enumerate(case.value)]))

    driver.in_flight(cases, send)
    driver.bench.each(cases, lambda case: driver.read(shown[case.how]))

"""Checks of JSON that readers differ about: members that stand twice, depth, escapes that are half a character."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.checks.check_batches import limit_of
from conformance.imiconnect.codes import ACCEPTED, BAD_VALUE, SUCCESS
from conformance.imiconnect.driver import Driver, encode
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import NotApplicable, NotTested
from conformance.session.exchange import Exchange
from strategies.broken_json import BYTES, Original
from strategies.imiconnect.broken import Wrong

DEPTHS = (60, 100, 1000)
HARMLESS = 2  # of them; more may be taken for an attack
NEW = "newtext"
MANY = 1 << 20
# Values that a reading may refuse, with the requirement that speaks of them.
VALUES: tuple[tuple[str, object, str, str], ...] = (
    ("a list", ["x"], "invalid-values", "invalid-value-refused"),
    ("an object", {"a": "x"}, "invalid-values", "invalid-value-refused"),
    ("null", None, "null-value", "other-scalars"),
    ("a number", 5, "non-string-scalars", "other-scalars"),
    ("a boolean", True, "non-string-scalars", "other-scalars"),
)


@dataclass(frozen=True, slots=True)
class Twice:
    """A body in which a member stands twice.

    Attributes:
        how: in words.
        body: what is sent.
        customers: those whom a reader may take it to name.
        texts: the names that a customer may have afterwards, where its record succeeds.
        most: records that may be processed.
        asked: what the value concerns that is refused in one of the places.
    """

    how: str
    body: str
    customers: tuple[str, ...]
    texts: frozenset[str]
    most: int = MANY
    asked: str = ""

    def __repr__(self) -> str:
        return self.how


def twice(driver: Driver) -> list[Twice]:
    """Bodies with each member twice: ids of two customers in either order, attributes, values, lists of records."""
    return [*ids_twice(driver), *values_twice(driver), *records_twice(driver)]


def record(*members: tuple[str, object]) -> str:
    """The text of a record; a member may stand in it twice."""
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members) + "}"


def ids_twice(driver: Driver) -> Iterator[Twice]:
    """The id twice: of two customers, and of one beside what is no id."""
    id_name, attributes = driver.record("x", {})
    new = (attributes, {"name": NEW})
    texts = frozenset({NEW})
    for how in ("the id", "the id, around the attributes", "the id of a second record"):
        one, other, beside = driver.customers(3)
        twin = record((id_name, one), (id_name, other), new)
        if "around" in how:
            twin = record((id_name, one), new, (id_name, other))
        first = f"{record((id_name, beside), new)}, " if "second" in how else ""
        customers = (one, other, beside) if first else (one, other)
        yield Twice(how, f'{{"Records": [{first}{twin}]}}', customers, texts)
    for how, value in (("an empty one", ""), ("null", None), ("a number", 5)):
        one, other = driver.customers(2)
        body = f'{{"Records": [{record((id_name, value), (id_name, one), new)}]}}'
        yield Twice(f"the id, {how} first", body, (one,), texts)
        body = f'{{"Records": [{record((id_name, other), (id_name, value), new)}]}}'
        yield Twice(f"the id, {how} last", body, (other,), texts)


def values_twice(driver: Driver) -> Iterator[Twice]:
    """The attributes and a value twice: a good one beside one of every kind, before it and behind it."""
    id_name, attributes = driver.record("x", {})
    for how, second, asked in values_of(driver):
        texts = frozenset({NEW} if asked else {NEW, "another text"})
        for place, pair in (("first", (second, NEW)), ("last", (NEW, second))):
            one, other = driver.customers(2)
            whole = record((id_name, one), *((attributes, {"name": value}) for value in pair))
            yield Twice(f"the attributes, {how} {place}", f'{{"Records": [{whole}]}}', (one,), texts, asked=asked)
            values = record(*(("name", value) for value in pair))
            inner = record((id_name, other), (attributes, "VALUES")).replace('"VALUES"', values)
            yield Twice(f"a value, {how} {place}", f'{{"Records": [{inner}]}}', (other,), texts, asked=asked)


def records_twice(driver: Driver) -> Iterator[Twice]:
    """The list of records twice: of two customers, and one that is too long beside one that is not."""
    id_name, attributes = driver.record("x", {})
    limit = limit_of(driver)
    sizes = [("", 1, 1)]
    if limit is not None and driver.readings.settled("over-limit") == "reject-all":
        sizes += [(", too many last", 1, limit + 1), (", too many first", limit + 1, 1)]
    for how, first, last in sizes:
        customers = driver.customers(2)
        lists = [
            f"[{', '.join([record((id_name, each), (attributes, {'name': NEW}))] * size)}]"
            for each, size in zip(customers, (first, last), strict=True)
        ]
        body = f'{{"Records": {lists[0]}, "Records": {lists[1]}}}'
        yield Twice(f"the records{how}", body, tuple(customers), frozenset({NEW}), most=limit or MANY)


def values_of(driver: Driver) -> list[tuple[str, object, str]]:
    """Values that may stand beside a good one, each with what is said of it; "" where it may be taken too.

    A value that is refused fails its record for whoever takes it for the right one: no success leaves it behind.
    """
    found: list[tuple[str, object, str]] = [("a good one", "othertext", "")]
    for how, value, reading, asked in VALUES:
        refused = driver.readings.settled(reading) in ("typed", "schema-closed", BAD_VALUE)
        found.append((how, value, asked if refused else ""))
    return found


@check(deepens=("no-internal-error",))
def check_repeated_members(driver: Driver) -> None:
    """Sends members twice, with different values: what changes is what the outcome says, or nothing where refused."""
    if driver.lends:
        raise NotApplicable(
            "what is stored of a member that stands twice is nobody's rule, so lent profiles are spared"
        )
    cases = twice(driver)
    everybody = dict.fromkeys(customer for case in cases for customer in case.customers)
    before = {customer: driver.seed(customer)["name"] for customer in everybody}
    finals: dict[str, Answered | None] = {}

    def note(case: Twice, exchange: Exchange, final: Answered | None) -> None:
        answered = driver.answered(exchange)
        lost = final is None and (answered.limited or answered.status >= 500 or answered.code in ACCEPTED)
        if not lost:
            finals[case.how] = final

    driver.in_flight(cases, lambda case: driver.update(case.body.encode()), note)
    after = names_of(driver, list(before))

    def judge(case: Twice) -> None:
        final = finals[case.how]
        changed = {each for each in case.customers if after[each] != before[each]}
        if final is None or stage_of(final) is not Stage.FINAL:
            observed = f"{case.how}: refused, and {len(changed)} customers changed"
            driver.bench.expect(
                "refusal-changes-nothing", not changed, observed=observed, allowed="no change by a refused request"
            )
            return
        processed = len(final.results or ())
        driver.bench.expect(
            "batch-over-limit-refused",
            processed <= case.most,
            observed=f"{case.how}: {processed} records are processed",
            allowed="a refusal, or the one record that stands in its place",
        )
        named = [result.customer for result in final.results or () if result.code == SUCCESS]
        told = [customer for customer in named if customer is not None]
        if final.results is None or len(told) < len(named) or driver.readings.settled("unsent-attributes") == "replace":
            return
        observed = f"{case.how}: success for {sorted(told)}, changed are {sorted(changed)}"
        driver.bench.expect(
            "only-named-change", changed <= set(told), observed=observed, allowed="a change of whom the outcome names"
        )
        wrong = {each: after[each] for each in set(told) & set(case.customers) if after[each] not in case.texts}
        if case.asked:
            observed_here = f"{case.how}: success, and {sorted(set(wrong.values()))} is stored"
            driver.bench.expect(case.asked, not wrong, observed=observed_here, allowed="a failure, or the other value")
        ours = case.texts == {NEW}
        driver.bench.expect(
            "outcome-true",
            not (ours and wrong) and all(each in changed for each in told if ours and each in case.customers),
            observed=f"{observed}, to {sorted(set(wrong.values()))}",
            allowed="one of the values that were sent",
        )

    driver.bench.each([case for case in cases if case.how in finals], judge)


def names_of(driver: Driver, customers: list[str]) -> dict[str, str]:
    """The names that profiles have now."""
    shown = driver.read(customers)
    return {each: str((shown.get(each, {}).get("name") or (None,))[0]) for each in customers}


@check(deepens=("invalid-json-refused",))
def check_ill_formed_text(driver: Driver) -> None:
    """Sends values with bytes that are not UTF-8: refused, or read back with U+FFFD in their place."""
    if driver.lends:
        raise NotTested("ill-formed text is not stored in lent profiles", "let the run create profiles of its own")
    mark = driver.bench.fresh(8)
    shown = re.compile(f"{mark[:4]}\ufffd+{mark[4:]}").fullmatch
    customers = dict(zip(BYTES, driver.customers(len(BYTES)), strict=True))
    succeeded: dict[str, bool] = {}

    def send(how: str) -> Exchange:
        original = Original({"Records": [driver.record(customers[how], {"name": mark})]}, mark)
        return driver.update(original.inside(BYTES[how]))

    def note(how: str, _: Exchange, final: Answered | None) -> None:
        succeeded[how] = final is not None and final.code == SUCCESS and not final.failures

    def judge(how: str) -> None:
        name = names[customers[how]]
        driver.bench.expect(
            "invalid-json-refused",
            not succeeded[how] or shown(name) is not None,
            observed=f"{how}: success, and {name!r} is stored",
            allowed="a refusal, or U+FFFD in the place of the bytes",
        )

    driver.in_flight(list(BYTES), send, note)
    names = names_of(driver, list(customers.values()))
    driver.bench.each(succeeded, judge)


@check(deepens=("no-internal-error",))
def check_depth_and_escapes(driver: Driver) -> None:
    """Sends values that nest deeply, in every place, and escapes that are no character: no internal error comes."""
    if driver.lends:
        raise NotApplicable("what odd JSON leaves in a lent profile could not be taken back")
    customer = driver.customers(1)[0]
    base = json.dumps({"Records": [driver.record(customer, {"name": "DEEP"})], "more": 1})
    id_text = json.dumps(customer)
    cases = []
    for depth in DEPTHS if driver.target.hostile_input else DEPTHS[:HARMLESS]:
        for number, what in enumerate(("lists", "objects")):
            deep = '{"a":' * depth + "1" + "}" * depth if number else "[" * depth + "]" * depth
            places = [
                Wrong(f"{depth} {what} in a member that nobody reads", base.replace(": 1}", f": {deep}}}")),
                Wrong(f"{depth} {what} for a value", base.replace('"DEEP"', deep)),
                Wrong(f"{depth} {what} for an id", base.replace(id_text, deep)),
                Wrong(f"{depth} {what} for a record", f'{{"Records": [{deep}]}}'),
                Wrong(f"{depth} {what} for the records", f'{{"Records": {deep}}}'),
                Wrong(f"{depth} {what} alone", deep),
            ]
            cases += places[number::2] if depth == DEPTHS[0] else places[:2]
    odd = (
        "\\u0000",
        "a\\u0000b",
        "\\ud800",
        "\\udc00",
        "\\udc00\\ud800",
        "\\uffff",
        "\\u001b",
        "\\u007f",
        "\\u2028",
        "\\ufeff",
    )
    for place, escape in enumerate(odd):
        cases.append(Wrong(f"{escape} in a value", base.replace("DEEP", escape)))
        if place % 3 == 0:
            cases.append(Wrong(f"{escape} in the name of an attribute", base.replace('"name"', f'"x{escape}"')))
        if place in (0, 2):
            cases.append(Wrong(f"{escape} in the name of a member", base.replace('"more"', f'"x{escape}"')))
    names = {
        "an empty name": "",
        "a dot": ".",
        "a blank inside": "a b",
        "300 letters": "n" * 300,
        "a word": "constructor",
    }
    names |= {"a dollar sign": "$where", "underscores": "__proto__"} if driver.target.hostile_input else {}
    for how, name in names.items():
        cases.append(Wrong(f"an attribute: {how}", base.replace('"name"', json.dumps(name))))
    numbers = ("1e400", "-0", "1E+2", "0.1e-400", "9" * 400, "123456789012345678901234567890")
    cases += [Wrong(f"the number {number[:20]}", base.replace('"DEEP"', number)) for number in numbers]
    cases += [Wrong(f"the id {number[:20]}", base.replace(id_text, number)) for number in numbers]
    if driver.hurried:
        driver.bench.each(cases, lambda case: driver.update(case.value.encode()))
        return
    driver.in_flight(cases, lambda case: driver.update(case.value.encode()))
    driver.bench.begin_case("a good request afterwards")
    driver.follow(driver.update(encode({"Records": [driver.record(customer, {"name": "well"})]})))

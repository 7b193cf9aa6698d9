"""Checks of JSON that readers differ about: members that stand twice, depth, escapes that are half a character."""

from __future__ import annotations

import json
from dataclasses import dataclass

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED, SUCCESS
from conformance.imiconnect.driver import Driver, encode
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from strategies.imiconnect.broken import Wrong

DEPTHS = (60, 100, 1000)
HARMLESS = 2  # of them; more may be taken for an attack
NEW = "newtext"


@dataclass(frozen=True, slots=True)
class Twice:
    """A body in which a member stands twice.

    Attributes:
        how: in words.
        body: what is sent.
        customers: those whom a reader may take it to name.
        texts: the names that a customer may have afterwards, where its record succeeds.
    """

    how: str
    body: str
    customers: tuple[str, ...]
    texts: frozenset[str]

    def __repr__(self) -> str:
        return self.how


def twice(driver: Driver) -> list[Twice]:
    """Bodies with each member twice: ids of two customers in either order, attributes, values, lists of records."""
    id_name, attributes = driver.record("x", {})
    made: list[Twice] = []

    def add(how: str, body: str, *customers: str, texts: tuple[str, ...] = (NEW,)) -> None:
        made.append(Twice(how, body, customers, frozenset(texts)))

    def record(*members: tuple[str, object]) -> str:
        return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members) + "}"

    new = (attributes, {"name": NEW})
    for how in ("the id", "the id, around the attributes", "the id of a second record"):
        one, other, beside = driver.customers(3)
        twin = record((id_name, one), (id_name, other), new)
        if "around" in how:
            twin = record((id_name, one), new, (id_name, other))
        if "second" in how:
            first = record((id_name, beside), new)
            add(how, f'{{"Records": [{first}, {twin}]}}', one, other, beside)
        else:
            add(how, f'{{"Records": [{twin}]}}', one, other)
    for how, value in (("an empty one", ""), ("null", None), ("a number", 5)):
        one, other = driver.customers(2)
        add(f"the id, {how} first", f'{{"Records": [{record((id_name, value), (id_name, one), new)}]}}', one)
        add(f"the id, {how} last", f'{{"Records": [{record((id_name, other), (id_name, value), new)}]}}', other)
    for how, second in (("a good one", "othertext"), ("a list", ["x"]), ("null", None), ("a number", 5)):
        one, other = driver.customers(2)
        texts = (NEW, second if isinstance(second, str) else "", "5", "null", '["x"]')
        members = ((id_name, one), (attributes, {"name": second}), new)
        add(f"the attributes, {how} first", f'{{"Records": [{record(*members)}]}}', one, texts=texts)
        pairs = f'{{"name": {json.dumps(NEW)}, "name": {json.dumps(second)}}}'
        body = f'{{"Records": [{{{json.dumps(id_name)}: {json.dumps(other)}, {json.dumps(attributes)}: {pairs}}}]}}'
        add(f"a value, {how} last", body, other, texts=texts)
    one, other = driver.customers(2)
    lists = [f"[{record((id_name, each), new)}]" for each in (one, other)]
    add("the records", f'{{"Records": {lists[0]}, "Records": {lists[1]}}}', one, other)
    return made


@check(deepens=("no-internal-error",))
def check_repeated_members(driver: Driver) -> None:
    """Sends members twice, with different values: what changes is what the outcome says, or nothing where refused."""
    if driver.lends:
        raise NotApplicable(
            "what is stored of a member that stands twice is nobody's rule, so lent profiles are spared"
        )
    cases = twice(driver)
    before = names_of(driver, [customer for case in cases for customer in case.customers])
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
        named = [result.customer for result in final.results or () if result.code == SUCCESS]
        told = [customer for customer in named if customer is not None]
        if final.results is None or len(told) < len(named) or driver.readings.settled("unsent-attributes") == "replace":
            return
        observed = f"{case.how}: success for {sorted(told)}, changed are {sorted(changed)}"
        driver.bench.expect(
            "only-named-change", changed <= set(told), observed=observed, allowed="a change of whom the outcome names"
        )
        wrong = {each: after[each] for each in set(told) & set(case.customers) if after[each] not in case.texts}
        ours = case.texts == {NEW}
        driver.bench.expect(
            "outcome-true",
            not (ours and wrong) and all(each in changed for each in told if ours),
            observed=f"{observed}, to {sorted(set(wrong.values()))}",
            allowed="one of the values that were sent",
        )

    driver.bench.each([case for case in cases if case.how in finals], judge)


def names_of(driver: Driver, customers: list[str]) -> dict[str, str]:
    """The names that profiles have now."""
    shown = driver.read(customers)
    return {each: str((shown.get(each, {}).get("name") or (None,))[0]) for each in customers}


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
            cases += places if depth == DEPTHS[0] else places[:2]
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
    for escape in odd:
        cases += [
            Wrong(f"{escape} in a value", base.replace("DEEP", escape)),
            Wrong(f"{escape} in the name of an attribute", base.replace('"name"', f'"x{escape}"')),
            Wrong(f"{escape} in the name of a member", base.replace('"more"', f'"x{escape}"')),
        ]
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

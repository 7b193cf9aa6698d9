"""Lists of many sizes: every entry is stored, and a wrong one is found wherever it stands."""

from __future__ import annotations

from conformance.exercise import check
from conformance.exercise.effort import Effort
from conformance.fiserv.checks.sending import in_turn
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import contact
from conformance.judge import NotTested
from strategies.fiserv.profiles import PROPERTIES
from strategies.fiserv.schema import Content

SIZES = (1, 2, 3, 4, 5, 9, 10, 11, 16, 17, 20, 21, 33, 51, 65, 101)
MORE = (128, 129, 256, 257)
LATE = (2, 3, 10, 11, 17, 33, 65, 101)


def _phones(driver: Driver, size: int) -> list[Content]:
    """So many phones, each of a type and with a number of its own where the target takes any word for a type."""
    known = driver.words.phone_types
    free = driver.readings.may("type-spelling", "free-string")
    kinds = [*known, *(f"Zq{number}xvj" for number in range(size))] if free else list(known)
    if not free and driver.readings.may("duplicate-phone", "accepted"):
        kinds = [known[0]] * size
    return [{"PhoneType": kind, "Phone": f"5550{number:06}"} for number, kind in enumerate(kinds[:size])]


def _pairs(size: int, name: str = "ParamName", value: str = "ParamVal") -> list[Content]:
    return [{name: f"key{number}", value: f"value {number}"} for number in range(size)]


def _listed(driver: Driver, size: int) -> list[tuple[str, Content]]:
    found = [("PhoneNum", contact(driver, PhoneNum=_phones(driver, size)))]
    described = driver.words.described
    found += [(name, {name: _pairs(size)}) for name in PROPERTIES if name in described]
    if "PersonAttribute" in described:
        found.append(("PersonAttribute", {"PersonAttribute": _pairs(size, "AttrName", "AttrVal")}))
    return found


@check(deepens=("success-is-stored", "omitted-members"))
def check_sizes(driver: Driver) -> None:
    """Sends lists of one to many entries, longer and shorter than what is stored, and compares what is read back."""
    me = driver.me
    driver.whole(contact(driver, PhoneNum=_phones(driver, 2)))
    driver.seed(me, "Lists")
    sizes = SIZES if driver.bench.effort is Effort.QUICK else (*SIZES, *MORE)

    def body(case: tuple[int, int]) -> None:
        number, size = case
        # All lists in one update, and one by one where that is refused.
        profiles = [profile for _, profile in _listed(driver, size)]
        whole: Content = {name: value for profile in profiles for name, value in profile.items()}
        answered = driver.change(me, whole, in_turn(driver, number))
        taken = answered is not None and answered.succeeded
        for profile in [] if taken else profiles:
            driver.change(me, profile, in_turn(driver, number))
            driver.read(me)
        driver.read(me)
        if taken:
            driver.bench.boundary(f"entries={size}")

    driver.bench.each(list(enumerate([*sizes, *sizes[:12:-1], 3, 2, 1])), body)
    if len(driver.formats) > 1:
        driver.bench.each([(number + 1, size) for number, size in enumerate((2, 11, 33, 101))], body)


@check(deepens=("omitted-members", "success-is-stored"))
def check_single(driver: Driver) -> None:
    """Sends lists of one entry to users who have two, and reads back: an old entry is kept or not by one rule."""
    me = driver.me
    driver.whole(contact(driver, PhoneNum=_phones(driver, 1)))

    def body(number: int) -> None:
        driver.seed(me, "Single")
        format_ = in_turn(driver, number)
        kind = driver.words.phone_types[number // 2 % len(driver.words.phone_types)]
        driver.change(me, contact(driver, PhoneNum=[{"PhoneType": kind, "Phone": f"555019{number}"}]), format_)
        driver.read(me, format_)

    driver.bench.each(range(4), body)


@check(deepens=("missing-member-code", "error-changes-nothing"))
def check_late(driver: Driver) -> None:
    """Takes a required member out of the last and of a middle entry of lists of many sizes, and reads back."""
    me = driver.me
    driver.seed(me, "Late")
    described = driver.words.described
    names = [name for name in (*PROPERTIES, "PersonAttribute") if name in described]

    def body(case: tuple[int, int]) -> None:
        number, size = case
        for place in dict.fromkeys((size - 1, size // 2)):
            name, profile = _listed(driver, size)[number % (1 + len(names))]
            holder = profile["PersonInfo"]["ContactInfo"] if name == "PhoneNum" else profile
            if place < len(holder[name]):
                del holder[name][place][
                    "AttrVal" if name == "PersonAttribute" else "Phone" if name == "PhoneNum" else "ParamVal"
                ]
                driver.change(me, profile, in_turn(driver, number + place))
        driver.read(me)

    rounds = range(1 + len(names))
    cases = [(number, size) for number, size in enumerate(LATE)]
    driver.bench.each([(number + turn, size) for turn in rounds for number, size in cases if turn in (0, 1)], body)
    _settle(driver)


def _settle(driver: Driver) -> None:
    """One case that every target decides: a single phone without its type."""
    answered = driver.change(driver.me, contact(driver, PhoneNum=[{"Phone": "5550100"}]))
    if answered is None:
        raise NotTested("no answer came")
    driver.read(driver.me)

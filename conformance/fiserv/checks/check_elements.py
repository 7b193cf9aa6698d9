"""Elements that stand twice in XML: whichever counts, nobody else is touched."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv.checks.sending import need_own, shows
from conformance.fiserv.driver import Driver, answered_of
from conformance.fiserv.probes.asking import renamed
from strategies.fiserv.schema import at
from strategies.fiserv.wire import Format

OLD = "Before"
Repetition = tuple[str, bool, str, str]


def _twice(message: bytes, case: Repetition, *, right_first: bool) -> bytes:
    """A message in which one element stands twice, with a right and a wrong text.

    Args:
        message: right.
        case: name of the element, whether it is that of the profile or that of the sign-on, both texts.
        right_first: the order.
    """
    name, in_profile, right, wrong = case
    place = message.index(b"<UserProfile>") if in_profile else 0
    element = f"<{name}>{right}</{name}>".encode()
    other = f"<{name}>{wrong}</{name}>".encode()
    both = element + other if right_first else other + element
    return message[:place] + message[place:].replace(element, both, 1)


@check(deepens=("other-user-untouched", "identity-triple", "error-changes-nothing"))
def check_repeated(driver: Driver) -> None:
    """Repeats elements of XML with a right and a wrong text in either order, and reads both profiles back."""
    driver.speaks(Format.XML)
    me, other = need_own(driver), driver.other
    driver.seed(other, "Theirs")
    driver.seed(me, OLD)
    cases: list[Repetition] = [
        ("UserID", True, me.id, other.id),
        ("HomeID", True, str(driver.home), str(driver.unknown_home)),
        ("UserID", False, me.id, other.id),
        ("CryptVal", False, me.password, f"{me.password}x"),
        ("Role", False, "User", "Admin"),
        ("HomeID", False, str(driver.home), str(driver.unknown_home)),
    ]

    def send(case: Repetition, *, right_first: bool) -> bool:
        message = driver.body("update", driver.update_of(me, renamed(driver, "Twice")), Format.XML)
        answered = answered_of(driver.post(_twice(message, case, right_first=right_first), Format.XML))
        taken = answered is not None and answered.succeeded
        touched, mine = shows(driver.read(other), "Twice"), shows(driver.read(me), "Twice")
        observed = f"{case[0]} twice: the other profile {'shows' if touched else 'does not show'} the change"
        driver.bench.expect("other-user-untouched", not touched, observed=observed, allowed="untouched")
        if answered is not None and answered.code is not None and not taken:
            observed = f"{case[0]} twice: {answered}, and the change is {'' if mine else 'not '}stored"
            driver.bench.expect("error-changes-nothing", not mine, observed=observed, allowed="unchanged")
        if mine or touched:
            driver.seed(me, OLD)
            driver.seed(other, "Theirs")
        return taken

    def body(case: Repetition) -> None:
        both = [send(case, right_first=first) for first in (True, False)]
        # One rule says which of two counts: under any, the wrong one counts in one of the two orders.
        observed = f"{case[0]} right and wrong is taken in both orders"
        driver.bench.expect("identity-triple", both != [True, True], observed=observed, allowed="at most one")

    driver.bench.each(cases, body)


@check(deepens=("other-user-untouched", "success-is-stored"))
def check_repeated_names(driver: Driver) -> None:
    """Repeats the last name in XML, and sends a single one: where two are taken, one of them is stored."""
    driver.speaks(Format.XML)
    me = need_own(driver)
    driver.seed(me, OLD)
    driver.change(me, renamed(driver, "Single"), Format.XML)
    driver.read(me)
    driver.update(driver.update_of(driver.other, renamed(driver, "Theirs"), by=me), Format.XML)
    driver.read(driver.other)

    def body(right_first: bool) -> None:
        message = driver.body("update", driver.update_of(me, renamed(driver, "First")), Format.XML)
        answered = answered_of(
            driver.post(_twice(message, ("LastName", True, "First", "Last"), right_first=right_first), Format.XML)
        )
        stored = at(driver.read(me), "PersonInfo", "PersonName", "LastName")
        if answered is not None and answered.succeeded and stored is not None:
            observed = f"{stored!r} is stored of two"
            driver.bench.expect(
                "success-is-stored", stored in ("First", "Last"), observed=observed, allowed="one of them"
            )

    driver.bench.each((True, False), body)

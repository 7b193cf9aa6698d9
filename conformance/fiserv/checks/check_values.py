"""Values that people really store, each in every member that can hold it."""

from __future__ import annotations

from conformance.exercise import check
from conformance.exercise.effort import Effort
from conformance.fiserv.checks.sending import in_turn
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import person, renamed
from conformance.judge import NotTested
from specs.values import ValueClass, value_classes
from strategies.fiserv.profiles import holding
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

Case = tuple[ValueClass, str, Format]


def _cases(driver: Driver, *, hostile: bool) -> list[Case]:
    """Each value in one format or in both; each class in both in any case."""
    both = driver.bench.effort is not Effort.QUICK
    found: list[Case] = []
    for number, kind in enumerate(value_classes(hostile=hostile)):
        values = kind.values if len(kind.values) > 1 or len(driver.formats) < 2 else kind.values * 2
        found += [(kind, value, in_turn(driver, number + place)) for place, value in enumerate(values)]
        if both and len(kind.values) > 1:
            found += [(kind, value, in_turn(driver, number + place + 1)) for place, value in enumerate(values)]
    return found


def _send(driver: Driver, case: Case) -> None:
    """Sends a value in every member that can hold it, or in the last name alone where that is refused."""
    kind, value, format_ = case
    if _stored(driver, holding(driver.words, value, kind.suits), format_):
        driver.bench.boundary(f"value class {kind.id}")
        return
    profiles = [person(driver, PersonName={"LastName": value})]
    if kind.suits in ("phone", "email"):
        profiles.append(holding(driver.words, value, kind.suits, alone=True))
    for profile in profiles:
        if _stored(driver, profile, format_):
            driver.bench.boundary(f"value class {kind.id}")


def _stored(driver: Driver, profile: Content, format_: Format) -> bool:
    """Sends a profile and has what is read back compared; whether it was taken."""
    answered = driver.change(driver.me, profile, format_)
    driver.read(driver.me, format_)
    return answered is not None and answered.succeeded


@check(deepens=("success-is-stored",))
def check_harmless(driver: Driver) -> None:
    """Sends values of each class in every member that can hold them, and compares what is read back."""
    driver.whole(renamed(driver, "Values"))
    driver.seed(driver.me, "Values")
    driver.bench.each(_cases(driver, hostile=False), lambda case: _send(driver, case))


@check(deepens=("success-is-stored",))
def check_hostile(driver: Driver) -> None:
    """Sends values that a firewall may take for an attack, each alone, and compares what is read back."""
    if not driver.target.hostile_input:
        raise NotTested("the target file does not allow hostile input", "say `hostile_input = true`")
    driver.whole(renamed(driver, "Hostile"))
    driver.seed(driver.me, "Hostile")
    driver.bench.each(_cases(driver, hostile=True), lambda case: _send(driver, case))

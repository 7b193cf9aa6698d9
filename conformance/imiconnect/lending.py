"""Lent profiles: read whole, compared, and made what they were as far as an API that merges can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hypothesis.strategies import SearchStrategy

from conformance.imiconnect.body import Form, Number, ids_in, read_body
from conformance.imiconnect.codes import SUCCESS
from conformance.imiconnect.values import SERVER_DATES, documented_attributes
from conformance.judge.verdicts import NotTested, Signal
from conformance.ledger.compare import Compared, differences
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect import profiles

if TYPE_CHECKING:
    from conformance.imiconnect.driver import Driver
    from conformance.imiconnect.tidying import Shown

# The profile of the contract, and beside app profiles the customer that they belong to.
PROFILE: Final = "profile"
CUSTOMER: Final = "customer"
IDENTIFIERS: Final = frozenset({"userId", "psid", "twitterid", "wechat_user_id", "rtmId"})
OWN_PROFILES: Final = "let the run create profiles of its own"
OPERATIONS: Final = {PROFILE: ("read", "update"), CUSTOMER: ("readCustomer", "updateCustomer")}
Whole = Mapping[str, Sequence[Mapping[str, Sequence[str | None]]]]


def lent_ids(driver: Driver) -> list[str]:
    """The customers that the target file names."""
    return list(dict.fromkeys(str(each) for each in driver.target.data.get("customer_ids", ())))


def read_whole(driver: Driver, name: str) -> Any:
    """Every profile stored under a customer id; None where there is none."""
    whole = {PROFILE: _shown(driver, driver.read_one(name))}
    if driver.is_app and driver.target.path("readCustomer") is not None:
        path = driver.path("readCustomer", customerId=name)
        request = Request("readCustomer", "GET", path, headers=driver.headers())
        whole[CUSTOMER] = _shown(driver, driver.send(request))
    return whole if any(whole.values()) else None


def _shown(driver: Driver, exchange: Exchange) -> list[dict[str, list[str | None]]]:
    answered = driver.answered(exchange)
    if not answered.found:
        return []
    return [{name: list(values) for name, values in profile.values.items()} for profile in answered.profiles or ()]


def settle(driver: Driver, originals: Mapping[str, Whole]) -> None:
    """Sends a lent profile what it was: a request that is sent last is finished last, where the queue keeps order."""
    if not driver.lends:
        return
    documented = documented_attributes(driver.contract)
    for customer, was in originals.items():
        held = {name: value for name, value in _single(_only(was, PROFILE) or {}).items() if name in documented}
        if held:
            driver.follow(driver.update(driver.body([(customer, held)])))
            return


def takes_back(driver: Driver) -> bool:
    """Whether an update can take an attribute away again that a profile did not have."""
    settled = driver.readings.settled
    cleared = "cleared" in (settled("null-value"), settled("empty-value"))
    return cleared or settled("unsent-attributes") == "replace"


def spare(driver: Driver, request: Request, originals: Mapping[str, Shown]) -> None:
    """Raises NotTested where a request would leave in a lent profile what no update can take back."""
    form, root = read_body(request.body)
    if form is Form.ODD and (named := originals.keys() & set(ids_in(request.body))):
        raise NotTested(
            f"what an odd body leaves in the lent customer {min(named)} could not be taken back", OWN_PROFILES
        )
    records = root.get("Records") if isinstance(root, dict) else None
    for record in records if isinstance(records, list) else ():
        members = {name.lower(): value for name, value in record.items()} if isinstance(record, dict) else {}
        customer, attributes = _text(members.get("customerid")), members.get("attributes")
        if request.operation != "update" and customer in originals:
            # What is remembered of a lent customer during a check is the profile that updates change.
            raise NotTested(
                f"the operation {request.operation} would change the lent customer {customer}", OWN_PROFILES
            )
        if not isinstance(attributes, dict):
            continue
        # Another identifier in place of the id may mean any of them.
        meant = originals if not customer and driver.is_app and IDENTIFIERS & attributes.keys() else {customer}
        for each in originals.keys() & meant:
            _spare(driver, each, attributes, originals[each])


def _text(customer: Any) -> str | None:
    """A customer id that may be read as one: a text, or the digits of a number."""
    return customer.text if isinstance(customer, Number) else customer if isinstance(customer, str) else None


def _spare(driver: Driver, customer: str, attributes: Mapping[str, Any], original: Shown) -> None:
    added = [name for name in attributes if name not in original]
    if added and not takes_back(driver):
        raise NotTested(
            f"{added[0]} could not be taken back from the lent customer {customer}",
            "lend customers that have it, or let the run create profiles",
        )
    channel = attributes.get("channel")
    elsewhere = isinstance(channel, str) and channel not in original.get("channel", ())
    if elsewhere and driver.readings.settled("profiles-per-channel") != "one-profile":
        raise NotTested(
            f"a profile for {channel} could not be taken back from the lent customer {customer}",
            OWN_PROFILES,
        )


def attributes(driver: Driver) -> SearchStrategy[dict[str, str]]:
    """Documented attributes that every lent customer has."""
    lent = [customer for customer in lent_ids(driver) if customer not in driver.bench.withheld]
    held = list(driver.read(lent).values())
    names = [name for name in profiles.documented(driver.contract) if all(name in each for each in held)]
    if not held or not (names := [name for name in names if name != "channel"]):
        raise NotTested(
            "the lent customers have no documented attribute in common that could be put back",
            "lend customers with full profiles, or let the run create profiles",
        )
    return profiles.attributes(names, most=3)


def compare(driver: Driver, was: Whole, now: Whole) -> Compared:
    """Attribute by attribute, but for the dates that the service keeps itself."""
    own = owned(driver)
    return Compared(differences(dict(_members(was, own)), dict(_members(now, own))))


def owned(driver: Driver) -> frozenset[str]:
    """The dates that the service keeps itself, as far as is known."""
    kept = driver.is_app and driver.readings.settled("profile-dates") == "stored-as-sent"
    return frozenset[str]() if kept else SERVER_DATES


def _members(whole: Whole, owned: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for part, shown in whole.items():
        for number, profile in enumerate(shown, 1):
            place = f"{part} {number}: " if number > 1 else f"{part}: " if part != PROFILE else ""
            for name, values in profile.items():
                if name not in owned:
                    yield f"{place}{name}", values[0] if len(values) == 1 else list(values)


def write_back(driver: Driver, name: str, was: Any, now: Any) -> list[str]:
    """Sends what an update can make as it was again; says what was refused."""
    refused: list[str] = []
    for part, (_, operation) in OPERATIONS.items():
        before, after = (_only(whole, part) for whole in (was, now))
        if before is None or driver.target.path(operation) is None:
            continue
        for attributes in changes(driver, before, after or {}):
            refused += _sent(driver, operation, name, attributes)
    return refused


def _only(whole: Whole | None, part: str) -> Mapping[str, Sequence[str | None]] | None:
    """The profile of one part, where there is one and no more: an update cannot say which of several it means."""
    profiles = whole.get(part, ()) if whole is not None else ()
    return profiles[0] if len(profiles) == 1 else None


def _single(profile: Mapping[str, Sequence[str | None]]) -> dict[str, str]:
    """The attributes that an update can send."""
    return {
        name: values[0]
        for name, values in profile.items()
        if len(values) == 1 and values[0] is not None and name.lower() != "customerid"
    }


def changes(
    driver: Driver, was: Mapping[str, Sequence[str | None]], now: Mapping[str, Sequence[str | None]]
) -> Iterator[Mapping[str, str | None]]:
    """Attributes of one update after the other; names that may be refused stand alone."""
    single = _single(was)
    if driver.readings.settled("unsent-attributes") == "replace":
        yield dict(single)
        return
    changed: dict[str, str | None] = {n: v for n, v in single.items() if list(now.get(n, ())) != [v]}
    if driver.readings.settled("null-value") == "cleared":
        changed |= dict.fromkeys(name for name in now if name not in was)
    elif driver.readings.settled("empty-value") == "cleared":
        changed |= dict.fromkeys((name for name in now if name not in was), "")
    documented = documented_attributes(driver.contract)
    if known := {name: value for name, value in changed.items() if name in documented}:
        yield known
    yield from ({name: value} for name, value in changed.items() if name not in documented)


def _sent(driver: Driver, operation: str, customer: str, attributes: Mapping[str, str | None]) -> Iterator[str]:
    names = ", ".join(attributes)
    try:
        exchange = driver.put_back(driver.request(operation, driver.body([(customer, attributes)])))
        final = driver.follow(exchange)
    except Signal as signal:
        yield f"{names}: {signal.reason}"
        return
    if final is None:
        yield f"{names}: {driver.answered(exchange).shown()}"
    elif final.code != SUCCESS:
        yield f"{names}: {final.shown()}"

"""Checks of what only app profiles have: channels, dates, flags and app ids."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED, BAD_APP, SUCCESS, UNKNOWN_CUSTOMER
from conformance.imiconnect.driver import JSON, Driver
from conformance.judge.verdicts import NotTested
from strategies.imiconnect import profiles, values
from strategies.imiconnect.broken import Wrong


@check("channel-profiles", "dates-accepted", "flags-stored")
def check_channel_profiles(driver: Driver) -> None:
    """Stores generated profiles of each of the four channels with the documented attributes, and reads them back."""
    drawn = st.lists(profiles.channel_profiles(), min_size=1, max_size=6)

    def send(shapes: list[dict[str, str]]) -> None:
        customers = driver.customers(len(shapes))
        driver.change(list(zip(customers, shapes, strict=True)))
        driver.read(customers)

    driver.bench.for_all(drawn, send, share=driver.patient(0.5))
    driver.bench.begin_case("every documented attribute of each channel")
    customers = driver.customers(len(profiles.CHANNELS))
    full = []
    for customer, channel in zip(customers, profiles.CHANNELS, strict=True):
        moment, offset = "2016-07-11 17:02:51", "2016-07-25T16:39:54+0530"
        fixed = {"createdOn": moment, "updatedOn": moment, "last_opened": offset, "last_upgraded": offset}
        flags = dict.fromkeys(("verified", "connectStatus"), "0") | {"status": "1"}
        shape = {name: fixed.get(name, flags.get(name, f"{name} of it")) for name in profiles.CHANNELS[channel]}
        identity = {"userId": customer, "rtmId": f"{customer}_355004057394235"} if channel == "rt" else {}
        full.append((customer, {"channel": channel, **shape, **identity}))
    driver.change(full)
    driver.read(customers)


@check("flags-stored")
def check_flags(driver: Driver) -> None:
    """Sets each flag to 1 and to 0 and back, and reads the digits."""
    customers = driver.customers(2)
    for value in ("1", "0") if driver.hurried else ("1", "0", "1"):
        driver.bench.begin_case(f"flags to {value} and to the other")
        other = "0" if value == "1" else "1"
        changes = [{"verified": value, "status": other, "connectStatus": value}, {"verified": other, "status": value}]
        driver.change(list(zip(customers, changes, strict=True)))
        driver.read(customers)


@check("dates-accepted")
def check_dates(driver: Driver) -> None:
    """Sends generated dates of both documented forms, and reads back those that the client owns."""
    drawn = st.lists(
        st.fixed_dictionaries(
            {
                "createdOn": values.plain_dates(),
                "updatedOn": values.plain_dates(),
                "last_opened": values.offset_dates(),
                "last_upgraded": values.offset_dates(),
            }
        ),
        min_size=2,
        max_size=5,
    )

    def send(shapes: list[dict[str, str]]) -> None:
        customers = driver.customers(len(shapes))
        driver.change(list(zip(customers, shapes, strict=True)))
        driver.read(customers)

    driver.bench.for_all(drawn, send, share=driver.patient(0.2))


@check("several-channels")
def check_several_channels(driver: Driver) -> None:
    """Updates one customer for one channel after the other: every one must succeed that has a profile."""
    customers = driver.customers(4)
    taken = set[str]()
    channels = list(profiles.CHANNELS)
    for turn in range(2 if driver.hurried else len(channels)):
        driver.bench.begin_case(f"turn {turn + 1} of the channels {channels}")
        shapes = [channels[(turn + place) % len(channels)] for place in range(len(customers))]
        changes = [(c, {"channel": shape, "status": "1"}) for c, shape in zip(customers, shapes, strict=True)]
        exchange = driver.update(driver.body(changes))
        final = driver.follow(exchange) or driver.answered(exchange)
        good = {result.customer for result in final.results or () if result.code == SUCCESS}
        whole = final.code == SUCCESS and not final.failures
        taken |= {shape for c, shape in zip(customers, shapes, strict=True) if whole or c in good}
        driver.bench.expect(
            "several-channels",
            not refused(driver, final),
            observed=final.shown(),
            allowed="success for each channel",
        )
    if len(taken) < 2:
        raise NotTested(
            "the customers have profiles of fewer than two channels, and updates make no other",
            "lend customers with profiles of two channels",
        )


def refused(driver: Driver, final: Answered) -> bool:
    """Whether a channel was turned down; where each has its own profile, one that has none yet does not count."""
    failed = {result.code for result in final.results or () if result.code != SUCCESS}
    failed |= {final.code} - ACCEPTED if not final.results else set()
    if failed and driver.readings.may("profiles-per-channel", "one-per-channel"):
        return not failed <= {UNKNOWN_CUSTOMER, BAD_APP}
    return final.code != SUCCESS or bool(final.failures)


@check("unknown-app-refused")
def check_app_ids(driver: Driver) -> None:
    """Sends valid updates to app ids that are invented, malformed, near misses, or another tenant's."""
    customers = driver.customers(2)
    app_id = driver.app_id
    body = driver.body([(customer, {"name": "under another app id"}) for customer in customers])
    last = "1" if app_id[-1] != "1" else "2"
    cases = [
        Wrong("invented", f"a_{int.from_bytes(driver.bench.fresh().encode()[:7]):018d}"),
        Wrong("another last character", app_id[:-1] + last),
        Wrong("cut by one character", app_id[:-1]),
        Wrong("one character longer", app_id + last),
        Wrong("in the other case", app_id.swapcase()),
        Wrong("without its prefix", app_id.rpartition("_")[2]),
        Wrong("a word", "app"),
        Wrong("with characters that no id has", "a b;c"),
        Wrong("a pattern", "%"),
        Wrong("zero", "0"),
    ]
    if other := driver.target.data.get("other_tenant_app_id"):
        cases.append(Wrong("another tenant's", str(other)))
    cases = [case for case in cases if case.value and case.value != app_id]

    def send(case: Wrong) -> None:
        path = driver.path("update").removesuffix(quote(app_id, safe="")) + quote(case.value, safe="")
        driver.update(body, path=path)

    driver.bench.each(cases, send)
    if driver.target.credential("other_tenant_key") is not None:
        driver.bench.begin_case("the target's app id with another tenant's key")
        driver.update(body, headers=driver.headers(JSON, key=driver.other_key))
    driver.change([(driver.customers(1)[0], {"name": "the last one"})])
    driver.read(customers)


@check("missing-app-id-refused")
def check_missing_app_id(driver: Driver) -> None:
    """Sends valid updates to the path of updates without an app id, with and without its last slash."""
    path = driver.path("update").rpartition("/")[0]
    if not path:
        raise NotTested("the target's path of updates has no app id at its end")
    customers = driver.customers(2)
    body = driver.body([(customer, {"name": "under no app id"}) for customer in customers])
    driver.bench.each([path, path + "/"], lambda place: driver.update(body, path=place))
    driver.change([(driver.customers(1)[0], {"name": "the last one"})])
    driver.read(customers)

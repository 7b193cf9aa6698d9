"""Full replace of attributes: what is sent is stored, what is left out is lost, nothing else happens."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.checks.common import (
    alike,
    alone,
    attempt,
    complete,
    everything,
    extensions,
    holder,
    holders,
    several_attributes,
    texts,
    words,
)
from conformance.genesys.driver import Driver
from conformance.genesys.lending import sendable
from conformance.genesys.shown import no_value_form
from conformance.genesys.wire import accepted, status
from strategies.genesys import ID, profiles
from strategies.genesys.edits import sequences
from strategies.genesys.profiles import Members
from strategies.genesys.superset import extension_value


@check("sent-attributes-stored", "omitted-attributes-lost", "nothing-invented")
def check_subset_after_superset(driver: Driver) -> None:
    """Stores every attribute, sends a generated subset with other values, and compares every member of a query."""

    def body(members: Members) -> None:
        attempt(driver, holder(driver), members)

    texts(driver)
    several_attributes(driver)
    driver.bench.for_all(profiles.attributes(driver.schema, arrays=driver.arrays), body)
    every = profiles.attributes(driver.schema, arrays=driver.arrays, every=True)
    driver.bench.for_all(every, body, share=1.0 if driver.complete else 0.2)


@check("omitted-attributes-lost", "sent-attributes-stored")
def check_each_attribute_alone(driver: Driver) -> None:
    """Stores every attribute, then sends one of them alone: all others must be lost, whatever their shape was."""

    def one(name: str) -> None:
        attempt(driver, holder(driver, records=False), alone(driver, name))

    def all_but(name: str) -> None:
        kept = [each for each in texts(driver) if each != name]
        attempt(driver, holder(driver, records=False), alone(driver, *kept))

    several_attributes(driver)
    driver.bench.each(texts(driver), one)
    attempt(driver, holder(driver, records=False), everything(driver, records=False))
    if len(texts(driver)) > 1:
        driver.bench.each(texts(driver), all_but)


@check("last-update-stands", "sent-attributes-stored")
def check_sequences(driver: Driver) -> None:
    """Sends generated bodies one after another, each an edit of the one before, and queries after each."""

    def body(bodies: list[Members]) -> None:
        customer = driver.customer()
        for members in bodies:
            attempt(driver, customer, members)

    texts(driver)
    driver.bench.for_all(sequences(driver.schema, arrays=driver.arrays, every=driver.complete), body)


@check("last-update-stands")
def check_updates_without_pause(driver: Driver) -> None:
    """Sends generated bodies one right after the other and queries only at the end: the last one must stand."""

    def body(bodies: list[Members]) -> None:
        customer = holder(driver)
        driver.query(customer)
        for members in bodies:
            driver.update(customer, members)
        driver.query(customer)
        driver.query(customer, every=False)

    texts(driver)
    driver.bench.for_all(sequences(driver.schema, arrays=driver.arrays, every=driver.complete), body, share=0.4)


@check("repeat-changes-nothing")
def check_repeated_update(driver: Driver) -> None:
    """Sends a generated update twice and a third time, with a query after each: the first one must be the last word."""

    def body(members: Members) -> None:
        customer = driver.customer()
        for _ in range(3):
            attempt(driver, customer, members)

    texts(driver)
    strategy = profiles.profiles(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.6)


@check("query-modify-update")
def check_query_modify_update(driver: Driver) -> None:
    """Queries a full profile, sends it back with one attribute changed, and compares a second query with the first."""

    def body(change: tuple[str, str]) -> None:
        name, text = change
        customer = driver.customer(_returnable(driver))
        before = held(driver.profile(customer))
        sent = before | {name: text}
        exchange = driver.update(customer, sent, own_id=False)
        observed = f"status {status(exchange)}"
        driver.bench.expect("query-modify-update", accepted(exchange), observed=observed, allowed="success")
        after = held(driver.profile(customer))
        other = [key for key in {*sent, *after} - {name} if not alike(sent.get(key), after.get(key))]
        if after.get(name) not in (text, [text]):
            other.append(name)
        observed = ", ".join(f"{key} is {after.get(key)!r}" for key in other)
        allowed = ", ".join(f"{key}: {sent.get(key)!r}" for key in other)
        driver.bench.expect("query-modify-update", not other, observed=observed, allowed=allowed)

    def held(shown: Members) -> Members:
        """What has a value, as it may be sent; not what the server keeps itself."""
        return {n: sendable(driver, n, v) for n, v in shown.items() if n in known and no_value_form(v) is None}

    schema = driver.full_schema
    known = {ID} | {a.name for a in schema.writable} | {e.name for e in schema.extensions}
    names = st.sampled_from(texts(driver))
    text = st.text(st.sampled_from("abcxyz ,;"), min_size=1, max_size=9).map(lambda t: f"new {t}")
    driver.bench.for_all(st.tuples(names, text), body, share=0.4)


def _returnable(driver: Driver) -> Members:
    """A full profile without what may legally not be sent back as it is shown."""
    members = everything(driver)
    merging = driver.readings.may("multi-valued-records", "merge-by-unique")
    for extension in driver.schema.extensions:
        # Records without unique attributes may be added to the stored ones.
        if (extension.kind == "classifier" and extension.mark is None) or (
            merging and extension.kind == "multi-valued" and not extension.unique
        ):
            members.pop(extension.name, None)
    return members


@check("empty-update")
def check_empty_update(driver: Driver) -> None:
    """Sends an empty object to customers that hold everything, and an object with customer_id alone."""

    def empty(own_id: bool) -> None:
        customer = holder(driver)
        driver.put(customer, driver.update_request(customer, {}, own_id=own_id))
        driver.query(customer)

    driver.bench.each([False, True], empty)


@check("empty-update")
def check_extensions_alone(driver: Driver) -> None:
    """Sends generated extensions without any attribute to customers that hold everything."""

    def body(members: Members) -> None:
        attempt(driver, holder(driver), members)

    def each(name: str) -> None:
        extension = driver.schema.extension(name)
        assert extension is not None
        attempt(driver, holder(driver), {name: extension_value(extension, driver.bench.fresh(4))})

    driver.bench.each([e.name for e in extensions(driver)], each)
    driver.bench.for_all(profiles.extensions(driver.schema), body, share=0.4)


@check("other-customers-untouched")
def check_other_customers(driver: Driver) -> None:
    """Updates one of three customers that hold equally shaped values, and queries the others before and after."""

    def body(members: Members) -> None:
        first, second, third = holders(driver, 3)
        for customer in (second, third, first):
            driver.query(customer)
        for customer in (first, second):
            driver.update(customer, members)
            for other in (third, first, second):
                driver.query(other)

    texts(driver)
    if driver.lent:
        _lent_pair(driver)
        return
    driver.bench.for_all(profiles.profiles(driver.schema, arrays=driver.arrays, every=driver.complete), body, share=0.4)
    driver.bench.each(["reordered lists", "other extensions"], lambda kind: body(_equally_long(driver, kind)))


def _equally_long(driver: Driver, kind: str) -> Members:
    """A body whose lists are as long as those of a holder."""
    return everything(driver, records=kind == "other extensions")


def _lent_pair(driver: Driver) -> None:
    first, second = holders(driver)
    driver.query(second)
    attempt(driver, first, everything(driver))
    driver.query(second)


@check("other-customers-untouched", "query-names-customer")
def check_neighbors(driver: Driver) -> None:
    """Updates and deletes customers whose ids differ in one character or in case alone, and queries their neighbors."""
    if driver.readings.settled("created-id") == "generated" or driver.lent:
        named = holders(driver)
    else:
        stem = driver.bench.fresh(14)
        made = [driver.create(everything(driver), stem + end)[1] for end in ("Xa", "Xb", "xa", "X", "")]
        named = list(dict.fromkeys(name for name in made if name is not None))
        named = named if len(named) > 1 else holders(driver)
    for name in named:
        driver.query(name)
    for name in named:
        attempt(driver, name, everything(driver))
        for other in named:
            driver.query(other)
    if driver.has("delete") and not driver.lent:
        driver.remove(named[0])
        for other in named:
            driver.query(other)


@check("nothing-invented")
def check_new_customer_is_empty(driver: Driver) -> None:
    """Deletes a full profile, creates the same id again or another, and updates it: nothing of the old one may show."""
    driver.need("create", "delete")
    name = texts(driver)[0]
    first = holder(driver)
    before = driver.profile(first)
    driver.remove(first)
    driver.query(first)
    wanted = None if driver.readings.settled("created-id") == "generated" else first
    _, again = driver.create(words(driver, name), wanted)
    again = again or driver.customer(words(driver, name))
    members = complete(driver, words(driver, name))
    attempt(driver, again, members)
    after = driver.profile(again)
    known = {e.name for e in driver.full_schema.extensions} | {a.name for a in driver.full_schema.writable}
    kept = [key for key in before if key in known and key not in members and key in after]
    left = [key for key in kept if alike(before[key], after[key])]
    observed = ", ".join(f"{key} is {after[key]!r}, as of a deleted customer" for key in left)
    driver.bench.expect("nothing-invented", not left, observed=observed, allowed="what was sent for this customer")

"""The codes of the table, each provoked by requests that are wrong in exactly one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import need_shown, person, renamed
from strategies.fiserv.edits import Edit, without_required, wrong_types
from strategies.fiserv.profiles import full_profile
from strategies.fiserv.schema import Content
from strategies.fiserv.values import letters, unknown_homes, unknown_words
from strategies.fiserv.wire import Format


@dataclass(frozen=True)
class _Case:
    edit: Edit
    format: Format

    def __repr__(self) -> str:
        return f"{self.edit!r} in {self.format}"


def _send_edits(driver: Driver, edits: Sequence[Edit], content: Content) -> None:
    """Sends each edit in each format that can express it, and reads back: nothing may have changed."""
    me = driver.me
    driver.seed(me, "Edits")

    def body(case: _Case) -> None:
        driver.update(case.edit({**content, "RqUID": driver.request_id()}), case.format)

    driver.bench.each([_Case(e, f) for e in edits for f in driver.formats if f in e.formats], body)
    driver.read(me)


@check("missing-member-code", "error-changes-nothing")
def check_missing(driver: Driver) -> None:
    """Takes each required member out of a full update in turn, in both formats."""
    content = driver.update_of(driver.me, full_profile(driver.words, "Missing"))
    _send_edits(driver, list(without_required(content)), content)


@check("invalid-field-code", "malformed-home-code", "error-changes-nothing")
def check_invalid(driver: Driver) -> None:
    """Gives each member of a full update in turn a value of the wrong type or outside its enumeration."""
    numbers = {"CEInviteClientID": 2**53 + 1, "InstallID": 7}
    content = driver.update_of(driver.me, {**full_profile(driver.words, "Invalid"), **numbers})
    _send_edits(driver, list(wrong_types(content)), content)


@check("invalid-field-code", "error-changes-nothing")
def check_enumeration(driver: Driver) -> None:
    """Sends generated words as AdvisorRegStatus beside a change, and reads back."""
    me = driver.me
    need_shown(driver, "AdvisorRegStatus")
    driver.seed(me, "Words")

    def body(case: tuple[str, Format]) -> None:
        driver.change(me, {**renamed(driver, "Word"), "AdvisorRegStatus": case[0]}, case[1])
        driver.read(me)

    words = st.one_of(unknown_words(), st.sampled_from(["f", "p", "FP", "F F", "Full", "0"]))
    driver.bench.for_all(st.tuples(words, st.sampled_from(driver.formats)), body, share=0.6)


@check("malformed-home-code", "error-changes-nothing")
def check_malformed_home(driver: Driver) -> None:
    """Sends generated letters as UserProfile.HomeID beside a change, and reads back."""
    me = driver.me
    driver.seed(me, "Letters")

    def body(case: tuple[str, Format]) -> None:
        driver.change(me, {**renamed(driver, "Letter"), "HomeID": case[0]}, case[1])
        driver.read(me)

    driver.bench.for_all(st.tuples(letters(driver.home), st.sampled_from(driver.formats)), body, share=0.6)


@check("unknown-home-code", "identity-triple")
def check_unknown_home(driver: Driver) -> None:
    """Sends generated homes that are none, in UserProfile or in SignonRq, beside a change, and reads back."""
    me = driver.me
    driver.seed(me, "Homes")

    def body(case: tuple[int, Format, bool]) -> None:
        home, format_, signing = case
        profile = renamed(driver, "Home")
        if signing:
            driver.update(driver.update_of(me, profile, HomeID=home), format_)
        else:
            driver.change(me, {**profile, "HomeID": home}, format_)
        driver.read(me)

    homes = st.one_of(st.just(driver.unknown_home), unknown_homes(driver.home))
    driver.bench.for_all(st.tuples(homes, st.sampled_from(driver.formats), st.booleans()), body)


@check("unknown-home-code")
def check_foreign_home(driver: Driver) -> None:
    """Names another partner's home, as a new user and as that of the target file, who may have a namesake there."""
    homes = [driver.unknown_home, 0, -1]
    if driver.target.data.get("other_partner_home") is not None:
        homes.append(int(driver.target.data["other_partner_home"]))

    def body(case: tuple[int, Format, User]) -> None:
        home, format_, user = case
        driver.change(user, {**renamed(driver, "Foreign"), "HomeID": home}, format_)

    users = (driver.me, driver.given)
    driver.bench.each([(home, f, user) for home in homes for f in driver.formats for user in users], body)


@check("encryption-scheme-code", "error-changes-nothing")
def check_scheme(driver: Driver) -> None:
    """Sends generated words as CryptType beside a change, and reads back."""
    me = driver.me
    driver.seed(me, "Scheme")

    def body(case: tuple[str, Format]) -> None:
        password = {"CryptType": case[0], "CryptVal": me.password}
        driver.update(driver.update_of(me, renamed(driver, "Crypt"), UserPassword=password), case[1])
        driver.read(me)

    words = st.one_of(unknown_words(), unknown_words().map(lambda word: driver.crypt_type + word))
    driver.bench.for_all(st.tuples(words, st.sampled_from(driver.formats)), body, share=0.6)


@check("unknown-user-code")
def check_unknown_user(driver: Driver) -> None:
    """Names users who were never created: in UserProfile alone, as administrator, and as the one who signs on."""
    me = driver.me
    near = [f"{me.id}x", me.id[:-1], f"x{me.id}"] if me.ours else []
    signers: list[User | None] = [me, None, *([driver.admin] if driver.admin else [])]

    def body(case: tuple[str, Format, User | None]) -> None:
        user, format_, signer = case
        nobody = User(user, "Pw1-nobody-nowhere")
        driver.update(driver.update_of(nobody, renamed(driver, "Nobody"), by=signer), format_)

    impossible = [f"{me.id} {me.id}", "a.b@c", "x" * 33]  # against the published rules for UserIDs
    names = [driver.fresh_id(), *near, *impossible]
    driver.bench.each([(n, f, s) for n in names for f in driver.formats for s in signers], body)


@check("unknown-user-code")
def check_deleted_user(driver: Driver) -> None:
    """Creates a user, updates and deletes it, and updates it again, by itself and by the others."""
    gone = driver.own_user()
    driver.change(gone, person(driver, PersonName={"LastName": "Here"}))
    driver.delete(gone)
    signers = [gone, driver.me, driver.need_admin]

    def body(case: tuple[User, Format]) -> None:
        driver.update(driver.update_of(gone, renamed(driver, "Gone"), by=case[0]), case[1])

    driver.bench.each([(signer, format_) for signer in signers for format_ in driver.formats], body)

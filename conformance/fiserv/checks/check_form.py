"""The form of requests: damaged bodies, unknown members, freedoms on which the documents are silent."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import contact, invalid, person, renamed
from conformance.fiserv.probes.form import without_content_type
from strategies.fiserv.edits import unknown_members
from strategies.fiserv.profiles import full_profile, profiles
from strategies.fiserv.schema import Content, at
from strategies.fiserv.values import not_emails, unknown_words
from strategies.fiserv.wire import NAMESPACE, Format


@check("unparsable-refused", "error-changes-nothing")
def check_damaged(driver: Driver) -> None:
    """Sends generated updates that are cut off or damaged at a generated place, and reads back."""
    me = driver.me
    driver.seed(me, "Whole")

    def body(case: tuple[Content, Format, int, bytes]) -> None:
        profile, format_, place, damage = case
        message = driver.body("update", driver.update_of(me, profile), format_)
        at = 1 + place % (len(message) - 2)
        driver.post(message[:at] + damage, format_)
        driver.read(me)

    damages = st.sampled_from([b"", b"<", b"&", b"{", b"]", b"\xff\xfe"])
    cases = st.tuples(profiles(driver.words), st.sampled_from(driver.formats), st.integers(0, 5000), damages)
    driver.bench.for_all(cases, body)


@check("unparsable-refused", "error-changes-nothing")
def check_damaged_late(driver: Driver) -> None:
    """Sends XML updates that are damaged where a forgiving reader would not mind, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.seed(me, "Late")

    def body(case: tuple[bytes, bytes, Format]) -> None:
        old, new, format_ = case
        message = driver.body("update", driver.update_of(me, renamed(driver, "Mark")), format_)
        driver.post(message.replace(old, new, 1) if old else message + new, format_)
        driver.read(me)

    damages = {
        Format.XML: [
            (b"", b"x"),
            (b"", b"<a/>"),
            (b"Mark", b"Mark &nothing; more"),
            (b"Mark", b"Mark & more"),
            (b"</LastName>", b"</Lastname>"),
            (b"</UserProfileModRqHeader>", b""),
            (b"<LastName>", b'<LastName a="1" a="1">'),
        ],
    }
    driver.bench.each([(*damage, f) for f in damages for damage in damages[f]], body)


@check("unparsable-refused")
def check_no_message(driver: Driver) -> None:
    """Sends bodies that are no message at all."""
    bodies = [b"", b" ", b"{", b"<", b"}{", b"<a><b></a></b>", b"\x00", b"<a>&nothing;</a>", b"'quoted'"]
    # A byte that begins the other format is not well-formed in this one either.
    driver.bench.each([(body, f) for body in bodies for f in driver.formats], lambda c: driver.post(c[0], c[1]))


@check("format-governed")
def check_unknown_members(driver: Driver) -> None:
    """Adds one unknown member to each object of a full update in turn, in both formats."""
    content = driver.update_of(driver.me, full_profile(driver.words, "Surplus"))
    edits = list(unknown_members(content))

    def body(case: tuple[int, Format]) -> None:
        driver.update(edits[case[0]]({**content, "RqUID": driver.request_id()}), case[1])

    driver.bench.each([(number, f) for number in range(len(edits)) for f in driver.formats], body)


@check("format-governed")
def check_namespaces(driver: Driver) -> None:
    """Sends good XML updates in no namespace and in the vendor's, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me

    def body(namespace: str | None) -> None:
        content = driver.update_of(me, full_profile(driver.words, "Space"))
        driver.post(driver.body("update", content, Format.XML, namespace=namespace), Format.XML)
        driver.read(me)

    driver.bench.each([None, NAMESPACE], body)


@check("code-in-table")
def check_other_message(driver: Driver) -> None:
    """Sends the messages of other operations to the update."""
    me = driver.me
    driver.speaks(Format.XML)
    driver.post(driver.body("read", driver.head(me), Format.XML), Format.XML)
    driver.post(driver.body("signon", driver.head(me), Format.XML), Format.XML)


@check("message-form")
def check_order(driver: Driver) -> None:
    """Sends XML updates in which the members of one element after the other stand in the opposite order."""
    driver.speaks(Format.XML)
    me = driver.me
    profile = full_profile(driver.words, "Order")
    places = (
        "UserProfileModRqHeader",
        "UserInfo",
        "UserProfile",
        "PersonInfo",
        "PersonName",
        "ContactInfo",
        "PhoneNum",
        "PostAddr",
    )

    def body(place: str) -> None:
        message = driver.body("update", driver.update_of(me, profile), Format.XML, reordered=(place,))
        driver.post(message, Format.XML)

    driver.bench.each(places, body)


@check("message-form")
def check_freedoms(driver: Driver) -> None:
    """Sends quoted integers, numbers for texts, a DOCTYPE, and no Content-Type, and reads back each time."""
    me = driver.me
    driver.seed(me, "Form")

    def doctype(content: Content) -> None:
        driver.post(driver.body("update", content, Format.XML, doctype=True), Format.XML)

    def with_members(**members: object) -> Callable[[Content], None]:
        def send(content: Content) -> None:
            if driver.undoable(members, me) == members:
                content["UserProfileModRq"]["UserProfile"].update(members)
                driver.update(content, Format.JSON)

        return send

    def untyped(content: Content, format_: Format) -> None:
        driver.send(without_content_type(driver.request("update", driver.body("update", content, format_), format_)))

    json_forms = (
        with_members(HomeID=str(driver.home)),
        with_members(InstallID="7"),
        with_members(CEInviteClientID="12345678901234"),
        with_members(AppID=5550100),
        with_members(**contact(driver, PhoneNum=[{"PhoneType": driver.words.phone_types[0], "Phone": 5550100}])),
        with_members(**contact(driver, PostAddr={"Addr1": "1 Form", "Country": "NZ", "PostalCode": 6011})),
        with_members(**person(driver, PersonName={"LastName": 7})),
    )
    forms = {Format.XML: (doctype,), Format.JSON: json_forms}

    def body(format_: Format) -> None:
        for number, form in enumerate(forms[format_]):
            form(driver.update_of(me, renamed(driver, f"Form {number}")))
            driver.read(me)
        untyped(driver.update_of(me, renamed(driver, "Untyped")), format_)
        driver.read(me)

    driver.bench.each(driver.formats, body)


@check("email-taken")
def check_email(driver: Driver) -> None:
    """Sends generated texts that are no e-mail addresses, and reads back."""
    me = driver.me
    driver.whole(contact(driver, EmailAddr="x"))

    def body(case: tuple[str, Format]) -> None:
        driver.change(me, contact(driver, EmailAddr=case[0]), case[1])
        seen = driver.read(me)
        if driver.readings.settled("invalid-email") == "accepted" and seen is not None:
            stored = at(seen, "PersonInfo", "ContactInfo", "EmailAddr")
            observed = f"{stored!r} is stored for {case[0]!r}"
            driver.bench.expect("email-taken", stored == case[0], observed=observed, allowed="as sent")

    driver.bench.for_all(st.tuples(not_emails(), st.sampled_from(driver.formats)), body, share=0.6)


@check("type-words")
def check_words(driver: Driver) -> None:
    """Sends the words of types in the canonical and in other spellings, and invented ones, and reads back."""
    me = driver.me
    driver.whole(person(driver))
    phones, name = driver.words.phone_types, driver.words.name_addr_type
    spellings = [word for kind in phones for word in (kind, kind.capitalize(), kind.lower(), kind.upper())]
    names = [name, name.lower(), name.upper()]
    listed = [contact(driver, PhoneNum=[{"PhoneType": word, "Phone": "5550177"}]) for word in [*spellings, "Zq7xvj"]]
    listed += [{"PersonInfo": {"NameAddrType": word, "PersonName": {}}} for word in [*names, "Zq8xvj"]]

    def body(case: tuple[Content, Format]) -> None:
        driver.change(me, *case)
        driver.read(me)

    driver.bench.each([(profile, f) for profile in listed for f in driver.formats], body)
    driver.bench.for_all(unknown_words(), lambda word: driver.change(me, person(driver, NameAddrType=word)), share=0.2)


@check("duplicate-phones")
def check_duplicates(driver: Driver) -> None:
    """Sends two phones of each type, with different and with the same number, in both formats."""
    me = driver.me
    kinds = [kind for kind in driver.words.phone_types if "evening" in kind.lower() or "day" in kind.lower()]
    driver.whole(contact(driver, PhoneNum=[{"PhoneType": driver.words.phone_types[0], "Phone": "5550101"}]))
    pairs = [(kind, second) for kind in kinds or driver.words.phone_types for second in ("5550102", "5550101")]

    def body(case: tuple[tuple[str, str], Format]) -> None:
        (kind, second), format_ = case
        for numbers in (("5550101", second), ("5550101", second, "5550103")):
            phones = [{"PhoneType": kind, "Phone": phone} for phone in numbers]
            driver.change(me, contact(driver, PhoneNum=phones), format_)
            driver.read(me)

    driver.bench.each([(pair, f) for pair in pairs for f in driver.formats], body)


@check("same-fault-same-code")
def check_several_faults(driver: Driver) -> None:
    """Sends requests with two faults several times, in a row and in turn with others, and compares the codes."""
    me = driver.me
    lacking = contact(driver, PhoneNum=[{"Phone": "5550100"}])

    def signed_wrong(profile: Content) -> Content:
        content = driver.update_of(me, profile)
        content["SignonRq"]["UserInfo"]["UserPassword"]["CryptType"] = "Zq7xvj"
        return content

    cases: list[Callable[[], Content]] = [
        lambda: signed_wrong(lacking),
        lambda: signed_wrong(invalid(driver)),
        lambda: driver.update_of(me, {**lacking, "HomeID": driver.unknown_home}),
        lambda: {**driver.update_of(me, invalid(driver)), "partnerID": driver.unknown_partner},
        lambda: signed_wrong({"HomeID": driver.unknown_home}),
    ]

    def body(format_: Format) -> None:
        # Twice in a row and in rounds: an answer that changes with every turn must not fall into step.
        for case in (*cases, *cases[::-1], *(case for case in cases for _ in range(2))):
            driver.update(case(), format_)
            # A good sign-on after each, for a target may lock users out after a few that failed.
            driver.read(me, format_)

    driver.bench.each(driver.formats, body)

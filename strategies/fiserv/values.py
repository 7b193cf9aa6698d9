"""Single values: texts, phone numbers, identifiers, and words that are surely not known."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# What XML 1.0 can carry and no white space handling can touch: no control characters, no separators but the blank.
_CHARACTERS = st.characters(
    min_codepoint=0x20,
    exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"),
    exclude_characters="\u00a0\ufeff\ufffe\uffff",
)
# Texts that storage, escaping or conversion gone wrong would change.
AWKWARD = (
    "&",
    "&amp;",
    "<tag/>",
    "]]>",
    '"quoted"',
    "O'Neil",
    "a\\b",
    "50%",
    "a;b,c|d",
    "00420",
    "1e5",
    "true",
    "null",
    "Zoë",
    "名前",
    "\U0001f642",
    "e\u0301",
    "two  blanks",
)
# One text of every plane of Unicode; XML 1.0, section 2.2, allows them all, also where nothing is assigned yet.
PLANES = tuple(f"plane {plane}{chr((plane << 16) + 0x0100)}{chr((plane << 16) + 0xFFFD)}" for plane in range(17))

# Request identifiers of kinds that software reads as something else: several of each, for either format and outcome.
REQUEST_IDS = (
    *("4711", "42", "20240229", "1234567890", "9007199254740993", "12345678901234567890", "1" * 30),
    *("007", "00420", "0000", "0123456789", "-5", "+7", "1.50", "1e5", "0x1F"),
    *("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"),
    *("6BA7B8109DAD11D180B400C04FD430C8", "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}", "ABCDEF-123", "MiXeD-cAsE"),
    *(
        "a b c",
        "two words",
        "x" * 33,
        "y" * 36,
        "2021-06-01T12:00:00+02:00",
        "01/02/2021",
        "a/b",
        "a+b",
        "a%20b",
        "a=b&c=d",
    ),
    *("a:b", "a,b", "a;b", "a|b", "a_b", "#1", "$1", "@id", "~", "None", "false", "True", "NaN", "Infinity"),
)
# Each mark of ASCII at the beginning of an RqUID and at its end, where readers like to cut it off.
EDGED_IDS = (*(f"{mark}Aa0{mark * 2}" for mark in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), "YWJjZA==", "YWJjZGU=")


def _trimmed(text: str) -> str:
    return " ".join(text.split()) or "x"


def texts(max_size: int = 24) -> SearchStrategy[str]:
    """Text of at least one character, without white space at its ends; often with characters that need care."""
    plain = st.text(_CHARACTERS, min_size=1, max_size=max_size).map(_trimmed)
    return st.one_of(
        st.text("abcdefghijklmnopqrstuvwxyzABCXYZ", min_size=1, max_size=max_size),
        plain,
        st.tuples(st.sampled_from(AWKWARD), st.text("abc ", max_size=4)).map(lambda pair: _trimmed("".join(pair))),
    )


def long_texts() -> SearchStrategy[str]:
    """Text around the lengths at which columns are usually cut."""
    sizes = st.sampled_from([20, 30, 31, 32, 33, 40, 41, 50, 51, 64, 65, 80, 100, 101, 128, 129, 255])
    return st.builds(lambda size, end: ("Longname " * 40)[: size - 1] + end, sizes, st.sampled_from("xyzé"))


def phones() -> SearchStrategy[str]:
    """A phone number of digits."""
    return st.text("0123456789", min_size=7, max_size=15)


def emails() -> SearchStrategy[str]:
    """A plain e-mail address, short or long, in small and capital letters."""
    letters = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789"
    local = st.one_of(st.text(letters, min_size=1, max_size=10), st.text(letters, min_size=50, max_size=64))
    host = st.one_of(st.text(letters.lower(), min_size=1, max_size=10), st.just("long" * 15))
    return st.builds(lambda a, b: f"{a}@{b}.example.com", local, host)


def not_emails() -> SearchStrategy[str]:
    """Text that is no e-mail address: mostly without an at sign, sometimes with several or with nothing beside it."""
    without = st.text("abcdefghijklmnopqrstuvwxyz.-_ ", min_size=1, max_size=20).map(_trimmed)
    return st.one_of(without, st.sampled_from(["@", "a@@b", "a@b@c.example.com", "@b", "a@", "a b@c"]))


def unknown_words() -> SearchStrategy[str]:
    """A word that is surely in no list: of a phone type, an encryption scheme, an enumeration."""
    return st.integers(0, 99999).map(lambda n: f"Zq{n}xvj")


def unknown_homes(home: int) -> SearchStrategy[int]:
    """A HomeID that is well-formed and far from those that are given out, sometimes the same in its last 32 bits."""
    near = st.integers(2**15, 2**30).map(lambda n: home + (n << 32))
    return st.one_of(st.just(0), st.integers(-(2**63), -1), near, st.integers(10**14, 2**63 - 1))


def letters(number: int) -> SearchStrategy[str]:
    """Text that is no number, sometimes one that begins with a right one."""
    words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
    return st.one_of(words, words.map(lambda word: f"{number}{word}"), words.map(lambda word: f"{word}{number}"))


def request_ids() -> SearchStrategy[str]:
    """Request identifiers: short and long ones, with blanks inside, with what needs escapes, beyond ASCII."""
    return st.one_of(
        st.text("abc019-", min_size=1, max_size=3),
        st.integers(33, 300).map(lambda n: ("RqUID-0123456789" * 20)[:n]),
        texts(40),
        st.uuids().map(str),
    )

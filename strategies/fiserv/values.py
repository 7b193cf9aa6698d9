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
_AWKWARD = (
    "&",
    "<tag/>",
    "]]>",
    '"quoted"',
    "O'Neil",
    "a\\b",
    "50%",
    "a;b,c|d",
    "Zoë",
    "名前",
    "\U0001f642",
    "ﬁ",
    "e\u0301",
)


def _trimmed(text: str) -> str:
    return " ".join(text.split()) or "x"


def texts(max_size: int = 24) -> SearchStrategy[str]:
    """Text of at least one character, without white space at its ends; often with characters that need care."""
    plain = st.text(_CHARACTERS, min_size=1, max_size=max_size).map(_trimmed)
    return st.one_of(
        st.text("abcdefghijklmnopqrstuvwxyzABCXYZ", min_size=1, max_size=max_size),
        plain,
        st.tuples(st.sampled_from(_AWKWARD), st.text("abc ", max_size=4)).map(lambda pair: _trimmed("".join(pair))),
    )


def long_texts() -> SearchStrategy[str]:
    """Text around the lengths at which columns are usually cut."""
    sizes = st.sampled_from([20, 30, 31, 32, 33, 40, 41, 50, 51, 64, 65, 80, 100, 101, 128, 129, 255])
    return st.builds(lambda size, end: ("Longname " * 40)[: size - 1] + end, sizes, st.sampled_from("xyzé"))


def phones() -> SearchStrategy[str]:
    """A phone number of digits."""
    return st.text("0123456789", min_size=7, max_size=15)


def emails() -> SearchStrategy[str]:
    """A plain e-mail address."""
    part = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10)
    return st.builds(lambda a, b: f"{a}@{b}.example.com", part, part)


def not_emails() -> SearchStrategy[str]:
    """Text without an at sign: no e-mail address by any reading."""
    return st.text("abcdefghijklmnopqrstuvwxyz.-_ ", min_size=1, max_size=20).map(_trimmed)


def unknown_words() -> SearchStrategy[str]:
    """A word that is surely in no list: of a phone type, an encryption scheme, an enumeration."""
    return st.integers(0, 99999).map(lambda n: f"Zq{n}xvj")


def unknown_homes() -> SearchStrategy[int]:
    """A HomeID that is well-formed and far beyond those that are given out."""
    return st.integers(10**14, 2**63 - 1)


def letters() -> SearchStrategy[str]:
    """Text that is no number."""
    return st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


def request_ids() -> SearchStrategy[str]:
    """Request identifiers: short and long ones, with blanks inside, with what needs escapes, beyond ASCII."""
    return st.one_of(
        st.text("abc019-", min_size=1, max_size=3),
        st.integers(33, 300).map(lambda n: ("RqUID-0123456789" * 20)[:n]),
        texts(40),
        st.uuids().map(str),
    )

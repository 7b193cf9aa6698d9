"""What careless implementations make of texts: one function for each class of values in `specs/values.yaml`."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

Spoil = Callable[[str], str]

LONGEST = 2000  # characters
LONGEST_BYTES = 512
DOUBLE_DIGITS = 16
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
OFFSET_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d")
EMOJI = re.compile("[\U0001f300-\U0001faff]")
INNER_CAPITAL = re.compile("[a-z][A-Z]|[A-Z]{3}")
NOTHING = frozenset({"null", "None", "undefined"})
BOOLEANS = {"true": "1", "false": "0", "Yes": "1", "No": "0", "yes": "1", "no": "0"}
TYPOGRAPHIC = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"'}


def _replacing(pattern: str, replacement: str) -> Spoil:
    found = re.compile(pattern, re.DOTALL)
    return lambda text: found.sub(replacement, text)


def _translating(table: Mapping[str, str]) -> Spoil:
    translation = str.maketrans(dict(table))
    return lambda text: text.translate(translation)


def _phone_digits(text: str) -> str:
    return re.sub(r"\D", "", text) if re.match(r"\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}", text) else text


def _lower_email(text: str) -> str:
    return text.lower() if EMAIL.fullmatch(text) else text


def _without_tag(text: str) -> str:
    return re.sub(r"\+[^@]*(?=@)", "", text) if EMAIL.fullmatch(text) else text


def _plus_to_blank(text: str) -> str:
    return text if "@" in text else re.sub(r"(?<=[A-Za-z])\+(?=[A-Za-z])", " ", text)


def _unquoted(text: str) -> str:
    return text if "://" in text else unquote(text)


def _decomposed(text: str) -> str:
    return re.sub("[\u00c0-\u00ff]", lambda found: unicodedata.normalize("NFD", found[0]), text)


def _without_marks(text: str) -> str:
    others = {"\u0141": "L", "\u0142": "l"}
    return re.sub(
        "[\u0100-\u017f]", lambda found: others.get(found[0]) or unicodedata.normalize("NFD", found[0])[0], text
    )


def _compatible(text: str) -> str:
    compatible = "[\ufb00-\ufb06\uff01-\uff5e\u00b2\u00b3]"
    return re.sub(compatible, lambda found: unicodedata.normalize("NFKC", found[0]), text)


def _without_emoji(text: str) -> str:
    return text if "\u200d" in text else EMOJI.sub("", text)


def _cut_bytes(text: str) -> str:
    return text if text.isascii() else text.encode()[:LONGEST_BYTES].decode(errors="ignore")


def _as_double(text: str) -> str:
    return str(int(float(text))) if text.isascii() and text.isdigit() and len(text) >= DOUBLE_DIGITS else text


def _as_number(text: str) -> str:
    return repr(float(text)) if re.fullmatch(r"\d+\.\d+|\d+e\d+", text) else text


def _ungrouped(text: str) -> str:
    return text.replace(" ", "") if re.fullmatch(r"([A-Z]{2})?\d+( \d+)+", text) else text


def _in_utc(text: str) -> str:
    if not OFFSET_TIME.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return text


def _without_fragment(text: str) -> str:
    return text.partition("#")[0] if "://" in text else text


def _without_query(text: str) -> str:
    return text.partition("?")[0] if "://" in text else text


def _lower_host(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    return parts._replace(netloc=parts.netloc.lower()).geturl() if "://" in text and parts.netloc else text


def _escaped(text: str) -> str:
    if "://" in text:
        return text
    return re.sub(r"&(?!#?\w+;)", "&amp;", text).replace(" < ", " &lt; ").replace(" > ", " &gt; ")


def _parsed(text: str) -> str:
    if text[:1] not in '{["':
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else json.dumps(value)


def _title(text: str) -> str:
    plain = all(letter == " " or (letter.isascii() and letter.isalpha()) for letter in text)
    return text.title() if plain and INNER_CAPITAL.search(text) else text


def _lower_uuid(text: str) -> str:
    return text.lower() if re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text) else text


SPOILING: Mapping[str, Spoil] = MappingProxyType(
    {
        "plus-signs": _replacing(r"\A\+(?=\d)", ""),
        "phone-punctuation": _phone_digits,
        "email-capitals": _lower_email,
        "email-tags": _without_tag,
        "no-break-spaces": _replacing("[\u00a0\u202f]", " "),
        "blanks-inside": _replacing("(?<=[^ ])  +(?=[^ ])", " "),
        "blanks-at-ends": lambda text: text.strip(" ") or text,
        "percent-sequences": _unquoted,
        "plus-for-blank": _plus_to_blank,
        "line-ends": _replacing("\r\n", "\n"),
        "line-feeds": _replacing("(?<!\r)\n|\t", " "),
        "typographic-quotes": _translating(TYPOGRAPHIC),
        "dashes": _translating({"\u2013": "-", "\u2014": "-", "\u2026": "..."}),
        "combining-letters": lambda text: unicodedata.normalize("NFC", text),
        "precomposed-letters": _decomposed,
        "letters-beyond-latin-1": _without_marks,
        "sharp-s": _translating({"\u00df": "ss"}),
        "currency-signs": _translating({"\u20ac": "?", "\u2030": "?"}),
        "compatibility-letters": _compatible,
        "greek-and-cyrillic": _replacing("[\u0370-\u04ff]", "?"),
        "east-asian-text": _replacing("[\u540d\u524d]|[\uac00-\ud7a3]", "?"),
        "rare-ideographs": _replacing("[\U00020000-\U0003ffff]", "\ufffd"),
        "right-to-left-text": _replacing("[\u200e\u200f\u202a-\u202e]", ""),
        "joined-emoji": _replacing("[\u200d\ufe0f]", ""),
        "emoji": _without_emoji,
        "invisible-characters": _replacing("[\u00ad\u200b]", ""),
        "long-texts": lambda text: text[:LONGEST],
        "long-words-beyond-ascii": _cut_bytes,
        "leading-zeros": _replacing(r"\A0+(?=\d+\Z)", ""),
        "large-numbers": _as_double,
        "decimal-fractions": _as_number,
        "grouped-digits": _ungrouped,
        "whole-dates": _replacing(r"-02-29\Z", "-02-28"),
        "daylight-saving": _replacing(r"(?<=\A\d{4}-\d\d-\d\d )02(?=:\d\d:\d\d\Z)", "03"),
        "offsets": _in_utc,
        "local-dates": _replacing(r"\A(\d\d)[./](\d\d)[./](\d{4})\Z", r"\3-\2-\1"),
        "url-fragments": _without_fragment,
        "url-queries": _without_query,
        "url-capitals": _lower_host,
        "entities": html.unescape,
        "ampersands": _escaped,
        "markup": _replacing(r"</?(?:b|br|i) ?/?>", ""),
        "text-like-json": _parsed,
        "text-like-nothing": lambda text: "" if text in NOTHING else text,
        "text-like-booleans": lambda text: BOOLEANS.get(text, text),
        "placeholders": _replacing(r"(?<![{$])\{\w+\}(?!\})|%s", ""),
        "apostrophes": _replacing(r"(?<=\w)'(?=\w)", "''"),
        "backslashes": _replacing(r"(?<=\w)\\(?=\w)", ""),
        "separators": _replacing(r"\A(\w+)[;|]\w.*\Z", r"\1"),
        "commas": _replacing(r"\A(\w+), (\w+)\Z", r"\2 \1"),
        "capitals": _title,
        "uuids": _lower_uuid,
        "repeated-characters": _replacing(r"\A(\w?)([a-z])\2{2,}\Z", r"\1\2\2"),
        "sql-injection": _replacing("'.*--", ""),
        "scripts": _replacing("<script.*</script>|javascript:", ""),
        "path-traversal": _replacing(r"\.\.[/\\]", ""),
        "lookups": _replacing(r"\$\{[a-z]+:[^}]*\}|\{\{[^}]*\}\}", ""),
    }
)

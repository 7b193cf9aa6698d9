"""Forms of dates and times, and what each may come back as."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import Enum

CANONICAL = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
DAY = re.compile(r"(\d{4})-\d\d-\d\d", re.ASCII)
OFFSET = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", re.ASCII)
# 24:00, leap seconds and other varieties that ISO 8601 knows and the standard library does not.
MAYBE = re.compile(
    r"\d{4}-?\d\d-?\d\d[T ](24:?00(:?00(\.0+)?)?|\d\d:?[0-5]\d:?60(\.\d+)?)(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
COMMON_YEARS = range(1900, 2100)


class DateForm(Enum):
    """What a text is to a date attribute."""

    CANONICAL = "the documented form"
    RARE = "the documented form, in a year that an implementation may not have"
    DAY = "a date without a time"
    OFFSET = "the documented form with an offset"
    OTHER = "another form of ISO 8601"
    EMPTY = "nothing"
    NONE = "no date"


def form_of(text: str) -> DateForm:
    """Classifies a text."""
    if not text.strip():
        return DateForm.EMPTY
    for pattern, form in ((CANONICAL, DateForm.CANONICAL), (DAY, DateForm.DAY), (OFFSET, DateForm.OFFSET)):
        found = pattern.fullmatch(text)
        if found and _moment(text) is not None:
            return form if int(found[1]) in COMMON_YEARS else DateForm.RARE
        if found and int(found[1]) == 0:
            return DateForm.OTHER
    lenient = _moment(text.strip()) is not None or MAYBE.fullmatch(text.strip()) is not None
    return DateForm.OTHER if lenient else DateForm.NONE


def midnight(day: str) -> str:
    """The first moment of a day in UTC, in the documented form."""
    return f"{day}T00:00:00.000Z"


def in_utc(text: str) -> str:
    """The instant of a date-time with an offset, in the documented form."""
    moment = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _moment(text: str) -> datetime | date | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Bytes of a body that are not UTF-8: whoever accepts them stores U+FFFD in their place (Unicode 15.0, section 3.9).

How many of them is open: one for each run of such bytes at least, one for each byte at most.
"""

from __future__ import annotations

import itertools
import re
from math import prod

REPLACEMENT = "\ufffd"
RUN = re.compile("[\udc80-\udcff]+")
MOST_TEXTS = 64
HALF_A_PAIR = re.compile(rb"\\ud[89a-f]", re.IGNORECASE).search


def kept(body: bytes) -> str | None:
    """A body as text, each ill-formed byte as half a surrogate pair; None where what is stored could not be told."""
    text = body.decode("utf-8", "surrogateescape")
    runs = prod(len(run) for run in RUN.findall(text))
    return None if runs > MOST_TEXTS or HALF_A_PAIR(body) else text


def shortest(text: str) -> str:
    """A text with one U+FFFD for each run of ill-formed bytes."""
    return RUN.sub(REPLACEMENT, text)


def texts(text: str) -> frozenset[str]:
    """Every text as which a text that may hold ill-formed bytes may be stored."""
    parts = RUN.split(text)
    if len(parts) == 1:
        return frozenset({text})
    counts = [range(1, len(run) + 1) for run in RUN.findall(text)]
    return frozenset(
        parts[0] + "".join(REPLACEMENT * count + part for count, part in zip(chosen, parts[1:], strict=True))
        for chosen in itertools.product(*counts)
    )

"""Whether an answer shows a credential of its request."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from conformance.session.exchange import Answer

SHORTEST = 8  # characters; a shorter credential may stand in an answer by chance
REQUIREMENT = "credentials-not-shown"
OBSERVED = "the answer shows a credential of its request"
ALLOWED = "an answer without it"
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)")


def discloses(answer: Answer, credentials: Iterable[str], elsewhere: str = "") -> bool:
    """Whether an answer shows one of the credentials of its request, as it is, escaped, or in Base64.

    Args:
        answer: its headers and its body are searched.
        credentials: passwords, keys and tokens of the request; no identifiers.
        elsewhere: what the request says beside them: what stands there too may be shown.
    """
    wanted = [secret for secret in credentials if len(secret) >= SHORTEST and secret not in elsewhere]
    if not wanted:
        return False
    places = [*(value for _, value in answer.headers), answer.body.decode("utf-8", "replace")]
    forms = [form for place in places for form in _forms(place)]
    return any(needle in form for secret in wanted for needle in _needles(secret) for form in forms)


def _needles(secret: str) -> Iterator[str]:
    yield secret
    yield base64.b64encode(secret.encode()).decode()


def _forms(text: str) -> Iterator[str]:
    """The text as it is and with each way of escaping undone."""
    yield text
    if "\\" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    if "&" in text:
        yield html.unescape(text)
    if "%" in text:
        yield unquote(text)

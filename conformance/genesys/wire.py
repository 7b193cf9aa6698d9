"""Small pieces of requests and answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from conformance.session.exchange import Answer, Exchange
from strategies.genesys import ID

# What RFC 3986 (section 3.3) lets stand in a segment of a path beside letters, digits and "-._~".
IN_SEGMENT = "!$&'()*+,;=:@"


def segment(text: str) -> str:
    """A text as a segment of a path; only what cannot stand there is percent-encoded."""
    return quote(text, safe=IN_SEGMENT)


def encode(members: Mapping[str, Any]) -> bytes:
    """A body."""
    return json.dumps(members, ensure_ascii=False).encode()


def basic(name: str, password: str) -> str:
    """The value of the header Authorization (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def json_of(answer: Answer | None) -> Any:
    """The JSON value of an answer, or None where it is none."""
    try:
        return answer.json() if answer is not None else None
    except ValueError:
        return None


def status(exchange: Exchange) -> int | None:
    """The status of the answer, if there is one."""
    return exchange.answer.status if exchange.answer else None


def accepted(exchange: Exchange) -> bool:
    """Whether a request was carried out."""
    return exchange.answer is not None and 200 <= exchange.answer.status < 300


def refused(exchange: Exchange) -> bool:
    """Whether a request was refused."""
    return exchange.answer is not None and 400 <= exchange.answer.status < 500


def created_id(answer: Answer | None) -> str | None:
    """The id of the customer that the answer to a creation names."""
    if answer is None or not 200 <= answer.status < 300:
        return None
    shown = json_of(answer)
    if isinstance(shown, dict) and isinstance(shown.get(ID), str):
        return str(shown[ID])
    try:
        path = urlsplit(answer.header("location") or "").path
    except ValueError:
        return None
    return unquote(path.rstrip("/").rpartition("/")[2]) or None


def locates(location: str, customer: str) -> bool:
    """Whether a Content-Location is the address of the profile of a customer."""
    place = f"/profiles/{customer}"
    try:
        return unquote(urlsplit(urljoin(place, location.strip())).path).endswith(place) and bool(location.strip())
    except ValueError:
        return False

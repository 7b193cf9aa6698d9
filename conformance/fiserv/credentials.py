"""The credentials of a request, and what it says beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.fiserv.asked import Asked
from strategies.fiserv.schema import at

PLACES = (
    ("SignonRq", "UserInfo", "UserPassword", "CryptVal"),
    ("SignonRq", "UserInfo", "AlldataToken"),
    ("SignonRq", "SessionInfo", "SessionToken"),
    ("UserAddRq", "UserInfo", "UserPassword", "CryptVal"),
)
TOKENS = frozenset({"AlldataToken", "SessionToken"})
HIDDEN = frozenset({"CryptVal", *TOKENS})


def credentials_of(asked: Asked, *, opens: bool = False) -> Iterator[str]:
    """Passwords and tokens, wherever the description puts them.

    Args:
        asked: the request.
        opens: whether it asks for a session: a token that the answer hands out may be the one that was sent.
    """
    for path in PLACES:
        if not (opens and path[-1] in TOKENS):
            yield from _texts(at(asked.content, *path))


def beside_credentials(asked: Asked) -> str:
    """Everything else that a request says; what stands there, too, may be shown."""
    return json.dumps(_without(asked.content), ensure_ascii=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner) for name, inner in value.items() if name not in HIDDEN}
    return [_without(inner) for inner in value] if isinstance(value, list) else value

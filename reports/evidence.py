"""Helps whoever builds a run record: bodies as it holds them, and commands that send a request again."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterable, Mapping, Sequence

from reports.exchanges import Body

BODY_LIMIT = 16_384  # bytes of a body that the record keeps
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def body_of(content: bytes | None, *, total: int | None = None, limit: int = BODY_LIMIT) -> Body | None:
    """A body as the record holds it.

    Args:
        content: its bytes, secrets removed, or None for no body.
        total: its true length where `content` is itself a part.
        limit: how many bytes are kept.
    """
    if content is None:
        return None
    length = len(content) if total is None else total
    kept = content[:limit]
    cut = length if length > len(kept) else None
    text = _text_of(kept, cut is not None)
    if text is not None:
        return Body(text=text, cut=cut)
    return Body(base64=base64.b64encode(kept).decode("ascii"), cut=cut)


def curl_of(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    *,
    secrets: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> str:
    """A command for the shell that sends a request again, exactly as it was.

    Args:
        method: HTTP method.
        url: whole address.
        headers: as they were sent.
        body: as it was sent.
        secrets: text that must not be shown, with the name of the shell variable to write in its place.
        options: further options of curl and their values, such as `--interface`, `127.0.0.2`.
    """
    hidden = secrets or {}
    headers = list(headers)
    words = ["curl", "-sS", "--globoff", "--path-as-is"]
    if method == "HEAD":
        words.append("--head")
    elif method != ("GET" if body is None else "POST"):
        words += ["-X", quoted(method)]
    words.append(quoted(url, hidden))
    words += [quoted(option, hidden) for option in options]
    for name, value in headers:
        words += ["-H", quoted(f"{name}: {value}" if value.strip() else f"{name};", hidden)]
    if body is None:
        return " ".join(words)
    if not any(name.lower() == "content-type" for name, _ in headers):
        words += ["-H", "Content-Type:"]  # else curl makes one up
    before, data, after = _data(body, hidden)
    return " ".join([*before, *words, *data]) + after


def quoted(text: str, secrets: Mapping[str, str] | None = None) -> str:
    """A word for the shell, with every secret in it written as `"$NAME"`."""
    if not secrets:
        return _word(text)
    names = {secret: name for secret, name in secrets.items() if secret}
    if not names:
        return _word(text)
    longest_first = sorted(names, key=len, reverse=True)
    parts = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", text)
    shown = (f'"${names[part]}"' if index % 2 else _word(part) for index, part in enumerate(parts) if part)
    return "".join(shown) or "''"


def _data(body: bytes, secrets: Mapping[str, str]) -> tuple[list[str], list[str], str]:
    """What stands before curl, after it, and a remark."""
    text = _text_of(body, cut=False)
    if text is not None and len(body) <= BODY_LIMIT:
        return [], ["--data-raw", quoted(text, secrets)], ""
    if not any(secret and secret.encode() in body for secret in secrets):
        packed = base64.b64encode(gzip.compress(body, mtime=0)).decode("ascii")
        if len(packed) <= BODY_LIMIT:
            return [f"echo {packed} | base64 -d | gunzip |"], ["--data-binary", "@-"], ""
    return [], ["--data-binary", "@request-body"], f"  # request-body: {len(body)} bytes, see the journal"


def _text_of(content: bytes, cut: bool) -> str | None:
    """The content as text, or None where a person could not read it; a character may be cut in two at the end."""
    for end in range(len(content), max(len(content) - (4 if cut else 1), -1), -1):
        try:
            text = content[:end].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def _word(text: str) -> str:
    if text and re.fullmatch(r"[\w@%+=:,./-]+", text, re.ASCII):
        return text
    if all(char.isprintable() or char in "\n\t" for char in text):
        return "'" + text.replace("'", "'\"'\"'") + "'"
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))

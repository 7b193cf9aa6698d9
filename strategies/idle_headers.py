"""Header fields that a request may carry and that change nothing about what it asks for."""

from __future__ import annotations

Field = tuple[str, str]

# Languages, coding and connection: preferences that a server may pass over (RFC 9110, sections 12.5 and 7.6).
PREFERENCES: tuple[Field, ...] = (
    ("Accept-Language", "de-DE, de;q=0.9"),
    ("Accept-Language", "*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("Cache-Control", "no-cache"),
    ("Pragma", "no-cache"),
)
# What browsers, tracing and proxies add.
ADDED: tuple[Field, ...] = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"),
    ("Cookie", "session=4711; theme=dark"),
    ("Referer", "https://crm.example.com/customers?id=1"),
    ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("Via", "1.1 proxy.example.com"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("X-Correlation-ID", "4711"),
    ("DNT", "1"),
)
# Not among them: Origin, which a server may refuse to serve, and what a proxy says of the client, which a server behind
# one may rightly go by.
IDLE: tuple[Field, ...] = (*PREFERENCES, *ADDED)
# Of a request over plain HTTP: they claim that it came over HTTPS.
CLAIM_HTTPS: tuple[Field, ...] = (
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Ssl", "on"),
    ("Front-End-Https", "on"),
    ("Forwarded", "proto=https"),
)


def claim_source(address: str) -> tuple[Field, ...]:
    """Fields that claim that a request came from an address."""
    return (
        ("X-Forwarded-For", address),
        ("Forwarded", f"for={address}"),
        ("X-Real-IP", address),
        ("X-Client-IP", address),
        ("True-Client-IP", address),
    )

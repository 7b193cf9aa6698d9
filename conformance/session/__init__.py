"""The way to the target and back: exchanges, limits, journal."""

from conformance.session.exchange import Answer, Exchange, Request, Trouble

__all__ = ["Answer", "Exchange", "Request", "Trouble"]

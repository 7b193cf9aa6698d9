"""Exchanges as the run record has them, for evidence."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a message: exactly one of `text` and `base64`. `cut` is the true length in bytes of one cut short."""

    text: str | None = None
    base64: str | None = None
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What came back."""

    status: int
    headers: Pairs
    body: Body | None


@dataclass(frozen=True, slots=True)
class ExchangeRecord:
    """One request and what came of it, without secrets. Exactly one of `answer` and `trouble` is set.

    Attributes:
        number: position in the journal.
        check: id of the check that sent it.
        operation: name of the operation in the contract, or "".
        method: HTTP method.
        url: whole address.
        request_headers: in the order in which they were sent.
        request_body: what was sent, or None for no body.
        curl: a command that sends the same again.
        answer: what came back.
        trouble: what came instead, in one word.
        detail: the trouble in words.
        started_s: seconds since the session began.
        elapsed_s: seconds until the answer was whole.
    """

    number: int
    check: str
    operation: str
    method: str
    url: str
    request_headers: Pairs
    request_body: Body | None
    curl: str
    answer: AnswerRecord | None
    trouble: str | None
    detail: str
    started_s: float
    elapsed_s: float

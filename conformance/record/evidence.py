"""Exchanges as evidence: as the run record has them, without secrets."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.evidence import body_of, curl_of
from reports.exchanges import AnswerRecord, ExchangeRecord

AUTHORIZATION = "authorization"


def url_of(request: Request, target: Target) -> str:
    """The address that a request was sent to."""
    base = (target.plain_http_url if request.plain else target.base_url) or ""
    return f"{base}{request.path}" + (f"?{request.query}" if request.query else "")


def exchange_record(exchange: Exchange, target: Target, redactor: Redactor) -> ExchangeRecord:
    """One exchange as the run record has it."""
    user = _user(exchange.request, redactor)
    exchange = redactor.exchange(exchange)
    request = exchange.request
    url = redactor.text(url_of(request, target))
    options = ["--cacert", target.ca_file.name] if target.ca_file and not request.plain else []
    options += ["--interface", request.source] if request.source else []
    options += ["-u", user] if user else []
    typed = [(name, value) for name, value in request.headers if not (user and name.lower() == AUTHORIZATION)]
    return ExchangeRecord(
        number=exchange.number,
        check=exchange.check,
        operation=request.operation,
        method=request.method,
        url=url,
        request_headers=request.headers,
        request_body=body_of(request.body),
        curl=curl_of(request.method, url, typed, request.body, secrets=_variables(target), options=options),
        answer=_answer(exchange.answer),
        trouble=None if exchange.trouble is None else str(exchange.trouble),
        detail=exchange.detail,
        started_s=round(exchange.started_s, 6),
        elapsed_s=round(exchange.elapsed_s, 6),
    )


def trail_record(trail: Sequence[Exchange], target: Target, redactor: Redactor) -> tuple[ExchangeRecord, ...]:
    """The exchanges of one case."""
    return tuple(exchange_record(exchange, target, redactor) for exchange in trail)


def one_line(exchange: Exchange) -> str:
    """An exchange in a line for a person; may hold secrets, so redact it."""
    request = exchange.request
    sent = f"{request.method} {request.path}" + (f"?{request.query}" if request.query else "")
    if exchange.answer is None:
        return f"{sent} -> {exchange.trouble}"
    body = " ".join(exchange.answer.text().split())
    return f"{sent} -> {exchange.answer.status} {body[:160]}"


def _user(request: Request, redactor: Redactor) -> str:
    """User and password of HTTP Basic authentication as `curl -u` takes them, without secrets; "" where none are."""
    given = [value for name, value in request.headers if name.lower() == AUTHORIZATION]
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    try:
        plain = base64.b64decode(token, validate=True).decode()
    except ValueError:
        return ""
    shown = redactor.text(plain)
    usual = scheme == "Basic" and ":" in plain and plain.isprintable()
    return shown if usual and shown != plain else ""


def _variables(target: Target) -> dict[str, str]:
    """What the redactor writes for each secret, and the shell variable that a command shows instead."""
    return {f"***{name}***": name.upper() for name in target.credentials}


def _answer(answer: Answer | None) -> AnswerRecord | None:
    if answer is None:
        return None
    return AnswerRecord(answer.status, answer.headers, body_of(answer.body))

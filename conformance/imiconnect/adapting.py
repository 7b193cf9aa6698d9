"""Puts a target's key and ids into requests that were generated from the OpenAPI document alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.imiconnect.asked import DELETIONS, SUBMISSIONS, match
from conformance.session.exchange import Request

if TYPE_CHECKING:
    from conformance.imiconnect.driver import Driver


def adapt(driver: Driver, request: Request) -> Request | None:
    """The request with this target's values where generated ones are valid; None where it must not be sent."""
    if request.operation in DELETIONS or request.method == "DELETE":
        return None
    headers = tuple((name, value) for name, value in request.headers if name.lower() != "key")
    if len(headers) != len(request.headers) or not request.operation:
        headers = (*driver.headers(), *headers)
    if request.operation in SUBMISSIONS and driver.lends:
        # What a generated request adds to a customer that was lent could not be taken away again.
        return None
    request = replace(request, headers=_printable(headers), path=_path(driver, request))
    if request.operation in SUBMISSIONS and request.body is not None:
        return replace(request, body=_body(driver, request))
    return request


def _printable(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value.strip()) for name, value in headers if value.isprintable() and value.isascii())


def _path(driver: Driver, request: Request) -> str:
    """The path with the target's app id in place of a valid generated one."""
    if not request.operation:
        return request.path
    values = match(driver.contract.operations[request.operation].path, request.path)
    if values is None:
        return request.path
    given = {name: value for name, value in values.items() if name != "appid"}
    if "appid" in values and not values["appid"].replace("_", "").replace("-", "").isalnum():
        return request.path
    template = driver.path(request.operation, **given) if given else driver.path(request.operation)
    return quote(template, safe="/%~._-")


def _body(driver: Driver, request: Request) -> bytes | None:
    """The body with a customer of the run in place of each valid generated id."""
    try:
        root: Any = json.loads(request.body or b"")
    except (ValueError, RecursionError):
        return request.body
    records = root.get("Records") if isinstance(root, dict) else None
    if not isinstance(records, list) or not records:
        return request.body
    valid = [r for r in records if isinstance(r, dict) and isinstance(r.get("customerId"), str) and r["customerId"]]
    creates = request.operation.startswith("create")
    ids = [driver.bench.fresh() for _ in valid] if creates else driver.customers(len(valid))
    if creates:
        driver.keep_in_mind(ids)
    for record, customer in zip(valid, ids, strict=True):
        record["customerId"] = customer
    return json.dumps(root, ensure_ascii=False).encode("utf-8", "surrogatepass")

"""Puts what is real into requests that were generated from the OpenAPI document alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from conformance.genesys.asked import LONGEST_ID, PLAIN_ID
from conformance.genesys.wire import encode, segment
from conformance.session.exchange import Pairs, Request
from strategies.genesys import ID

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver

OWN_HEADERS = frozenset({"authorization", "contactcenterid", "groupid"})


class Adapting:
    """Adapts generated requests to one target. Only values that are valid where they stand are replaced."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._customer: str | None = None

    def forget(self) -> None:
        """The customers of the check are gone."""
        self._customer = None

    def adapt(self, request: Request) -> Request | None:
        """The request as it may be sent, or None."""
        headers = self._headers(request)
        template = self._driver.target.path("update") or ""
        found = re.fullmatch(re.escape(template).replace(re.escape("{customer_id}"), "([^/]*)"), request.path)
        if found is None:
            collection = request.path.rstrip("/") == (self._driver.target.path("create") or "/")
            # Another method on the collection could touch every customer.
            known = request.method == "POST" and request.operation == "create"
            return replace(request, headers=headers) if known or not collection else None
        name = unquote(found[1])
        if len(name) <= LONGEST_ID:
            own = name if self._driver.owns(name) else self._own()
            request = replace(request, path=template.replace("{customer_id}", segment(own)))
            if request.method == "DELETE":
                if self._driver.lent:
                    return None
                self._customer = None
            name = own
        elif request.method == "DELETE" and PLAIN_ID(found[1]) is None:
            return None
        query = self._query(request) if request.operation == "query" else request.query
        return replace(request, headers=headers, query=query, body=self._body(request, name))

    def _query(self, request: Request) -> str:
        """Names of extensions become names that the schemas have: what else a query may name is not documented."""
        names = [e.name for e in self._driver.full_schema.extensions]
        wanted = ",".join(parse_qs(request.query).get("extensions", [])).count(",") + 1
        return f"extensions={','.join(names[:wanted])}" if "extensions=" in request.query and names else ""

    def _own(self) -> str:
        if self._customer is None:
            self._customer = self._driver.customer()
        return self._customer

    def _headers(self, request: Request) -> Pairs:
        real = [pair for pair in self._driver.headers(body=False) if pair[0].lower() in OWN_HEADERS]
        return (*(pair for pair in request.headers if pair[0].lower() not in OWN_HEADERS), *real)

    def _body(self, request: Request, name: str) -> bytes | None:
        """A valid body gets the names of real attributes and the id of the address."""
        if request.operation != "update" or not request.body:
            return request.body
        try:
            members: Any = request.json()
        except ValueError:
            return request.body
        if not self._driver.contract.validator("update-request").is_valid(members):
            return request.body
        try:
            return encode(self._named(members, name))
        except UnicodeEncodeError:
            return request.body

    def _named(self, members: Mapping[str, Any], name: str) -> dict[str, Any]:
        schema = self._driver.schema
        plain = [v for n, v in members.items() if n != ID and (isinstance(v, str) or _texts(v))]
        named = dict(zip((a.name for a in schema.texts), plain, strict=False))
        return {ID: name, **named} if ID in members else named


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)

"""Which operation a request asks for, by the paths of both contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, unquote

import specs
from conformance.reference.core import Call
from conformance.reference.imiconnect.model import HttpError
from conformance.reference.imiconnect.part import APP, CUSTOMER, Part

# Operations that both contracts describe belong to the customer contract here.
OPERATIONS = (
    *((CUSTOMER, name) for name in ("update", "status", "create", "read", "readMany", "delete", "deleteMany")),
    *((APP, name) for name in ("update", "create", "read", "delete")),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation with the values of its path and query."""

    contract: str
    operation: str
    values: dict[str, str]
    query: dict[str, list[str]]

    @property
    def is_app(self) -> bool:
        """Whether it is about app profiles."""
        return self.contract == APP

    @property
    def submits(self) -> bool:
        """Whether it carries records and goes through the queue."""
        return self.operation in ("update", "create")

    @property
    def enveloped(self) -> bool:
        """Whether the envelope reading concerns its answers; reads and the status call have shapes of their own."""
        return self.submits or self.operation.startswith("delete")


@cache
def pattern(template: str) -> re.Pattern[str]:
    """The paths that a template stands for."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def collection(template: str) -> str:
    """The path that ends before the app id."""
    return template.partition("/{")[0]


class Routes(Part):
    """Finds operations."""

    def route(self, call: Call) -> Route:
        """The operation that a request asks for; raises HttpError."""
        known_path = False
        for contract, operation, method, template in self.templates():
            if found := pattern(template).fullmatch(call.path):
                if method == call.method:
                    values = {name: unquote(value, errors="replace") for name, value in found.groupdict().items()}
                    return Route(contract, operation, values, parse_qs(call.query, keep_blank_values=True))
                known_path = True
        if call.method == "PUT" and call.path.rstrip("/") in self.paths_without_app_id():
            return Route(APP, "update", {}, {})
        raise HttpError(405 if known_path or self.lacks_app_id(call.path) else 404)

    def lacks_app_id(self, path: str) -> bool:
        """Whether a path that ends before the app id is answered as a known one."""
        collections = {collection(template) for template in self.app_update_templates()}
        return path.rstrip("/") in collections and self.free("missing-app-id-status", "405")

    def templates(self) -> list[tuple[str, str, str, str]]:
        """Contract, operation, method and path template of everything that is served."""
        served = []
        for contract, name in OPERATIONS:
            operation = specs.contract(contract).operations[name]
            if (contract, name) != (APP, "update"):
                served.append((contract, name, operation.method, operation.path))
        return [*served, *((APP, "update", "PUT", template) for template in self.app_update_templates())]

    def app_update_templates(self) -> list[str]:
        """Where app profiles are updated."""
        operations = specs.contract(APP).operations
        documented, creation = operations["update"].path, operations["create"].path
        return {"customerprofiles": [documented], "customerappprofile": [creation]}.get(
            self.reading("app-update-path"), [documented, creation]
        )

    def paths_without_app_id(self) -> list[str]:
        """The same paths with the app id left out, where that is more than an unknown address."""
        if self.follows("missing-appid", "http-refusal"):
            return []
        return [collection(template) for template in self.app_update_templates()]

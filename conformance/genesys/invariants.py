"""Judges what holds for every answer: schemas, error bodies, no failures of the server."""

from __future__ import annotations

import json
from typing import Any

import specs
from conformance.genesys.asked import Asked, credentials_of, spoken
from conformance.genesys.finding import label
from conformance.genesys.queries import Verdicts
from conformance.genesys.wire import json_of, locates
from conformance.genesys.world import World
from conformance.judge import disclosure
from conformance.judge.readings import Readings
from conformance.session.exchange import Answer, Exchange
from conformance.target.model import Target
from specs.basis import basis_of
from strategies.genesys import ID, Schema

FIT = "answers-fit-schemas"
FAILS = "no-server-error"
SCHEMAS = {
    "update": "update-response",
    "query": "query-response",
    "create": "create-response",
    "profileSchema": "profile-schema",
    "extensionSchemas": "extension-schemas",
    "extensionSchema": "extension-schema-response",
    "setMode": "mode-response",
    "status": "status-response",
}
BY_SHAPE = frozenset({"query-response", "update-response"})
MOST_SHAPES = 10_000


class Invariants:
    """What holds for every answer."""

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings, world: World) -> None:
        self.contract = contract
        self.switchable = target.data.get("mode_switchable") is True
        self.readings = readings
        self.world = world
        self._fitting: set[tuple[str, Any]] = set()

    def judge(self, verdicts: Verdicts, exchange: Exchange, asked: Asked) -> None:
        """Judges one exchange."""
        answer = exchange.answer
        if answer is None:
            if exchange.trouble == "refused":
                return
            told = f"{exchange.trouble}: {exchange.detail}"
            verdicts.cannot_tell(FAILS, told, "an answer")
            return
        if answer.status == 503 and self.switchable and not self.world.maintenance:
            # Another worker of this run may have switched the mode for a moment.
            verdicts.cannot_tell(FAILS, "status 503", "an answer below 500, unless the server is in maintenance mode")
            return
        if answer.status < 500 or (answer.status == 503 and (self.world.maintenance or self.world.switching)):
            verdicts.passes(FAILS)
        else:
            verdicts.fails(FAILS, f"status {answer.status}", "an answer below 500")
            return
        if answer.truncated:
            return
        if 200 <= answer.status < 300:
            self._fits(verdicts, answer, SCHEMAS.get(asked.operation))
        elif answer.status >= 400 and asked.operation:
            self._error(verdicts, answer, asked)

    def disclosure(self, verdicts: Verdicts, exchange: Exchange) -> None:
        """Judges whether an answer shows a credential of its request, right or wrong."""
        credentials = credentials_of(exchange.request)
        if exchange.answer is None or not credentials:
            return
        if disclosure.discloses(exchange.answer, credentials, spoken(exchange.request)):
            verdicts.fails(disclosure.REQUIREMENT, disclosure.OBSERVED, disclosure.ALLOWED)
        else:
            verdicts.passes(disclosure.REQUIREMENT)

    def _fits(self, verdicts: Verdicts, answer: Answer, name: str | None) -> None:
        if name is None or answer.status == 204 or (name != "query-response" and not answer.body):
            return
        try:
            content = answer.json()
        except ValueError:
            if name == "query-response" or (name == "update-response" and _claims_json(answer)):
                verdicts.fails(FIT, f"the body is {answer.text()!r:.200}", "JSON")
            return
        # Profiles of one shape fit alike: their schemas look at types and at the id, and validating is slow.
        seen = (name, _shape(content)) if name in BY_SHAPE else None
        if seen is not None and seen in self._fitting:
            verdicts.passes(FIT)
            return
        if not self._valid(verdicts, name, content):
            return
        if seen is not None and len(self._fitting) < MOST_SHAPES:
            self._fitting.add(seen)

    def _valid(self, verdicts: Verdicts, name: str, content: Any) -> bool:
        """Holds JSON against a schema: what a document says decides, what is inferred is worth a note."""
        errors = list(self.contract.validator(name).iter_errors(content))
        for error in errors:
            basis = basis_of(error)
            if basis.documented:
                told = f"what the schema {name} allows ({basis.text})"
                verdicts.fails(FIT, f"{error.json_path}: {error.message}", told)
            else:
                place = f"{'.'.join(map(str, error.schema_path))} of the schema {name}"
                verdicts.notes(FIT, f"an answer does not fit {place}, which is inferred ({basis.text})")
        if all(not basis_of(error).documented for error in errors):
            verdicts.passes(FIT)
        return not errors

    def _error(self, verdicts: Verdicts, answer: Answer, asked: Asked) -> None:
        if _claims_json(answer):
            content = json_of(answer)
            if content is None and answer.body.strip() not in (b"", b"null"):
                verdicts.fails(FIT, f"the body of the refusal: {answer.text()!r:.100}", "JSON, as its media type says")
            else:
                self._valid(verdicts, "error", content)
        # What stands in front of the service may refuse credentials and unknown addresses in its own way.
        if asked.operation != "update" or answer.status in (401, 403, 404, 405):
            return
        if _says_something(answer.body):
            verdicts.passes("error-body-present")
        else:
            verdicts.fails("error-body-present", f"the body is {answer.text()!r:.100}", "JSON or text that says why")

    def success(self, verdicts: Verdicts, answer: Answer, asked: Asked, *, created: bool | None) -> None:
        """Judges status, body and header of the answer to an accepted update.

        `created`: whether it made a customer; None where that is not known.
        """
        self._status(verdicts, answer, created=created)
        self._body(verdicts, answer, asked)
        location = answer.header("content-location")
        name, settled = "content-location-names-profile", self.readings.settled("content-location")
        if location is not None:
            if locates(location, asked.customer or ""):
                verdicts.passes(name)
            else:
                verdicts.fails(name, f"Content-Location is {location!r}", f"the address of {asked.customer!r}")
        elif settled == "returned" and created is False:
            reading = label(self.readings, "content-location")
            verdicts.fails(name, "no Content-Location", "the header that it returned before", reading)

    def _status(self, verdicts: Verdicts, answer: Answer, *, created: bool | None) -> None:
        name, reading = "success-status", "success-status"
        allowed = {int(option) for option in self.readings.possible(reading)}
        if created is not False:
            options = self.readings.possible("unknown-customer")
            kept = created is None or "upsert-200" in options
            others = {201} if "upsert-201" in options else set[int]()
            allowed = (allowed if kept else set()) | others | ({200} if "upsert-200" in options else set())
        if created:
            name = "unknown-customer-answered"
        if answer.status in allowed:
            verdicts.passes(name)
        else:
            told = " or ".join(map(str, sorted(allowed)))
            verdicts.fails(name, f"status {answer.status}", told, label(self.readings, reading))

    def _body(self, verdicts: Verdicts, answer: Answer, asked: Asked) -> None:
        name = "success-body"
        if answer.truncated or answer.status != 200:
            return
        settled = self.readings.settled("success-body")
        shape = body_shape(answer, self.world.schema)
        if shape is None:
            verdicts.fails(name, f"the body is {answer.text()!r:.100}", "JSON, as its media type says")
        elif settled is not None and shape != settled and not (settled == "profile" and self._bare(asked, shape)):
            verdicts.notes(name, f"the body of an accepted update is {shape}, and was {settled} before")
        content = json_of(answer)
        if isinstance(content, dict) and content.get(ID, asked.customer) != asked.customer:
            verdicts.fails(name, f"{ID} is {content[ID]!r}", repr(asked.customer))
        verdicts.passes(name)

    def _bare(self, asked: Asked, shape: str | None) -> bool:
        """Whether it is the profile of a customer without any value, of which the id alone is left."""
        customer = self.world.get(asked.customer)
        empty = customer is None or not any(slot.held for slot in customer.attributes.values())
        return shape in ("customer-id", "other") and empty


def _shape(value: Any) -> Any:
    """Members and types of a value, and the length of a customer's id."""
    if isinstance(value, dict):
        return tuple(
            (name, len(each) if name == ID and isinstance(each, str) else _shape(each)) for name, each in value.items()
        )
    if isinstance(value, list):
        return frozenset(map(_shape, value))
    return type(value)


def body_shape(answer: Answer, schema: Schema | None) -> str | None:
    """Which option of the reading success-body a body is; None where it is not what its media type says."""
    if not answer.body:
        return "empty"
    try:
        content = answer.json()
    except ValueError:
        return None if _claims_json(answer) else "other"
    if content == []:
        return "empty-array"
    if not isinstance(content, dict):
        return "other"
    known = schema.names if schema else {name.casefold() for name in content}
    if any(name.casefold() in known for name in content):
        return "profile"
    return "customer-id" if ID in content else "other"


def _claims_json(answer: Answer) -> bool:
    return "json" in (answer.header("content-type") or "").lower()


def _says_something(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return bool(body.strip())
    return isinstance(content, dict | list | str) and bool(content)

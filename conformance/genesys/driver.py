"""Speaks the API of the Universal Contact Server: customers, updates, queries, clean-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.exercise import Bench
from conformance.exercise import Driver as Base
from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.genesys import lending, preflight
from conformance.genesys.adapting import Adapting
from conformance.genesys.asked import JSON_TYPE, LONGEST_ID
from conformance.genesys.customers import Customers
from conformance.genesys.reversible import Reversible
from conformance.genesys.server_mode import ServerMode
from conformance.genesys.shown import no_value_form
from conformance.genesys.wire import accepted, basic, created_id, encode, json_of, segment, status
from conformance.judge import Inconclusive, NotTested, lacking
from conformance.judge.verdicts import Signal
from conformance.ledger.compare import Compared
from conformance.session.exchange import Exchange, Pairs, Request
from strategies.genesys import ID, Schema, schema_of
from strategies.genesys.profiles import Members

GIVEN = ("customer_id", "other_customer_id")
# Readings that say in which form values travel of which no document shows one.
REVERSING = (
    "omitted-attribute",
    "null-attribute",
    "empty-array-attribute",
    "unsent-extension",
    "empty-extension-value",
    "multi-valued-records",
    "omitted-extension-attribute",
)
FORMS = ("currency-form", "record-date-form", "classifier-form")


class Driver(Base):
    """One target, spoken to as the documents have it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._schema: Schema | None = None
        self._forms: tuple[str | None, ...] = ()
        self._first: dict[str, dict[str, Any]] = {}
        self._restoring = False
        self._full: Schema | None = None
        self.customers = Customers(self)
        self.mode = ServerMode(self)
        self._tidying = False
        self._adapting = Adapting(self)

    # What the target has

    @property
    def full_schema(self) -> Schema:
        """The attributes and extensions of the target. Raises NotTested where nobody tells them."""
        if self._full is None:
            attributes = self._metadata("profileSchema", "attributes")
            extensions = self._metadata("extensionSchemas", "extensions")
            try:
                self._full = schema_of(attributes, extensions)
            except ValueError as error:
                raise NotTested(str(error)) from error
        return self._full

    @property
    def schema(self) -> Schema:
        """What can be sent: without what no document gives a form for, unless the target has shown one."""
        forms = tuple(self.readings.settled(name) for name in (*FORMS, *(REVERSING if self.lent else ())))
        if self._schema is None or forms != self._forms:
            self._forms = forms
            self._schema = self.full_schema.sendable(*forms[: len(FORMS)])
            if self.lent:
                self._schema = self.reversible.writable(self._schema, self._originals())
        return self._schema

    @property
    def reversible(self) -> Reversible:
        """What of the changes of a lent customer can be taken back."""
        return Reversible(self.readings, self.full_schema, deletes_records=self.has("deleteRecord"))

    def _originals(self) -> list[dict[str, Any]]:
        """The lent customers as they were before the run."""
        for name in self.lent_ids():
            if name not in self._first and name not in self.bench.withheld:
                self._first[name] = self.profile(name)
        return list(self._first.values())

    def _metadata(self, operation: str, name: str) -> Any:
        given = self.target.data.get(name)
        if given is not None:
            return given
        if self.target.path(operation) is not None:
            exchange = self.call(operation)
            if exchange.answer is not None and exchange.answer.status == 200:
                return json_of(exchange.answer)
            raise NotTested(f"{operation} does not tell the {name}: {exchange.trouble or f'status {status(exchange)}'}")
        raise NotTested(
            f"neither the operation {operation} nor the target file tells the {name}", f"give `{name}` in [target.data]"
        )

    @property
    def arrays(self) -> bool:
        """Whether attributes take several values."""
        return self.readings.may("attribute-array", "array-ok")

    @property
    def lists(self) -> list[str]:
        """Names of the text attributes that take several values. Raises NotTested where the schema has none."""
        found = [attribute.name for attribute in self.schema.texts if attribute.several]
        if not found:
            raise NotTested("the profile schema has no attribute of type string that takes several values")
        return found

    @property
    def complete(self) -> bool:
        """Whether updates may have to name every attribute that the profile holds."""
        return self.readings.may("omitted-attribute", "reject-400", "reject-400-schema")

    @property
    def whole(self) -> bool:
        """Whether updates may have to name every attribute of the schema: also for an empty profile, or lent ones."""
        return self.readings.may("omitted-attribute", "reject-400-schema") or (self.lent and self.complete)

    def has(self, *operations: str) -> bool:
        """Whether the target has these operations."""
        return all(self.target.path(operation) is not None for operation in operations)

    def need(self, *operations: str) -> None:
        """Raises NotTested where the target lacks one of these operations."""
        for operation in operations:
            if not self.has(operation):
                raise lacking.operation(operation)

    # Requests

    def headers(self, *, body: bool = True) -> Pairs:
        """The headers of every request."""
        pairs = [("Accept", JSON_TYPE)]
        name = self.target.credential("username")
        if name is not None:
            pairs.append(("Authorization", basic(name, self.target.credential("password") or "")))
        for header, field in (("ContactCenterId", "contact_center_id"), ("GroupId", "group_id")):
            if self.target.data.get(field) is not None:
                pairs.append((header, str(self.target.data[field])))
        if body:
            pairs.append(("Content-Type", JSON_TYPE))
        return tuple(pairs)

    def path(self, operation: str, **values: str) -> str:
        """The address of an operation. Raises NotTested where it is missing."""
        self.need(operation)
        template = self.target.path(operation) or ""
        for name, value in values.items():
            template = template.replace("{" + name + "}", segment(value))
        return template

    def call(self, operation: str, body: Any = None, query: str = "", **values: str) -> Exchange:
        """Sends one of the companion operations."""
        method = self.contract.operations[operation].method
        content = None if body is None else encode(body)
        path = self.path(operation, **values)
        return self.send(Request(operation, method, path, query, self.headers(body=body is not None), content))

    def update_request(self, customer: str, members: Members | bytes, *, own_id: bool | None = None) -> Request:
        """A valid update, unless the members say otherwise.

        Args:
            customer: id in the address.
            members: attributes and extensions, or the bytes of the body.
            own_id: whether the body names the customer too; None does so where it may be required.
        """
        headers = self.headers()
        path = self.path("update", customer_id=customer)
        if self.readings.may("content-location", "required"):
            headers = (*headers, ("Content-Location", path))
        if isinstance(members, bytes):
            return Request("update", "PUT", path, "", headers, members)
        named = self.readings.may("body-customer-id", "required") if own_id is None else own_id
        content = {ID: customer, **members} if named else members
        return Request("update", "PUT", path, "", headers, encode(content))

    def update(self, customer: str, members: Members | bytes, *, own_id: bool | None = None) -> Exchange:
        """Sends an update, after a query where that may be enforced."""
        return self.put(customer, self.update_request(customer, members, own_id=own_id))

    def put(self, customer: str, request: Request) -> Exchange:
        """Sends a prepared update, after a query of the customer where that may be enforced."""
        if self.asks_first:
            answer = self.query(customer).answer
            request = self.tagged(request, answer.header("etag") if answer is not None else None)
        return self.send(request)

    def prepared(self, customer: str, members: Members | Request) -> Request:
        """An update of a customer that was just queried, to be sent by itself."""
        answer = self.query(customer).answer
        request = members if isinstance(members, Request) else self.update_request(customer, members)
        return self.tagged(request, answer.header("etag")) if answer is not None and self.asks_first else request

    @property
    def asks_first(self) -> bool:
        """Whether an update may need a query before it."""
        return self.readings.may("prior-retrieval", "enforced")

    def tagged(self, request: Request, tag: str | None) -> Request:
        """An update that names the state that was queried, where the query had an entity tag."""
        if tag is None or request.header("if-match") is not None:
            return request
        return replace(request, headers=(*request.headers, ("If-Match", tag)))

    def query(self, customer: str, *names: str, every: bool = True) -> Exchange:
        """Queries a profile with all its extensions, or with some."""
        wanted = [e.name for e in self.full_schema.extensions] if every and not names else names
        query = f"extensions={','.join(wanted)}" if wanted else ""
        return self.call("query", query=query, customer_id=customer)

    def profile(self, customer: str) -> dict[str, Any]:
        """What a query shows, members without a value left out. Raises Inconclusive where it shows nothing."""
        exchange = self.query(customer)
        shown = json_of(exchange.answer) if exchange.answer is not None and exchange.answer.status == 200 else None
        if not isinstance(shown, dict):
            raise Inconclusive(f"the query of {customer!r} shows no profile")
        return self.valued(shown)

    def valued(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """The members of a shown profile that have a value; extensions by their names in the schema."""
        names = {e.name.lower(): e.name for e in self.full_schema.extensions}
        known = {a.name for a in self.full_schema.attributes}
        spelled = {name if name in known else names.get(name.lower(), name): value for name, value in shown.items()}
        return {name: value for name, value in spelled.items() if no_value_form(value) is None}

    # Customers

    def create(self, members: Members, name: str | None = None) -> tuple[Exchange, str | None]:
        """Sends a creation; the id of the new customer, if there is one."""
        return self.customers.create(members, name)

    def send(self, request: Request) -> Exchange:
        """Sends a request and has its answer judged; remembers whom it created."""
        if self._tidying and not self.deletes_lent(request):
            found = self.quietly(request)
            if found is None:
                raise Inconclusive("nothing can be sent any more")
            return found
        if request.operation == "update" and self._names_lent(request) and not self._restoring:
            self.customers.guard(request)
        exchange = super().send(request)
        if self.mode.shut(exchange):
            exchange = (
                self.bench.poll(lambda: self.mode.opened(super(Driver, self).send(request)), deadline_s=5) or exchange
            )
        name = created_id(exchange.answer) if request.operation == "create" else None
        if name is not None:
            self.customers.made[name] = None
        return exchange

    def deletes_lent(self, request: Request) -> bool:
        """Whether a request deletes a customer that the target file lends."""
        return request.method == "DELETE" and self._names_lent(request)

    def _names_lent(self, request: Request) -> bool:
        return unquote(request.path.rpartition("/")[2]) in self.lent_ids()

    def customer(self, members: Members | None = None, *, name: str | None = None) -> str:
        """A customer of this run with a profile, or one that the target file lends.

        Args:
            members: what the profile holds.
            name: the id, where the reading allows the run to choose it.
        """
        held = members or {}
        if not self.has("create"):
            return self.customers.borrow(held)
        return self.customers.new(held, name)

    def different(self, *many: Members) -> list[str]:
        """Customers that differ from each other, each with its profile. Raises NotTested where too few are lent."""
        found: list[str] = []
        if self.lent and len(self.lent_ids()) < len(many):
            raise NotTested(
                f"it takes {len(many)} customers, and the target file lends {len(self.lent_ids())}",
                "lend more, or let the run create customers",
            )
        for members in many:
            if self.lent:
                found.append(self.customers.borrow(members, other_than=tuple(found)))
            else:
                found.append(self.customer(members))
        return found

    @property
    def lent(self) -> bool:
        """Whether customers are lent by the target file: they are never new."""
        return not self.has("create")

    def owns(self, name: str) -> bool:
        """Whether a customer may be changed by this run."""
        return name in self.customers.made or name in self.customers.lent

    def claim(self, name: str) -> None:
        """An update has made a customer that was not there before."""
        self.customers.made[name] = None

    def unknown(self) -> str:
        """A well-formed id that no customer has, as a query shows. Raises NotTested."""
        return self.customers.unknown()

    def remove(self, name: str) -> Exchange:
        """Deletes a customer of this run."""
        exchange = self.call("delete", customer_id=name)
        if accepted(exchange):
            self.customers.made.pop(name, None)
        return exchange

    def maintenance(self) -> AbstractContextManager[None]:
        """The server is in maintenance mode until the block ends. Raises NotTested where that is not allowed."""
        return self.mode.maintenance()

    # What every driver does

    def greet(self) -> Exchange:
        """Reads the extension schemas, or queries a customer that need not exist."""
        if self.has("extensionSchemas"):
            return self.call("extensionSchemas")
        return self.call("query", customer_id=str(self.target.data.get("customer_id") or "0" * LONGEST_ID))

    def preflight(self) -> Iterator[Attempt]:
        """Queries, then the life of an own customer where the target creates any."""
        return preflight.attempts(self)

    def freshness(self) -> Staleness | None:
        """Queries of an own customer right after updates."""
        return preflight.staleness(self)

    def adapt(self, request: Request) -> Request | None:
        """Puts credentials, tenant, own customers and known names into a generated request."""
        return self._adapting.adapt(request)

    def clean_up(self) -> Sequence[str]:
        """Deletes what was created, gives back what was lent as it was."""
        left = [f"customer {name}" for name in list(self.customers.made) if not self._removed(name)]
        self.customers.made.clear()
        for name, profile in self.customers.lent.items():
            if not self._restored(name, profile):
                left.append(f"customer {name} is not as it was")
        self.customers.lent.clear()
        self._adapting.forget()
        return left

    def _removed(self, name: str) -> bool:
        if not self.has("delete"):
            return False
        path = self.path("delete", customer_id=name)
        found = self.quietly(Request("delete", "DELETE", path, "", self.headers(body=False)))
        return found is not None and (accepted(found) or status(found) == 404)

    def _restored(self, name: str, profile: dict[str, Any]) -> bool:
        def changed() -> bool:
            return bool(lending.compare(self, profile, lending.read_whole(self, name) or {}).differences)

        self._tidying = True
        try:
            if not changed():
                return True
            lending.write_back(self, name, profile)
            return not changed()
        except Signal:
            return False
        finally:
            self._tidying = False

    def lent_ids(self) -> Sequence[str]:
        """The customers that the target file names."""
        return list(dict.fromkeys(str(self.target.data[name]) for name in GIVEN if self.target.data.get(name)))

    def read_lent(self, name: str) -> Any:
        """Attributes and all extensions."""
        return lending.read_whole(self, name)

    def write_lent(self, name: str, was: Any, now: Any) -> Sequence[str]:  # noqa: ARG002 - all is replaced
        """Replaces the profile."""
        self._restoring = True
        try:
            return lending.write_back(self, name, was)
        finally:
            self._restoring = False

    def compare_lent(self, was: Any, now: Any) -> Compared:
        """Member by member."""
        return lending.compare(self, was, now)

    def quietly(self, request: Request) -> Exchange | None:
        """Sends a request that belongs to no check any more; the oracle still learns of it."""

        def ask() -> Exchange | None:
            exchange = self.bench.session.send(request, "clean-up")
            self.bench.oracle.judge(exchange)
            return self.mode.opened(exchange)

        try:
            return self.bench.poll(ask, deadline_s=5)
        except Signal:
            return None

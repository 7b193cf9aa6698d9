"""Finds out what a request asks for and what is wrong with it, from its bytes alone."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

import specs
from conformance.imiconnect.asked import (
    DELETIONS,
    ON_CUSTOMERS,
    READS,
    Ask,
    Condition,
    Tenant,
    match,
    named_in_query,
)
from conformance.imiconnect.body import Form, ids_in, read_body
from conformance.imiconnect.codes import (
    BAD_APP,
    BAD_JSON,
    BAD_KEY,
    MISSING,
    NO_KEY,
    TOO_MANY,
    UNLISTED,
    UNLISTED_DELETION,
)
from conformance.imiconnect.records import PLAIN_ID, RecordRule, Records
from conformance.imiconnect.values import Values
from conformance.judge.readings import Readings
from conformance.session.exchange import Request
from conformance.target.model import Target

BARE: Final = frozenset({404, 405})
HEADERS: Final = frozenset({"key", "secretkey", "content-type", "accept", "accept-encoding", "connection", "host"})


class Asking:
    """Reads the requests of one contract.

    Args:
        contract: whose requests they are.
        target: names paths, keys and app ids.
        readings: what is known.
        shown: ids under which reads have shown a profile; whatever their form, they are ids of somebody.
    """

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings, shown: Set[str]) -> None:
        self._contract = contract
        self._target = target
        self._readings = readings
        self._app_contract = "appid" in contract.operations["update"].path
        self._records = {
            app: Records(readings, Values(contract, target, readings, app=app), shown, app=app) for app in (False, True)
        }
        self._shown = shown
        self._apps = _listed(target.data.get("app_id", ()))
        self._apps_of_other = _listed(target.data.get("other_tenant_app_id", ()))

    def may(self, reading: str, *options: str) -> bool:
        """Whether an option is possible; False for a reading that the contract does not have."""
        return reading in self._contract.readings and self._readings.may(reading, *options)

    def read(self, request: Request) -> Ask:
        """What a request asks for."""
        ask = self._operation(request)
        if ask.operation and len({name.lower() for name, _ in request.headers}) != len(request.headers):
            ask.odd = True
        self._source(request, ask)
        self._key(request, ask)
        if ask.submits:
            self._content_type(request, ask)
            self._body(request, ask)
            if request.query and all(condition.accept for condition in ask.conditions):
                ask.odd = True  # no document says what a query does here
        return ask

    def _operation(self, request: Request) -> Ask:
        for name, operation in self._contract.operations.items():
            template = self._target.path(name)
            if template is None or operation.method != request.method:
                continue
            if (values := match(template, request.path)) is not None:
                return self._ask(name, dict(values), request)
        if self._app_contract and request.method == "PUT":
            return self._app_elsewhere(request)
        return Ask("")

    def _ask(self, name: str, values: dict[str, str], request: Request) -> Ask:
        ask = Ask(name, transid=values.get("transid", ""))
        if name in READS + DELETIONS:
            ask.customers = (values["customerId"],) if "customerId" in values else named_in_query(request.query)
            ask.odd = not ask.customers
            ask.odd_ids = not all(self._somebodys(each) for each in ask.customers)
        if self._app_contract and name not in ON_CUSTOMERS and name != "status":
            ask.app = values.get("appid", "")
            self._app(ask)
            if ask.updates and "update" not in self._target.operations:
                self._path(ask, "customerprofiles", "both")
        return ask

    def _somebodys(self, customer: str) -> bool:
        """Whether an id is of a form that nobody refuses, or is known to be somebody's."""
        return PLAIN_ID.fullmatch(customer) is not None or customer in self._shown

    def _path(self, ask: Ask, *options: str) -> None:
        """Whether the path that was taken is served at all."""
        if self.may("app-update-path", *options):
            served = not (self._readings.possible("app-update-path") - set(options))
            if not served:
                ask.conditions.append(Condition("update-location", statuses=BARE, accept=True, why="one of two paths"))
        else:
            ask.conditions.append(Condition("update-location", statuses=BARE, why="a path that is not served"))

    def _app_elsewhere(self, request: Request) -> Ask:
        """An update of app profiles under the other documented path, or under one without an app id."""
        creation = self._target.path("create") or self._contract.operations["create"].path
        update = self._target.path("update")
        if (values := match(creation, request.path)) is not None:
            ask = Ask("update", values.get("appid", ""))
            self._app(ask)
            self._path(ask, "customerappprofile", "both")
            return ask
        bare_paths = {template.partition("/{")[0] for template in (creation, update) if template}
        if request.path.rstrip("/") not in bare_paths:
            return Ask("")
        codes = frozenset(code for code in (MISSING, BAD_APP) if self.may("missing-appid", code))
        statuses = BARE if self.may("missing-appid", "http-refusal") else frozenset[int]()
        return Ask(
            "update", conditions=[Condition("missing-app-id-refused", codes, statuses, why="no app id in the path")]
        )

    def _app(self, ask: Ask) -> None:
        """Whether an app id is linked to the tenant; that of the second tenant is looked at with its key."""
        if ask.app not in self._apps | self._apps_of_other:
            why = "an app id that is not linked to the tenant"
            requirement = "unknown-app-refused"
            ask.conditions.append(Condition(requirement, frozenset({BAD_APP}), why=why))

    def _source(self, request: Request, ask: Ask) -> None:
        if request.source is not None and request.source == self._target.unlisted_source:
            codes = {UNLISTED, UNLISTED_DELETION} if ask.operation in DELETIONS else {UNLISTED}
            why = "a source address that is not on the list"
            ask.conditions.append(Condition("unlisted-source-refused", frozenset(codes), why=why))

    def _key(self, request: Request, ask: Ask) -> None:
        key, second = request.header("key"), request.header("secretKey")
        own, other = self._target.credential("key"), self._target.credential("other_tenant_key")
        given = key
        if key is None and second is not None and self.may("key-header", "both"):
            given = second
        tenants = {own: Tenant.OWN, other: Tenant.OTHER}
        ask.tenant = tenants.get(given.strip()) if given is not None and given.strip() else None
        if key is None:
            surely = ask.tenant is not None and not self.may("key-header", "key")
            if not surely:
                accept = ask.tenant is not None
                looked_at = second is not None and self.may("key-header", "both")
                codes = frozenset({NO_KEY, BAD_KEY} if looked_at else {NO_KEY})
                why = "no header key"
                ask.conditions.append(Condition("missing-key-refused", codes, accept=accept, why=why))
        elif not key.strip():
            codes = frozenset(code for code in (NO_KEY, BAD_KEY) if self.may("empty-key-code", code))
            ask.conditions.append(Condition("missing-key-refused", codes, why="an empty header key"))
        elif ask.tenant is None:
            ask.odd_key = not (key.isascii() and key.isprintable())
            self._wrong_key(ask)
        foreign = self._apps_of_other - self._apps if ask.tenant is Tenant.OWN else self._apps - self._apps_of_other
        if ask.tenant is not None and ask.app and ask.app in foreign:
            why = "an app id of another tenant"
            ask.conditions.append(Condition("unknown-app-refused", frozenset({BAD_APP}), why=why))

    def _wrong_key(self, ask: Ask) -> None:
        codes = frozenset({BAD_KEY})
        reading = None
        if "meaning-of-7000" in self._contract.readings and ask.submits:
            codes = frozenset({BAD_KEY} if self.may("meaning-of-7000", "syntax") else set())
            codes |= {BAD_JSON} if self.may("meaning-of-7000", "literal") else set()
            if option := self._readings.settled("meaning-of-7000"):
                reading = f"meaning-of-7000={option}"
        elif "meaning-of-7000" in self._contract.readings and self.may("meaning-of-7000", "literal"):
            codes |= {BAD_JSON}
        # Letters beyond ASCII are no letters to HTTP (RFC 9110, section 5.5): a server may refuse to read them.
        statuses = frozenset({400}) if ask.odd_key else frozenset[int]()
        ask.conditions.append(Condition("wrong-key-refused", codes, statuses, why="a wrong key", reading=reading))

    def _content_type(self, request: Request, ask: Ask) -> None:
        media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type == "application/json":
            return
        codes = frozenset({BAD_JSON}) if self.may("other-content-type", BAD_JSON) else frozenset[str]()
        statuses = frozenset({415}) if self.may("other-content-type", "415") else frozenset[int]()
        accept = self.may("other-content-type", "accepted")
        if not media_type:
            # The probe learns of a type other than JSON; what its absence does is a question of its own.
            codes, statuses, accept = frozenset({BAD_JSON}), frozenset({415}), True
        why = f"content type {media_type or 'absent'}"
        ask.conditions.append(Condition("json-content-type", codes, statuses, accept, why))

    def _body(self, request: Request, ask: Ask) -> None:
        form, root = read_body(request.body)
        if form is Form.ODD:
            ask.odd = True
            ask.records = [RecordRule(customer, frozenset()) for customer in ids_in(request.body)]
            return
        if form is Form.BROKEN:
            codes = frozenset({BAD_JSON} if (request.body or b"").strip() else {BAD_JSON, MISSING})
            ask.conditions.append(Condition("invalid-json-refused", codes, why="a body that is not JSON"))
            return
        if not isinstance(root, dict):
            self._no_records(ask, "wrong-root-code", "a body that is no object")
            return
        listed = root.get("Records")
        if not isinstance(listed, list):
            self._no_records(ask, "missing-records-code", "a body without a list of records")
            if "Records" in root:
                ask.conditions[-1] = Condition(
                    "missing-records-refused", frozenset({BAD_JSON, MISSING}), why="Records that are no list"
                )
            return
        ask.items = listed
        rules = self._records[bool(ask.app)]
        ask.records = [rules.rule(item, alone=len(listed) == 1) for item in listed]
        ask.odd = ask.odd or any(rule.odd for rule in ask.records)
        extra = [rules.extra_members(item) for item in listed]
        if self.may("extra-members", "refused") and self.may("incomplete-record", "per-record"):
            for rule in (rule for rule, has in zip(ask.records, extra, strict=True) if has):
                rule.results |= {MISSING, BAD_JSON}
        if len(root) > 1 or any(extra):
            self._extra_members(ask, alone=len(root) > 1)
        if not listed:
            self._empty(ask)
        self._size(ask, len(listed))

    def _no_records(self, ask: Ask, reading: str, why: str) -> None:
        codes = self._readings.possible(reading)
        ask.conditions.append(Condition("missing-records-refused", frozenset(codes), why=why, reading=reading))

    def _extra_members(self, ask: Ask, *, alone: bool) -> None:
        refused = self.may("extra-members", "refused")
        codes = frozenset({BAD_JSON, MISSING}) if refused else frozenset[str]()
        # A member in a record may fail that record alone.
        accept = self.may("extra-members", "ignored") or (not alone and self.may("incomplete-record", "per-record"))
        ask.conditions.append(Condition("extra-members", codes, accept=accept, why="a member that nobody documents"))

    def _empty(self, ask: Ask) -> None:
        codes = frozenset(code for code in (MISSING, BAD_JSON) if self.may("empty-records", code))
        accept = self.may("empty-records", "queued-0")
        ask.conditions.append(
            Condition("missing-records-refused", codes, accept=accept, why="an empty list of records")
        )

    def _size(self, ask: Ask, size: int) -> None:
        ask.limits = tuple(self._limits(ask))
        if not ask.limits or size <= min(ask.limits):
            return
        over = size > max(ask.limits) or min(ask.limits) < 2
        requirement = "batch-over-limit-refused" if over else "batch-within-limit"
        if ask.creates:
            ask.conditions.append(Condition(requirement, frozenset({TOO_MANY}), accept=True, why=f"{size} records"))
            return
        if self.may("over-limit", "truncate"):
            self._beyond(ask, int(min(ask.limits)))
        reject = self.may("over-limit", "reject-all")
        accept = size <= max(ask.limits) or self.may("over-limit", "truncate")
        codes = frozenset({TOO_MANY}) if reject else frozenset[str]()
        ask.conditions.append(Condition(requirement, codes, accept=accept, why=f"{size} records"))

    def _beyond(self, ask: Ask, limit: int) -> None:
        """Records beyond the limit are dropped, or fail with a result of their own; the others are processed."""
        surely = not self.may("over-limit", "reject-all") and min(ask.limits) == max(ask.limits)
        for rule in (ask.records or [])[limit:]:
            rule.results = frozenset({TOO_MANY}) if surely else rule.results | {TOO_MANY}
            rule.queue = True
            rule.requirements = ()
            rule.beyond = True

    def _limits(self, ask: Ask) -> list[float]:
        """The limits that may hold for a request; infinite where there may be none, 1 where it is not known."""
        limits = [float(option) for option in self._readings.possible("batch-limit")]
        if not ask.app:
            return limits
        found = limits if self.may("app-batch-limit", "same-as-customer") else []
        if self.may("app-batch-limit", "none"):
            found = [*found, float("inf")]
        if self.may("app-batch-limit", "other"):
            found = [*found, 1.0, float("inf")]
        return found


def _listed(data: object) -> set[str]:
    """The values of an entry of the target file that may be one text or several."""
    return (
        {data} if isinstance(data, str) else {str(each) for each in data} if isinstance(data, list | tuple) else set()
    )

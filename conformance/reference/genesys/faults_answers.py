"""Faults in answers, in what a query is answered from, and in when a change takes effect."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, Change, Key, RefusalError
from conformance.reference.genesys.service import GenesysService

BODY = "success-body"
FIT = "answers-fit-schemas"
SENT = "sent-attributes-stored"
LAST = "last-update-stands"
LOST = "omitted-attributes-lost"
REPLACED = "extension-replaced"
LOCATION = "content-location-names-profile"
STALE_S = 0.3
LAG_S = 0.02


@fault("update-answered-201", breaks=["success-status"], reach="easy")
class UpdateAnswered201(GenesysService):
    """An update of an existing customer is answered with 201."""

    def updated(self, asked: Asked) -> Reply:
        """Says created."""
        return replace(super().updated(asked), status=201)


@fault("update-answered-202", breaks=["success-status"], reach="easy")
class UpdateAnswered202(GenesysService):
    """An update is answered with 202 although it is carried out at once."""

    def updated(self, asked: Asked) -> Reply:
        """Says accepted."""
        return replace(super().updated(asked), status=202)


@fault("update-answered-with-text", breaks=[BODY, FIT], reach="easy")
class UpdateAnsweredWithText(GenesysService):
    """The answer to an update is a text that says it is JSON."""

    def updated(self, asked: Asked) -> Reply:
        """Says so in words."""
        return Reply(super().updated(asked).status, (("content-type", "application/json"),), b"profile updated")


@fault("update-answered-with-former-profile", breaks=[BODY], reach="medium")
class UpdateAnsweredWithFormerProfile(GenesysService):
    """The answer to an update has the profile as it was before."""

    def update(self, asked: Asked) -> Reply:
        """Reads too early."""
        known = self.exists(asked.key)
        former = self.representation(asked.key, []) if known else {}
        reply = super().update(asked)
        return Reply.json(former, reply.status, reply.headers[1:]) if known and reply.status == 200 else reply


@fault("content-location-of-another", breaks=[LOCATION], reach="medium")
class ContentLocationOfAnother(GenesysService):
    """The answer to an update has a Content-Location in lower case, which names no customer."""

    def updated(self, asked: Asked) -> Reply:
        """Adds the header."""
        reply = super().updated(asked)
        return replace(reply, headers=(*reply.headers, ("Content-Location", f"/profiles/{asked.key.customer}".lower())))


@fault("content-location-stops-update", breaks=[LOCATION, "example-accepted"], reach="hard")
class ContentLocationStopsUpdate(GenesysService):
    """An update with the header Content-Location is answered as accepted and not carried out."""

    def update(self, asked: Asked) -> Reply:
        """Takes the header for an answer that somebody else gave."""
        if asked.call.headers.get("content-location") is not None and self.exists(asked.key):
            return self.updated(asked)
        return super().update(asked)


@fault("refusals-without-body", breaks=["error-body-present"], reach="easy")
class RefusalsWithoutBody(GenesysService):
    """Refusals have no body."""

    def refused(self, refusal: RefusalError) -> Reply:
        """Keeps the status alone."""
        return Reply.empty(refusal.status, super().refused(refusal).headers[1:])


@fault("refusals-are-numbers", breaks=[FIT, "error-body-present"], reach="easy")
class RefusalsAreNumbers(GenesysService):
    """The body of a refusal is a JSON number."""

    def refused(self, refusal: RefusalError) -> Reply:
        """Says the code alone."""
        return Reply.json(refusal.status, refusal.status, super().refused(refusal).headers[1:])


@fault("query-without-id", breaks=[FIT, "query-names-customer"], reach="easy")
class QueryWithoutId(GenesysService):
    """A query does not show the customer's id."""

    def query(self, asked: Asked) -> Reply:
        """Leaves it out."""
        super().query(asked)
        shown = self.representation(asked.key, self.named_extensions(asked))
        del shown[CUSTOMER_ID]
        return Reply.json(shown)


@fault("schema-of-another-published", breaks=["schemas-published"], reach="medium")
class SchemaOfAnotherPublished(GenesysService):
    """The schema of every single extension is that of the first one."""

    def extension_schema(self, asked: Asked) -> Reply:
        """Does not look at the name."""
        super().extension_schema(asked)
        return Reply.json(self.describe_extension(next(iter(self.extensions(asked.tenant).values()))))


@fault("plain-http-shows-less", breaks=["plain-http"], reach="hard")
class PlainHttpShowsLess(GenesysService):
    """Over plain HTTP a query shows a profile without its attributes."""

    def handle(self, call: Call) -> Reply:
        """Hides attributes from eavesdroppers."""
        reply = super().handle(call)
        if call.secure or reply.status != 200 or call.method != "GET" or not call.path.startswith("/profiles/"):
            return reply
        return Reply.json({CUSTOMER_ID: self.decoded(call.path.split("/")[2])})


@fault("update-before-query-ignored", breaks=["no-prior-query", SENT], reach="hard")
class UpdateBeforeQueryIgnored(GenesysService):
    """An update of a customer that nobody has queried since its last change is answered as accepted and ignored."""

    def write(self, key: Key, change: Change) -> None:
        """Writes what was read before, or is new."""
        known = self.one("SELECT 1 FROM retrieval WHERE tenant = ? AND customer = ?", *key)
        if known is not None or not (self.stored_attributes(key) or self.stored_extensions(key)):
            super().write(key, change)


@fault("query-cache-never-cleared", breaks=[LAST, SENT, LOST], reach="hard")
class QueryCacheNeverCleared(GenesysService):
    """A query is answered from a cache that updates do not clear."""

    def query(self, asked: Asked) -> Reply:
        """Remembers each answer."""
        return _cached(self, (asked.key, asked.call.query), lambda: super(QueryCacheNeverCleared, self).query(asked))


@fault("query-cache-of-extensions", breaks=[REPLACED, "extensions-untouched", LAST, SENT], reach="hard")
class QueryCacheOfExtensions(GenesysService):
    """A query that names extensions is answered from a cache for a while, one that names none is not."""

    def query(self, asked: Asked) -> Reply:
        """Remembers answers to queries with parameters."""
        plain = super().query
        if not asked.call.query:
            return plain(asked)
        return _cached(self, (asked.key, asked.call.query), lambda: plain(asked), STALE_S)


@fault("query-cache-shared", breaks=["query-names-customer", "other-customers-untouched", SENT], reach="hard")
class QueryCacheShared(GenesysService):
    """The cache of queries holds one answer for a moment, whoever it was for, if the query is the same."""

    def query(self, asked: Asked) -> Reply:
        """Forgets to put the customer into the key."""
        plain = super().query
        if not asked.call.query:
            return plain(asked)
        self.find_profile(asked)
        return _cached(self, (asked.tenant, asked.call.query), lambda: plain(asked), LAG_S)


@fault("deleted-customer-created-and-refused", breaks=["unknown-customer-answered"], reach="hard")
class DeletedCustomerCreatedAndRefused(GenesysService):
    """An update of a deleted customer is refused as unknown and brings the customer back all the same."""

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """Writes before it looks."""
        change = self.read_change(asked.key, body)
        if asked.key in self.deleted and not change.refused:
            with self.transaction():
                self.insert_profile(asked.key)
                self.write(asked.key, change)
        return super().update_unknown(asked, body)


@fault("quick-second-update-lost", breaks=[LAST, SENT, LOST, "query-modify-update"], reach="hard")
class QuickSecondUpdateLost(GenesysService):
    """Of two updates of one customer within a moment the second is answered as accepted and dropped."""

    def write(self, key: Key, change: Change) -> None:
        """Lets one write through at a time."""
        written: dict[Key, float] = vars(self).setdefault("written", {})
        if time.monotonic() - written.get(key, -1.0) > LAG_S / 2:
            super().write(key, change)
            written[key] = time.monotonic()


@fault("extensions-written-later", breaks=[REPLACED, LAST, "extensions-accepted", "example-accepted"], reach="hard")
class ExtensionsWrittenLater(GenesysService):
    """Attributes change at once, extensions a moment later: a query in between shows a mixture."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Leaves it to a thread."""
        if change.extensions:
            _later(self, lambda: super(ExtensionsWrittenLater, self).write_extensions(key, change))


@fault("half-the-attributes-written-later", breaks=[LAST, SENT, LOST, "example-accepted"], reach="hard")
class HalfTheAttributesWrittenLater(GenesysService):
    """Half of the attributes change at once, the others a moment later: a query in between shows a mixture."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Writes old values for the second half first."""
        stored = self.stored_attributes(key)
        names = sorted({*stored, *change.attributes})
        late = names[len(names) // 2 :]
        now = {n: a for n, a in change.attributes.items() if n not in late}
        super().write_attributes(key, Change({**now, **{n: stored[n] for n in late if n in stored}}))
        _later(self, lambda: super(HalfTheAttributesWrittenLater, self).write_attributes(key, change))


def _cached(service: GenesysService, key: object, ask: Callable[[], Reply], for_s: float = 3600.0) -> Reply:
    answers: dict[object, tuple[float, Reply]] = vars(service).setdefault("answers", {})
    if key not in answers or time.monotonic() - answers[key][0] > for_s:
        answers[key] = (time.monotonic(), ask())
    return answers[key][1]


def _later(service: GenesysService, write: Callable[[], None]) -> None:
    def run() -> None:
        # The service may have been stopped, or the profile deleted, in the meantime.
        with service.lock:
            try:
                with service.transaction():
                    write()
            except sqlite3.Error:
                return

    timer = threading.Timer(LAG_S, run)
    timer.daemon = True
    timer.start()

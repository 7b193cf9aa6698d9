"""Applies a submission record by record and says what became of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from conformance.reference.imiconnect.channels import Channels
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    KNOWN_CUSTOMER,
    MISSING,
    PARTIAL,
    SUCCESS,
    TOO_MANY,
    UNKNOWN_CUSTOMER,
    Attributes,
    Changes,
    Desk,
    Effect,
    Record,
    RecordError,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import code_used_for
from conformance.reference.imiconnect.profiles import Profiles
from conformance.reference.imiconnect.values import SERVER_DATES, Values


class Processing(Values, Channels, Profiles):
    """From records to results; nothing is stored here."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """What a submission changes, and its results in the order of its records."""
        desk, results = self.attempt_all(job)
        # What is beyond the limit is no part of the batch.
        failed = next((each for each in results if not each.succeeded and each.code != TOO_MANY), None)
        if failed and self.follows("partial-apply", "all-or-nothing"):
            desk.changed.clear()
            code = {"partial": PARTIAL, "of-its-own": code_used_for("other-failure"), "undocumented": "1003"}.get(
                self.freedom("innocent-record-code"), failed.code
            )
            results = [replace(result, code=code) if result.succeeded else result for result in results]
        return desk, results

    def attempt_all(self, job: Submission) -> tuple[Desk, list[Result]]:
        """What each record of a submission would do, whatever becomes of the others."""
        job = replace(job, records=self.identified(job))
        desk = self.open_desk(job)
        return desk, [self.attempt(desk, job, record) for record in job.records]

    def identified(self, job: Submission) -> tuple[Record, ...]:
        """The records, with the customer ids that user ids stand for."""
        found = []
        for record in job.records:
            identifier = None if record.customer_id or record.fault else self.identifier(record.attributes)
            if identifier:
                record = replace(record, customer_id=self.customer_of(job.scope, *identifier))  # noqa: PLW2901
            found.append(record)
        return tuple(found)

    def open_desk(self, job: Submission) -> Desk:
        """Loads the profiles of all customers of a submission."""
        customers = [record.customer_id for record in job.records]
        masters = self.load_profiles(Scope(job.scope.tenant), customers)
        return Desk(masters, self.load_profiles(job.scope, customers) if job.scope.is_app else {})

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Applies one record to the desk, or says why not."""
        try:
            if record.fault:
                raise RecordError(record.fault)
            self.apply(desk, job, record)
        except RecordError as bad:
            return Result(record.customer_id, bad.code)
        return Result(record.customer_id, SUCCESS)

    def apply(self, desk: Desk, job: Submission, record: Record) -> None:
        """Applies one record to the desk; raises RecordError before anything is changed."""
        if self.repeats(desk, job, record) and self.follows("repeated-customer", "refused"):
            raise RecordError(MISSING if self.free("refused-repetition", "later-ones-7003") else BAD_VALUE)
        changes = self.changes(job.scope.is_app, record.attributes)
        stored = self.stored(desk, job, record.customer_id)
        part, rest = self.opened(job.scope, stored, changes)
        earlier = desk.sent.setdefault((record.customer_id, part.channel), set())
        if self.follows("repeated-customer", "first-wins"):
            changes = {**changes, **dict.fromkeys(earlier, Effect.KEEP)}
        earlier.update(changes)
        changed = self.changed(job.scope, part.attributes, changes)
        self.put(desk, job.scope, record.customer_id, self.closed(part, changed, rest))

    def repeats(self, desk: Desk, job: Submission, record: Record) -> bool:
        """Whether a customer stands in the request before, or anywhere else in it where all of them are refused."""
        if self.free("refused-repetition", "all"):
            return sum(other.customer_id == record.customer_id for other in job.records) > 1
        seen = record.customer_id in desk.seen
        desk.seen.add(record.customer_id)
        return seen

    def stored(self, desk: Desk, job: Submission, customer: str) -> Attributes:
        """The profile that a record changes, empty for a new one; raises RecordError."""
        if not job.scope.is_app:
            return self.stored_master(desk, job.verb, customer)
        found = desk.apps.get(customer)
        if job.verb is Verb.CREATE and found is not None:
            raise RecordError(KNOWN_CUSTOMER)
        if found is None and customer in desk.masters and self.free("missing-app-profile", "created"):
            return {}
        if found is None and (job.verb is Verb.UPDATE or customer not in desk.masters):
            self.refuse_unknown_app_customer(customer)
        return found or {}

    def stored_master(self, desk: Desk, verb: Verb, customer: str) -> Attributes:
        """The customer profile that a record changes, empty for a new one; raises RecordError."""
        found = desk.masters.get(customer)
        if verb is Verb.CREATE:
            if found is not None:
                raise RecordError(KNOWN_CUSTOMER)
            return {}
        if found is None:
            raise RecordError(UNKNOWN_CUSTOMER)
        return found

    def refuse_unknown_app_customer(self, customer: str) -> None:
        """Fails a record for a customer without app profile; returns where it is to be created."""
        option = self.reading("app-unknown-customer")
        if option != "created" or not customer:
            raise RecordError(UNKNOWN_CUSTOMER if option == "created" else option)

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """The attributes of a profile after one record."""
        if not scope.is_app or not changes or self.follows("profile-dates", "stored-as-sent"):
            return self.merge(stored, changes)
        merged = self.merge(stored, {name: change for name, change in changes.items() if name not in SERVER_DATES})
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        created, updated = SERVER_DATES
        return {**merged, created: stored.get(created, now), updated: now}

    def put(self, desk: Desk, scope: Scope, customer: str, attributes: Attributes) -> None:
        """Lays a changed profile on the desk."""
        if scope.is_app:
            desk.apps[customer] = attributes
            if customer not in desk.masters:
                desk.masters[customer] = desk.changed["", customer] = {}
        else:
            desk.masters[customer] = attributes
        desk.changed[scope.app_id, customer] = attributes

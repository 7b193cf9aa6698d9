"""Submissions and their results in SQLite, by transid."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.reference.imiconnect.model import (
    MISSING,
    PARTIAL,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import Part, code_used_for

TABLES = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, transid TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL,
    app TEXT NOT NULL, verb TEXT NOT NULL, body BLOB, code TEXT, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS result (
    transid TEXT NOT NULL, position INTEGER NOT NULL, customer TEXT NOT NULL, code TEXT NOT NULL,
    PRIMARY KEY (transid, position)
) WITHOUT ROWID;
"""
# The documents show transids in the layout of UUIDs, with letters that no UUID has.
BEYOND_HEX = str.maketrans("abcdef", "kmrtwx")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission; `code` is None while it is not finished, and `waiting` counts its records."""

    transid: str
    code: str | None
    results: tuple[Result, ...] = ()
    waiting: int = 0

    @property
    def successes(self) -> int:
        """How many records were applied."""
        return sum(result.succeeded for result in self.results)


class Jobs(Part):
    """Keeps submissions from their acceptance on."""

    issued: int = 0

    def prepare(self) -> None:
        """Creates the tables of submissions."""
        super().prepare()
        self.store.executescript(TABLES)

    def new_transid(self) -> str:
        """A transid: unique, opaque, safe in an address."""
        if self.follows("transid-form", "uuid"):
            return str(uuid.uuid4())
        spelling = self.freedom("transid-spelling")
        if spelling in ("counted", "punctuated"):
            self.issued += 1
            return f"t{self.issued}" if spelling == "counted" else f"req:{self.issued}@a.b~c_d!"
        if spelling != "like-the-examples":
            return secrets.token_urlsafe(120) if spelling == "long" else str(10**7 + secrets.randbelow(9 * 10**7))
        text = secrets.token_hex(18).translate(BEYOND_HEX)
        return f"r{text[:7]}-{text[7:11]}-{text[11:15]}-{text[15:19]}-{text[19:31]}"

    def record_job(self, job: Submission, body: bytes) -> None:
        """Writes an accepted submission down."""
        self.store.execute(
            "INSERT INTO job (transid, tenant, app, verb, body, size) VALUES (?, ?, ?, ?, ?, ?)",
            (job.transid, job.scope.tenant, job.scope.app_id, job.verb, body, len(job.records)),
        )

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Writes the results of a submission down; the caller holds the transaction."""
        self.store.executemany(
            "INSERT INTO result VALUES (?, ?, ?, ?)",
            [(job.transid, position, result.customer_id, result.code) for position, result in enumerate(results)],
        )
        self.store.execute("UPDATE job SET code = ?, body = NULL WHERE transid = ?", (code, job.transid))

    def unfinished(self) -> list[tuple[str, Scope, Verb, bytes]]:
        """Submissions that a former process left, oldest first."""
        rows = self.store.execute("SELECT * FROM job WHERE code IS NULL ORDER BY number").fetchall()
        return [(r["transid"], Scope(r["tenant"], r["app"]), Verb(r["verb"]), r["body"]) for r in rows]

    def waiting_customers(self, transid: str) -> list[str]:
        """The customers of a submission that waits, as its records name them."""
        row = self.store.execute("SELECT body FROM job WHERE transid = ?", (transid,)).fetchone()
        listed = json.loads(row["body"])["Records"]
        members = ({n.lower(): v for n, v in each.items()} if isinstance(each, dict) else {} for each in listed)
        return [str(each.get("customerid", "")) for each in members]

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """What is known of a transid; None where this tenant was never given it."""
        job = self.store.execute(
            "SELECT code, size FROM job WHERE transid = ? AND tenant = ?", (transid, tenant)
        ).fetchone()
        if job is None:
            return None
        rows = self.store.execute("SELECT customer, code FROM result WHERE transid = ? ORDER BY position", (transid,))
        results = tuple(Result(row["customer"], row["code"]) for row in rows)
        return Outcome(transid, job["code"], results, job["size"])

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """The code of a finished submission as a whole."""
        failed = [result.code for result in results if not result.succeeded]
        if not failed:
            return SUCCESS
        if len(failed) < len(results):
            return self.partial_code()
        return self.all_failed_code(job, failed)

    def partial_code(self) -> str:
        """The code of a submission some of whose records failed."""
        return PARTIAL if self.follows("partial-code", PARTIAL) else SUCCESS

    def all_failed_code(self, job: Submission, failed: Sequence[str]) -> str:
        """The code of a submission none of whose records succeeded."""
        option = self.reading("all-failed-code")
        customers = not job.scope.is_app and job.verb is Verb.UPDATE
        if customers and list(failed) == [UNKNOWN_CUSTOMER] and not self.decided_as_a_batch(option):
            return UNKNOWN_CUSTOMER if self.follows("unknown-customer-alone", "status-overall-7014") else PARTIAL
        if list(failed) == [MISSING] and self.decider("incomplete-record", "all-failed-code") == "incomplete-record":
            return MISSING
        return {"record-code": failed[0], "other-failure": self.other_failure()}.get(option, PARTIAL)

    def decided_as_a_batch(self, option: str) -> bool:
        """Whether a batch of one unknown customer has a code of its own that any failed batch has."""
        decider = self.decider("unknown-customer-alone", "all-failed-code")
        return option == "other-failure" and decider == "all-failed-code"

    def other_failure(self) -> str:
        """A code that is neither success nor that of a record."""
        chosen = self.freedom("other-failure-code")
        return code_used_for("other-failure") if chosen == "invalid-parameters" else chosen

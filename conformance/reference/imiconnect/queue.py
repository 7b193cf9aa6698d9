"""The queue: accepted submissions wait their delay and are worked off by a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic

from conformance.reference.imiconnect.intake import Intake
from conformance.reference.imiconnect.jobs import Jobs
from conformance.reference.imiconnect.model import INTERNAL, Desk, Result, Submission
from conformance.reference.imiconnect.processing import Processing

LOG = logging.getLogger(__name__)


class Queue(Intake, Jobs, Processing):
    """First in, first out, for both tenants."""

    def prepare(self) -> None:
        """Creates what the queue needs."""
        super().prepare()
        self.pending: deque[tuple[float, Submission]] = deque()
        self.changed_queue = threading.Condition(self.lock)
        self.stopping = False
        self.worker: threading.Thread | None = None

    def start(self) -> None:
        """Takes up what a former process left and starts the worker."""
        self.resume()
        self.worker = threading.Thread(target=self._work, daemon=True, name="imiconnect-queue")
        self.worker.start()

    def resume(self) -> None:
        """Puts what a former process left into the queue."""
        with self.lock:
            waiting = {job.transid for _, job in self.pending}
            for transid, scope, verb, body in self.unfinished():
                if transid not in waiting:
                    records = self.records(self.parse(body), verb, scope.is_app)
                    self.pending.append((monotonic(), Submission(transid, scope, verb, records)))

    def stop(self) -> None:
        """Stops the worker, leaving what still waits to the next process, and closes the store."""
        with self.changed_queue:
            self.stopping = True
            self.changed_queue.notify_all()
        if self.worker:
            self.worker.join(timeout=10)
        super().stop()

    def submit(self, job: Submission, body: bytes) -> None:
        """Accepts a submission for later."""
        self.record_job(job, body)
        self.enqueue(job)

    def enqueue(self, job: Submission) -> None:
        """Puts a submission at the end of the queue."""
        with self.changed_queue:
            self.pending.append((monotonic() + self.delay(job), job))
            self.changed_queue.notify_all()

    def delay(self, job: Submission) -> float:
        """How long a submission waits at least, in seconds."""
        steady = self.settings.queue_delay_s
        return steady * (1 + sum(job.transid.encode()) % 4) if self.free("queue-time", "varying") else steady

    def _work(self) -> None:
        while True:
            with self.changed_queue:
                while not self.stopping and (wait := self._wait()) != 0:
                    self.changed_queue.wait(wait)
                if self.stopping:
                    return
                self.take()

    def _wait(self) -> float | None:
        """Seconds until the first submission is due; 0 if it is, None if none waits."""
        return max(0.0, self.pending[0][0] - monotonic()) if self.pending else None

    def take(self) -> None:
        """Works off the first submission, or the last of those that are due."""
        _, job = self.pending.popleft()
        if self.free("queue-work-order", "newest-first"):
            due, now = [job], monotonic()
            while self.pending and self.pending[0][0] <= now:
                due.append(self.pending.popleft()[1])
            job = due.pop()
            self.pending.extendleft((now, each) for each in reversed(due))
        try:
            self.finish(job)
        except Exception:
            LOG.exception("the reference failed to process %s", job.transid)
            self.commit(job, Desk({}, {}), INTERNAL, [Result(r.customer_id, INTERNAL) for r in job.records])

    def finish(self, job: Submission) -> None:
        """Processes a submission and stores what it changed together with its results."""
        desk, results = self.process(job)
        self.commit(job, desk, self.overall(job, results), results)

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """One transaction: the status never says more or less than the profiles."""
        with self.store:
            self.store.execute("BEGIN")
            self.save_profiles(job.scope.tenant, desk.changed)
            self.record_results(job, code, results)

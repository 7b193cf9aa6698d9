"""Speed, as ratios within one run: `python -m tests.benchmarks [rounds]`.

The reference runs in a process of its own. Each check of a contract runs at standard effort, and right after it a
bare `requests.Session` loop that sends the very same requests. Reported is the ratio of exchanges per second, waiting
between polls left out on the side of the check. Then histories of concurrent clients, and a full standard run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import requests

import specs
from conformance.cli.embedded import embedded_target
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.driver import Driver
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.judge.readings import Readings
from conformance.record.evidence import url_of
from conformance.session.exchange import Exchange, Request
from conformance.session.session import Session
from conformance.target.load import load
from conformance.target.model import Target
from conformance.vendors import vendor
from tests.benchmarks import generation, register

ENOUGH = 60  # requests of a check that give a rate


class Remembering:
    """A journal that keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def append(self, exchange: Exchange) -> None:
        self.requests.append(exchange.request)


def prepared_driver(target: Target, journal: Remembering) -> Driver:
    contract, ours = specs.contract(target.contract), vendor(specs.contract(target.contract).vendor)
    readings = Readings(contract)
    oracle = ours.Oracle(contract, target, readings)
    driver = ours.Driver(Bench(contract, target, Session(target, journal), readings, oracle))
    learn(driver, ours.PROBES)
    journal.requests.clear()
    return driver


def ratios(target: Target) -> tuple[list[float], float]:
    """Exchanges per second against the bare loop, of each check that sends enough, and the share of time waiting."""
    journal = Remembering()
    driver = prepared_driver(target, journal)
    found, waited, elapsed = [], 0.0, 0.0
    for check in checks(driver.contract.vendor):
        if driver.contract.id not in check.contracts:
            continue
        journal.requests.clear()
        result = run_check(check, driver)
        waited, elapsed = waited + result.waited_s, elapsed + result.elapsed_s
        sent = list(journal.requests)
        if len(sent) >= ENOUGH:
            found.append(len(sent) / (result.elapsed_s - result.waited_s) / bare_rate(target, sent))
    return found, waited / elapsed


def bare_rate(target: Target, sent: list[Request]) -> float:
    """Exchanges per second of a bare loop over the same requests."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(target.ca_file)
    usual = [request for request in sent if not request.plain and request.source is None]
    began = time.perf_counter()
    for request in usual:
        session.request(
            request.method,
            url_of(request, target),
            data=request.body,
            headers=dict(request.headers),
            allow_redirects=False,
        )
    return len(usual) / (time.perf_counter() - began)


def standard_run() -> float:
    """Seconds of `conformance run` as a user starts it."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "conformance", "run", f"--out={folder}"], check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - began


def main(rounds: int) -> None:
    with embedded_target(()) as file:
        for target in load(Path(file), os.environ):
            rounds_of = [ratios(target) for _ in range(rounds)]
            every = sorted(ratio for found, _ in rounds_of for ratio in found)
            print(
                f"{target.contract:20} a check against the bare loop: median {median(every):.2f}, "
                f"from {every[0]:.2f} to {every[-1]:.2f}; {median(s for _, s in rounds_of):.0%} of the time waiting"
            )
    register.main(10_000)
    generation.report()
    print(f"full standard run of all contracts: {standard_run():.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)

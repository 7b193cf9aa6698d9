"""Speed, as ratios within one run: `python -m tests.benchmarks [rounds]`.

The reference runs in a process of its own. For each contract, in turn and several times: all its checks at
standard effort, and a bare `requests.Session` loop that sends the very same requests. Reported is the median ratio
of exchanges per second, waiting between polls left out on the side of the checks. Then a full standard run.
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


def checks_rate(target: Target, journal: Remembering) -> tuple[float, float]:
    """Exchanges per second of all checks without their waiting, and the share of time spent waiting."""
    driver = prepared_driver(target, journal)
    began = time.perf_counter()
    results = [run_check(c, driver) for c in checks(driver.contract.vendor) if driver.contract.id in c.contracts]
    elapsed = time.perf_counter() - began
    waited = sum(result.waited_s for result in results)
    return len(journal.requests) / (elapsed - waited), waited / elapsed


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
            ratios, shares, rates = [], [], []
            for _ in range(rounds):
                journal = Remembering()
                rate, share = checks_rate(target, journal)
                ratios.append(rate / bare_rate(target, journal.requests))
                shares.append(share)
                rates.append(rate)
            print(
                f"{target.contract:20} checks/bare {median(ratios):.2f} "
                f"(from {min(ratios):.2f} to {max(ratios):.2f}), {median(rates):.0f} exchanges/s, "
                f"{median(shares):.0%} of the time waiting"
            )
    print(f"full standard run of all contracts: {standard_run():.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)

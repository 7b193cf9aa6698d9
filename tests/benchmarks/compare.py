"""`compare` of two runs with 100,000 exchanges each, and the drawing of a page: `python -m tests.benchmarks.compare`.

The journals are generated: checks, ids, bodies and answers like those of a real run, every hundredth answer another
one in the second run. Reported are seconds and the peak of memory, in a process of its own, next to the seconds that
this machine takes for reading the same lines with `json.loads` and nothing else.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reports import RunRecord, write
from reports.compare.diff import compare
from reports.compare.html import draw
from reports.compare.sources import answers_of
from reports.html import draw as draw_report
from reports.record import read
from tests.reports.records import large, run, target

EXCHANGES = 100_000
CHECKS = 60


def line(number: int, chance: random.Random, other: bool) -> str:
    """One exchange of a journal, about 1.5 kB."""
    name, check = f"{chance.getrandbits(64):016x}", f"check-{number % CHECKS}"
    record = {"customerId": name, "Attributes": {"name": "n" * chance.randrange(40), "city": f"city {number % 900}"}}
    body = {"records": [record] * (1 + number % 4)}
    answer = {
        "response": {"code": "7001" if other else "1002", "description": "Queued", "transid": f"{name}-{number}"},
        "records": [{"customerId": name, "status": "queued", "at": f"2026-11-22T01:02:{number % 60:02}Z"}] * 3,
    }
    return json.dumps(
        {
            "number": number,
            "check": check,
            "started_s": number / 1000,
            "elapsed_s": round(chance.lognormvariate(-5.5, 0.4), 6),
            "request": {
                "operation": "update",
                "method": "PUT",
                "path": f"/resources/v2/profile/{name}",
                "query": "",
                "headers": [["key", "***key***"], ["Content-Type", "application/json"], ["X-Request", name]],
                "text": json.dumps(body),
            },
            "answer": {
                "status": 500 if other else 200,
                "headers": [["date", "Sun, 22 Nov 2026 06:39:52 GMT"], ["content-type", "application/json"]],
                "text": json.dumps(answer),
            },
        },
        separators=(",", ":"),
    )


def make(folder: Path, seed: int, other: bool) -> Path:
    folder.mkdir()
    chance = random.Random(seed)
    numbers = list(range(1, EXCHANGES + 1))
    chance.shuffle(numbers)
    with (folder / "journal-1.jsonl").open("w") as file:
        for number in numbers:
            file.write(line(number, chance, other and number % 100 == 0) + "\n")
    write(run(target(exchanges=EXCHANGES)), folder / "run.json")
    return folder / "run.json"


def parse_only(files: list[Path]) -> float:
    began = time.process_time()
    for path in files:
        with path.open("rb") as file:
            for row in file:
                json.loads(row)
    return time.process_time() - began


def measure(old: Path, new: Path) -> None:
    """In a process of its own, for the sake of the peak."""
    began, used = time.perf_counter(), time.process_time()
    before, after = read(old), read(new)
    page = draw(compare(before, after, answers_of(before, old.parent, after, new.parent)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"compare, 2 x {EXCHANGES:,} exchanges: {time.perf_counter() - began:.1f} s, in each of two processes "
        f"{time.process_time() - used:.1f} s of work and {peak:.0f} MB at most; page {len(page) / 1000:.0f} kB"
    )


def pages(record: RunRecord, name: str) -> None:
    """How long a page takes to be made, and to stand in a browser where one is installed."""
    began = time.process_time()
    page = draw_report(record)
    made = time.process_time() - began
    print(f"report.html of {name}: {made:.2f} s to make, {len(page.encode()) / 1000:.0f} kB{in_browser(page)}")


def in_browser(page: str) -> str:
    path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra of the tests
    except ModuleNotFoundError:
        path = None
    if path is None:
        return ""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "report.html"
        file.write_text(page, "utf-8", "backslashreplace")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.goto(file.as_uri())
        drawn: float = tab.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
        browser.close()
    return f", drawn {drawn / 1000:.2f} s after it was opened"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        old, new = (make(Path(folder) / name, seed, seed == 2) for seed, name in ((1, "old"), (2, "new")))
        journals = [path.with_name("journal-1.jsonl") for path in (old, new)]
        print(f"journals of {sum(path.stat().st_size for path in journals) / 1e6:.0f} MB")
        subprocess.run([sys.executable, "-m", "tests.benchmarks.compare", str(old), str(new)], check=True)
        print(f"json.loads of the same lines: {parse_only(journals):.1f} s")
    pages(large(), "four contracts that fail everywhere")
    if len(sys.argv) == 2:
        pages(read(Path(sys.argv[1])), sys.argv[1])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main()

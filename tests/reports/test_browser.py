"""The pages in a real browser, as a reader uses them; skipped where none is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports import FORMATS, RunRecord, Verdict
from reports.compare import compare, history, html
from tests.compare.runs import now, then
from tests.reports.records import failure, nasty, requirement, run, shared, target, throttled, unreachable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
UNCOVERED = """each => {
  const { left, top } = each.getBoundingClientRect();
  return each.contains(document.elementFromPoint(left + 8, top + 8));
}"""
PHONE = {"width": 360, "height": 740}


def broken() -> RunRecord:
    requirements = (
        requirement(verdict=Verdict.FAILED, failures=(failure(), failure("another way"))),
        requirement("kept", group="Batch"),
        requirement("torn", Verdict.INCONCLUSIVE, group="Batch", reason="no answer"),
    )
    return run(target(requirements=requirements), target("imiconnect-app"))


def report(record: RunRecord) -> Callable[[Path], Path]:
    return lambda out: FORMATS["html"](record, out)


def compared(old: RunRecord, new: RunRecord) -> Callable[[Path], Path]:
    return lambda out: html.write(compare(old, new), out)


def passed_on(*records: RunRecord) -> Callable[[Path], Path]:
    return lambda out: history.write(records, out)


PAGES = {
    "report": report(broken()),
    "nasty report": report(nasty()),
    "throttled report": report(throttled()),
    "unreachable report": report(unreachable()),
    "comparison": compared(then(), now()),
    "nasty comparison": compared(nasty(), broken()),
    "history": passed_on(then(), broken(), now()),
    "nasty history": passed_on(nasty(), then(), nasty()),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield launched
        launched.close()


class Visit:
    """A page that is open, everything it asked for, and everything it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def open_(make: Callable[[Path], Path], place: str = "", **options: Any) -> Visit:
        contexts.append(browser.new_context(**options))
        visited = Visit(contexts[-1].new_page())
        visited.page.goto(make(tmp_path).as_uri() + place)
        return visited

    yield open_
    for context in contexts:
        context.close()


def shown(page: Page) -> list[str]:
    ids: list[str] = page.eval_on_selector_all(".requirement:not([hidden])", "all => all.map(each => each.id)")
    return ids


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_file_and_nothing_from_a_target_runs(name: str, visit: Callable[..., Visit]) -> None:
    visited = visit(PAGES[name])
    assert [url for url in visited.asked if not url.startswith("file:")] == []
    assert len(visited.asked) == 1
    assert visited.complaints == []
    assert "owned" not in visited.page.title()


@pytest.mark.parametrize("name", ["report", "nasty report", "throttled report", "comparison", "history"])
def test_axe_finds_nothing_serious_in_light_and_dark(name: str, visit: Callable[..., Visit]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = visit(PAGES[name], color_scheme="light", bypass_csp=True).page
    page.eval_on_selector_all("details", "all => all.forEach(each => { each.open = true; })")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page).response
        assert "color-contrast" in {each["id"] for each in found["passes"]}
        serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
        assert [(scheme, each["id"], each["nodes"][0]["html"][:200]) for each in serious] == []


@pytest.mark.parametrize(
    "name", ["nasty report", "throttled report", "unreachable report", "nasty comparison", "nasty history"]
)
def test_a_phone_shows_the_page_without_scrolling_sideways(name: str, visit: Callable[..., Visit]) -> None:
    page = visit(PAGES[name], viewport=PHONE).page
    page.eval_on_selector_all("details", "all => all.forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_search_and_filters_narrow_down_and_stand_in_the_address(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES["report"]).page
    everything = len(shown(page))
    page.fill("#search", "BATCH kept")
    assert shown(page) == ["imiconnect-customer/kept"]
    assert page.inner_text("#shown") == f"1 of {everything} requirements"
    page.click("#clear")
    page.uncheck("input[value=passed]")
    page.select_option("#document", "imiconnect-customer")
    assert shown(page) == ["imiconnect-customer/queued-code", "imiconnect-customer/torn"]
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert shown(page) == ["imiconnect-customer/queued-code", "imiconnect-customer/torn"]
    page.fill("#search", "nothing like it")
    assert page.is_visible("#nothing")


def test_a_deep_link_opens_its_requirement_and_the_back_button_works(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES["report"], "#imiconnect-app/batch-limit").page
    place = page.locator("[id='imiconnect-app/batch-limit']")
    assert place.locator("details").first.get_attribute("open") is not None
    playwright.expect(place).to_be_in_viewport()
    assert place.locator("summary").first.evaluate(UNCOVERED)
    page.click("nav a[href='#readings']")
    playwright.expect(page.locator("#readings-title")).to_be_in_viewport()
    page.go_back()
    playwright.expect(place).to_be_in_viewport()


def test_a_requirement_leads_to_its_cause_and_the_cause_to_its_requirements(visit: Callable[..., Visit]) -> None:
    page = visit(report(shared()), "#imiconnect-customer/shown").page
    page.click("[id='imiconnect-customer/shown'] .causes a")
    cause = page.locator("[id='imiconnect-customer/cause/1']")
    playwright.expect(cause).to_be_in_viewport()
    cause.locator("a", has_text="batch-limit").click()
    hit = page.locator("[id='imiconnect-customer/batch-limit']")
    playwright.expect(hit).to_be_in_viewport()
    assert hit.locator("details").first.get_attribute("open") is not None


def test_the_causes_are_the_first_that_a_reader_sees(visit: Callable[..., Visit]) -> None:
    page = visit(report(throttled()), viewport={"width": 1280, "height": 800}).page
    playwright.expect(page.get_by_text("What would help:")).to_be_in_viewport()


@pytest.mark.parametrize("name", ["report", "comparison", "history"])
def test_the_theme_follows_the_system_until_it_is_changed(name: str, visit: Callable[..., Visit]) -> None:
    page = visit(PAGES[name], color_scheme="dark").page
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) != dark
    page.click("#theme")
    assert page.evaluate(ground) == dark


def test_the_keyboard_alone_is_enough(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES["report"]).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "search"
    kept = page.locator("[id='imiconnect-customer/kept'] summary").first
    kept.focus()
    page.keyboard.press("Enter")
    assert kept.evaluate("summary => summary.parentElement.open")


def test_the_command_is_copied_whole(visit: Callable[..., Visit]) -> None:
    visited = visit(PAGES["report"], permissions=["clipboard-read", "clipboard-write"])
    command = visited.page.locator("pre[data-copy]").first
    button = visited.page.locator(".copied button").first
    button.click()
    playwright.expect(button).to_have_text("Copied")
    copied = visited.page.evaluate("navigator.clipboard.readText()")
    assert copied == command.text_content()
    assert copied.startswith("curl -sS")


def test_the_search_of_a_comparison_shows_the_changes_that_match(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES["comparison"]).page
    page.fill("#search", "newly vanishes unreachable")
    assert page.locator(".change:visible").count() == 0
    page.fill("#search", "vanishes unreachable")
    assert page.locator(".change:visible").count() == 1
    assert page.inner_text("#shown").startswith("1 of ")


def test_a_deep_link_into_a_comparison_leads_to_its_change(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES["comparison"], "#target-1/appears").page
    assert page.locator("[id='target-1/appears']").evaluate(UNCOVERED)


def test_the_history_narrows_to_what_changed(visit: Callable[..., Visit]) -> None:
    page = visit(passed_on(replace(then(), targets=then().targets), now(), now())).page
    page.check("#moved")
    rows = page.eval_on_selector_all("tr.row:not([hidden]) th", "all => all.map(each => each.textContent.trim())")
    assert sorted(rows) == ["appears", "breaks", "mends", "vanishes"]

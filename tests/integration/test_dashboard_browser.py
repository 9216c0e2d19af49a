"""The page in a real browser beside a bot that trades: its values are the ledger's, and nothing leaves the machine."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from novosky.report.dashboard.serve import Page as Served
from novosky.trading.ledger.reading import read_ledger
from novosky.trading.ledger.rows import Entry, Equity
from novosky.trading.ledger.trades import live_trades
from support.dashboard_ledger import write_desk
from support.dashboard_page import observer_of, served
from support.paper_bot import Paper, paper_of
from support.small_job import Workspace

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
NOSY = """<script>document.title = "runs";
fetch("/api/state").then(() => { document.title = "asked"; }, () => { document.title = "refused"; });</script>"""
SEEN = """() => ({
  row: Number(document.documentElement.dataset.row),
  state: document.querySelector("#hero h1")?.textContent,
  equity: document.querySelector("#equity-now")?.textContent,
  balance: document.querySelector("#card-balance b")?.textContent,
  trades: document.querySelector("#card-trades b")?.textContent,
  net: document.querySelector("#card-trades small")?.textContent,
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


def until(tab: Any, condition: str) -> None:
    """Asked again and again from outside: the page's own policy lets nobody evaluate text inside it."""
    ends = time.monotonic() + 30.0
    while not tab.evaluate(condition):
        assert time.monotonic() < ends, condition
        tab.wait_for_timeout(30)


class Watched:
    """A tab, with all that it asked for and all that it said."""

    def __init__(self, browser: Any, served: Served, **settings: Any) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.context = browser.new_context(**settings)
        self.tab = self.context.new_page()
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.address = served.address
        self.tab.goto(served.address)
        self.tab.wait_for_selector("#live.on")

    def seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.tab.evaluate(SEEN)
        return seen

    def until(self, condition: str) -> None:
        until(self.tab, condition)

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(self.address)]


class Halting:
    """A bot on paper in a thread of its own, which stands still after some of its bars until it may go on."""

    def __init__(self, paper: Paper, *bars: int) -> None:
        self.paper, self.bars = paper, bars
        self.stands, self.goes = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._trade)
        self.thread.start()

    def _trade(self) -> None:
        bot = self.paper.bot()

        def after() -> None:
            if bot.bars_decided in self.bars:
                self.stands.set()
                assert self.goes.wait(60.0)
                self.goes.clear()

        bot.run(after)
        bot.session.ledger.close()

    def go_on(self) -> None:
        self.stands.clear()
        self.goes.set()


def test_values_are_the_ledgers_while_the_bot_trades(browser: Any, small_job: Workspace, tmp_path: Path) -> None:
    paper = paper_of(small_job, tmp_path, 100, "execution.max_positions=3")
    with served(observer_of(tmp_path, paper.url)) as page:
        watched = Watched(browser, page)
        watched.until("document.querySelector('#hero h1').textContent.includes('No ledger yet')")
        bot = Halting(paper, 30, 70)
        for _ in bot.bars:
            assert bot.stands.wait(60.0)
            (entries,) = read_ledger(paper.url).values()
            watched.until(f"document.documentElement.dataset.row === '{len(entries)}'")
            assert_shown(watched.seen(), entries, "Paper")
            bot.go_on()
        watched.until("document.querySelector('#hero h1').textContent.includes('Stopped')")
        bot.thread.join()
        (entries,) = read_ledger(paper.url).values()
        assert_shown(watched.seen(), entries, "Stopped")
        assert len(live_trades(entries).closed) >= 3
        drawn = "document.querySelectorAll('#equity canvas, #price canvas').length"
        assert watched.tab.evaluate(drawn) >= 8
        assert watched.said == []
        assert watched.foreign == []
        watched.context.close()


def assert_shown(seen: dict[str, Any], entries: Sequence[Entry], state: str) -> None:
    """The page's text beside what the ledger's rows say."""
    account = [entry.row for entry in entries if isinstance(entry.row, Equity)][-1]
    closed = live_trades(entries).closed
    assert seen == {
        "row": len(entries),
        "state": state,
        "equity": f"{account.equity:,.2f} USD",
        "balance": f"{account.balance:,.2f}",
        "trades": str(len(closed)),
        "net": f"net {_signed(sum(trade.net for trade in closed))} USD",
    }


def _signed(value: float) -> str:
    value = round(value, 2)
    return ("\u2212" if value < 0 else "+" if value > 0 else "") + f"{abs(value):,.2f}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("desk")
    write_desk(f"sqlite:///{folder / 'ledger.sqlite'}").ledger.close()
    (folder / "runs/compare/1").mkdir(parents=True)
    (folder / "runs/compare/1/report.html").write_text(NOSY)
    with served(observer_of(folder)) as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser: Any, desk: Served, scheme: str) -> None:
    watched = Watched(browser, desk, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    watched.until("document.querySelectorAll('#price canvas').length > 0")
    assert watched.tab.evaluate("document.documentElement.scrollWidth") == 390
    ground = "getComputedStyle(document.body).backgroundColor"
    before = watched.tab.evaluate(ground)
    assert (before == "rgb(15, 19, 24)") == (scheme == "dark")
    watched.tab.click("#theme")
    assert watched.tab.evaluate(ground) != before
    watched.tab.reload()
    assert watched.tab.evaluate(ground) != before  # it is kept
    assert watched.said == []
    watched.context.close()


def test_why_a_bar_led_to_no_trade_opens_on_a_click(browser: Any, desk: Served) -> None:
    watched = Watched(browser, desk)
    watched.tab.click("#decisions summary >> text=confidence too low")
    gates = watched.tab.inner_text("#decisions details[open] .gates")
    assert "0.4100, asked for 0.5000" in gates
    assert watched.tab.inner_text("#positions-panel td:last-child") == "103"
    watched.context.close()


def test_the_page_can_ask_nobody_else(browser: Any, desk: Served) -> None:
    watched = Watched(browser, desk)
    refused = "() => fetch('http://127.0.0.1:9/').then(() => 'asked', (error) => error.message)"
    assert watched.tab.evaluate(refused) == "Failed to fetch"
    assert any("Content Security Policy" in said for said in watched.said)
    assert watched.foreign == []
    watched.context.close()


def test_a_report_runs_its_scripts_and_cannot_ask_the_dashboard(browser: Any, desk: Served) -> None:
    watched = Watched(browser, desk)
    with watched.context.expect_page() as opened:
        watched.tab.click("#pages a")
    until(opened.value, "document.title === 'refused'")
    assert opened.value.evaluate("self.origin") == "null"
    watched.context.close()


def test_the_token_is_asked_for_once(browser: Any, tmp_path: Path) -> None:
    write_desk(f"sqlite:///{tmp_path / 'ledger.sqlite'}").ledger.close()
    token = "größer-als-16-Zeichen"
    with served(observer_of(tmp_path), token=token) as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(page.address)
        assert tab.url.endswith("/login")
        tab.fill("#token", "wrong")
        tab.click("button")
        until(tab, "document.getElementById('said').textContent.includes('not the token')")
        tab.fill("#token", token)
        tab.click("button")
        tab.wait_for_selector("#live.on")
        assert token not in tab.url
        assert tab.evaluate("document.cookie") == ""
        assert tab.inner_text("#equity-now") == "10,106.50 USD"
        context.close()

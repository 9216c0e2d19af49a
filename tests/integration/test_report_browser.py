"""The page in a real browser: every chart is drawn and the console stays silent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from novosky.backtest.common_bars import common_bars
from novosky.report.compare_page import write_comparison
from novosky.report.page import write_report
from support.compare_sample import A, B, compared
from support.report_sample import sample

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
]


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


def opened(browser: str, path: Path) -> tuple[list[str], str]:
    """What the console said, and the body after all scripts."""
    done = subprocess.run(
        [browser, *SWITCHES, f"--user-data-dir={path.parent / 'profile'}", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return said, done.stdout[done.stdout.rindex("<main>") :]


@pytest.mark.parametrize(("share", "charts"), [(0.06, 7), (0.0, 5)])
def test_charts_are_drawn_without_a_word_on_the_console(browser: str, tmp_path: Path, share: float, charts: int):
    path = tmp_path / "report.html"
    write_report(path, sample(trade_share=share))
    said, body = opened(browser, path)
    assert said == []
    assert len(re.findall(r'class="chart js-plotly-plot"', body)) == charts
    assert body.count('class="main-svg"') >= charts


def test_a_comparison_is_drawn_without_a_word_on_the_console(browser: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_comparison(path, compared(), [A, B], common_bars([A, B]))
    said, body = opened(browser, path)
    assert said == []
    assert len(re.findall(r'class="chart js-plotly-plot"', body)) == 1
    assert "The best of many" in body

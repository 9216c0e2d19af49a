"""The page in a real browser: every chart is drawn and the console stays silent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from novosky.report.page import write_report
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


@pytest.mark.parametrize(("share", "charts"), [(0.06, 7), (0.0, 5)])
def test_charts_are_drawn_without_a_word_on_the_console(browser: str, tmp_path: Path, share: float, charts: int):
    path = tmp_path / "report.html"
    write_report(path, sample(trade_share=share))
    done = subprocess.run(
        [browser, *SWITCHES, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    body = done.stdout[done.stdout.rindex("<main>") :]
    assert len(re.findall(r'class="chart js-plotly-plot"', body)) == charts
    assert body.count('class="main-svg"') >= charts

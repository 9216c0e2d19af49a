"""`mode=trade` at a terminal in real time: through the REST bridge over a real socket, on bars that end now."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from novosky.backtest.inputs import bar_arrays
from novosky.backtest.prepare import prepare
from novosky.errors import ConfigError, ModelCompatibilityError, NovoskyError
from novosky.modes.dispatch import dispatch
from novosky.modes.trade_ports import live_stage
from novosky.trading.doctor.inputs import calendar
from novosky.trading.ledger.reading import read_ledger
from novosky.trading.ledger.rows import Decision, Event
from novosky.trading.paper import account_terms, paper_server
from novosky.trading.terminal.simulated.serve_http import serve_http
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.small_job import Workspace
from support.week_feed import event, week_feed

TOKEN = "a secret of the bridge"


def server_of_now(job: Workspace, **account: object) -> SimulatedServer:
    """The small job's market, moved in time so that its last bars are those of now."""
    config = job.compose(*job.overrides("mode=trade"))
    bars = prepare(config).bars
    now_ms = time.time_ns() // 1_000_000
    length = bars.timeframe_ms
    moved = replace(bars, time_ms=bars.time_ms + (now_ms // length * length - int(bars.time_ms[-3])))
    server = paper_server(config, moved, bar_arrays(moved, config), now_ms)
    if account:
        terms = replace(account_terms(config), **account)  # type: ignore[arg-type]
        return SimulatedServer(server.market.replay, server.symbol, terms, now_ms)
    return server


@pytest.fixture
def keys(small_job: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setenv("API_TOKEN", TOKEN)
    places = (f"trade.ledger=sqlite:///{tmp_path}/l.sqlite", f"trade.kill_file={tmp_path}/KILL")
    return small_job.overrides("mode=trade", f"models={small_job.train}", "trade.stop_after_bars=1", *places)


def trade(job: Workspace, folder: Path, *keys: str) -> tuple[int, str]:
    code = dispatch(job.compose(*keys), folder).exit_code
    return code, (folder / "result.json").read_text()


def test_a_bar_of_now_through_the_bridge(small_job: Workspace, keys: tuple[str, ...], tmp_path: Path) -> None:
    terminal = SimulatedTerminal(server_of_now(small_job))
    terminal.initialize()
    served = serve_http(terminal, TOKEN)
    try:
        code, text = trade(small_job, tmp_path, *keys, "terminal=http", f"terminal.url={served.url}")
    finally:
        served.close()
    assert code == 0
    assert json.loads(text)["bars_decided"] == 1
    (entries,) = read_ledger(f"sqlite:///{tmp_path}/l.sqlite").values()
    (decision,) = [entry.row for entry in entries if isinstance(entry.row, Decision)]
    assert abs(decision.bar_time_ms + 2 * 900_000 - time.time() * 1000) <= 900_000 + 120_000
    assert [entry.row.name for entry in entries if isinstance(entry.row, Event)][-1] == "stopped"
    assert TOKEN not in "".join(file.read_text(errors="ignore") for file in tmp_path.iterdir() if file.is_file())


def test_the_week_is_fetched_before_the_start(small_job: Workspace, keys: tuple[str, ...], tmp_path: Path) -> None:
    terminal = SimulatedTerminal(server_of_now(small_job))
    terminal.initialize()
    served = serve_http(terminal, TOKEN)
    places = ("terminal=http", f"terminal.url={served.url}", f"news.path={tmp_path}/calendar/week.jsonl")
    try:
        with week_feed() as feed:
            feed.rows = [event("FOMC Statement", datetime.now(UTC).isoformat())]
            blocked = (*keys, *places, "news=forexfactory", f"news.url={feed.url}", "execution.news_block_minutes=60")
            config = small_job.compose(*blocked)
            stage = live_stage(config, None, 0.0)  # type: ignore[arg-type]
            assert (feed.asked, len(stage.event_ms)) == (1, 1)
            assert calendar(config, stage.clock.now_ms(), 7).verdict == "pass"
            assert calendar(config, stage.clock.now_ms() + 8 * 86_400_000, 7).verdict == "warn"
    finally:
        served.close()


def test_the_doctor_keeps_it_from_another_account(small_job: Workspace, keys: tuple[str, ...], tmp_path: Path) -> None:
    terminal = SimulatedTerminal(server_of_now(small_job, currency="EUR", trade_allowed=False))
    terminal.initialize()
    served = serve_http(terminal, TOKEN)
    try:
        code, text = trade(small_job, tmp_path, *keys, "terminal=http", f"terminal.url={served.url}")
    finally:
        served.close()
    assert code == 1
    assert {"currency", "permissions"} <= {row["name"] for row in json.loads(text)["findings"]}
    assert not (tmp_path / "l.sqlite").exists() or read_ledger(f"sqlite:///{tmp_path}/l.sqlite") == {}


def test_what_cannot_be_reached_is_said(small_job: Workspace, keys: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(NovoskyError, match="terminal=http") as refusal:
        trade(small_job, tmp_path, *keys, "terminal=http", "terminal.url=http://127.0.0.1:9")
    assert refusal.value.exit_code == 3
    with pytest.raises(ConfigError, match="MetaTrader5"):
        trade(small_job, tmp_path, *keys, "terminal=metatrader5")
    with pytest.raises(ModelCompatibilityError):
        trade(small_job, tmp_path, *keys, f"models={tmp_path}/none")

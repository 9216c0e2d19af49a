"""The doctor through the REST bridge: a market of now, and an account that is not the configured one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.modes.dispatch import dispatch
from novosky.trading.paper import account_terms, symbol_terms
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.serve_http import serve_http
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.doctor_site import CANDLE
from support.terminal_box import M15_MS, candle_arrays, candle_bars

BARS = 700


@pytest.fixture
def bridge(compose: Callable[..., Config]) -> Iterator[str]:
    config = compose("broker=generic")
    now_ms = time.time_ns() // 1_000_000
    bars = candle_bars([CANDLE] * BARS, now_ms // M15_MS * M15_MS - (BARS - 2) * M15_MS)
    replay = Replay(bars, candle_arrays(bars, spread=15.0), clock=config.broker.clock)
    account = replace(account_terms(config), leverage=50, currency="EUR")
    server = SimulatedServer(replay, symbol_terms(config), account, now_ms)
    terminal = SimulatedTerminal(server)
    terminal.initialize()
    served = serve_http(terminal, "open sesame")
    yield served.url
    served.close()


def test_through_a_bridge(
    bridge: str, compose: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = (
        f"terminal.url={bridge}", f"paths.train={tmp_path}/none", f"trade.kill_file={tmp_path}/KILL",
        f"trade.ledger=sqlite:///{tmp_path}/ledger.sqlite", "trade.history_bars=600", "features=compact", "news=none",
    )  # fmt: skip
    config = compose("mode=doctor", "broker=generic", "terminal=http", *own)
    monkeypatch.setenv("API_TOKEN", "open sesame")
    assert dispatch(config, tmp_path).exit_code == 1
    text = (tmp_path / "result.json").read_text()
    assert "open sesame" not in text
    found = {row["name"]: row for row in json.loads(text)["findings"]}
    assert (found["leverage"]["verdict"], found["currency"]["verdict"]) == ("fail", "fail")
    for name in (
        "secrets",
        "connection",
        "symbol",
        "tick value",
        "volumes",
        "filling",
        "permissions",
        "positions",
        "clock",
    ):
        assert found[name]["verdict"] == "pass", found[name]
    for name in ("margin", "trial order"):  # no bridge can tell
        assert found[name]["verdict"] == "warn", found[name]

    monkeypatch.setenv("API_TOKEN", "wrong")
    assert dispatch(config, tmp_path).exit_code == 1
    found = {row["name"]: row for row in json.loads((tmp_path / "result.json").read_text())["findings"]}
    assert found["connection"]["verdict"] == "fail"

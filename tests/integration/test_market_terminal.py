"""data=terminal: bars through the port, over real servers, frozen once and then read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.market.snapshot import open_market
from novosky.modes.data import asker, run
from novosky.trading.terminal.history import read_history, require_same
from novosky.trading.terminal.simulated.module import as_module
from novosky.trading.terminal.simulated.serve_http import serve_http
from novosky.trading.terminal.simulated.serve_rpyc import serve_rpyc
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import FLAT, MONDAY_MS, SYMBOL, broker

RISE = (100.0, 121.0, 99.0, 120.0)
BARS = (FLAT, RISE, FLAT, RISE, FLAT, RISE, FLAT, FLAT)
HOUR = ("data.since=2024-01-01T00:15", "data.until=2024-01-01T01:20")


@pytest.fixture(params=["http", "mt5linux"])
def way(request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    """The settings that lead to a broker whose clock is two hours ahead, at the open of bar 6."""
    box = SimulatedTerminal(broker(BARS, at_bar=6, clock="eet"))
    server: Any
    if request.param == "http":
        server = serve_http(box, None)
        settings = (f"terminal.url={server.url}", "terminal.token_env=null")
    else:
        server = serve_rpyc(as_module(box))
        settings = (f"terminal.port={server.port}",)
    yield (f"terminal={request.param}", *settings)
    server.close()


def test_bars_of_the_terminal_are_frozen_once(
    compose: Callable[..., Config], way: tuple[str, ...], tmp_path: Path
) -> None:
    config = compose("mode=data", "data=terminal", "data.clock=eet", *HOUR, f"paths.data={tmp_path / 'data'}", *way)
    run(config, tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["bars"], result["first"]) == (4, "2024-01-01 00:15 UTC")  # the one that closes 01:30 is left out
    again = open_market(config.data, config.news, tmp_path / "data")  # and nobody is asked
    assert again.bars.time_ms.tolist() == [MONDAY_MS + k * 900_000 for k in (1, 2, 3, 4)]
    assert again.bars.close.tolist() == [120.0, 100.0, 120.0, 100.0]
    assert again.bars.spread_points.tolist() == [20.0] * 4
    assert again.snapshot.name == result["snapshot"]


def test_where_nobody_answers_nothing_is_written(compose: Callable[..., Config], tmp_path: Path) -> None:
    config = compose("data=terminal", *HOUR, "terminal=mt5linux", "terminal.port=1")
    with pytest.raises(NovoskyError, match="no RPyC server") as error:
        open_market(config.data, config.news, tmp_path, ask=asker(config, lambda _text, _share: None))
    assert error.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="not fetched yet"):
        open_market(config.data, config.news, tmp_path)
    simulated = compose("data=terminal", *HOUR)
    with pytest.raises(ConfigError, match="choose terminal=metatrader5, mt5linux or http"):
        open_market(simulated.data, simulated.news, tmp_path, ask=asker(simulated, lambda _text, _share: None))


def test_a_span_without_bars(compose: Callable[..., Config], tmp_path: Path) -> None:
    terminal = SimulatedTerminal(broker(BARS, at_bar=6))
    terminal.initialize()
    config = compose("data=terminal", "data.since=2023-01-01", "data.until=2023-02-01")
    with pytest.raises(DataError, match="has no M15 bar"):
        open_market(
            config.data,
            config.news,
            tmp_path,
            ask=lambda first, last: read_history(terminal, SYMBOL, "M15", first, last),
        )


def test_pieces_give_what_one_piece_gives() -> None:
    terminal = SimulatedTerminal(broker(BARS, at_bar=7))
    terminal.initialize()
    span = (MONDAY_MS // 1000 + 900, MONDAY_MS // 1000 + 6 * 900)
    whole = read_history(terminal, SYMBOL, "M15", *span)
    assert len(whole) == 6
    for bars in (1, 2, 4):
        assert read_history(terminal, SYMBOL, "M15", *span, piece_bars=bars).tolist() == whole.tolist()
    terminal.shutdown()
    with pytest.raises(NovoskyError, match="no answer about bars"):
        read_history(terminal, SYMBOL, "M15", *span)


def test_the_settings_are_held_against_the_terminal() -> None:
    terminal = SimulatedTerminal(broker(BARS, at_bar=6, clock="eet"))
    terminal.initialize()
    require_same(terminal, SYMBOL, 0.01, "eet")
    with pytest.raises(ConfigError, match=r"data\.point=0\.1: the terminal's BTCUSD has 0\.01"):
        require_same(terminal, SYMBOL, 0.1, "eet")
    with pytest.raises(ConfigError, match=r"data\.clock=utc: is \+0 h from UTC now, the terminal's last tick is \+2 h"):
        require_same(terminal, SYMBOL, 0.01, "utc")
    with pytest.raises(ConfigError, match="no such symbol"):
        require_same(terminal, "NOSUCH", 0.01, "eet")


@pytest.mark.parametrize("left_out", ["since", "until"])
def test_dates_are_required(compose: Callable[..., Config], left_out: str) -> None:
    given = [setting for setting in HOUR if not setting.startswith(f"data.{left_out}")]
    with pytest.raises(ConfigError, match=rf"data\.{left_out}: required with data\.source=terminal"):
        compose("data=terminal", *given)

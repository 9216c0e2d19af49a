"""The terminal as the bot sees it: UTC, whatever clock the server shows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novosky.market.trading_days import utc_ms, wall_ms
from novosky.trading.bot.broker import Broker, DisconnectedError
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import ACCOUNT, FLAT, M15_MS, SYMBOL, TERMS, candle_arrays, candle_bars

AUTUMN_MS = int(datetime(2026, 11, 1, 3, tzinfo=UTC).timestamp() * 1000)  # New York's clocks go back at 06:00 UTC
SPRING_MS = int(datetime(2026, 3, 8, 3, tzinfo=UTC).timestamp() * 1000)


def broker_from(start_ms: int, clock: str, bars: int = 24) -> tuple[Broker, np.ndarray]:
    market = candle_bars((FLAT,) * bars, start_ms)
    server = SimulatedServer(
        Replay(market, candle_arrays(market), clock=clock), TERMS, ACCOUNT, int(market.time_ms[-1]) + 1000
    )
    terminal = SimulatedTerminal(server)
    terminal.initialize()
    return Broker(terminal, SYMBOL, 15, clock), market.time_ms


@pytest.mark.parametrize("clock", ["utc", "new_york_plus_7", "eet"])
@pytest.mark.parametrize("start_ms", [AUTUMN_MS, SPRING_MS])
def test_bars_are_told_apart_where_clocks_are_moved(start_ms: int, clock: str) -> None:
    broker, times = broker_from(start_ms, clock)
    rates = broker.history(50, 0.01)
    assert rates.closed.time_ms.tolist() == times[:-1].tolist()
    assert rates.forming_ms == times[-1]
    later = broker.bars_after(int(times[-4]), 0.01, 24)
    assert later.closed.time_ms.tolist() == times[-3:-1].tolist()


def test_an_hour_shown_twice_is_the_first_after_what_is_known() -> None:
    six = AUTUMN_MS + 3 * 3_600_000  # shown as 08:00 again, an hour after five
    shown = int(wall_ms(np.array([six]), "new_york_plus_7")[0])
    assert utc_ms(shown, "new_york_plus_7") == six - 3_600_000
    assert utc_ms(shown, "new_york_plus_7", six - 3_600_000) == six


@given(st.integers(0, 2 * 366 * 96), st.sampled_from(["utc", "new_york_plus_7", "eet"]))
def test_back_and_forth(step: int, clock: str) -> None:
    time_ms = AUTUMN_MS + step * M15_MS
    shown = int(wall_ms(np.array([time_ms]), clock)[0])
    assert utc_ms(shown, clock) in (time_ms, time_ms - 3_600_000)
    assert utc_ms(shown, clock, time_ms - M15_MS) == time_ms


def test_no_answer_is_an_error_with_the_terminals_words() -> None:
    broker, _ = broker_from(AUTUMN_MS, "utc")
    broker.terminal.shutdown()
    with pytest.raises(DisconnectedError, match="account_info: expected an answer"):
        broker.look(AUTUMN_MS, AUTUMN_MS)

"""The bot on the simulated terminal trades exactly what the backtest's chain trades on the same bars."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from novosky.backtest.window_chain import Traded
from novosky.execution.codes import DEAL_NAMES, EXIT_NAMES, VERDICT_NAMES
from novosky.trading.bot.shadow import PARITY
from novosky.trading.ledger.rows import Decision, Entry, Event
from novosky.trading.replay.answer import replayed
from novosky.trading.replay.pairs import pairs_of, rows_of_core, rows_of_ledger
from support.replayed_bot import START, Ground, ground_of, live_bot
from support.small_job import Workspace

BARS = 250
COSTS = (
    "prediction.confidence_quantile=0.5",
    "broker.commission_per_lot=1.2", "broker.swap_mode=interest_current",
    "broker.swap_long=-20", "broker.swap_short=8",
)  # fmt: skip
WIDE = ("profile.daily_loss_pct=50", "profile.weekly_loss_pct=60", "profile.total_loss_pct=90")
ADDS = (0.0, 0.0, 1.0)


class Setting(NamedTuple):
    overrides: tuple[str, ...]
    acts: set[str]  # deals, exits and verdicts that must come up, else it shows nothing
    lean: tuple[float, float, float] = (0.0, 0.0, 0.0)


SETTINGS = {
    "partial closes and moved stops": Setting(
        (
            "execution.partial_r=0.4", "execution.partial_fraction=0.5", "execution.breakeven_r=0.6",
            "execution.trail_start_r=0.8", "execution.trail_atr=1.0", "execution.max_positions=2",
            "prediction.exit_threshold=0.55", *WIDE,
        ),
        {"partial", "moved_stop", "stop", "target", "position_model", "position_open"},
    ),
    "additions, several positions, reversal": Setting(
        (
            "execution.max_positions=4", "execution.max_adds=2", "execution.on_opposite=reverse",
            "prediction.add_threshold=0.3", *WIDE, *COSTS,
        ),
        {"opposite_signal", "time", "stop", "target", "position_open", "swap"},
        ADDS,
    ),
    "netting with additions": Setting(
        (
            "account.position_mode=netting", "execution.max_adds=2", "execution.partial_r=0.5",
            "prediction.add_threshold=0.3", *WIDE, *COSTS,
        ),
        {"add", "partial", "stop", "target", "time", "position_open", "swap"},
        ADDS,
    ),
    "equity filter and breakers": Setting(
        (
            "execution.equity_filter_drawdown_r=1.5", "execution.equity_filter_trades=4",
            "execution.max_consecutive_losses=2", "profile.daily_loss_pct=1", "execution.max_positions=3",
            "prediction.exit_threshold=0.55",
        ),
        {"equity_filter", "consecutive_losses", "stop", "target"},
    ),
    "slippage and short holding": Setting(
        (
            "execution.slippage=random", "execution.slippage_price=0.8", "execution.on_opposite=close",
            "execution.max_hold_bars=5", "execution.max_positions=2", "prediction.exit_threshold=0.55", *WIDE, *COSTS,
        ),
        {"time", "stop", "target", "position_model", "swap"},
    ),
}  # fmt: skip


def acted(traded: Traded) -> set[str]:
    deals, trades, verdicts = traded.simulation.deals, traded.simulation.trades, traded.simulation.verdicts
    return (
        {DEAL_NAMES[code] for code in deals["kind"]}
        | {EXIT_NAMES[code] for code in trades["exit_reason"]}
        | {VERDICT_NAMES[code] for code in verdicts}
        | ({"swap"} if (trades["swap"] != 0.0).any() else set())
    )


def verdicts_of(entries: list[Entry]) -> dict[int, str]:
    """By bar; what was refused at the open after all has the name of that refusal."""
    found = {row.bar_time_ms: row.verdict for entry in entries if isinstance(row := entry.row, Decision)}
    for row in (entry.row for entry in entries):
        if isinstance(row, Event) and row.name == "not_opened" and row.text.startswith("entry"):
            found[row.details["bar_ms"]] = row.details["why"]
    return found


def core_verdicts(traded: Traded, ground: Ground) -> dict[int, str]:
    times = ground.prepared.bars.time_ms[START : START + BARS].tolist()
    codes = traded.simulation.verdicts[:BARS].tolist()
    return {time_ms: VERDICT_NAMES[code] for time_ms, code in zip(times, codes, strict=True)}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_bots_trades_are_the_backtests(name: str, small_job: Workspace) -> None:
    setting = SETTINGS[name]
    ground = ground_of(small_job, *setting.overrides, lean=setting.lean)
    traded = ground.trade(BARS)
    assert setting.acts <= acted(traded)
    entries = live_bot(ground).run(BARS)

    expected = rows_of_core(traded, START + BARS)
    found = rows_of_ledger(entries, ground.prepared.bars.time_ms, START + BARS)
    pairs = pairs_of(expected, found)
    assert len(pairs) == len(expected) == len(found) > 10
    assert [pair for pair in pairs if pair.parts] == []
    for pair in pairs:
        if pair.expected is not None and pair.expected.exit_bar is not None:
            assert pair.found is not None
            assert (pair.found.net, pair.found.exit_price) == pytest.approx(
                (pair.expected.net, pair.expected.exit_price), abs=1e-9, rel=0
            )
    assert verdicts_of(entries) == core_verdicts(traded, ground)
    events = [entry.row for entry in entries if isinstance(entry.row, Event)]
    assert [event.text for event in events if event.name == PARITY] == []
    answer = replayed(ground.config, ground.prepared, ground.bundle, entries, {ground.revision})
    assert (answer.causes, answer.is_explained) == ((), True)  # every book as the core's, too

"""Contracts and rules that cannot be: each refused by name before the first bar, with what would mend it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError

Compose = Callable[..., Config]
FILE = ("data=parquet", "data.path=m15.parquet")
MARGIN_MODES = "forex, forex_no_leverage, cfd, cfd_leverage, cfd_index, futures, exchange_stocks"
SWAP_MODES = "disabled, points, currency_symbol, currency_margin, currency_deposit, interest_current, interest_open"

CONTRACTS: list[tuple[tuple[str, ...], str]] = [
    (("broker.tick_value=0",), "broker.tick_value=0.0: expected > 0 (account money per tick and lot)"),
    (
        ("broker.tick_size=0",),
        "broker.tick_size=0.0: expected > 0 (price step that tick_value is given for, price units)",
    ),
    (("broker.leverage=0",), "broker.leverage=0: expected >= 1 and <= 5000 (account leverage)"),
    (("broker.contract_size=0",), "broker.contract_size=0.0: expected > 0 (units of the underlying in one lot)"),
    (("broker.volume_step=0",), "broker.volume_step=0.0: expected > 0 (step of the volume, lots)"),
    (("broker.margin_rate=0",), "broker.margin_rate=0.0: expected > 0 (initial margin rate of the symbol)"),
    (
        ("broker.margin_mode=exch_options",),
        f"broker.margin_mode=exch_options: expected one of {MARGIN_MODES} (MetaTrader's margin calculation)",
    ),
    *(
        (
            (f"broker.swap_mode={mode}",),
            f"broker.swap_mode={mode}: expected one of {SWAP_MODES} (MetaTrader's swap mode)",
        )
        for mode in ("reopen_current", "reopen_bid", "annual")
    ),
    (
        ("broker.swap_triple_day=saturday",),
        "broker.swap_triple_day=saturday: expected one of monday, tuesday, wednesday, thursday, friday, none "
        "(day whose night pays three, the weekend's nights none; none: every night pays one); did you mean thursday?",
    ),
    (
        ("broker.point=1.0",),
        "broker.point=1: MetaTrader's point of 2 digits is 0.01; "
        "set broker.point or broker.digits as the symbol's specification says",
    ),
    (
        ("broker.tick_size=0.015",),
        "broker.tick_size=0.015: expected a whole number of points of 0.01; "
        "set broker.tick_size and broker.point as the symbol's specification says",
    ),
    (
        ("broker.tick_size=1e-9",),
        "broker.tick_size=1e-09: expected a whole number of points of 0.01; "
        "set broker.tick_size and broker.point as the symbol's specification says",
    ),
    (
        ("broker.volume_max=0.001",),
        "broker: volume_step <= volume_min <= volume_max expected, found 0.01, 0.01, 0.001; "
        "set broker.volume_step, broker.volume_min and broker.volume_max as the symbol's specification says",
    ),
    (
        ("broker.volume_step=200", "broker.volume_min=200"),
        "broker: volume_step <= volume_min <= volume_max expected, found 200, 200, 100; "
        "set broker.volume_step, broker.volume_min and broker.volume_max as the symbol's specification says",
    ),
    (
        ("broker.volume_min=0.025",),
        "broker.volume_min=0.025: expected a whole number of steps of 0.01 (broker.volume_step)",
    ),
    (
        ("execution.max_lots=0.001",),
        "execution.max_lots=0.001: below broker.volume_min=0.01, so that nothing could be traded; "
        "raise it, or set it to 0 (off)",
    ),
    (
        ("broker.margin_mode=futures",),
        "broker.margin_initial: required with broker.margin_mode=futures, but not given; "
        "add broker.margin_initial=<money per lot>",
    ),
    (
        ("broker.margin_initial=500",),
        "broker.margin_initial=500: only margin_mode=futures reads it, and broker.margin_mode is cfd_leverage; "
        "leave it away, or set broker.margin_mode=futures",
    ),
    (
        ("broker.margin_hedged_rate=1.5",),
        "broker.margin_hedged_rate=1.5: expected >= 0 and <= 1 "
        "(share of one side's margin that volume held on both sides pays)",
    ),
    (
        ("broker.swap_mode=currency_margin",),
        "broker.margin_currency: required with broker.swap_mode=currency_margin, but not given; "
        "add broker.margin_currency=<currency>",
    ),
    (("broker.assumptions=[spred]",), "broker.assumptions: no keys of the broker: spred"),
    (
        ("data.symbol=EURUSD",),
        "broker.symbol=BTCUSD: another market's contract than data.symbol=EURUSD; "
        "give the contract of EURUSD, and broker.symbol with it",
    ),
]

RULES: list[tuple[tuple[str, ...], str]] = [
    (
        (*FILE, "execution.intrabar=finer_bars"),
        "data.finer_path: required with execution.intrabar=finer_bars, but not given; add data.finer_path=<file>",
    ),
    (
        (*FILE, "data.finer_path=m1.parquet"),
        "data.finer_path=m1.parquet: only execution.intrabar=finer_bars reads it, found pessimistic; "
        "leave it away, or set execution.intrabar=finer_bars",
    ),
    (
        ("execution.intrabar=finer_bars",),
        "execution.intrabar=finer_bars: needs a file of finer bars, and data.source=synthetic has none; "
        "choose pessimistic or optimistic, or data=parquet with data.finer_path=<file>",
    ),
    (
        (*FILE, "execution.intrabar=finer_bars", "data.finer_path=m1.parquet", "data.finer_timeframe=M15"),
        "data.finer_timeframe=M15: expected shorter bars than data.timeframe=M15; "
        "give a file of finer bars as data.finer_path",
    ),
    (
        ("execution.spread_session_factors=[1,2,3]",),
        "execution.spread_session_factors=[1.0, 2.0, 3.0]: expected four factors: asian, london, new_york, none open",
    ),
    (
        ("execution.slippage=fixed",),
        "execution.slippage_price: required with execution.slippage=fixed, but it is 0; set it above 0",
    ),
    (
        ("execution.slippage=volatility",),
        "execution.slippage_atr: required with execution.slippage=volatility, but it is 0; set it above 0",
    ),
    (
        ("execution.slippage_price=2",),
        "execution.slippage_price=2: never read with execution.slippage=none; "
        "set it to 0, or set execution.slippage=fixed",
    ),
    (
        ("execution.slippage=fixed", "execution.slippage_price=2", "execution.slippage_atr=0.1"),
        "execution.slippage_atr=0.1: never read with execution.slippage=fixed; "
        "set it to 0, or set execution.slippage=volatility",
    ),
    (
        ("account.position_mode=netting", "execution.max_positions=2"),
        "execution.max_positions=2: account.position_mode=netting holds one position a symbol; "
        "set it to 1, or set account.position_mode=hedging",
    ),
    (
        ("execution.max_adds=2",),
        "execution.max_adds=2: with account.position_mode=hedging an addition is a position of its own, and "
        "execution.max_positions is 1; set execution.max_positions=3, or set account.position_mode=netting",
    ),
    (
        ("execution.trail_start_r=1",),
        "execution.trail_start_r=1.0: never read while execution.trail_atr is 0 (off); "
        "set execution.trail_atr above 0, or leave execution.trail_start_r away",
    ),
    (
        ("execution.breakeven_offset=1",),
        "execution.breakeven_offset=1.0: never read while execution.breakeven_r is 0 (off); "
        "set execution.breakeven_r above 0, or leave execution.breakeven_offset away",
    ),
    (
        ("execution.equity_filter_trades=5",),
        "execution.equity_filter_trades=5: never read while execution.equity_filter_drawdown_r is 0 (off); "
        "set execution.equity_filter_drawdown_r above 0, or leave execution.equity_filter_trades away",
    ),
    (
        ("broker.swap_long=-300",),
        "broker.swap_long=-300: never read with broker.swap_mode=disabled; "
        "set broker.swap_mode to the symbol's (points, interest_current, ...), or leave broker.swap_long away",
    ),
    (
        ("broker.tick_value=1",),
        "broker.tick_value=1: expected contract_size x tick_size = 0.01 USD for BTCUSD, whose prices are in USD; "
        "set broker.tick_value, broker.tick_size and broker.contract_size as the symbol's specification says",
    ),
    (
        ("execution.on_opposite=revers",),
        "execution.on_opposite=revers: expected one of ignore, close, reverse "
        "(what an opposite signal does to open positions); did you mean reverse?",
    ),
]


@pytest.mark.parametrize(
    ("overrides", "line"), CONTRACTS + RULES, ids=[" ".join(overrides) for overrides, _ in CONTRACTS + RULES]
)
def test_impossible_says(compose: Compose, overrides: tuple[str, ...], line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        compose(*overrides)
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    "overrides",
    [
        (*FILE, "execution.intrabar=finer_bars", "data.finer_path=m1.parquet"),
        (*FILE, "execution.intrabar=finer_bars", "data.finer_path=m5.parquet", "data.finer_timeframe=M5"),
        ("account.position_mode=netting", "execution.max_adds=8"),
        ("execution.max_adds=2", "execution.max_positions=2"),
        ("execution.trail_atr=1", "execution.trail_start_r=1"),
        ("execution.trail_atr=1",),
        ("execution.breakeven_r=1", "execution.breakeven_offset=1"),
        ("execution.max_risk_per_trade_pct=0",),
        ("execution.max_risk_per_trade_pct=0.5",),
        ("execution.partial_r=1", "execution.partial_fraction=0.25"),
        ("execution.equity_filter_drawdown_r=3", "execution.equity_filter_trades=5"),
        ("execution.max_consecutive_losses=3", "execution.consecutive_losses_reset=week"),
        ("execution.slippage=random", "execution.slippage_price=1"),
        ("execution.max_lots=0.01",),
        ("broker.tick_size=0.25", "broker.tick_value=0.25"),
        ("broker.volume_min=0.3", "broker.volume_step=0.1"),
        ("broker.margin_mode=futures", "broker.margin_initial=500"),
        ("broker.swap_mode=currency_margin", "broker.margin_currency=BTC"),
        ("broker.swap_triple_day=none",),
        ("execution.week_end_flat_minutes=2880",),
    ],
    ids=" ".join,
)
def test_near_misses_pass(compose: Compose, overrides: tuple[str, ...]) -> None:
    compose(*overrides)


def test_defaults_leave_every_new_rule_off(compose: Compose) -> None:
    execution = compose().execution
    off = {
        name: getattr(execution, name)
        for name in (
            "max_lots",
            "max_adds",
            "breakeven_r",
            "trail_atr",
            "partial_r",
            "week_end_flat_minutes",
            "equity_filter_drawdown_r",
            "slippage_price",
            "slippage_atr",
        )
    }
    assert set(off.values()) == {0}
    assert (execution.spread_mode, execution.slippage, execution.on_opposite) == ("bars", "none", "ignore")
    assert (execution.max_positions, execution.max_risk_per_trade_pct, execution.stop_cap) == (1, 10.0, "skip")

"""What happens inside a bar: the three readings of a bar that holds stop and target, on a market's own bars.

No model and nothing chosen by the result: a trade in the direction of the last candle whenever none is open, held by
brackets of fixed multiples of ATR(14), on the bars that finer bars cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from novosky.backtest.inputs import bar_arrays, contract_of, finer_bars, rules_of
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.execution.codes import NO_VOTE, OPENED, READINGS
from novosky.execution.series import FinerBars, plain_intents
from novosky.execution.simulate import Simulation, simulate
from novosky.market.bars import Bars, utc_text
from novosky.market.finer import covered
from novosky.market.snapshot import open_market

CONF = Path(__file__).resolve().parents[1] / "conf"
BRACKETS_ATR = ((2.0, 3.0), (1.0, 1.0), (0.5, 0.5), (0.25, 0.25))
SETTINGS = (
    "mode=backtest",
    "data=parquet",
    "news=none",
    "execution.intrabar=finer_bars",
    "profile.daily_loss_pct=100",
    "profile.weekly_loss_pct=100",
    "profile.total_loss_pct=100",
)
HEADER = (
    "| bracket, ATR | reading | trades | ambiguous | settled by finer bars | win rate | R a trade | sum of R |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True)
class Case:
    """The covered stretch of a market, `start <= i < stop` of its bars."""

    config: Config
    bars: Bars
    finer: FinerBars
    start: int
    stop: int


def intrabar(coarse: Path, fine: Path) -> str:
    """The table for a parquet file of bars and one of the finer bars inside them."""
    case = _case(coarse, fine)
    text = _title(case) + HEADER
    for bracket in BRACKETS_ATR:
        runs = {name: _trade(case, bracket, reading) for reading, name in enumerate(READINGS)}
        text += "".join(_row(bracket, name, run) for name, run in runs.items())
        print(f"{bracket}: done", flush=True)
    print(text)
    return text


def _case(coarse: Path, fine: Path) -> Case:
    config = compose_config(CONF, [*SETTINGS, f"data.path={coarse}", f"data.finer_path={fine}", "broker.spread=0"])
    bars = open_market(config.data, config.news, Path(config.paths.data)).bars
    finer = finer_bars(config, bars)
    rows = np.flatnonzero(covered(finer))
    return Case(config, bars, finer, int(rows[0]), int(rows[-1]) + 1)


def _trade(case: Case, bracket: tuple[float, float], reading: int) -> Simulation:
    config, bars = case.config, case.bars
    side = np.where(bars.close >= bars.open, 1, -1).astype(np.int8)
    verdict = np.where(np.arange(len(bars)) >= case.start, OPENED, NO_VOTE).astype(np.int16)
    intents = plain_intents(side, verdict, np.ones(len(bars)), *bracket)
    rules = rules_of(config.execution, config.profile, config.account)._replace(reading=reading)
    contract = contract_of(config.broker, config.account, config.execution)._replace(
        volume_min=1e-6, volume_step=1e-6, volume_max=1e9
    )
    return simulate(bar_arrays(bars, config), intents, contract, rules, 1e6, case.start, case.stop, case.finer)


def _row(bracket: tuple[float, float], reading: str, run: Simulation) -> str:
    trades = run.trades
    ambiguous, settled = int((trades["ambiguous"] > 0).sum()), int((trades["ambiguous"] == 2).sum())
    return (
        f"| {bracket[0]:g} / {bracket[1]:g} | {reading} | {len(trades)} | {ambiguous} | {settled} | "
        f"{(trades['net'] > 0).mean():.1%} | {trades['r'].mean():+.4f} | {trades['r'].sum():+.2f} |\n"
    )


def _title(case: Case) -> str:
    time_ms = case.bars.time_ms
    inside = covered(case.finer)[case.start : case.stop]
    return (
        f"{case.bars.timeframe_minutes}-minute bars of {case.config.data.symbol}, "
        f"{utc_text(int(time_ms[case.start]))} .. {utc_text(int(time_ms[case.stop - 1]))}: {len(inside)} bars, "
        f"{int(inside.sum())} of them with finer bars inside.\n\n"
    )

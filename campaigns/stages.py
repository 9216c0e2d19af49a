"""What does each later stage gain on a market that hides structure for it, and on one that does not?

A signal and the one stage are trained as a user would. The trades that the signal alone makes on `sweep` are then
judged with the stage and without it, before costs, and beside it what an oracle gains on the very same trades.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from campaigns.markets import CONF, without_costs
from campaigns.oracles import (
    around_triggers,
    best_brackets,
    brackets_r,
    exit_r,
    free_bars,
    plain_r,
    situations,
    streak_sizes,
)
from novosky.backtest.evaluate import choose_window
from novosky.backtest.ground import label_bars, label_bracket
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import Progress
from novosky.backtest.training import train_stages
from novosky.backtest.window_chain import trade_window
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.errors import NovoskyError
from novosky.labels.paths import Entries, LabelBars
from novosky.market.bars import Floats
from novosky.market.impulses import REACH
from novosky.market.synthetic import Generated, generate
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.forward.entries import out_of_fold_entries
from novosky.models.forward.exit_paths import exit_bars
from novosky.models.forward.gain import Gain, paired_gain, weighted_gain
from novosky.models.stages.sltp_rows import sltp_inputs

NULL = "impulse"  # the same triggers, and nothing for a later stage to find

# The largest edge that may be planted, and a signal of one quick voter: it is not what is judged here, but it must find
# the triggers. It trades as many bars as set off a drift. Later stages learn with their own sizes, on as long a past as
# their place in the chain needs. All is learned and judged before costs, where the bars owe nobody anything.
STRONG = (
    "mode=backtest",
    "news=none",
    "data=planted",
    "data.oracle_sharpe=50",
    "data.bars=400000",
    "windows.train=0.7",
    "windows.sweep=0.2",
    "windows.gate=0.05",
    "windows.holdout=0.05",
    "labels.reference_spread_pct=0",
    "stage.signal.forest.enabled=false",
    "stage.signal.xgboost.enabled=false",
    "stage.signal.lightgbm.learning_rate=0.05",
    "stage.trades.confidence_quantile=0.975",
    "stage.sltp.max_rows=400000",
    "profile.sl_atr_bounds=[0.75,3.0]",
    "profile.tp_atr_bounds=[0.75,4.0]",
    "profile.daily_loss_pct=100",
    "profile.weekly_loss_pct=100",
    "profile.total_loss_pct=100",
    "profile.risk_pct=0.75",
    "profile.risk_pct_bounds=[0.5,1.0]",
    "account.balance=1000000",
    "broker.spread=0",
)
FEWER = ("stage.sltp.max_rows=40000", "data.bars=200000")  # R of every pair is thirty rows a bar
EXPECTED_R = (*FEWER, "stage.sltp.target=expected_r")
LATER = ("position", "sltp", "risk")
NO_SITUATION = 1 + 4 * REACH  # more than any code of `situations`
FIRST_SEED = 11  # those before were looked at while the structures were made
TRADES_AT_ONCE = 1  # one account
TRADES_PER_BLOCK = 25  # times the bootstrap's own factor of 3: good and bad times last some eighty trades


@dataclass(frozen=True)
class Judging:
    """A trained set on its market, and the trades that its signal alone makes on `sweep`."""

    config: Config
    prepared: Prepared
    made: Generated
    bundle: Bundle
    bars: LabelBars
    entries: Entries
    confidence: Floats


@dataclass(frozen=True)
class Row:
    """One market: the stage's gain and the oracle's on the same trades, and the gain out of fold inside train."""

    structure: str
    seed: int
    at_triggers: float  # share of the trades that open on a trigger's side right after it
    stage: Gain
    oracle: Gain
    out_of_fold: float
    seconds: float


def exits(run: Judging) -> tuple[Gain, Gain]:
    """The position model's exits against never leaving."""
    assert run.bundle.position is not None
    bracket, x = label_bracket(run.config), run.prepared.x
    n = len(run.entries.decision)
    rule = exit_rule(run.config.prediction, run.config.labels.horizon_bars)
    stop = np.full((n, 1), bracket.stop_atr)
    leave = exit_bars(run.bundle.position.ensemble, rule, x, run.entries, stop, run.bars, run.config.threads)
    plain = plain_r(run.bars, run.entries, bracket)
    left = brackets_r(run.bars, run.entries, np.tile(bracket, (n, 1)), np.ascontiguousarray(leave[:, 0]))
    return _paired(run, left, plain), _paired(run, exit_r(run.made, run.bars, run.entries, bracket), plain)


def stops(run: Judging) -> tuple[Gain, Gain]:
    """The sltp model's brackets against the best single one of train's trades.

    The oracle knows age, regime and side of what drives each trade, and the best pair for it on another market.
    """
    assert run.bundle.sltp is not None
    settings, trades = run.config.stage.sltp, run.config.stage.trades
    forward = out_of_fold_entries(run.bundle.signal, trades, run.config.windows.embargo_bars)
    known = forward.trades & (forward.bar + 1 + run.bars.horizon < run.prepared.windows["train"].stop)
    learned = Entries(forward.bar[known], forward.side[known].astype(np.int64))
    grid = (settings.stops_atr, settings.targets_atr)
    (single,) = best_brackets(run.bars, learned, np.zeros_like(learned.decision), *grid)

    data = run.config.data
    other = generate(replace(data, seed=(data.seed or 0) + 1000))
    elsewhere = free_bars(other, run.bars.horizon)
    around = around_triggers(other, elsewhere)
    each = np.array(best_brackets(elsewhere, around, situations(other, around), *grid))
    each = np.concatenate([each, np.tile(single, (NO_SITUATION - len(each), 1))])
    each[0] = single  # nothing drives the trade

    at, side = run.entries
    inputs = sltp_inputs(run.prepared.x[at], side.astype(np.int8), run.confidence)
    own = run.bundle.sltp.predict(inputs, run.config.threads)
    plain = plain_r(run.bars, run.entries, single)
    knowing = brackets_r(run.bars, run.entries, each[situations(run.made, run.entries)])
    return _paired(run, brackets_r(run.bars, run.entries, own), plain), _paired(run, knowing, plain)


def streaks(run: Judging) -> tuple[Gain, Gain]:
    """The risk model's sizes against equal ones."""
    window = choose_window(run.config, run.prepared, run.bundle)
    trades = trade_window(run.config, run.prepared, run.bundle, window).simulation.trades
    r = np.ascontiguousarray(trades["r"])
    known = streak_sizes(run.made.regime[trades["decision_bar"]])
    sizes = (np.ascontiguousarray(trades["risk_multiplier"]), known)
    stage, oracle = (weighted_gain(r, size, TRADES_PER_BLOCK, run.config.seed) for size in sizes)
    return stage, oracle


STUDIES: dict[str, tuple[str, str, Callable[[Judging], tuple[Gain, Gain]]]] = {
    "exits": ("position", "never_leave", exits),
    "stops": ("sltp", "best_constant", stops),
    "streaks": ("risk", "equal_sizes", streaks),
}


def study(structure: str, seeds: int | None, more: Sequence[str] = ()) -> str:
    """3 markets with the structure, then 3 without."""
    rows = []
    for hidden in (structure, NULL):
        for seed in range(FIRST_SEED, FIRST_SEED + (seeds or 3)):
            rows.append(judge_stage(structure, hidden, (f"data.seed={seed}", *more)))
            print(_line(rows[-1]), flush=True)
    text = "\n".join([*stage_table(structure, rows), "Settings: `" + " ".join((*STRONG, *more)) + "`", ""])
    print(text)
    return text


def judge_stage(structure: str, hidden: str, overrides: Sequence[str]) -> Row:
    """The stage that `structure` is made for, on a market that hides `hidden`."""
    stage, skill, gains = STUDIES[structure]
    started = time.monotonic()
    others = [f"stage.{name}.enabled=false" for name in LATER if name != stage]
    with tempfile.TemporaryDirectory() as scratch:
        paths = (f"paths.data={scratch}/data", f"paths.train={scratch}/train", f"paths.looks={scratch}/looks.jsonl")
        settings = [*STRONG, *others, f"data.structure={hidden}", *overrides, *paths]
        run = _train(without_costs(compose_config(CONF, settings)), stage)
    own, oracle = gains(run)
    return Row(
        structure=hidden,
        seed=run.config.data.seed or 0,
        at_triggers=float(np.mean(run.made.trigger[run.entries.decision] == run.entries.side)),
        stage=own,
        oracle=oracle,
        out_of_fold=float(run.bundle.facts[stage]["skill"].get(skill, {}).get("difference", np.nan)),
        seconds=time.monotonic() - started,
    )


def _train(config: Config, stage: str) -> Judging:
    prepared = prepare(config)
    bundle = train_stages(config, prepared, _silent)
    window = choose_window(config, prepared, bundle)
    trades = trade_window(config, prepared, bundle.without((stage,)), window).simulation.trades
    if len(trades) == 0:
        raise NovoskyError("stage campaign: the signal opened no trade; expected several hundred")
    entries = Entries(np.ascontiguousarray(trades["decision_bar"]), np.ascontiguousarray(trades["side"]))
    bars, confidence = label_bars(prepared.bars, config), np.ascontiguousarray(trades["confidence"])
    return Judging(config, prepared, generate(config.data), bundle, bars, entries, confidence)


@contextmanager
def _silent(_stage: str) -> Iterator[Progress]:
    yield lambda _text, _share: None


def _paired(run: Judging, r: Floats, plain: Floats) -> Gain:
    known = np.isfinite(r) & np.isfinite(plain)
    return paired_gain(r[known], plain[known], TRADES_AT_ONCE, run.config.seed)


def stage_table(structure: str, rows: Sequence[Row]) -> list[str]:
    columns = (
        "market | seed | trades | at triggers | R without | gain | 90 % interval | oracle's gain | out of fold | s"
    )
    lines = [f"## {STUDIES[structure][0]} on `{structure}`", "", f"| {columns} |", "|" + "---|" * 10]
    lines += [*(f"| {_line(row)} |" for row in rows), ""]
    for hidden in dict.fromkeys(row.structure for row in rows):
        some = [row for row in rows if row.structure == hidden]
        gain, most = (float(np.mean([getattr(row, who).difference for row in some])) for who in ("stage", "oracle"))
        share = f"{gain / most:.0%} of the oracle's {most:+.4f} R" if most > 0 else "the oracle gains nothing"
        above, below = sum(row.stage.low > 0 for row in some), sum(row.stage.high < 0 for row in some)
        lines.append(
            f"- {hidden}: mean gain {gain:+.4f} R, {share}; of {len(some)} intervals {above} above 0, {below} below"
        )
    return [*lines, ""]


def _line(row: Row) -> str:
    stage, oracle = row.stage, row.oracle
    cells = [row.structure, str(row.seed), str(stage.rows), f"{row.at_triggers:.0%}", f"{stage.plain_r:+.4f}"]
    cells += [f"{stage.difference:+.4f}", f"{stage.low:+.4f} .. {stage.high:+.4f}", f"{oracle.difference:+.4f}"]
    return " | ".join([*cells, f"{row.out_of_fold:+.4f}", f"{row.seconds:.0f}"])

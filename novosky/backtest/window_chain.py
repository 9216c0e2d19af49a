"""The decision chain of a model set on a window: votes, brackets, and the models that decide inside the loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.decisions import decide_bars
from novosky.backtest.finite import check_finite
from novosky.backtest.inputs import bar_arrays, check_reach, contract_of, rules_of
from novosky.backtest.prediction_cache import predicted
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.execution.codes import NO_VOTE, OPENED
from novosky.execution.records import Floats
from novosky.execution.series import BarArrays, Intents
from novosky.execution.simulate import Simulation
from novosky.market.bars import Ints
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.decision.kelly_size import full_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.trade import Segment, trade_chain
from novosky.models.decision.vote import Votes, judge, vote
from novosky.models.forward.chain import first_decided_block, forward_blocks
from novosky.models.stages.sltp_rows import sltp_inputs
from novosky.models.trees.ensemble import no_ensemble

TRAIN_OOF = "train_oof"


@dataclass(frozen=True)
class Traded:
    """What the chain did on a window; `wishes` of the position model at each close of it."""

    arrays: BarArrays
    intents: Intents
    simulation: Simulation
    wishes: NDArray[np.int8]
    threshold: float | None  # confidence to exceed; None where each block has its own
    probabilities: Floats | None  # (voters, bars, 3) of the signal's voters; None out of fold


def trade_window(
    config: Config, prepared: Prepared, bundle: Bundle, window: Window, known: Floats | None = None
) -> Traded:
    """Decide and trade the window by models that have not seen it; on train_oof each block by its own.

    `known`: what `signal_answers` gave for this window and set before.
    """
    bars, x, span = prepared.bars, prepared.x, slice(window.start, window.stop)
    threshold, probabilities = None, None
    if window.name == TRAIN_OOF:
        forward = bundle.signal.decide_out_of_fold(config.prediction)
        votes = spread_votes(forward.votes, forward.bar, len(bars))
    else:
        probabilities = signal_answers(config, prepared, bundle, window) if known is None else known
        threshold = bundle.signal.threshold(config.prediction)
        opinion = vote(probabilities[bundle.signal.kept], config.prediction)
        votes = spread_votes(
            judge(opinion, config.prediction, threshold), np.arange(window.start, window.stop), len(bars)
        )
    arrays = bar_arrays(bars, config)
    brackets = bracket_table(config, prepared, bundle, votes, window)
    contract = contract_of(config.broker, config.account, config.execution)
    widest_sl, widest_tp = brackets[span].max(axis=0)
    check_reach(contract, float(widest_sl), float(widest_tp), arrays.atr[span], arrays.spread[span])
    intents = decide_bars(bars, arrays, prepared.event_ms, votes, brackets, config.execution, config.broker.clock)
    simulation, wishes = trade_chain(
        arrays,
        intents,
        x,
        segments_of(config, bundle, window),
        contract,
        rules_of(config.execution, config.profile, config.account),
        config.account.balance,
        prepared.finer,
    )
    return Traded(arrays, intents, simulation, wishes, threshold, probabilities)


def signal_answers(config: Config, prepared: Prepared, bundle: Bundle, window: Window) -> Floats:
    """Probabilities of the signal's voters on the window, (voters, bars, 3); no setting that needs no training changes
    them."""
    span = slice(window.start, window.stop)
    x, cache = prepared.x[span], Path(config.paths.cache)
    answers = predicted(bundle.signal, bundle.hashes["signal"], x, config.threads, cache)
    check_finite(answers, prepared.bars.time_ms[span], bundle.signal.names)
    return answers


def bracket_table(config: Config, prepared: Prepared, bundle: Bundle, votes: Votes, window: Window) -> Floats:
    """Stop and target in ATR for each bar, (n_bars, 2): sltp's where it speaks, within the profile's bounds."""
    own = np.tile([config.execution.sl_atr, config.execution.tp_atr], (len(prepared.bars), 1))
    if bundle.sltp is None:
        return own
    if window.name == TRAIN_OOF:
        bar, brackets = bundle.sltp.bar, bundle.sltp.brackets
    else:
        bar = np.flatnonzero(votes.verdict == OPENED)
        inputs = sltp_inputs(prepared.x[bar], votes.side[bar], votes.confidence[bar])
        brackets = bundle.sltp.predict(inputs, config.threads)
        check_finite(brackets[None], prepared.bars.time_ms[bar], ["sltp"])
    lows, highs = np.array([config.profile.sl_atr_bounds, config.profile.tp_atr_bounds]).T
    own[bar] = np.clip(brackets, lows, highs)
    return own


def segments_of(config: Config, bundle: Bundle, window: Window) -> list[Segment]:
    """The models inside the loop: one set for the window, or one a block on train_oof, where sizes are full."""
    rule = exit_rule(config.prediction, config.labels.horizon_bars)
    if window.name != TRAIN_OOF:
        position = no_ensemble() if bundle.position is None else bundle.position.ensemble
        size = full_size() if bundle.risk is None else bundle.risk.size
        return [Segment(window.start, window.stop, Deciders(position, rule, size))]
    edges = np.array(bundle.signal.facts["blocks"]["edges"])
    embargo_bars = bundle.signal.facts["blocks"]["embargo_bars"]
    blocks = forward_blocks(edges, embargo_bars, first_block(bundle), bundle.position)
    return [
        Segment(*blocks.span(k), Deciders(blocks.position.get(k, no_ensemble()), rule, full_size())) for k in blocks
    ]


def first_block(bundle: Bundle) -> int:
    """The first forward block in which every stage of the set has decided without having seen it."""
    return max(first_decided_block(facts) for name, facts in bundle.facts.items() if name != "risk")


def spread_votes(votes: Votes, bar: Ints, n_bars: int) -> Votes:
    """Votes of some bars as columns over all bars; the others have no vote."""
    side = np.zeros(n_bars, np.int8)
    verdict = np.full(n_bars, NO_VOTE, np.int16)
    confidence, gap = np.zeros(n_bars), np.zeros(n_bars)
    side[bar], verdict[bar], confidence[bar], gap[bar] = votes.side, votes.verdict, votes.confidence, votes.gap
    return Votes(side, confidence, gap, verdict)

"""The decision chain at one bar's close: features, votes, brackets, the market's gates; all of them the backtest's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.backtest.decisions import gate_inputs, intents_of
from novosky.backtest.finite import check_finite
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.execution.codes import NO_WISH, OPENED
from novosky.execution.gates import GateInputs
from novosky.execution.series import Intent
from novosky.features.arrays import FeatureSettings
from novosky.features.stream import FeatureStream
from novosky.market.bars import Bars, Floats, Ints, utc_text
from novosky.models.bundle.bundle import Bundle
from novosky.models.classes import Inputs
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.decision.kelly_size import full_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.vote import Votes, judge, vote
from novosky.models.stages.sltp_rows import sltp_inputs
from novosky.models.trees.ensemble import no_ensemble
from novosky.trading.bot.series import ClosedBar


class Decided(NamedTuple):
    """What the chain says at a close, and what it looked at."""

    intent: Intent
    votes: Votes  # of length 1
    seen: GateInputs  # of length 1
    x: Inputs  # (features,)


class Chain:
    """One model set on one market, bar by bar."""

    def __init__(self, config: Config, bundle: Bundle, event_ms: Ints | None, point: float, minutes: int) -> None:
        self.config, self.bundle, self.event_ms = config, bundle, event_ms
        self.point, self.minutes = point, minutes
        self.begin()
        self.threshold = bundle.signal.threshold(config.prediction)
        self.models = Deciders(
            no_ensemble() if bundle.position is None else bundle.position.ensemble,
            exit_rule(config.prediction, config.labels.horizon_bars),
            full_size() if bundle.risk is None else bundle.risk.size,
        )

    def begin(self) -> None:
        """Forget the bars that were taken in."""
        news = self.config.news
        settings = FeatureSettings(news.near_minutes, news.risk_window_minutes)
        self.stream = FeatureStream(self.minutes, self.point, self.event_ms, self.config.features.names, settings)
        n_features = len(self.config.features.names)
        self._least, self._most = np.full(n_features, np.inf), np.full(n_features, -np.inf)

    def take_events(self, event_ms: Ints) -> None:
        """Another calendar, from the next bar on."""
        self.stream.take_events(event_ms)
        self.event_ms = event_ms

    @property
    def warmup_bars(self) -> int:
        """Bars before the first that may be decided on."""
        return self.stream.warmup_bars

    def follow(self, bars: Bars) -> Floats:
        """Take closed bars in, in order; the features at the last one's close."""
        columns = (bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points)
        row = np.empty(0)
        for time_ms, *values in zip(*(column.tolist() for column in columns), strict=True):
            row = self.stream.push(time_ms, *values)
            np.fmin(self._least, row, out=self._least)
            np.fmax(self._most, row, out=self._most)
        return row

    @property
    def constant_names(self) -> tuple[str, ...]:
        """Features that had one value only on all bars that were taken in."""
        pairs = zip(self.stream.names, self._least, self._most, strict=True)
        return tuple(name for name, least, most in pairs if not least < most)

    def decide(self, closed: ClosedBar) -> Decided:
        """Take the next closed bar in and decide at its close."""
        x = np.ascontiguousarray(self.follow(closed.bars), dtype=np.float32)
        if not np.isfinite(x).all():
            names = [name for name, value in zip(self.stream.names, x, strict=True) if not np.isfinite(value)]
            raise DataError(
                f"bar {utc_text(int(closed.bars.time_ms[0]))}: no number for {', '.join(names[:3])} after "
                f"{self.stream.bars_seen} bars; give a longer history (trade.history_bars)"
            )
        votes = self._votes(x, closed.bars.time_ms)
        config = self.config
        seen = gate_inputs(
            closed.bars, closed.arrays, np.array([closed.ema200]), self.event_ms, config.execution, config.broker.clock
        )
        intents = intents_of(votes, self._brackets(x, votes, closed.bars.time_ms), seen, config.execution)
        intent = Intent(
            int(intents.side[0]),
            int(intents.verdict[0]),
            float(intents.confidence[0]),
            float(intents.sl_atr[0]),
            float(intents.tp_atr[0]),
            1.0,
            NO_WISH,
        )
        return Decided(intent, votes, seen, x)

    def _votes(self, x: Inputs, time_ms: Ints) -> Votes:
        signal, settings = self.bundle.signal, self.config.prediction
        answers = signal.predict_all(x[None], 1)
        check_finite(answers, time_ms, signal.names)
        return judge(vote(answers[signal.kept], settings), settings, self.threshold)

    def _brackets(self, x: Inputs, votes: Votes, time_ms: Ints) -> Floats:
        """Stop and target in ATR, (1, 2): sltp's where it speaks, within the profile's bounds."""
        config, sltp = self.config, self.bundle.sltp
        own = np.array([[config.execution.sl_atr, config.execution.tp_atr]])
        if sltp is None or votes.verdict[0] != OPENED:
            return own
        found = sltp.predict(sltp_inputs(x[None], votes.side, votes.confidence), 1)
        check_finite(found[None], time_ms, ["sltp"])
        lows, highs = np.array([config.profile.sl_atr_bounds, config.profile.tp_atr_bounds]).T
        bounded: Floats = np.clip(found, lows, highs)
        return bounded

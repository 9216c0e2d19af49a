"""A window by the original's load order beside the compiled trees: a developer's comparison, never what trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import TRAIN_OOF
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.vote import judge, vote
from novosky.models.inspection.load_order import LoadedVoter
from novosky.models.inspection.original_signal import load_order_of, original_signal


@dataclass(frozen=True)
class OriginalOrder:
    """A set whose signal answers through calibrated pickle, ONNX or raw pickle; what was loaded, by stage.

    The position model inside the loop stays compiled: its files are loaded and asked their golden rows alone.
    """

    compiled: Bundle
    bundle: Bundle
    loaded: Mapping[str, Sequence[LoadedVoter]]

    def block(self, config: Config, prepared: Prepared, window: Window) -> dict[str, Any]:
        """Which file answered for each voter, and on how many bars of the window that turned a vote."""
        voters = [
            {
                "stage": stage,
                "voter": voter.name,
                "source": voter.source,
                "golden_difference": voter.golden_difference,
                "fallbacks": list(voter.fallbacks),
            }
            for stage, loaded in self.loaded.items()
            for voter in loaded
        ]
        votes = None if window.name == TRAIN_OOF else self._votes_beside(config, prepared, window)
        return {"voters": voters, "window_votes": votes}

    def warnings(self, block: Mapping[str, Any]) -> list[str]:
        """What a reader of the figures must know of where they come from; `block` as `block()` gives it."""
        by_source: dict[str, list[str]] = {}
        for voter in block["voters"]:
            by_source.setdefault(voter["source"], []).append(f"{voter['stage']} {voter['voter']}")
        sources = "; ".join(f"{source}: {', '.join(names)}" for source, names in by_source.items())
        found = [
            "load_order=original: the signal's probabilities come from the original's files, for comparison; this is "
            f"not what trades: the compiled trees do, and here too they decide inside open positions ({sources})"
        ]
        votes = block["window_votes"]
        if votes is None:
            found.append("load_order=original changes nothing on train_oof: its predictions are stored with the models")
        elif votes["differing"]:
            found.append(
                f"load_order=original: {votes['differing']} of {votes['bars']} votes differ from the compiled trees'"
            )
        return found

    def _votes_beside(self, config: Config, prepared: Prepared, window: Window) -> dict[str, Any]:
        """How far both answers lie apart, probability, and the bars on which side or verdict differ."""
        x = prepared.x[window.start : window.stop]
        threshold = self.compiled.signal.threshold(config.prediction)
        answers = [bundle.signal.predict(x, config.threads) for bundle in (self.compiled, self.bundle)]
        ours, theirs = (judge(vote(answer, config.prediction), config.prediction, threshold) for answer in answers)
        differing = (ours.side != theirs.side) | (ours.verdict != theirs.verdict)
        return {
            "bars": len(x),
            "differing": int(np.count_nonzero(differing)),
            "largest_difference": float(np.max(np.abs(answers[0] - answers[1]))),
        }


def original_order(compiled: Bundle, root: Path, threads: int) -> OriginalOrder:
    """The set in `root` by the original's load order; raises `ModelCompatibilityError` when a voter has no source."""
    signal = original_signal(compiled.signal, root, threads)
    loaded: dict[str, Sequence[LoadedVoter]] = {"signal": signal.loaded}
    if compiled.position is not None:
        loaded["position"] = load_order_of(compiled.position, root, "position", threads)
    return OriginalOrder(compiled, replace(compiled, signal=signal), loaded)

"""Walk-forward: stretches of time that follow each other, each judged by models of the bars before it."""

from __future__ import annotations

from collections.abc import Sequence

from novosky.config.schema.learning import WindowsConfig
from novosky.errors import WindowError
from novosky.evaluation.windows import MIN_BARS, Window, Windows


def walk_forward_folds(windows: Windows, settings: WindowsConfig) -> Sequence[Windows]:
    """`train` and `sweep` of each fold, in time order; together the judged stretches reach up to holdout.

    Training expands: it begins with the first bar and ends `purge_bars` before its stretch, which begins
    `embargo_bars` after the cut. Raises WindowError where a stretch would be too short.
    """
    end = windows["gate"].stop
    first = int(end * settings.first_train)
    edges = [first + (end - first) * k // settings.folds for k in range(settings.folds + 1)]
    folds = []
    for k in range(settings.folds):
        start = edges[k] + settings.embargo_bars
        stop = edges[k + 1] - (settings.purge_bars if k < settings.folds - 1 else 0)
        if stop - start < MIN_BARS:
            raise WindowError(
                f"fold {k + 1} of {settings.folds}: expected at least {MIN_BARS} bars, found {max(0, stop - start)} of "
                f"{end} before holdout; give more bars, or set windows.folds lower"
            )
        folds.append(
            {
                "train": Window("train", 0, edges[k] - settings.purge_bars),
                "sweep": Window(f"fold_{k + 1}", start, stop),
            }
        )
    return folds

"""Four windows in time order, cut once: train | sweep | gate | holdout, with purge and embargo at every cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.learning import WindowsConfig
from novosky.errors import ConfigError, WindowError
from novosky.market.bars import Ints, utc_text

NAMES = ("train", "sweep", "gate", "holdout")
MIN_BARS = 200  # a window shorter than this says nothing


class Window(NamedTuple):
    """Bars `start <= i < stop`."""

    name: str
    start: int
    stop: int


Windows = Mapping[str, Window]


def cut_windows(time_ms: Ints, settings: WindowsConfig) -> Windows:
    """The four windows over bars that open at `time_ms`.

    At a cut the earlier window ends `purge_bars` before it and the later one begins `embargo_bars` after it, so
    that no label or trade of the one reaches into the other. Raises `WindowError` when one would be too short.
    """
    n = len(time_ms)
    cuts = _date_cuts(time_ms, settings) if settings.kind == "dates" else _fraction_cuts(n, settings)
    edges = [0, *cuts, n]
    windows = {}
    for k, name in enumerate(NAMES):
        start = edges[k] + (settings.embargo_bars if k > 0 else 0)
        stop = edges[k + 1] - (settings.purge_bars if k < len(NAMES) - 1 else 0)
        if stop - start < MIN_BARS:
            raise WindowError(
                f"window {name}: expected at least {MIN_BARS} bars, found {max(0, stop - start)} of {n} bars in all, "
                f"after {settings.purge_bars} purged and {settings.embargo_bars} embargoed; give more bars"
            )
        windows[name] = Window(name, start, stop)
    return windows


def _fraction_cuts(n: int, settings: WindowsConfig) -> list[int]:
    shares = np.cumsum([settings.train, settings.sweep, settings.gate])
    return [int(np.floor(share * n + 1e-9)) for share in shares]


def _date_cuts(time_ms: Ints, settings: WindowsConfig) -> list[int]:
    cuts = []
    for name in NAMES[1:]:
        key = f"{name}_start"
        text = getattr(settings, key)
        if text is None:
            raise ConfigError(f"windows.{key}: expected a date like 2025-06-01 (windows=dates), found nothing")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ConfigError(f"windows.{key}: expected a date like 2025-06-01, found {text!r}") from None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        cuts.append(int(np.searchsorted(time_ms, int(moment.timestamp() * 1000))))
    if sorted(cuts) != cuts or cuts[0] == 0 or cuts[-1] == len(time_ms):
        raise WindowError(
            f"windows=dates: expected three dates in order inside the bars ({utc_text(int(time_ms[0]))} .. "
            f"{utc_text(int(time_ms[-1]))}), found {settings.sweep_start}, {settings.gate_start}, "
            f"{settings.holdout_start}"
        )
    return cuts


def block_edges(first_row: int, train: Window, blocks: int) -> NDArray[np.int64]:
    """Edges of `blocks` equal forward blocks inside train, from the first usable row: shape (blocks + 1,)."""
    if train.stop - first_row < blocks * MIN_BARS:
        raise WindowError(
            f"window train: expected at least {blocks * MIN_BARS} bars after the warm-up for {blocks} blocks, "
            f"found {max(0, train.stop - first_row)}; give more bars or set windows.blocks lower (at least 8)"
        )
    return np.linspace(first_row, train.stop, blocks + 1).astype(np.int64)


def check_unseen(window: Window, start_ms: int, train_ends_ms: Mapping[str, int], purge_ms: int) -> None:
    """Refuse a window that begins before a model's last training bar plus purge, naming the model."""
    for stage, end_ms in train_ends_ms.items():
        if start_ms <= end_ms + purge_ms:
            raise WindowError(
                f"window {window.name} begins {utc_text(start_ms)}, but the {stage} model has seen bars up to "
                f"{utc_text(end_ms)} (plus purge); choose a later window or train on earlier bars"
            )


def describe(windows: Windows, time_ms: Ints) -> Sequence[dict[str, object]]:
    """Windows with their times, for results and pictures."""
    return [
        {
            "name": window.name,
            "bars": window.stop - window.start,
            "from": utc_text(int(time_ms[window.start])),
            "to": utc_text(int(time_ms[window.stop - 1])),
        }
        for window in windows.values()
    ]

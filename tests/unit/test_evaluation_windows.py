"""Windows: cut once, in order, with room between."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.config.schema.learning import WindowsConfig
from novosky.errors import ConfigError, WindowError
from novosky.evaluation.windows import block_edges, check_unseen, cut_windows

HOUR = 3_600_000


def settings(**values: object) -> WindowsConfig:
    base = {"kind": "fractions", "purge_bars": 16, "embargo_bars": 96}
    return WindowsConfig(**{**base, **values})  # type: ignore[arg-type]


def test_fractions_by_hand() -> None:
    windows = cut_windows(np.arange(10_000, dtype=np.int64) * HOUR, settings())
    assert [(w.name, w.start, w.stop) for w in windows.values()] == [
        ("train", 0, 5984),
        ("sweep", 6096, 7484),
        ("gate", 7596, 8984),
        ("holdout", 9096, 10_000),
    ]


def test_dates() -> None:
    time_ms = np.arange(10_000, dtype=np.int64) * HOUR  # 1970-01-01 on, hourly
    windows = cut_windows(
        time_ms,
        settings(kind="dates", sweep_start="1970-09-01", gate_start="1970-11-01", holdout_start="1971-01-01T00:00"),
    )
    # 243 days to September, 304 to November, 365 to January.
    assert windows["sweep"][1:] == (243 * 24 + 96, 304 * 24 - 16)
    assert windows["holdout"][1:] == (365 * 24 + 96, 10_000)


def test_dates_must_be_given_in_order_and_inside() -> None:
    time_ms = np.arange(10_000, dtype=np.int64) * HOUR
    with pytest.raises(ConfigError, match=r"windows\.sweep_start: expected a date"):
        cut_windows(time_ms, settings(kind="dates"))
    with pytest.raises(ConfigError, match="found 'soon'"):
        cut_windows(time_ms, settings(kind="dates", sweep_start="soon"))
    with pytest.raises(WindowError, match="expected three dates in order"):
        cut_windows(
            time_ms,
            settings(kind="dates", sweep_start="1970-12-01", gate_start="1970-11-01", holdout_start="1971-01-01"),
        )


def test_too_few_bars_says_how_many() -> None:
    with pytest.raises(WindowError, match="window sweep: expected at least 200 bars, found 38 of 1000"):
        cut_windows(np.arange(1000, dtype=np.int64) * HOUR, settings())
    with pytest.raises(WindowError, match="expected at least 2000 bars after the warm-up for 10 blocks, found 1884"):
        block_edges(100, cut_windows(np.arange(3334, dtype=np.int64) * HOUR, settings())["train"], 10)


def test_block_edges_cover_train_from_the_first_usable_row() -> None:
    train = cut_windows(np.arange(10_000, dtype=np.int64) * HOUR, settings())["train"]
    edges = block_edges(984, train, 10)
    assert edges.tolist() == list(range(984, 5985, 500))


def test_a_window_that_a_model_has_seen_is_refused_by_name() -> None:
    windows = cut_windows(np.arange(10_000, dtype=np.int64) * HOUR, settings())
    check_unseen(windows["sweep"], 1000 * HOUR, {"signal": 900 * HOUR}, 16 * HOUR)
    with pytest.raises(WindowError, match="window sweep begins 1970-02-11 16:00 UTC, but the signal model has seen"):
        check_unseen(windows["sweep"], 1000 * HOUR, {"signal": 990 * HOUR}, 16 * HOUR)

"""Names, lists, refusals, the hash, and the page that describes the features."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from novosky.errors import ConfigError, DataError
from novosky.features import registry
from novosky.features.build import build_features, feature_hash
from novosky.features.reference import feature_table
from novosky.features.registry import Feature, all_features, feature_group, select
from novosky.features.stream import FeatureStream
from support.feature_bars import SETTINGS, START_MS, make_bars, random_bars, streamed

ROOT = Path(__file__).resolve().parents[2]
NEWS = {"is_news_near", "news_minutes_away", "news_count_today", "is_news_risk_window"}
PROTECTED = NEWS | {"is_london_session", "is_ny_session", "is_asian_session"}


def listed(name: str) -> list[str]:
    return list(yaml.safe_load((ROOT / f"conf/features/{name}.yaml").read_text(encoding="utf-8"))["names"])


@pytest.mark.parametrize("name", sorted(file.stem for file in (ROOT / "conf" / "features").glob("*.yaml")))
def test_lists_hold_distinct_registered_names(name: str) -> None:
    names = listed(name)
    assert len(names) == len(set(names))
    assert set(names) <= set(all_features())


def test_core59_keeps_its_size() -> None:
    assert len(listed("core59")) == 59
    assert len(listed("core59_no_news")) == 55


def test_core59_holds_the_protected_names_and_core59_no_news_is_the_rest() -> None:
    names = listed("core59")
    assert set(names) >= PROTECTED
    assert listed("core59_no_news") == [name for name in names if name not in NEWS]


def test_core59_warms_up_in_three_weeks_of_m15() -> None:
    assert registry.warmup_bars(listed("core59"), 15 * 60_000) == 2000


def test_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"no feature is called 'rsi_41'; did you mean rsi_14\?"):
        select(["rsi_41"])


def test_empty_and_doubled_lists_are_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        select([])
    with pytest.raises(ConfigError, match="rsi_14 is listed twice"):
        select(["rsi_14", "atr_14", "rsi_14"])


def test_a_name_declared_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="feature rsi_14 is declared twice"):
        feature_group(Feature("rsi_14", "again"))(lambda bars, start, stop, state, out: None)


@pytest.mark.parametrize("events", [None, np.empty(0, dtype=np.int64)])
def test_news_features_without_events_are_refused_with_the_mend(events: np.ndarray | None) -> None:
    bars = make_bars(np.ones(3))
    with pytest.raises(ConfigError, match=r"news_count_today needs a news calendar.*features=core59_no_news"):
        build_features(bars, events, ["rsi_14", "news_count_today"], SETTINGS)


def test_unsorted_events_are_refused() -> None:
    with pytest.raises(DataError, match="ascending"):
        build_features(make_bars(np.ones(3)), np.array([5, 4]), ["is_news_near"], SETTINGS)


def test_stream_refuses_a_bar_that_does_not_come_next() -> None:
    stream = FeatureStream(15, 0.01, None, ["close_vs_open"], SETTINGS)
    stream.push(START_MS, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
    with pytest.raises(DataError, match=r"2024-01-01 00:00 UTC does not come after the last one, 2024-01-01 00:00 UTC"):
        stream.push(START_MS, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)


def test_columns_follow_the_names_in_any_order() -> None:
    bars = random_bars(1, 200)
    names = ["rsi_14", "bb_upper", "rsi_slope", "bb_lower"]
    forward = build_features(bars, None, names, SETTINGS)
    backward = build_features(bars, None, names[::-1], SETTINGS)
    np.testing.assert_array_equal(forward.values[:, ::-1], backward.values)
    assert forward.names == tuple(names)
    assert forward.values.flags.c_contiguous


def test_constant_columns_are_named() -> None:
    matrix = build_features(random_bars(1, 800), None, ["rsi_14", "volume_ratio"], SETTINGS)
    assert matrix.constant_names(500, 800) == ()
    still = build_features(make_bars(np.ones(800)), None, ["session_hour_sin", "volume_ratio"], SETTINGS)
    assert still.constant_names(500, 800) == ("volume_ratio",)


def test_the_page_describes_every_feature_and_list() -> None:
    page = (ROOT / "docs/features.md").read_text(encoding="utf-8")
    assert feature_table() in page, "print the table with: python -m novosky.features.reference"
    for name in ("core59", "core59_no_news", "compact"):
        assert f"| `{name}` | {len(listed(name))} |" in page


def test_the_hash_depends_on_names_and_order_only_once() -> None:
    names = ["rsi_14", "atr_14", "d1_trend"]
    assert feature_hash(names) == feature_hash(list(names))
    assert len({feature_hash(names), feature_hash(names[::-1]), feature_hash(names[:2])}) == 3


KERNEL = """
from novosky.execution.compiled import compiled
from novosky.features.registry import Feature, feature_group

PERIOD = 3

@compiled
def helper(x):
    return x + 1.0

@feature_group(Feature("mine", "some words"))
def mine(bars, start, stop, state, out):
    for i in range(start, stop):
        out[i - start, 0] = helper(bars.close[i]) * PERIOD
"""


def load(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import source as a module of its own, into a registry that forgets it after the test."""
    all_features()
    known = {name: place for name, place in registry._columns.items() if not name.startswith(("mine", "body_share"))}
    monkeypatch.setattr(registry, "_columns", known)
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("mine_module", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "mine_module", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("* PERIOD", "* PERIOD + 0.0", True),
        ("x + 1.0", "x + 2.0", True),
        ("PERIOD = 3", "PERIOD = 4", True),
        ("some words", "other words", False),
        ("PERIOD = 3", "OTHER = 1\nPERIOD = 3", False),
    ],
)
def test_the_hash_sees_edits_of_kernel_helper_and_constant_but_not_of_words(
    old: str, new: str, changes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(KERNEL, tmp_path / "a", monkeypatch)
    before = feature_hash(["rsi_14", "mine"])
    load(KERNEL.replace(old, new), tmp_path / "b", monkeypatch)
    assert (feature_hash(["rsi_14", "mine"]) != before) is changes


LOOK_BACK = """
from novosky.features.registry import Feature, feature_group

@feature_group(Feature("mine", "every array, five bars back"), lookback_bars=5)
def mine(bars, start, stop, state, out):
    for i in range(start, stop):
        j = max(0, i - 5)
        prices = bars.open[j] + bars.high[j] + bars.low[j] + bars.close[j] + bars.atr[j]
        out[i - start, 0] = prices + bars.tick_volume[j] + bars.spread_points[j] + bars.time_ms[j]
"""


def test_a_kernel_may_read_every_array_as_far_back_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(LOOK_BACK, tmp_path / "a", monkeypatch)
    bars = random_bars(1, 1500)
    batch = build_features(bars, None, ["mine"], SETTINGS).values
    assert streamed(bars, None, ["mine"]).tobytes() == batch.tobytes()


def test_the_example_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/features.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block is not None
    header = (
        "from novosky.features.arrays import BarArrays\n"
        "from novosky.features.registry import Feature, feature_group\n"
        "from novosky.market.bars import Floats\n"
    )
    code = "\n".join(line.removeprefix("   ") for line in block.group(1).splitlines())
    load(header + code, tmp_path / "a", monkeypatch)
    bars = make_bars([12.0, 16.0, 14.0], open_=[10.0, 12.0, 15.0], high=[12.0, 18.0, 15.0], low=[10.0, 12.0, 14.0])
    values = build_features(bars, None, ["body_share"], SETTINGS).values[:, 0]
    np.testing.assert_array_equal(values, [1.0, 0.5, -0.125])

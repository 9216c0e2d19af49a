"""Each part of the fingerprint answers for its own keys, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from novosky.config.fingerprint import Fingerprint, config_json, differing_parts, fingerprint
from novosky.config.schema import Config

Compose = Callable[..., Config]

PARTS = [
    "account", "broker", "data", "execution", "features", "labels", "load_order", "news", "prediction", "profile",
    "score", "seed", "stage.position", "stage.risk", "stage.signal", "stage.sltp", "stage.trades", "windows",
]  # fmt: skip


@pytest.fixture(scope="module")
def base(compose: Compose) -> Fingerprint:
    return fingerprint(compose())


def test_parts(base: Fingerprint) -> None:
    assert list(base.parts) == PARTS
    assert all(len(digest) == 64 for digest in [*base.parts.values(), base.whole])


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("account.balance=20000", "account"),
        ("broker.spread=17", "broker"),
        ("data.seed=8", "data"),
        ("data.oracle_sharpe=4", "data"),
        ("execution.spread_factor=1.5", "execution"),
        ("execution.swap=false", "execution"),
        ("features.names=[rsi_14]", "features"),
        ("labels.reference_spread_pct=0.03", "labels"),
        ("load_order=original", "load_order"),
        ("news.near_minutes=30", "news"),
        ("prediction.confidence_quantile=0.9", "prediction"),
        ("profile.risk_pct=2.0", "profile"),
        ("profile.loss_pct_of=start_balance", "profile"),
        ("score.min_trades=40", "score"),
        ("seed=8", "seed"),
        ("stage.signal.forest.trees=99", "stage.signal"),
        ("stage.signal.calibration=isotonic", "stage.signal"),
        ("stage.position.enabled=false", "stage.position"),
        ("stage.risk.full_size_kelly=0.2", "stage.risk"),
        ("stage.sltp.max_rows=5000", "stage.sltp"),
        ("windows.embargo_bars=48", "windows"),
    ],
)
def test_one_key_changes_its_part_alone(compose: Compose, base: Fingerprint, override: str, part: str) -> None:
    changed = fingerprint(compose(override))
    assert differing_parts(base, changed) == [part]
    assert changed.whole != base.whole


@pytest.mark.parametrize(
    "override",
    [
        "mode=backtest", "threads=8", "device=cpu", "window=gate", "models=elsewhere", "paths.data=/mnt/bars",
        "report.html=false", "train.stage=signal", "seed=7", "data.seed=7", "compare_costs=true", "compare_stages=true",
    ],
)  # fmt: skip
def test_what_changes_no_result_changes_no_fingerprint(compose: Compose, base: Fingerprint, override: str) -> None:
    assert fingerprint(compose(override)) == base


def test_where_a_file_lies_does_not_matter(compose: Compose) -> None:
    files = ("data=parquet", "news=csv", "execution.intrabar=finer_bars")
    here = compose(*files, "data.path=/a/b.parquet", "data.finer_path=/a/m1.parquet", "news.path=/a/c.csv")
    there = compose(*files, "data.path=D:/b.parquet", "data.finer_path=D:/m1.parquet", "news.path=D:/c.csv")
    assert fingerprint(here) == fingerprint(there)


def test_a_derived_key_changes_every_part_that_it_reaches(compose: Compose, base: Fingerprint) -> None:
    changed = fingerprint(compose("labels.horizon_bars=20"))
    assert differing_parts(base, changed) == ["execution", "labels", "windows"]


def test_a_part_that_only_one_has_differs(base: Fingerprint) -> None:
    more = Fingerprint({**base.parts, "stage.position": "0"}, "0")
    assert differing_parts(base, more) == differing_parts(more, base) == ["stage.position"]


def test_json_is_sorted_and_whole(compose: Compose) -> None:
    text = config_json(compose())
    tree = json.loads(text)
    assert text == json.dumps(tree, sort_keys=True, indent=2) + "\n"
    assert tree["stage"]["signal"]["forest"]["trees"] == 100
    assert tree["paths"]["data"] == "data"


def test_a_fetched_calendar_is_one_from_a_file(compose: Compose) -> None:
    file = fingerprint(compose("mode=backtest", "news=csv", "news.path=a.csv"))
    fetched = fingerprint(compose("mode=backtest", "news=forexfactory", "news.refresh_hours=3"))
    assert differing_parts(file, fetched) == []

"""Every option of every group composes, and every pair of options composes or is refused for a known reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from novosky.config.checks.market import NEWS_FEATURES
from novosky.config.compose import compose_config
from novosky.config.overrides import groups_of
from novosky.config.schema import MODES, Config
from novosky.config.walk import leaves
from novosky.errors import ConfigError
from novosky.features.registry import all_features, find
from novosky.modes.guide import MODES as GUIDED

Compose = Callable[..., Config]
Row = dict[str, str]

CONF = Path(__file__).resolve().parents[2] / "conf"
GROUPS = {group: options for group, options in groups_of(CONF).items() if group != "local"}
# They open no market of their own.
MARKETLESS = {"agent", "compare", "dashboard", "monitor", "notify", "onboard", "pull", "reproduce", "revisions", "sync"}
PAIRED = GROUPS | {
    "profile": [name for name in GROUPS["profile"] if not name.isdigit()],  # a number names a name
    "mode": [name for name in GROUPS["mode"] if name not in MARKETLESS],
}
OPTIONS = [(group, option) for group, options in GROUPS.items() for option in options]
FILES = {"parquet", "csv", "mt5_export"}


def overrides_of(row: Row) -> list[str]:
    """The row's options, and the keys that such a choice obliges the user to give."""
    chosen = [f"stage@stage.{name}={name}" if group == "stage" else f"{group}={name}" for group, name in row.items()]
    if row.get("data") in FILES or (row.get("experiment") == "real_btcusd" and "data" not in row):
        chosen.append("data.path=bars")
    if row.get("data") == "ccxt":
        chosen += ["data.exchange=kraken", "data.market=BTC/USD", "data.since=2024-01-01", "data.until=2025-01-01"]
    if row.get("data") == "terminal":
        chosen += ["data.since=2024-01-01", "data.until=2025-01-01"]
    if row.get("news") == "csv":
        chosen.append("news.path=events.csv")
    runs = {
        "reproduce": "reproduce.run=then",
        "compare": "compare.runs=[one,other]",
        "pull": "revision=v20260131-p3",
        "notify": "notify.message=hello",
    }
    if row.get("mode") in runs:
        chosen.append(runs[row["mode"]])
    if row.get("experiment") == "current" and "mode" not in row:
        chosen.append("mode=train")
    if row.get("windows") == "dates":
        chosen += [f"windows.{cut}_start=2025-0{i}-01" for i, cut in enumerate(("sweep", "gate", "holdout"), start=1)]
    return chosen


def is_allowed(row: Row) -> bool:
    """The three contradictions that options by themselves can be in."""
    if row.get("mode") in ("sweep", "optimize", "weekly", "promote") and row.get("windows") == "walk_forward":
        return False
    if row.get("news") == "synthetic" and row.get("data", "synthetic") != "synthetic":
        return False
    return not (row.get("features") == "core59" and row.get("news") == "none")


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes(compose: Compose, group: str, option: str) -> None:
    row = {group: option}
    if row == {"news": "csv"}:
        row["data"] = "parquet"
    config = compose(*overrides_of(row))
    assert isinstance(config, Config)


def pairs_of(row: Row) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(pair) for pair in combinations(row.items(), 2)}


def covering_rows() -> Iterator[Row]:
    """Rows that set every group, greedily chosen until each allowed pair of options is in one of them."""
    random = np.random.Generator(np.random.PCG64(0))
    wanted = {
        frozenset(pair)
        for groups in combinations(PAIRED, 2)
        for pair in product(*([(group, option) for option in PAIRED[group]] for group in groups))
        if is_allowed(dict(pair))
    }
    while wanted:
        seed = dict(min(wanted, key=sorted))
        tries = [seed | {g: str(random.choice(o)) for g, o in PAIRED.items() if g not in seed} for _ in range(300)]
        row = max(filter(is_allowed, tries), key=lambda one: len(pairs_of(one) & wanted))
        wanted -= pairs_of(row)
        yield row


def test_every_allowed_pair_of_options_composes(compose: Compose) -> None:
    rows = list(covering_rows())
    assert len(rows) < 140  # modes times sources of data are about 120
    for row in rows:
        config = compose(*overrides_of(row))
        assert (config.mode, config.data.source, config.broker.name) == (row["mode"], row["data"], row["broker"])


@pytest.mark.parametrize(
    "row",
    [
        dict(pair)
        for groups in combinations(GROUPS, 2)
        for pair in product(*([(group, option) for option in GROUPS[group]] for group in groups))
        if not is_allowed(dict(pair))
    ],
    ids=str,
)
def test_every_other_pair_is_refused(compose: Compose, row: Row) -> None:
    with pytest.raises(ConfigError):
        compose(*overrides_of(row))


@pytest.mark.parametrize(
    ("overrides", "news", "features"),
    [
        ((), "synthetic", "core59"),
        (("news=none",), "none", "core59_no_news"),
        (("news=none", "features=compact"), "none", "compact"),
        (("data=random_walk",), "none", "core59_no_news"),
        (("data=planted",), "none", "core59_no_news"),
        (("data=parquet", "data.path=x"), "none", "core59_no_news"),
        (("data=parquet", "data.path=x", "news=csv", "news.path=y"), "csv", "core59"),
        (("experiment=quickstart",), "synthetic", "core59"),
        (("experiment=quickstart", "news=none"), "none", "core59_no_news"),
        (("experiment=real_btcusd", "data.path=x"), "none", "core59_no_news"),
    ],
)
def test_the_market_chooses_its_calendar_and_the_calendar_its_features(
    compose: Compose, overrides: tuple[str, ...], news: str, features: str
) -> None:
    config = compose(*overrides)
    assert (config.news.source, config.features.name) == (news, features)


@pytest.fixture
def own_tree(tmp_path: Path) -> Path:
    """A copy of `conf/` to write into."""
    conf = tmp_path / "conf"
    shutil.copytree(CONF, conf, ignore=shutil.ignore_patterns("local"))
    return conf


def test_no_news_within_an_experiment(own_tree: Path) -> None:
    text = "# @package _global_\ndefaults:\n  - override /mode: train\n  - override /news: none\n"
    (own_tree / "experiment" / "quiet.yaml").write_text(text, encoding="utf-8")
    assert compose_config(own_tree, ["experiment=quiet"]).features.name == "core59_no_news"
    assert compose_config(own_tree, ["experiment=quiet", "news=synthetic"]).features.name == "core59"


def test_local_settings_yield_to_an_experiment_and_to_the_command_line(own_tree: Path) -> None:
    (own_tree / "local").mkdir()
    text = "# @package _global_\ndefaults:\n  - override /broker: exness\nthreads: 8\nseed: 8\n"
    (own_tree / "local" / "default.yaml").write_text(text, encoding="utf-8")
    (own_tree / "experiment" / "own.yaml").write_text("# @package _global_\nseed: 9\n", encoding="utf-8")
    config = compose_config(own_tree, ["mode=run", "experiment=own"])
    assert (config.broker.name, config.account.currency, config.threads, config.seed) == ("exness", "USC", 8, 9)
    assert compose_config(own_tree, ["mode=run", "experiment=own", "seed=10"]).seed == 10


def test_modes_are_the_same_everywhere() -> None:
    assert set(MODES) == set(GROUPS["mode"]) == set(GUIDED)
    assert all(find_spec(f"novosky.modes.{mode}") for mode in MODES)


def test_every_key_says_what_it_means(compose: Compose) -> None:
    assert all(field.metadata["doc"] for _, field, _ in leaves(compose()))


def test_features_that_need_a_calendar_are_the_ones_that_the_check_names() -> None:
    assert set(NEWS_FEATURES) == {name for name in all_features() if find(name)[0].needs_calendar}


def test_no_option_reads_the_environment() -> None:
    for file in CONF.rglob("*.yaml"):
        assert "oc.env" not in file.read_text(encoding="utf-8"), file

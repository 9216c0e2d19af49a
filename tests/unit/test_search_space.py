"""Spaces: what is refused, what follows a setting, what the profile and switched-off voters take away."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.errors import ConfigError
from novosky.search.space import FOLLOWERS, all_changes, space_of, with_params
from novosky.search.tune import objectives_of, studies_of

Compose = Callable[..., Config]
CONF = Path(__file__).resolve().parents[2] / "conf"
LEAVES = "key: stage.risk.lightgbm.leaves"

REFUSED = {
    "[]": "search.risk: the space is empty; name settings that may change, as conf/search/risk.yaml does",
    "[{key: stage.risk.lightgbm.leafs, kind: int, low: 2, high: 8}]": (
        "search.risk: stage.risk.lightgbm.leafs: unknown setting; did you mean stage.risk.lightgbm.leaves?"
    ),
    "[{key: stage.sltp.lightgbm.leaves, kind: int, low: 2, high: 31}]": (
        "search.risk: stage.sltp.lightgbm.leaves: this study searches only stage.risk.*"
    ),
    f"[{{{LEAVES}, kind: whole, low: 2, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves: kind whole: expected one of int, float, categorical"
    ),
    f"[{{{LEAVES}, kind: float, low: 2, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves: kind float expected for int; choose the kind that fits"
    ),
    f"[{{{LEAVES}, kind: int, low: 1, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves=1.0: expected >= 2 and <= 4096 (most leaves of a tree)"
    ),
    f"[{{{LEAVES}, kind: int, low: 8, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves: expected low < high, found 8 .. 8"
    ),
    f"[{{{LEAVES}, kind: int, low: 2.5, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves: kind int needs whole bounds, found 2.5 .. 8"
    ),
    f"[{{{LEAVES}, kind: int, low: 5, high: 8}}]": (
        "search.risk: stage.risk.lightgbm.leaves: the bounds 5 .. 8 exclude the current setting 4; widen them, or set "
        "stage.risk.lightgbm.leaves inside"
    ),
    f"[{{{LEAVES}, kind: int, low: 2}}]": (
        "search.risk: stage.risk.lightgbm.leaves: kind int has low and high, and no choices"
    ),
    f"[{{{LEAVES}, kind: categorical, choices: [2, 8]}}]": (
        "search.risk: stage.risk.lightgbm.leaves: the choices [2, 8] exclude the current setting 4; add it"
    ),
    "[{key: stage.risk.lightgbm.l2, kind: float, low: 0, high: 8, log: true}]": (
        "search.risk: stage.risk.lightgbm.l2: log=true needs low > 0, found 0"
    ),
    f"[{{{LEAVES}, kind: int, low: 2, high: 8}}, {{{LEAVES}, kind: int, low: 2, high: 9}}]": (
        "search.risk: each setting once, but found twice: stage.risk.lightgbm.leaves"
    ),
}


@pytest.mark.parametrize("space", REFUSED)
def test_refused_by_name(compose: Compose, space: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        space_of(compose("mode=tune", f"search.risk={space}"), "risk")
    assert str(refusal.value) == REFUSED[space]


@pytest.mark.parametrize("study", ["signal", "position", "sltp", "risk", "joint"])
@pytest.mark.parametrize("profile", range(1, 6))
def test_spaces_that_come_along_fit_every_profile(compose: Compose, study: str, profile: int) -> None:
    search = "joint" if study == "joint" else "stages"
    space = space_of(compose("mode=tune", f"search={search}", f"profile={profile}"), study)
    assert space.parameters
    assert set(space.current) == {one.key for one in space.parameters}


def test_profile_narrows_and_says_so_where_it_excludes_the_current_setting(compose: Compose) -> None:
    joint = ("mode=tune", "search=joint", "profile=3")
    stop = next(one for one in space_of(compose(*joint), "joint").parameters if one.key == "labels.sl_atr")
    assert (stop.low, stop.high) == (1.0, 2.0)
    with pytest.raises(ConfigError, match=r"profile\.sl_atr_bounds=\[1.0, 2.0\]\) exclude the current setting 2.5"):
        space_of(compose(*joint, "labels.sl_atr=2.5"), "joint")


def test_voters_that_are_off_are_not_searched(compose: Compose) -> None:
    space = space_of(compose("mode=tune", "stage.signal.forest.enabled=false"), "signal")
    assert not any(".forest." in one.key for one in space.parameters)
    assert all(".forest." in key for key in space.left_out)
    assert len(space.left_out) == 3


def test_params_are_set_with_what_follows_them(compose: Compose) -> None:
    config = compose("mode=tune", "search=joint", "execution.tp_atr=2.0")
    params = {"labels.sl_atr": 1.25, "labels.tp_atr": 1.75, "labels.horizon_bars": 20}
    changed = with_params(config, params)
    assert (changed.labels.sl_atr, changed.execution.sl_atr) == (1.25, 1.25)
    assert (changed.windows.purge_bars, changed.execution.max_hold_bars) == (20, 20)
    assert changed.execution.tp_atr == 2.0  # which did not follow before
    expected = {name: value for name, _, value in leaves(config)} | all_changes(config, params)
    assert {name: value for name, _, value in leaves(changed)} == expected
    assert config.labels.sl_atr == 1.5


def test_params_that_do_not_go_together_are_refused(compose: Compose) -> None:
    with pytest.raises(ConfigError, match=r"stage\.sltp\.stops_atr"):
        with_params(compose("mode=tune"), {"labels.sl_atr": 10.0})


def test_followers_are_what_conf_ties() -> None:
    """Every interpolation of conf/ between settings, read from the files themselves."""
    tied = set()
    for file in CONF.rglob("*.yaml"):
        for name, leader in re.findall(r"^(\w+): \$\{([\w.]+)\}", file.read_text(), re.MULTILINE):
            tied.add((leader, f"{file.parent.name}.{name}"))
    assert tied == {(leader, name) for leader, names in FOLLOWERS.items() for name in names}


def test_which_studies(compose: Compose) -> None:
    assert studies_of(compose("mode=tune")) == ("signal", "position", "sltp", "risk")
    assert studies_of(compose("mode=tune", "stage.sltp.enabled=false")) == ("signal", "position", "risk")
    assert studies_of(compose("mode=tune", "search=position")) == ("position",)
    assert studies_of(compose("mode=tune", "search=joint")) == ("joint",)
    with pytest.raises(ConfigError, match="that stage is off"):
        studies_of(compose("mode=tune", "tune.stage=sltp", "stage.sltp.enabled=false"))
    with pytest.raises(ConfigError, match="a joint study has no stages"):
        studies_of(compose("mode=tune", "tune.stage=sltp", "search=joint"))


def test_objectives(compose: Compose) -> None:
    config = compose("mode=tune", "tune.objectives.signal=[expected_r,log_loss]")
    assert objectives_of(config, "signal") == ("expected_r", "log_loss")
    for wrong in ("tune.objectives.risk=[log_loss]", "tune.objectives.joint=[log_loss]"):
        with pytest.raises(ConfigError, match="expected one of expected_r, reference_score"):
            compose("mode=tune", wrong)
    with pytest.raises(ConfigError, match="each once"):
        objectives_of(compose("mode=tune", "tune.objectives.risk=[expected_r,expected_r]"), "risk")


def test_unknown_word_in_a_space(compose: Compose) -> None:
    with pytest.raises(ConfigError, match="lowest"):
        compose("mode=tune", f"search.risk=[{{{LEAVES}, kind: int, lowest: 2}}]")


def test_a_space_leaves_the_configuration_as_it_is(compose: Compose) -> None:
    config = compose("mode=tune")
    before = dataclasses.asdict(config)
    space_of(config, "signal")
    assert dataclasses.asdict(config) == before

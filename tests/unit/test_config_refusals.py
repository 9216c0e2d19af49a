"""Wrong input and the exact line that answers it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from novosky.config.arguments import read_arguments
from novosky.config.compose import compose_config
from novosky.config.overrides import jobs_to_try
from novosky.config.schema import MODES as KNOWN_MODES
from novosky.config.schema import Config
from novosky.errors import ConfigError

CONF = Path(__file__).resolve().parents[2] / "conf"
Compose = Callable[..., Config]

PROFILES = "1, 2, 3, 4, 5, aggressive, balanced, conservative, growth, steady_income"
MODES = ", ".join(sorted(KNOWN_MODES))
BROKERS = "exness, ftmo, fundingpips, generic, ic_markets, vt_markets, vt_markets_cent"

NAMES = {
    "labels.horizn_bars=3": "labels.horizn_bars: unknown key; did you mean labels.horizon_bars?",
    "horizon_bars=3": "horizon_bars: unknown key; did you mean labels.horizon_bars?",
    "confidence_threshold=0.6": "confidence_threshold: unknown key; did you mean prediction.confidence_threshold?",
    "brokr=exness": "brokr: unknown key; did you mean broker?",
    "zzz=1": "zzz: unknown key; all keys: run.py --cfg job",
    "mode=backtst": f"mode=backtst: unknown option; expected one of {MODES}; did you mean backtest?",
    "broker=vt_market": f"broker=vt_market: unknown option; expected one of {BROKERS}; did you mean vt_markets?",
    "profile=9": f"profile=9: unknown option; expected one of {PROFILES}",
    "labels=": "labels=: unknown option; expected one of barrier",
    "labels={horizon_bars: 3}": "labels: expected one of barrier; single keys are set as labels.key=value",
    "profile=[1,2]": f"profile: expected one of {PROFILES}; single keys are set as profile.key=value",
    "+extra=1": "+extra=1: keys are neither added nor taken away; write key=value",
    "++extra=1": "++extra=1: keys are neither added nor taken away; write key=value",
    "~broker": "~broker: keys are neither added nor taken away; write key=value",
    "profile=1,2": "profile=1,2: one value expected, several found; for one job per value: run.py -m profile=1,2",
    "train": "train: not of the form key=value (it has no =); quote what the shell may change",
    "stage=signal": "Could not override 'stage'. Did you mean to override one of "
    "stage@stage.position, stage@stage.risk, stage@stage.signal, stage@stage.sltp, stage@stage.trades?",
}

TYPES = {
    "labels.horizon_bars=abc": (
        "labels.horizon_bars=abc: expected int, found str (longest life of the label's trade, bars)"
    ),
    "labels.horizon_bars=3.5": (
        "labels.horizon_bars=3.5: expected int, found float (longest life of the label's trade, bars)"
    ),
    "labels.horizon_bars=null": (
        "labels.horizon_bars=None: expected int, found nothing (longest life of the label's trade, bars)"
    ),
    "account.cent=maybe": "account.cent=maybe: expected bool, found str (balance and results in cents)",
    "execution.sessions=asian": (
        "execution.sessions=asian: expected list[str], found str (sessions that may open trades; empty is always)"
    ),
    "labels.horizon_bars=${foo.bar}": "labels.horizon_bars: Interpolation key 'foo.bar' not found",
}

RANGES = {
    "labels.sl_atr=50": "labels.sl_atr=50.0: expected > 0 and <= 20 (stop of the label's bracket, ATR(14))",
    "labels.sl_atr=nan": "labels.sl_atr=nan: expected a finite number (stop of the label's bracket, ATR(14))",
    "broker.swap_long=-inf": (
        "broker.swap_long=-inf: expected a finite number "
        "(swap of a long position, in the unit of swap_mode, per lot and night)"
    ),
    "windows.train=1": "windows.train=1.0: expected > 0 and < 1 (share of the bars (fractions))",
    "window=gat": (
        "window=gat: expected one of sweep, gate, holdout, train_oof, train (window that a backtest judges); "
        "did you mean gate?"
    ),
    "execution.sessions=[asian,lndon]": (
        "execution.sessions=lndon: expected one of asian, london, new_york "
        "(sessions that may open trades; empty is always); did you mean london?"
    ),
}


@pytest.mark.parametrize(("override", "line"), (NAMES | TYPES | RANGES).items())
def test_refusal_says(compose: Compose, override: str, line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        compose(override)
    assert str(refusal.value) == line


def test_mode_must_be_given() -> None:
    with pytest.raises(ConfigError) as refusal:
        compose_config(CONF, [])
    assert str(refusal.value) == (
        f"mode: required, but not given (what to do); add mode=<one of {', '.join(KNOWN_MODES)}>"
    )


def test_environment_does_not_enter(compose: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVOSKY_TEST_TOKEN", "hunter2")
    with pytest.raises(ConfigError, match="environment variables do not enter") as refusal:
        compose("models=${oc.env:NOVOSKY_TEST_TOKEN}")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        (
            "labels/barrier.yaml",
            "kind: barrier\nhorizn_bars: 3\n",
            "labels.horizn_bars: unknown key; did you mean labels.horizon_bars? (in conf/labels/barrier.yaml)",
        ),
        (
            "labels/barrier.yaml",
            "kind: barrier\nsl_atr: wide\n",
            "labels.sl_atr=wide: expected float, found str (stop of the label's bracket, ATR(14)) "
            "(in conf/labels/barrier.yaml)",
        ),
        (
            "labels/barrier.yaml",
            "kind: barrier\n",
            "labels.sl_atr: required, but not given (stop of the label's bracket, ATR(14)); add labels.sl_atr=...",
        ),
        (
            "labels/barrier.yaml",
            "kind: barrier\nsl_atr: [1\n",
            "conf/labels/barrier.yaml, line 3: not readable as YAML: expected ',' or ']', but got '<stream end>'",
        ),
        (
            "profile/balanced.yaml",
            "defaults: [timid]\n",
            "In 'profile/balanced': Could not load 'profile/timid'.",
        ),
        (
            "local/default.yaml",
            "# @package _global_\ndefaults:\n  - override /profile: 2\n",
            "a defaults list in conf/ (local/default.yaml?): expected names, found a number or the like; put it in "
            'quotes: - override /profile: "2"',
        ),
    ],
)
def test_fault_in_a_conf_file_names_the_file(tmp_path: Path, file: str, text: str, line: str) -> None:
    conf = tmp_path / "conf"
    shutil.copytree(CONF, conf)
    (conf / file).parent.mkdir(exist_ok=True)
    (conf / file).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        compose_config(conf, ["mode=run"])
    assert " ".join(str(refusal.value).split()) == line


def test_missing_tree(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the folder of settings is missing"):
        compose_config(tmp_path / "conf", ["mode=run"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--config-dir", "x"], "--config-dir: settings live in conf/ alone; write conf/experiment/<name>.yaml"),
        (
            ["--experimental-rerun=x"],
            "--experimental-rerun: settings live in conf/ alone; write conf/experiment/<name>.yaml",
        ),
        (["--trials", "mode=run"], "unrecognized arguments: --trials; run.py --help shows the flags"),
        (["-m", "profile=1,9"], f"profile=9: unknown option; expected one of {PROFILES}"),
        (["-m", "profile=glob(x*)"], f"profile=glob(x*): no option matches; there are {PROFILES}"),
        (["-m", "profile=interval(1,3)"], "profile=interval(1,3): options are swept by name: profile=a,b"),
        (
            ["-sc", "install=tcsh"],
            "-sc install=tcsh: expected one of install=bash, install=fish, install=zsh, uninstall=bash, "
            "uninstall=fish, uninstall=zsh",
        ),
        (
            ["-m", "seed=glob(1*)"],
            "seed=glob(1*): only the options of a group can be globbed; write seed=value1,value2",
        ),
    ],
)
def test_refused_arguments(arguments: list[str], line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_arguments(CONF, arguments)
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("typed", "passed_on"),
    [
        (["mode=run", "-m", "profile=1,2"], ["-m", "mode=run", "profile='1','2'"]),
        (["profile=3", "labels.sl_atr=2"], ["profile='3'", "labels.sl_atr=2"]),
        (["-m", "profile=glob(*v*e)"], ["-m", "profile='aggressive','conservative'"]),
        (["-sc", "query=bash"], ["-sc", "query=bash"]),
        (["-m", "profile=range(1,3)"], ["-m", "profile='1','2'"]),
        (["mode=run", "--cfg", "job"], ["--cfg", "job", "mode=run"]),
    ],
)
def test_arguments_as_hydra_may_have_them(typed: list[str], passed_on: list[str]) -> None:
    assert read_arguments(CONF, typed).for_hydra == passed_on


def test_every_swept_value_is_tried_once() -> None:
    jobs = list(jobs_to_try(["mode=run", "seed=1,2,3", "labels.sl_atr=choice(1.0,1.5)"]))
    assert jobs == [
        ["mode=run", "seed=1", "labels.sl_atr=1.0"],
        ["mode=run", "seed=2", "labels.sl_atr=1.0"],
        ["mode=run", "seed=3", "labels.sl_atr=1.0"],
        ["mode=run", "seed=1", "labels.sl_atr=1.5"],
    ]


def test_of_a_range_the_ends_are_tried() -> None:
    assert list(jobs_to_try(["seed=range(1,90)"])) == [["seed=1"], ["seed=89"]]
    assert list(jobs_to_try(["seed=range(4,5)"])) == [["seed=4"]]

"""A sweep on a small trained set: what it says must be what single backtests say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from novosky.config.fingerprint import fingerprint
from novosky.errors import ConfigError
from novosky.evaluation.looks import Ledger, read_ledger
from support.small_job import Workspace

SPACE = (
    'sweep.space=["prediction.confidence_quantile=interval(0.7,0.95)","profile.risk_pct=1,2.5",'
    '"execution.max_consecutive_losses=0,2","execution.sessions=[],[london,new_york]"]'
)
WIDER = ("windows.sweep=0.30", "windows.gate=0.05", "windows.holdout=0.05")  # a month, the training as it was
TYPED = ("sweep.grid_points=2", "sweep.trials=20", "score.min_trades=5", *WIDER)


def looks_of(job: Workspace) -> Ledger:
    first = json.loads(job.looks.read_text().splitlines()[0])
    return read_ledger(job.looks, first["underlying"], first["from_ms"], first["to_ms"])


@pytest.fixture(scope="module")
def job(small_job: Workspace) -> Workspace:
    return small_job.sibling("swept")


@pytest.fixture(scope="module")
def swept(job: Workspace) -> dict[str, Any]:
    return job.run("mode=sweep", SPACE, *TYPED)


def typed(setting: dict[str, Any]) -> list[str]:
    return [f"{key}={str(value).replace(chr(39), '').replace(' ', '')}" for key, value in setting.items()]


def test_every_setting_is_one_look_before_it_is_shown(job: Workspace, swept: dict[str, Any]) -> None:
    rows = swept["settings_tried"]
    assert len(rows) == 17  # 2 x 2 x 2 x 2 and the current one
    looks = looks_of(job).looks
    assert [look.configuration for look in looks] == [row["configuration"] for row in rows]
    assert len({row["configuration"] for row in rows}) == 17
    assert {(look.mode, look.window) for look in looks} == {("sweep", "sweep")}
    assert swept["volatile"]["looks"] == 17


def test_a_setting_gives_what_a_backtest_of_it_gives(
    small_job: Workspace, swept: dict[str, Any], job: Workspace
) -> None:
    other = small_job.sibling("swept-singly")
    rows = swept["settings_tried"]
    assert len({json.dumps(row["reference_score"]) for row in rows}) > 3
    for row in (rows[0], rows[1], rows[6], rows[11], rows[16]):
        single = other.run("mode=backtest", *TYPED, *typed(row["setting"]), "report.html=false")
        judged = single["judged"]
        same = ("trades", "expectancy_r", "expectancy_r_interval", "return_pct", "max_drawdown_pct", "sharpe_annual")
        assert {name: row[name] for name in same} == {name: judged[name] for name in same}
        assert row["reference_score"] == judged["reference"]["value"]
        assert row["configuration"] == single["fingerprints"]["whole"]
    looks = looks_of(other).looks
    assert {look.name for look in looks} < {look.name for look in looks_of(job).looks}


def test_the_chosen_setting_is_an_experiment_that_says_what_chose_it(
    job: Workspace, swept: dict[str, Any], compose: Any
) -> None:
    rows, chosen = swept["settings_tried"], swept["chosen"]
    assert rows[chosen["place"]]["reference_score"] == max(row["reference_score"] for row in rows)
    text = (swept["folder"] / "chosen.yaml").read_text()
    assert text.startswith("# @package _global_\n")
    assert swept["window"]["from"] in text
    assert swept["window"]["to"] in text
    tree = yaml.safe_load(text)
    until = tree["windows"].pop("chosen_until")
    assert until == swept["window"]["to"][:10]
    found = {f"{section}.{key}": value for section, keys in tree.items() for key, value in keys.items()}
    assert found == chosen["setting"]
    overrides = job.overrides(*TYPED, *typed(found), f"windows.chosen_until={until}")
    assert fingerprint(compose("mode=backtest", *overrides)).whole == rows[chosen["place"]]["configuration"]
    again = job.run("mode=backtest", *TYPED, *typed(found), f"windows.chosen_until={until}", "report.html=false")
    assert again["judged"] == chosen["judged"]
    assert again["volatile"]["looks"] == 17  # the same configuration: no further look
    assert any(warning.startswith("settings have seen these bars") for warning in again["warnings"])


def test_the_summary_says_that_the_best_was_picked(swept: dict[str, Any]) -> None:
    place = swept["chosen"]["place"]
    picked = f"Setting {place} was picked as the best of 17" if place else "None of 17 settings beat the current one"
    assert swept["summary"].startswith(picked)
    assert "With all 17 counted" in swept["summary"]
    luck = swept["luck"]
    assert 0 < luck["against_flat"]["spa_p"] <= 1
    assert 0 < luck["against_current"]["spa_p"] <= 1
    assert 0 <= luck["overfitting"]["probability"] <= 1
    assert luck["settings"] == 17


def test_same_sweep_same_answer(small_job: Workspace, swept: dict[str, Any]) -> None:
    again = small_job.sibling("swept-again").run("mode=sweep", SPACE, *TYPED)
    for result in (swept, again):
        result.pop("volatile", None), result.pop("folder", None)
    assert again == swept


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_other_methods(small_job: Workspace, method: str) -> None:
    own = small_job.sibling(f"swept-{method}")
    result = own.run("mode=sweep", SPACE, "sweep.trials=12", f"sweep.method={method}", "report.html=false")
    assert result["proposed"] == 12
    assert "Too few days" in result["summary"]
    rows = result["settings_tried"]
    assert len(rows) == len({row["configuration"] for row in rows}) == len(looks_of(own).looks) <= 13


def test_forbidden_settings_are_named_and_the_others_judged(small_job: Workspace) -> None:
    own = small_job.sibling("swept-forbidden")
    space = 'sweep.space=["execution.breakeven_r=0,1","execution.breakeven_offset=0,0.5"]'
    result = own.run("mode=sweep", space, "report.html=false")
    assert [one["setting"] for one in result["forbidden"]] == [
        {"execution.breakeven_r": 0.0, "execution.breakeven_offset": 0.5}
    ]
    assert "never read while execution.breakeven_r is 0" in result["forbidden"][0]["why"]
    assert len(result["settings_tried"]) == 3
    with pytest.raises(ConfigError, match="rules forbid each of 2 settings"):
        own.run("mode=sweep", 'sweep.space=["execution.breakeven_offset=0.1,0.2"]')


def test_page_has_its_pictures(job: Workspace, swept: dict[str, Any]) -> None:
    folder = next(Path(job.folder).glob("run-1"))
    page = (folder / "report.html").read_text()
    for part in ("chart-settings", "chart-heat", "What picking is worth", "All 17 settings"):
        assert part in page
    assert np.isfinite(swept["chosen"]["judged"]["reference"]["value"])

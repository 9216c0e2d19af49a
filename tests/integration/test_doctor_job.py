"""`mode=doctor` on a trained set and the simulated terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.modes.dispatch import dispatch
from support.small_job import Workspace

Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(small_job: Workspace, tmp_path: Path, compose: Callable[..., Config]) -> Ask:
    own = (
        f"trade.ledger=sqlite:///{tmp_path}/ledger.sqlite",
        f"trade.kill_file={tmp_path}/KILL",
        "doctor.disk_free_mb=1",
    )

    def asked(*overrides: str) -> tuple[int, dict[str, Any]]:
        config = compose(*small_job.overrides("mode=doctor", *own, *overrides))
        code = dispatch(config, tmp_path).exit_code
        return code, json.loads((tmp_path / "result.json").read_text())

    return asked


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {finding["name"]: finding["verdict"] for finding in result["findings"]}


def test_a_trained_set_is_ready_on_the_simulated_terminal(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = ask("threads=1")
    assert (code, result["verdict"]) == (0, "pass"), [row for row in result["findings"] if row["verdict"] != "pass"]
    assert verdicts(result).keys() >= {"python", "ledger", "clock", "symbol", "margin", "models", "config", "calendar"}
    assert result["counts"] == {"pass": len(result["findings"]), "warn": 0, "fail": 0}
    assert "Ready to trade BTCUSD through terminal=simulated" in capsys.readouterr().out


def test_settings_of_another_set_fail(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = ask("labels.sl_atr=1.75", "execution.sl_atr=1.5")
    assert code == 1
    found = verdicts(result)
    assert found["models"] == "fail"
    assert "labels.sl_atr was 1.5" in next(row["found"] for row in result["findings"] if row["name"] == "models")
    assert "Not ready to trade" in capsys.readouterr().out


def test_a_seed_is_trainings_alone_unless_strict(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    code, result = ask("seed=8")
    assert (code, verdicts(result)["config"]) == (0, "warn")
    monkeypatch.setenv("NOVOSKY_STRICT_CONFIG_SYNC", "1")
    code, result = ask("seed=8")
    assert (code, verdicts(result)["config"]) == (1, "fail")


def test_too_little_money_for_the_profile(ask: Ask) -> None:
    code, result = ask("execution.max_lots=0", "profile=1", "account.balance=5000", "profile.min_balance=0")
    assert code == 0
    assert verdicts(result)["smallest lot"] in ("pass", "warn")

"""`mode=monitor` on a real ledger: exit codes, notices, what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError, UserError
from novosky.modes import monitor
from novosky.trading.notices.notifier import Tally
from support.live_book import REVISION, LiveBook, promise_r

Monitor = Callable[..., tuple[int, dict[str, Any]]]


class Heard:
    """A notifier that remembers."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str, str]] = []

    def notify(self, kind: str, level: str, text: str) -> None:
        self.notices.append((kind, level, text))

    def close(self, timeout_s: float) -> Tally:
        return Tally(sent=len(self.notices))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def composed(compose: Callable[..., Config]) -> dict[str, Config]:
    return {limits: compose("mode=monitor", f"monitor={limits}") for limits in ("default", "original")}


@pytest.fixture
def ask(tmp_path: Path, composed: dict[str, Config], heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monkeypatch.setattr(monitor, "open_notifier", lambda *_: heard)

    def asked(limits: str = "default", bot: str | None = None, **keys: float) -> tuple[int, dict[str, Any]]:
        config = composed[limits]
        places = {"models": f"{tmp_path}/models", "revisions": f"{tmp_path}/revisions"}
        config = replace(
            config,
            paths=replace(config.paths, **places),
            trade=replace(config.trade, ledger=f"sqlite:///{tmp_path}/ledger.sqlite", bot=bot),
            monitor=replace(config.monitor, **keys),
        )
        code = monitor.run(config, tmp_path).exit_code
        return code, json.loads((tmp_path / "result.json").read_text())

    return asked


def book_of(profits: list[float]) -> LiveBook:
    book = LiveBook()
    for number, profit in enumerate(profits):
        book.trade(48 * number, profit)
    return book


def test_no_ledger_is_no_alarm_and_makes_none(ask: Monitor, tmp_path: Path) -> None:
    code, result = ask("original")
    assert (code, result["bots"]) == (0, [])
    assert result["summary"].startswith("No ledger yet at sqlite:///")
    assert not (tmp_path / "ledger.sqlite").exists()


def test_no_trade_is_no_alarm(ask: Monitor, tmp_path: Path, heard: Heard) -> None:
    book = LiveBook()
    book.equity(0)
    book.equity(1, 4_000.0)
    book.save(tmp_path / "ledger.sqlite")
    code, result = ask("original")
    assert (code, result["summary"]) == (0, "No trade was closed yet: nothing to judge, nothing alarms.")
    assert result["bots"][0]["drift"] == {}
    assert heard.notices == []


def test_limits_without_a_promise(ask: Monitor, tmp_path: Path, heard: Heard) -> None:
    book_of([150.0, -100.0, -100.0]).save(tmp_path / "ledger.sqlite")
    code, result = ask("original")
    assert code == 1
    assert [alarm["name"] for alarm in result["bots"][0]["alarms"]] == ["win_rate", "profit_factor"]
    assert "no revision is promoted here" in result["without_promise"]
    assert list(result["bots"][0]["drift"]) == ["loses"]
    assert heard.notices == [
        ("guard", "alarm", "paper: win rate 33.3% of 3 trades, at least 55.0%"),
        ("guard", "alarm", "paper: profit factor 0.74 of 3 trades, at least 2.00"),
    ]
    assert ask()[0] == 0


def test_drift_from_a_promise(ask: Monitor, tmp_path: Path, heard: Heard) -> None:
    promise_r(tmp_path, [1.45, -1.05, 1.45] * 20)
    book_of([145.0, -105.0, 145.0] + [-105.0] * 60).save(tmp_path / "ledger.sqlite")
    code, result = ask(max_losses_in_row=0, max_drawdown_pct=0)
    found = result["bots"][0]
    assert code == 1
    assert result["promise"] == REVISION
    assert [alarm["name"] for alarm in found["alarms"]] == ["drift_result", "drift_loses"]
    assert found["drift"]["result"]["promised"] == pytest.approx((1.45 * 2 - 1.05) / 3)
    assert found["drift"]["result"]["promised_values"] == 60
    assert [kind for kind, _, _ in heard.notices] == ["drift", "drift"]


def test_what_was_promised_is_no_alarm(ask: Monitor, tmp_path: Path, heard: Heard) -> None:
    promise_r(tmp_path, [1.45, -1.05, 1.45] * 20)
    book_of([145.0, -105.0, 145.0] * 20).save(tmp_path / "ledger.sqlite")
    assert ask()[0] == 0
    assert heard.notices == []


def test_one_bot_of_two(ask: Monitor, tmp_path: Path) -> None:
    book_of([150.0]).save(tmp_path / "ledger.sqlite", "one")
    book_of([-100.0] * 12).save(tmp_path / "ledger.sqlite", "two")
    assert [bot["bot"] for bot in ask()[1]["bots"]] == ["one", "two"]
    assert (ask()[0], ask(bot="one")[0], ask(bot="two")[0]) == (1, 0, 1)
    with pytest.raises(ConfigError, match=r"trade\.bot=three: expected one of one, two"):
        ask(bot="three")


def test_a_touched_promise_is_told(ask: Monitor, tmp_path: Path) -> None:
    promise_r(tmp_path, [1.45, -1.05])
    book_of([150.0]).save(tmp_path / "ledger.sqlite")
    (tmp_path / "models" / REVISION / "judged_trades.csv").write_text("ticket\n1\n")
    code, result = ask()
    assert (code, result["promise"]) == (0, None)
    assert "edited or damaged" in result["without_promise"]


def test_a_file_that_is_no_ledger(ask: Monitor, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(UserError, match="found no ledger"):
        ask()


def test_the_same_ledger_gives_the_same_result(ask: Monitor, tmp_path: Path) -> None:
    book_of([150.0, -100.0]).save(tmp_path / "ledger.sqlite")
    first, second = (ask()[1] for _ in range(2))
    assert first.pop("volatile") != {}
    second.pop("volatile")
    assert first == second

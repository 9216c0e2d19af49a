"""The dashboard's state from a ledger written by hand, to the cent."""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.errors import NovoskyError, UserError
from novosky.report.dashboard.condition import condition
from novosky.report.dashboard.curve import even_extremes
from novosky.report.dashboard.drifting import Judged, by_confidence
from novosky.report.dashboard.follow import Follower
from novosky.report.dashboard.loops import loop_block
from novosky.report.dashboard.pages import pages
from novosky.report.dashboard.spark import bar, sparkline
from novosky.report.dashboard.state import Expected, bar_state, bot_state
from novosky.trading.ledger.rows import Event
from novosky.trading.ledger.store import Ledger
from novosky.trading.ledger.trades import LiveTrade
from novosky.trading.monitor.limits import Limits
from novosky.trading.monitor.report import Terms
from support.dashboard_ledger import BAR, BOT, FACTS, T0, Hand, write_desk
from support.kept_sets import entry_of

TERMS = Terms(Limits(0.0, 0.0, 12, 25.0, 20), 50, 0.01, 0.02, "utc")
NOW = T0 + 9 * BAR + 60_000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('desk') / 'ledger.sqlite'}"
    write_desk(url).ledger.close()
    return url


@pytest.fixture(scope="module")
def state(url: str) -> dict[str, Any]:
    return state_of(url)


def followed(url: str) -> Follower:
    follower = Follower(url)
    follower.is_wanted = True
    assert follower.look()
    return follower


def state_of(url: str, now_ms: int = NOW) -> dict[str, Any]:
    return bot_state(followed(url).books[BOT], TERMS, FACTS, Expected(problem="none"), now_ms, now_ms)


def test_the_account_is_the_ledgers(state: dict[str, Any]) -> None:
    account = state["account"]
    assert (account["balance"], account["equity"], account["floating"]) == (10_096.5, 10_106.5, 10.0)
    assert (account["peak"], account["first_equity"], account["positions"]) == (10_198.6, 10_000.0, 1)
    assert math.isclose(account["drawdown_now_pct"], 0.9030651, abs_tol=1e-7)
    assert math.isclose(account["drawdown_most_pct"], 1.4776538, abs_tol=1e-7)
    assert state["curve"][-1] == [T0 + 9 * BAR, 10_106.5, 10_096.5, account["drawdown_now_pct"]]
    assert [row[1] for row in state["curve"]] == [
        10_000.0, 10_000.0, 10_049.3, 10_198.6, 10_198.6, 10_047.9, 10_097.2, 10_097.2, 10_106.5,
    ]  # fmt: skip


def test_trades_and_today_are_the_ledgers_deals(state: dict[str, Any]) -> None:
    second, first = state["trades"]
    assert (first["side"], first["net"], first["reason"]) == ("BUY", 198.6, "target")
    assert (second["side"], second["net"], second["reason"]) == ("SELL", -101.4, "stop")
    assert (round(first["r"], 3), round(second["r"], 3)) == (1.986, -1.014)
    assert state["today"] == {
        "date": "2026-01-05", "trades": 2, "net": 97.2, "equity_change": None, "clock": "utc",
    }  # fmt: skip
    whole = state["figures"]["whole"]
    assert (whole["trades"], whole["win_rate"], whole["net"]) == (2, 0.5, 97.2)
    assert math.isclose(whole["profit_factor"], 198.6 / 101.4)


def test_what_is_open_stands_with_its_levels(state: dict[str, Any]) -> None:
    (held,) = state["positions"]
    assert (held["ticket"], held["side"], held["volume"]) == (103, "BUY", 0.05)
    assert (held["price"], held["stop"], held["target"]) == (61_200.0, 60_700.0, 62_200.0)
    assert math.isclose(held["r"], 0.4)
    assert held["risk_money"] == 25.0
    assert not held["unprotected"]


def test_limits_are_measured_from_the_cores_own_bases(state: dict[str, Any]) -> None:
    rows = {row["title"]: row for row in state["limits"]}
    day = rows["Loss today"]  # the day began with 10,180.00, of which 5 %
    assert (day["used"], day["limit"]) == (73.5, 509.0)
    assert math.isclose(day["pct"], 100.0 * 73.5 / 509.0)
    assert (rows["Loss this week"]["used"], rows["Loss this week"]["limit"]) == (0.0, 1200.0)
    assert (rows["Loss in all"]["used"], rows["Loss in all"]["limit"]) == (0.0, 3000.0)
    assert (rows["Losses in a row"]["used"], rows["Losses in a row"]["limit"]) == (1, 3)
    assert (rows["Open positions"]["used"], rows["Open positions"]["limit"]) == (1, 1)
    assert (rows["Margin bound"]["used"], rows["Margin bound"]["limit"]) == (30.6, 10_106.5)


def test_a_guard_that_holds_comes_first_and_is_the_bots_state(state: dict[str, Any]) -> None:
    first, *others = state["guards"]
    assert (first["name"], first["answer"], first["reason"]) == (
        "spread_spike", "no_opening", "the spread is 80, 75 is let",
    )  # fmt: skip
    assert {row["answer"] for row in others} == {"free"}
    now = state["bot"]["state"]
    assert (now["name"], now["tone"], now["since_ms"]) == ("Holding", "none", T0 + 9 * BAR)


def test_every_decision_says_why_and_what_became_of_it(state: dict[str, Any]) -> None:
    rows = {(row["bar_ms"] - T0) // BAR: row for row in state["decisions"]}
    assert list(rows) == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert rows[0]["words"] == "confidence too low"
    assert [(gate["name"], gate["passed"], gate["words"]) for gate in rows[0]["gates"]] == [
        ("vote", True, "BUY"),
        ("confidence", False, "0.4100, asked for 0.5000"),
        ("positions", True, "0 open of 1"),
    ]
    assert rows[1]["outcome"] == "entered: 0.1 lots near 60,000.00"
    assert rows[6]["outcome"] == "not sent: a guard holds: usual spread"
    assert rows[3]["words"] == "no majority for a side"
    counts = {row["verdict"]: (row["count"], round(row["pct"], 2)) for row in state["why_not"]}
    assert counts == {
        "opened": (4, 44.44), "position_open": (3, 33.33), "low_confidence": (1, 11.11), "no_vote": (1, 11.11),
    }  # fmt: skip


def test_bars_are_those_that_the_bot_wrote_down(url: str) -> None:
    book = followed(url).books[BOT]
    shown = bar_state(book, -1)
    assert shown["bars"][1] == (T0 + BAR, 59_990.0, 60_020.0, 59_970.0, 60_000.0)
    assert [bar[0] for bar in bar_state(book, T0 + 6 * BAR)["bars"]] == [T0 + 7 * BAR, T0 + 8 * BAR]
    assert shown["trades"][0] == ["BUY", T0 + 2 * BAR + 2, 60_000.0, T0 + 3 * BAR + 2, 62_000.0, 198.6]


def test_a_growing_ledger_is_read_on_and_the_same_as_read_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    follower = Follower(url)
    follower.is_wanted = True
    assert not follower.look()  # none yet
    assert not (tmp_path / "ledger.sqlite").exists()
    hand = write_desk(url)
    assert follower.look()
    assert not follower.look()
    hand.leave(9, 103, 62_200.0, 50.0, "tp")
    hand.at(9, Event("stopped", "info", "stopped: a test", {"reason": "a test"}))
    assert follower.look()
    hand.ledger.close()
    grown, whole = (bot_state(one.books[BOT], TERMS, FACTS, Expected(), NOW, NOW) for one in (follower, followed(url)))
    assert json.dumps(grown) == json.dumps(whole)
    assert grown["bot"]["state"]["name"] == "Stopped"
    assert grown["bot"]["state"]["words"] == "A test"
    assert grown["figures"]["closed"] == 3


def test_a_replaced_ledger_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    write_desk(f"sqlite:///{file}").ledger.close()
    follower = followed(f"sqlite:///{file}")
    longer = write_desk(f"sqlite:///{tmp_path / 'other.sqlite'}", late_ms=7)
    longer.leave(9, 103, 62_200.0, 50.0, "tp")
    longer.ledger.close()
    (tmp_path / "other.sqlite").replace(file)
    assert follower.look()
    assert len(bot_state(follower.books[BOT], TERMS, FACTS, Expected(), NOW, NOW)["trades"]) == 3
    file.unlink()
    assert follower.look()
    assert follower.books == {}


def test_of_a_ledger_that_nobody_looks_at_only_the_names_are_read(url: str) -> None:
    follower = Follower(url)
    assert follower.look()
    assert (list(follower.books), follower.books[BOT].state.number) == ([BOT], 0)
    assert not follower.look()


def test_reading_changes_no_byte_and_a_foreign_file_is_named(url: str, tmp_path: Path) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    followed(url)
    assert file.read_bytes() == before
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(UserError, match="found a file that is none"):
        Follower(f"sqlite:///{tmp_path / 'text'}").look()
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(NovoskyError, match="no ledger"):
        Follower(f"sqlite:///{tmp_path / 'other'}").look()


def test_a_bot_that_writes_nothing_any_more_is_said_to_be_silent(url: str) -> None:
    late = state_of(url, NOW + 4 * BAR)["bot"]["state"]
    assert late["name"] == "Silent"
    assert "No row for 61 minutes" in late["words"]
    assert late["since_ms"] == T0 + 9 * BAR


def test_an_older_ledger_is_judged_by_the_dashboards_settings_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    with Ledger(url, "simulated-1-BTCUSD-7001") as ledger:
        ledger.append(T0, Event("started", "info", "started", {"revision": "v"}))
    shown = bot_state(followed(url).books["simulated-1-BTCUSD-7001"], TERMS, FACTS, Expected(), NOW, NOW)["bot"]
    assert (shown["terminal"], shown["state"]["name"], shown["profile"]) == ("simulated", "Paper", "balanced")
    assert "own settings" in shown["settings_from"]


def test_a_replay_is_silent_by_this_machines_clock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    hand = Hand(url)
    hand.start(terminal="simulated")
    hand.ledger.close()
    book = followed(url).books[BOT]
    facts = {**FACTS, "terminal": "simulated"}
    assert condition(book, facts, 10**13, 10**13 - 1_000).name == "Paper"
    assert condition(book, facts, 10**13, 10**13 - 61_000).name == "Silent"


def test_calibration_divides_the_judged_trades_evenly_and_counts_the_live_ones() -> None:
    judged = [Judged(0.5 + k / 1000, k % 4 == 0) for k in range(100)]
    live = [_trade(confidence, net) for confidence, net in ((0.505, 1.0), (0.505, -1.0), (0.599, 1.0), (0.9, -1.0))]
    rows = by_confidence(judged, live)
    assert [row["judged"]["trades"] for row in rows] == [20] * 5
    assert [row["judged"]["share"] for row in rows] == [0.25] * 5
    assert [row["live"]["trades"] for row in rows] == [2, 0, 0, 0, 2]
    # Wilson's interval of 1 of 2, by hand: (0.5 + z^2/4) / (1 + z^2/2) -+ ...
    assert (round(rows[0]["live"]["low"], 4), round(rows[0]["live"]["high"], 4)) == (0.0945, 0.9055)
    assert rows[1]["live"] == {"trades": 0, "share": None, "low": None, "high": None}
    assert by_confidence(judged[:24], live) == []


def _trade(confidence: float, net: float) -> LiveTrade:
    return LiveTrade(
        1, "BTCUSD", 0, 1, 1, 0.1, net, 0.0, 1.0, net, 0.0, confidence, 1.0, "tp", "v", "target", 1.0, 1.0, net
    )


def test_a_thinned_curve_keeps_the_extremes_of_every_stretch() -> None:
    values = np.random.default_rng(7).normal(size=5_003).cumsum()
    kept = even_extremes(values, 100)
    assert kept == sorted(set(kept))
    assert kept[-1] == 5_002
    assert 200 <= len(kept) <= 201
    assert {int(values.argmin()), int(values.argmax())} <= set(kept)


def test_iterations_are_the_logs(tmp_path: Path) -> None:
    assert loop_block(tmp_path)["iterations"] == []
    (tmp_path / "optimize_log.json").write_text(json.dumps([entry_of(1), entry_of(2, "REVERT")]))
    block = loop_block(tmp_path)
    assert [(row["iteration"], row["decision"], row["score"]) for row in block["iterations"]] == [
        (1, "COMMIT", 1.1), (2, "REVERT", 1.2),
    ]  # fmt: skip
    (tmp_path / "optimize_log.json").write_text("{")
    assert "expected a JSON list" in loop_block(tmp_path)["problem"]


def test_pages_are_listed_without_following_links(tmp_path: Path) -> None:
    for mode in ("backtest", "compare"):
        (tmp_path / mode / "1").mkdir(parents=True)
        (tmp_path / mode / "1" / "report.html").write_text("x")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "backtest" / "2").mkdir()
    (tmp_path / "backtest" / "2" / "report.html").symlink_to(tmp_path / "secret")
    assert sorted(page.mode for page in pages(tmp_path)) == ["backtest", "compare"]


def test_curves_and_bars_of_characters() -> None:
    assert sparkline([1.0, 2.0, 3.0], 10) == "▁▅█"
    assert sparkline([1.0, 2.0, 3.0], 10, 2) == " ▁█\n▁██"
    assert sparkline([5.0] * 4, 2) == "▁▁"
    assert bar(50.0, 4) == "██··"
    assert bar(500.0, 3) == "███"

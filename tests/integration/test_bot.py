"""The bot on paper: what it does when it is stopped, killed, told to, or cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from novosky.trading.bot.bot import Bot
from novosky.trading.ledger.rows import Intent, OrderRow
from novosky.trading.telegram.commands import CLOSE, PAUSE, RESUME, STOP, Command
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.paper_bot import LONG_LIVED, Paper, paper_of
from support.small_job import Workspace

RULES = (LONG_LIVED, "execution.partial_r=0.3", "execution.trail_start_r=0.4", "execution.trail_atr=1.0")
MANAGED = (*RULES, "execution.max_positions=3", "execution.equity_filter_drawdown_r=3")


@pytest.fixture
def paper(small_job: Workspace, tmp_path: Path) -> Paper:
    return paper_of(small_job, tmp_path / "paper", 90, *MANAGED)


def test_lives_that_end_anywhere_make_the_trades_of_one_that_does_not(paper: Paper) -> None:
    expected = paper.backtested()
    for bars in (1, 7, 1, 20, 13):
        paper.live(lambda bot, bars=bars: bot.bars_decided >= bars)  # type: ignore[misc]
    last = paper.live()
    assert paper.trades() == expected
    assert len(expected) >= 5
    assert {row[-1] for row in expected} >= {"moved_stop", "stop", "target"}
    assert last.stop_reason == "the replay is over"
    assert paper.events("parity") == []
    assert [row.bar_time_ms for row in paper.decisions()] == sorted({row.bar_time_ms for row in paper.decisions()})


def test_a_dry_bot_sends_nothing_and_says_why_for_every_bar(paper: Paper) -> None:
    bot = paper.live(dry=True)
    assert paper.rows(Intent) == []
    assert paper.rows(OrderRow) == []
    assert len(paper.server.history.deals) == 1  # the deposit
    assert paper.events("dry")
    decisions = paper.decisions()
    assert len(decisions) == bot.bars_decided == paper.bars - 1
    for row in decisions:
        assert {"vote", "breakers", "positions", "guards"} <= set(row.gates)
        refused = [name for name, gate in row.gates.items() if not gate["passed"]]
        assert bool(refused) == (row.verdict != "opened"), (row.verdict, row.gates)


def test_the_kill_switch_stops_it_and_keeps_it_from_starting(paper: Paper) -> None:
    kill = Path(paper.config.trade.kill_file)
    bot = paper.live(lambda bot: bool(bot.session.book.tickets) and not kill.write_text("stop"))
    held = bot.session.book.tickets
    assert held
    assert "kill switch" in bot.stop_reason
    assert all(row.sl > 0.0 for row in paper.held())
    again = paper.live()
    assert again.bars_decided == 0
    assert again.session.board.kill_switch.holds
    kill.unlink()
    paper.live()
    assert paper.server.market.exhausted


def test_bars_that_nobody_traded_are_followed_and_written_down(paper: Paper) -> None:
    paper.live(lambda bot: bot.bars_decided >= 20)
    missed = 6
    paper.server.advance(missed * 15 * 60)
    paper.live()
    rows = paper.decisions()
    assert sum(row.details["missed"] for row in rows) == missed - 1
    assert len(rows) == paper.bars - 1, "every bar has its decision"
    sent = {row.bar_time_ms for row in paper.rows(Intent) if row.action == "entry"}
    assert not sent & {row.bar_time_ms for row in rows if row.details["missed"]}


def test_an_entry_that_would_come_late_is_left_away(paper: Paper) -> None:
    """A life that begins ten minutes into the bar opens nothing on it."""
    decided = [row[0] - 1 - paper.window.start for row in paper.backtested()]  # bars of the window
    late = min(bar for bar in decided if bar > 20)
    paper.live(lambda bot: bot.bars_decided >= late)
    before = len(paper.rows(Intent))
    paper.server.advance(15 * 60 + 600)
    bot = paper.live(lambda bot: bot.bars_decided >= 1)
    assert bot.session.book.last_verdict == "opened"
    assert paper.rows(Intent)[before:] == []
    assert [row.details["why"] for row in paper.events("not_opened")] == ["late"]


def test_a_terminal_that_goes_away_and_comes_back(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent for an hour and a half of every four: orders may be missed, nothing is doubled, nothing is lost."""
    terminal = SimulatedTerminal(paper.server)
    answers = terminal.copy_rates_from_pos

    def silent_at_times(*arguments: object) -> object:
        minute = paper.server.now_ms // 60_000 % 240
        return None if minute >= 150 else answers(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(terminal, "copy_rates_from_pos", silent_at_times)
    bot = paper.bot(terminal)
    bot.run()
    kinds = [kind for kind, *_ in paper.told]
    assert "disconnected" in kinds
    assert "connected" in kinds
    assert any(row.details["missed"] for row in paper.decisions())
    tickets = {row.ticket for row in paper.held()}
    assert tickets == set(bot.session.ledger.state.positions)
    bot.session.ledger.close()


def asked(name: str, ticket: int = 0) -> Command:
    return Command(name, 1, 2, 3, ticket)


def test_commands_pause_resume_close_and_stop(paper: Paper) -> None:
    replies: list[str] = []
    paper.commands.answered_by(lambda _, text: replies.append(text))
    paused_at, resumed_at = 20, 40

    def people(bot: Bot) -> bool:
        if bot.bars_decided == paused_at:
            paper.commands.offer(asked(PAUSE))
        elif bot.bars_decided == resumed_at:
            paper.commands.offer(asked(RESUME))
        elif bot.bars_decided > resumed_at and bot.session.book.tickets and CLOSE not in replies:
            replies.append(CLOSE)
            paper.commands.offer(asked(CLOSE))
        elif any(text.startswith("Closed") for text in replies):
            paper.commands.offer(asked(STOP))
        return False

    bot = paper.live(people)
    assert bot.stop_reason.startswith("stop by user 2")
    assert [text.split(":")[0].split(".")[0] for text in replies] == [
        "Paused",
        "Resumed",
        "close",
        "Closed",
        "Stopping",
    ]
    entries = [row for row in paper.rows(Intent) if row.action == "entry"]
    first = paper.decisions()[0].bar_time_ms
    on = [(row.bar_time_ms - first) // (15 * 60_000) for row in entries]
    assert not [k for k in on if paused_at <= k < resumed_at]
    assert "command" in {row.details.get("reason") for row in paper.rows(Intent)}
    desk, _ = paper.commands.shown or (None, 0.0)
    assert desk is not None
    assert desk.balance == pytest.approx(float(paper.server.account.book.balance))

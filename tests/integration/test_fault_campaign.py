"""A sample of the fault and kill campaigns, the faults that once did harm, and a judge that sees what is wrong."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from campaigns.fault_judge import DOUBLED, LOST, MONEY, ORPHAN, STRANGER, judge
from campaigns.fault_world import FOREIGN_MAGIC
from campaigns.faults import Played, outcome_of, play, run_plan
from campaigns.kills import Stage, at_every_moment, at_instants
from novosky.trading.ledger.rows import Entry, Fill, PositionEvent
from novosky.trading.terminal.simulated.faults import Fault, Strike

HEDGING, NETTING = 4, 5
CLOSES_AND_PARTS = 47  # netting: a close and a part are due at one open, and the close shows no deal yet
ALWAYS = 10_000


@pytest.mark.parametrize(("seed", "bars"), [(1, 48), (3, 48), (5, 48), (821, 40)])  # 821: a stop waited for a closing
def test_a_drawn_plan_does_no_harm(seed: int, bars: int) -> None:
    outcome = run_plan(seed, bars)
    assert outcome is not None
    assert outcome.wrong == []
    assert sum(outcome.struck.values()) > 3


@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        # Orders that were done are told as the one before them, which was refused.
        (HEDGING, (Fault.REQUOTE, Fault.DUPLICATE_ANSWER)),
        (NETTING, (Fault.REQUOTE, Fault.DUPLICATE_ANSWER)),
        (HEDGING, (Fault.DUPLICATE_ROWS,)),
        (NETTING, (Fault.LATE_HISTORY,)),
        (CLOSES_AND_PARTS, (Fault.LATE_HISTORY,)),
        (HEDGING, (Fault.ANSWER_LOST, Fault.LATE_HISTORY)),
        (NETTING, (Fault.PARTIAL,)),
    ],
    ids=str,
)
def test_a_fault_that_never_ends_does_no_harm(seed: int, faults: tuple[Fault, ...], tmp_path: Path) -> None:
    plan = tuple(Strike(1, fault, 1 if fault is Fault.REQUOTE else ALWAYS) for fault in faults)
    outcome = outcome_of(seed, play(seed, 25, plan, tmp_path))
    assert outcome.wrong == []
    assert set(outcome.struck) == set(map(str, faults))
    assert outcome.counts["intent entry"] > 0


def test_deals_that_show_after_more_than_a_day_are_booked(tmp_path: Path) -> None:
    """The first hours' deals are older than a day when the history shows them: 110 bars of a quarter of an hour."""
    played = play(HEDGING, 110, (Strike(1, Fault.LATE_HISTORY, ALWAYS),), tmp_path)
    assert outcome_of(HEDGING, played).wrong == []
    assert played.bot.session.ledger.state.unbooked == {}
    assert sum(isinstance(entry.row, Fill) for entry in played.entries) > 10


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(HEDGING, 30, (), tmp_path_factory.mktemp("played"))


def kinds(played: Played, entries: list[Entry] | None = None) -> set[str]:
    entries = played.entries if entries is None else entries
    config = played.config
    return {
        kind
        for kind, _ in judge(
            played.server, config.trade.magic, entries, played.acknowledged, config.account.balance
        )
    }  # fmt: skip


def test_the_judge_finds_nothing_where_nothing_is_wrong(played: Played) -> None:
    assert kinds(played) == set()
    assert played.server.account.open > 0
    assert len(played.server.history.deals) > 4


def test_the_judge_sees_rows_that_are_gone_doubled_or_changed(played: Played) -> None:
    entries = played.entries
    k, fill = next((i, entry) for i, entry in enumerate(entries) if isinstance(entry.row, Fill))
    assert isinstance(fill.row, Fill)
    assert kinds(played, entries[:k] + entries[k + 1 :]) == {LOST}
    assert kinds(played, entries[:-1]) == {LOST}
    other = replace(fill, row=replace(fill.row, price=fill.row.price + 0.01))
    assert kinds(played, [*entries[:k], other, *entries[k + 1 :]]) == {LOST}
    again = replace(fill, number=len(entries) + 1)
    assert LOST in kinds(played, [*entries, again])
    money = replace(fill, row=replace(fill.row, profit=fill.row.profit + 7.0))
    assert kinds(played, [*entries[:k], money, *entries[k + 1 :]]) == {LOST, MONEY}


def test_the_judge_sees_orders_and_positions_that_should_not_be(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, account = played.server.history, played.server.account
    deal = next(deal for deal in history.deals if deal.comment.startswith("NS"))
    monkeypatch.setattr(history, "deals", [*history.deals, replace(deal, ticket=1)])
    assert DOUBLED in kinds(played)
    monkeypatch.undo()
    last = max(i for i, entry in enumerate(played.entries) if isinstance(entry.row, PositionEvent))
    row = played.entries[last].row
    assert isinstance(row, PositionEvent)
    changed = replace(played.entries[last], row=replace(row, volume=row.volume + 0.01))
    assert ORPHAN in kinds(played, [*played.entries[:last], changed, *played.entries[last + 1 :]])
    foreign = next(holder for holder in account.holders.values() if holder.magic == FOREIGN_MAGIC)
    account.set_levels(account.find(foreign.ticket), 1.0, 0.0, 0)
    assert kinds(played) == {STRANGER}


@pytest.mark.skipif(os.name == "nt", reason="fork and SIGKILL")
def test_a_killed_bot_starts_anew_and_nothing_is_doubled_or_lost(tmp_path: Path) -> None:
    fates = at_every_moment(HEDGING, 8, tmp_path, 47)
    assert sum(fate.kills for fate in fates) >= 3
    fates += at_instants(1, 8, tmp_path)
    assert [(fate.where, fate.wrong) for fate in fates if fate.wrong] == []


@pytest.mark.skipif(os.name == "nt", reason="fork and SIGKILL")
def test_a_bot_that_was_away_longer_than_its_history_has_bars_to_spare_starts_again(tmp_path: Path) -> None:
    stage = Stage(HEDGING, 26, tmp_path)
    assert not stage.live(60)
    stage.miss(14)
    assert stage.live()
    assert stage.wrong() == []

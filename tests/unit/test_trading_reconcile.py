"""What was, what the ledger knows, what is settled: one difference at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.trading.intent import CLOSE, LEVELS, PARTIAL, Intent, carries, is_ours, order_comment, order_magic
from novosky.trading.ledger.rows import LOST, PLACED, SENT, OrderRow
from novosky.trading.ledger.store import Ledger
from novosky.trading.reconcile.evidence import shows
from novosky.trading.reconcile.seen import Own, SeenOrder
from novosky.trading.reconcile.settle import reconcile
from novosky.trading.reconcile.settlement import (
    REFUSE,
    WAIT,
    WRITE,
    CancelOrder,
    ClosePosition,
    SetLevels,
    Settlement,
)
from tests.support.ledger_rows import ENTRY_INTENT, MAGIC
from tests.support.small_terminal import OWN, SmallTerminal

MINUTE_MS = 60_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", "bot") as opened:
        yield opened


@pytest.fixture
def terminal() -> SmallTerminal:
    return SmallTerminal()


def write(ledger: Ledger, terminal: SmallTerminal, intent: Intent, *phases: str) -> None:
    ledger.append(terminal.time_ms, intent)
    for phase in phases:
        ledger.append(terminal.time_ms, OrderRow(intent.hash, 1, phase))


def settle(ledger: Ledger, terminal: SmallTerminal, own: Own = OWN) -> list[Settlement]:
    """Write what is settled; a second look writes nothing more."""
    settlements = terminal.reconcile(ledger.state, own)
    for settlement in settlements:
        ledger.append(terminal.time_ms, *settlement.rows)
    again = terminal.reconcile(ledger.state, own)
    assert [settlement.rows for settlement in again if settlement.rows] == []
    assert actions(again) == actions(settlements)
    return settlements


def actions(settlements: Sequence[Settlement]) -> list[object]:
    return [settlement.action for settlement in settlements if settlement.action is not None]


def hold(ledger: Ledger, terminal: SmallTerminal) -> int:
    """A position that the ledger knows; its ticket."""
    write(ledger, terminal, ENTRY_INTENT, SENT)
    terminal.do(ENTRY_INTENT)
    settle(ledger, terminal)
    (ticket,) = ledger.state.positions
    return ticket


@pytest.mark.parametrize("phases", [(SENT,), (SENT, LOST), (SENT, PLACED)])
@pytest.mark.parametrize("overwritten", [False, True])
def test_filled_while_nobody_looked(
    ledger: Ledger, terminal: SmallTerminal, phases: tuple[str, ...], overwritten: bool
) -> None:
    write(ledger, terminal, ENTRY_INTENT, *phases)
    deal = terminal.do(ENTRY_INTENT, overwritten=overwritten)
    assert deal is not None
    settle(ledger, terminal)
    state = ledger.state
    assert state.settled[ENTRY_INTENT.hash].phase == "found"
    held = state.positions[deal.position_ticket]
    assert (held.event, held.intent, held.volume, held.wanted_stop) == ("found", ENTRY_INTENT.hash, 0.1, 60_000.0)
    assert state.deals == {deal.ticket}


def test_a_part_of_it(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT)
    terminal.do(ENTRY_INTENT, share=0.5)
    settle(ledger, terminal)
    (held,) = ledger.state.positions.values()
    assert held.volume == pytest.approx(0.05)
    assert ledger.state.settled[ENTRY_INTENT.hash].phase == "found"


def test_no_trace_is_waited_for_and_then_not_done(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT, LOST)
    terminal.time_ms += MINUTE_MS - 1
    assert [settlement.kind for settlement in settle(ledger, terminal)] == [WAIT]
    terminal.time_ms += 1
    too_short = terminal.seen(deals_from_ms=terminal.time_ms)
    assert [settlement.kind for settlement in reconcile(ledger.state, too_short, OWN)] == [WAIT]
    assert [settlement.kind for settlement in settle(ledger, terminal)] == [WRITE]
    assert ledger.state.settled[ENTRY_INTENT.hash].phase == "absent"


def test_one_that_was_given_up_too_early_is_known_again(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT, LOST)
    terminal.time_ms += MINUTE_MS
    settle(ledger, terminal)
    terminal.do(ENTRY_INTENT)
    settle(ledger, terminal)
    (held,) = ledger.state.positions.values()
    assert held.intent == ENTRY_INTENT.hash


def test_never_sent_expires_with_its_bar(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT)
    assert settle(ledger, terminal) == []
    terminal.time_ms = ENTRY_INTENT.expires_ms
    settle(ledger, terminal)
    assert ledger.state.settled[ENTRY_INTENT.hash].phase == "expired"


def test_a_working_order_is_waited_for_and_taken_back_with_its_bar(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT, PLACED)
    magic, comment = order_magic(MAGIC, ENTRY_INTENT.hash), order_comment(ENTRY_INTENT.hash)
    terminal.orders.append(SeenOrder(9, "BTCUSD", magic, comment))
    assert [settlement.kind for settlement in settle(ledger, terminal)] == [WAIT]
    terminal.time_ms = ENTRY_INTENT.expires_ms
    assert actions(settle(ledger, terminal)) == [CancelOrder(9)]


def test_the_rest_of_an_order_is_taken_back_a_strangers_is_not(ledger: Ledger, terminal: SmallTerminal) -> None:
    terminal.orders += [SeenOrder(8, "BTCUSD", 77, "other"), SeenOrder(9, "BTCUSD", order_magic(MAGIC, "X"), "")]
    assert actions(settle(ledger, terminal)) == [CancelOrder(9)]


@pytest.mark.parametrize("reason", ["sl", "tp", "so", "client"])
def test_closed_while_nobody_looked(ledger: Ledger, terminal: SmallTerminal, reason: str) -> None:
    ticket = hold(ledger, terminal)
    deal = terminal.hit(ticket, reason)
    settle(ledger, terminal)
    assert ledger.state.positions == {}
    assert deal.ticket in ledger.state.deals
    fills = {getattr(e.row, "deal_ticket", 0): e.row for e in ledger.entries() if type(e.row).__name__ == "Fill"}
    assert fills[deal.ticket].intent == ""  # type: ignore[union-attr]  # the stop's deal is not the entry's


def test_opened_and_closed_while_nobody_looked(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT, LOST)
    deal = terminal.do(ENTRY_INTENT)
    assert deal is not None
    terminal.hit(deal.position_ticket)
    settle(ledger, terminal)
    state = ledger.state
    assert (state.positions, len(state.deals), state.closed) == ({}, 2, {deal.position_ticket})


def test_a_deal_without_its_position_yet_is_waited_for(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT)
    deal = terminal.do(ENTRY_INTENT)
    assert deal is not None
    position = terminal.positions.pop(deal.position_ticket)
    assert WAIT in [settlement.kind for settlement in settle(ledger, terminal)]
    terminal.positions[position.ticket] = position
    settle(ledger, terminal)
    assert list(ledger.state.positions) == [position.ticket]


def test_gone_without_a_deal_is_an_alarm_and_its_deal_is_booked_late(ledger: Ledger, terminal: SmallTerminal) -> None:
    deal = terminal.hit(hold(ledger, terminal))
    terminal.deals.remove(deal)
    assert [settlement.level for settlement in settle(ledger, terminal)] == ["alarm"]
    terminal.deals.append(deal)
    settle(ledger, terminal)
    assert deal.ticket in ledger.state.deals


def test_a_partial_close_whose_answer_was_lost(ledger: Ledger, terminal: SmallTerminal) -> None:
    ticket = hold(ledger, terminal)
    partial = replace(ENTRY_INTENT, action=PARTIAL, volume=0.04, position_ticket=ticket)
    write(ledger, terminal, partial, SENT, LOST)
    terminal.do(partial)
    settle(ledger, terminal)
    assert ledger.state.settled[partial.hash].phase == "found"
    assert ledger.state.positions[ticket].volume == pytest.approx(0.06)


def test_a_close_that_was_not_done_may_leave_again(ledger: Ledger, terminal: SmallTerminal) -> None:
    close = replace(ENTRY_INTENT, action=CLOSE, position_ticket=hold(ledger, terminal))
    write(ledger, terminal, close, SENT, LOST)
    terminal.time_ms += MINUTE_MS
    settle(ledger, terminal)
    assert ledger.state.intents[close.hash].phase == "absent"
    ledger.append(terminal.time_ms, OrderRow(close.hash, 2, SENT))


def test_a_missing_stop_is_set_again(ledger: Ledger, terminal: SmallTerminal) -> None:
    ticket = hold(ledger, terminal)
    terminal.positions[ticket] = replace(terminal.positions[ticket], stop=0.0, target=0.0)
    assert actions(settle(ledger, terminal)) == [SetLevels(ticket, 60_000.0, 63_000.0)]
    back = replace(ENTRY_INTENT, action=LEVELS, position_ticket=ticket)
    write(ledger, terminal, back, SENT, LOST)
    assert actions(settle(ledger, terminal)) == [SetLevels(ticket, 60_000.0, 63_000.0)]  # at once, not a look later
    assert ledger.state.intents[back.hash].phase == "absent"
    terminal.do(back)
    settle(ledger, terminal)
    assert ledger.state.positions[ticket].stop == 60_000.0


def test_levels_whose_answer_was_lost_and_that_show_were_done(ledger: Ledger, terminal: SmallTerminal) -> None:
    ticket = hold(ledger, terminal)
    moved = replace(ENTRY_INTENT, action=LEVELS, position_ticket=ticket, stop=60_500.0)
    write(ledger, terminal, moved, SENT, LOST)
    terminal.do(moved)
    settle(ledger, terminal)
    assert ledger.state.settled[moved.hash].phase == "found"


@pytest.mark.parametrize("what", ["undone", "done", "hidden", "reduced", "closed"])
def test_an_order_that_is_said_to_be_refused_is_looked_for(ledger: Ledger, terminal: SmallTerminal, what: str) -> None:
    ticket = hold(ledger, terminal)
    intent = (
        replace(ENTRY_INTENT, bar_time_ms=1_800_000)
        if what in ("undone", "done", "hidden")
        else replace(ENTRY_INTENT, action=PARTIAL if what == "reduced" else CLOSE, position_ticket=ticket, volume=0.05)
    )
    write(ledger, terminal, intent, SENT)
    if what != "undone":
        terminal.do(intent)
    if what != "done":
        terminal.deals.clear()  # the history is late: what is open tells it
    assert shows(ledger.state, intent.hash, terminal.seen(), OWN) is (what != "undone")


def test_filled_without_its_stop(ledger: Ledger, terminal: SmallTerminal) -> None:
    write(ledger, terminal, ENTRY_INTENT, SENT)
    deal = terminal.do(ENTRY_INTENT)
    assert deal is not None
    ticket = deal.position_ticket
    terminal.positions[ticket] = replace(terminal.positions[ticket], stop=0.0)
    assert actions(settle(ledger, terminal)) == [SetLevels(ticket, 60_000.0, 63_000.0)]


@pytest.mark.parametrize(
    ("price", "closes"), [(60_000.0, True), (60_000.01, False), (62_999.99, False), (63_000.0, True)]
)
def test_beyond_its_missing_levels_it_is_closed(
    ledger: Ledger, terminal: SmallTerminal, price: float, closes: bool
) -> None:
    ticket = hold(ledger, terminal)
    terminal.positions[ticket] = replace(terminal.positions[ticket], stop=0.0)
    terminal.price = price
    assert (actions(settle(ledger, terminal)) == [ClosePosition(ticket, 0.1)]) is closes


def test_levels_moved_by_hand_are_what_holds(ledger: Ledger, terminal: SmallTerminal) -> None:
    ticket = hold(ledger, terminal)
    terminal.positions[ticket] = replace(terminal.positions[ticket], stop=60_500.0)
    assert actions(settle(ledger, terminal)) == []
    assert ledger.state.positions[ticket].wanted_stop == 60_500.0


@pytest.mark.parametrize(
    ("unknown", "stop", "wanted"),
    [("adopt", 60_000.0, None), ("adopt", 0.0, ClosePosition), ("close", 60_000.0, ClosePosition),
     ("report", 60_000.0, None)],
)  # fmt: skip
def test_ours_by_its_magic_and_unknown(
    ledger: Ledger, terminal: SmallTerminal, unknown: str, stop: float, wanted: type | None
) -> None:
    deal = terminal.open(1, 0.3, order_magic(MAGIC, "LOSTLEDGER"), stop=stop)
    done = actions(settle(ledger, terminal, replace(OWN, unknown=unknown)))
    assert [type(action) for action in done] == ([wanted] if wanted else [])
    assert (deal.position_ticket in ledger.state.positions) is (unknown == "adopt")
    assert (deal.position_ticket in ledger.state.reported) is (unknown == "report")


@pytest.mark.parametrize("magic", [0, 1, 77, MAGIC, (MAGIC + 1) << 20, 2**53])
def test_a_strangers_position_is_told_once_and_never_touched(
    ledger: Ledger, terminal: SmallTerminal, magic: int
) -> None:
    terminal.open(1, 0.3, magic)
    assert [settlement.kind for settlement in settle(ledger, terminal)] == [WRITE]
    assert ledger.state.positions == {}
    assert ledger.state.deals == set()
    assert settle(ledger, terminal) == []


def test_on_netting_a_strangers_position_refuses_the_start(ledger: Ledger, terminal: SmallTerminal) -> None:
    terminal.netting = True
    terminal.open(1, 0.3, 77)
    (refusal,) = settle(ledger, terminal)
    assert (refusal.kind, refusal.rows, refusal.action) == (REFUSE, (), None)
    assert "hedging" in refusal.text


def test_on_netting_a_strangers_addition_refuses_a_persons_close_does_not(
    ledger: Ledger, terminal: SmallTerminal
) -> None:
    terminal.netting = True
    ticket = hold(ledger, terminal)
    terminal.close(ticket, 0.05, 0, reason="client")
    assert settle(ledger, terminal)[0].kind == WRITE
    terminal.deals.append(replace(terminal.deals[0], ticket=999, magic=77))
    assert settle(ledger, terminal)[0].kind == REFUSE


def test_another_symbol_is_nobodys_business(ledger: Ledger, terminal: SmallTerminal) -> None:
    deal = terminal.open(1, 0.3, order_magic(MAGIC, "X"))
    terminal.positions[deal.position_ticket] = replace(terminal.positions[deal.position_ticket], symbol="EURUSD")
    terminal.deals.clear()
    assert settle(ledger, terminal) == []


def test_marks() -> None:
    magic, comment = order_magic(MAGIC, ENTRY_INTENT.hash), order_comment(ENTRY_INTENT.hash)
    assert magic < 2**53
    assert len(comment) <= 16
    assert is_ours(magic, MAGIC)
    assert carries(magic, comment, MAGIC, ENTRY_INTENT.hash)
    assert carries(magic, "[sl 60000.00]", MAGIC, ENTRY_INTENT.hash)
    assert not carries(magic, order_comment("A" * 14), MAGIC, ENTRY_INTENT.hash)
    assert not carries(magic + 1, comment, MAGIC, ENTRY_INTENT.hash)
    assert not carries(MAGIC, comment, MAGIC, ENTRY_INTENT.hash)


def test_a_hash_is_of_what_makes_two_intents_two() -> None:
    same = replace(ENTRY_INTENT, price=1.0, details={}, volume=0.1)
    assert same.hash == ENTRY_INTENT.hash
    changes = {"action": "add", "symbol": "X", "bar_time_ms": 1, "side": -1, "volume": 0.2, "stop": 1.0, "target": 1.0}
    others = [replace(ENTRY_INTENT, **{name: value}) for name, value in changes.items()]  # type: ignore[arg-type]
    others += [replace(ENTRY_INTENT, position_ticket=1), replace(ENTRY_INTENT, revision="r")]
    assert len({intent.hash for intent in (ENTRY_INTENT, *others)}) == 1 + len(others)

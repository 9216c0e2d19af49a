"""What is wrong in the end: the server's history and account against the ledger's rows, nothing of the bot's asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from campaigns.fault_hands import own_positions
from campaigns.fault_world import FOREIGN_MAGIC
from novosky.trading.intent import COMMENT_PREFIX, ENTRY, LEVELS, OPENING, Intent, is_ours
from novosky.trading.ledger.rows import DONE, FOUND, PART_DONE, Decision, Entry, Event, Fill, OrderRow, PositionEvent
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import Deal
from novosky.trading.terminal.simulated.server import SimulatedServer

# The kinds of what may be wrong, as the tables name them.
DOUBLED: Final = "doubled"
ORPHAN: Final = "orphan"
NAKED: Final = "naked"
LOST: Final = "lost"
MONEY: Final = "money"
STRANGER: Final = "stranger"
FELL: Final = "fell"
KINDS: Final = (DOUBLED, ORPHAN, NAKED, LOST, MONEY, STRANGER, FELL)
CENT: Final = 0.005
DONE_PHASES: Final = (DONE, PART_DONE, FOUND)

Wrong = tuple[str, str]  # kind, words
Acknowledged = Mapping[int, object]  # number -> row, as the ledger told that it was written


def judge(
    server: SimulatedServer, magic: int, entries: Sequence[Entry], acknowledged: Acknowledged, start_balance: float
) -> list[Wrong]:
    """All that is wrong once the bot has settled on a healthy connection."""
    deals = [deal for deal in server.history.deals if deal.type != mt5.DEAL_TYPE_BALANCE]
    strangers = {deal.position_id for deal in deals if deal.magic == FOREIGN_MAGIC}
    own = [deal for deal in deals if deal.position_id not in strangers]
    return [
        *doubled(own, magic, entries),
        *orphans(server, magic, entries),
        *lost_rows(own, entries, acknowledged),
        *money(server, start_balance, deals, entries),
        *stranger(server, deals, strangers),
    ]


def doubled(own: Sequence[Deal], magic: int, entries: Sequence[Entry]) -> Iterator[Wrong]:
    """One deal an intent; one entry a bar; opens only what meant to open, closes only what meant to close."""
    intents = {entry.row.hash: entry.row for entry in entries if isinstance(entry.row, Intent)}
    marked = [(deal, deal.comment.removeprefix(COMMENT_PREFIX)) for deal in own if is_ours(deal.magic, magic)]
    marked = [(deal, mark) for deal, mark in marked if deal.reason == mt5.DEAL_REASON_EXPERT]
    for mark, count in Counter(mark for _, mark in marked).items():
        if count > 1:
            yield DOUBLED, f"{count} deals of intent {mark}"
    bars = Counter(intents[mark].bar_time_ms for _, mark in marked if mark in intents and intents[mark].action == ENTRY)
    for bar_ms, count in bars.items():
        if count > 1:
            yield DOUBLED, f"{count} entries of bar {bar_ms}"
    for deal, mark in marked:
        if mark not in intents:
            yield DOUBLED, f"deal {deal.ticket} of an intent that was never written"
        elif deal.entry == mt5.DEAL_ENTRY_INOUT:
            yield DOUBLED, f"deal {deal.ticket} turned the position over"
        elif (deal.entry == mt5.DEAL_ENTRY_IN) != (intents[mark].action in OPENING):
            yield DOUBLED, f"deal {deal.ticket} does the opposite of its {intents[mark].action}"
    for position in {deal.position_id for deal in own}:
        volume = sum(d.volume if d.entry == mt5.DEAL_ENTRY_IN else -d.volume for d in own if d.position_id == position)
        if volume < -1e-9:
            yield DOUBLED, f"position {position}: {-volume:g} lots more closed than opened"


def orphans(server: SimulatedServer, magic: int, entries: Sequence[Entry]) -> Iterator[Wrong]:
    """The server's positions are the ledger's last word on them, in side, volume and levels."""
    held: dict[int, PositionEvent] = {}
    for entry in entries:
        if isinstance(entry.row, PositionEvent):
            held[entry.row.position_ticket] = entry.row
    held = {ticket: row for ticket, row in held.items() if row.volume > 0.0}
    there = {row.ticket: row for row in own_positions(server, magic)}
    for ticket in there.keys() - held.keys():
        yield ORPHAN, f"position {ticket} is at the server and not in the ledger"
    for ticket in held.keys() - there.keys():
        yield ORPHAN, f"position {ticket} is in the ledger and not at the server"
    for ticket in there.keys() & held.keys():
        row, known = there[ticket], held[ticket]
        side = 1 if row.type == mt5.POSITION_TYPE_BUY else -1
        found, told = (side, row.volume, row.sl, row.tp), (known.side, known.volume, known.stop, known.target)
        if any(abs(a - b) > 1e-6 for a, b in zip(found, told, strict=True)):
            yield ORPHAN, f"position {ticket} is {found} at the server, {told} in the ledger"


def lost_rows(own: Sequence[Deal], entries: Sequence[Entry], acknowledged: Acknowledged) -> Iterator[Wrong]:
    """No number missing, nothing that was acknowledged gone or changed, every deal booked once and as it was."""
    if [entry.number for entry in entries] != list(range(1, len(entries) + 1)):
        yield LOST, "the numbers of the entries have a gap"
    rows = {entry.number: entry.row for entry in entries}
    for number, row in acknowledged.items():
        if rows.get(number) != row:
            yield LOST, f"entry {number} was acknowledged as {row!r} and is {rows.get(number)!r}"
    fills = [entry.row for entry in entries if isinstance(entry.row, Fill)]
    booked = Counter(fill.deal_ticket for fill in fills)
    true = {deal.ticket: deal for deal in own}
    for ticket in true.keys() | booked.keys():
        if booked[ticket] != (ticket in true):
            yield LOST, f"deal {ticket} is booked {booked[ticket]} times"
    for fill in fills:
        deal = true.get(fill.deal_ticket)
        if deal is not None and (fill.volume, fill.price, fill.profit) != (deal.volume, deal.price, deal.profit):
            yield LOST, f"deal {fill.deal_ticket} is booked otherwise than it was"
    bars = Counter(entry.row.bar_time_ms for entry in entries if isinstance(entry.row, Decision))
    for bar_ms, count in bars.items():
        if count > 1:
            yield LOST, f"bar {bar_ms} was decided on {count} times"
    if bars and max(bars) - min(bars) != (len(bars) - 1) * 900_000:
        yield LOST, "a bar has no decision"
    yield from _outcomes(own, entries)


def _outcomes(own: Sequence[Deal], entries: Sequence[Entry]) -> Iterator[Wrong]:
    """What the ledger says was done was done."""
    last, traded = _last_phases(entries), {deal.comment.removeprefix(COMMENT_PREFIX) for deal in own}
    for mark, phase in last.items():
        if phase in DONE_PHASES and mark not in traded:
            yield LOST, f"intent {mark} is told {phase}, and no deal is its"


def corrected_late(entries: Sequence[Entry]) -> int:
    """Orders first told as not done, whose deal a late history showed afterwards: booked, and counted here."""
    filled = {entry.row.intent for entry in entries if isinstance(entry.row, Fill)}
    return sum(phase not in DONE_PHASES and mark in filled for mark, phase in _last_phases(entries).items())


def _last_phases(entries: Sequence[Entry]) -> dict[str, str]:
    """Of the orders that were to trade."""
    intents = {entry.row.hash: entry.row for entry in entries if isinstance(entry.row, Intent)}
    phases = {entry.row.intent: entry.row.phase for entry in entries if isinstance(entry.row, OrderRow)}
    return {mark: phase for mark, phase in phases.items() if intents[mark].action != LEVELS}


def money(server: SimulatedServer, start: float, deals: Sequence[Deal], entries: Sequence[Entry]) -> Iterator[Wrong]:
    """What the ledger booked is what the balance moved by, the stranger's deals aside."""
    booked = sum(
        entry.row.profit + entry.row.commission + entry.row.swap + entry.row.fee
        for entry in entries if isinstance(entry.row, Fill)
    )  # fmt: skip
    tickets = {entry.row.deal_ticket for entry in entries if isinstance(entry.row, Fill)}
    others = sum(d.profit + d.commission + d.swap + d.fee for d in deals if d.ticket not in tickets)
    balance = float(server.account.book.balance)
    if any(isinstance(entry.row, Event) and entry.row.name == "money_moved" for entry in entries):
        yield MONEY, "a deposit is told that nobody made"
    if abs(start + booked + others - balance) > CENT * max(len(deals), 1):
        yield MONEY, f"{start + booked + others:.2f} by the ledger, {balance:.2f} at the server"


def stranger(server: SimulatedServer, deals: Sequence[Deal], strangers: set[int]) -> Iterator[Wrong]:
    """Another's position stands as it was opened."""
    account = server.account
    there = {row.ticket: row for row in (account.position(k) for k in range(account.open))}
    for ticket in strangers:
        row = there.get(ticket)
        if row is None or (row.volume, row.sl, row.tp) != (0.05, 0.0, 0.0):
            yield STRANGER, f"another's position {ticket} was touched"
        if sum(deal.position_id == ticket for deal in deals) != 1:
            yield STRANGER, f"another's position {ticket} has deals of the bot's"

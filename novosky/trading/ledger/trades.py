"""Closed trades from the ledger's deals. Times are UTC ms, money is the account's, volumes are lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from novosky.execution.codes import EXIT_NAMES, MOVED_STOP, STOP, STOP_OUT, TARGET
from novosky.trading.intent import Intent
from novosky.trading.ledger.rows import SMALLEST_LOTS, Entry, Fill, PositionEvent

IN, TURNED = "in", "inout"
CONFIDENCE, RISK_MONEY, RISK_MULTIPLIER = "confidence", "risk_money", "risk_multiplier"
AT_BROKER: Final = {"sl": EXIT_NAMES[STOP], "tp": EXIT_NAMES[TARGET], "so": EXIT_NAMES[STOP_OUT]}


@dataclass(frozen=True)
class LiveTrade:
    """From the first deal to the one that left nothing. None: the ledger does not say."""

    position_ticket: int
    symbol: str
    opened_ms: int
    closed_ms: int
    side: int  # +1, -1
    volume: float  # of all that entered
    net: float  # profit + commission + swap + fee over all its deals
    charges: float  # -(commission + swap + fee): positive costs
    risk_money: float | None  # what the first stops would have cost
    r: float | None  # net / risk_money
    entry_slippage_r: float | None  # how much worse it filled than it was decided at
    confidence: float | None
    risk_multiplier: float | None
    reason: str  # of the last deal, the broker's word
    revision: str  # of the models; empty where unknown
    exit_reason: str = ""  # the core's name for it, the broker's word where the core has none
    entry_price: float = 0.0  # the average at the end, as the broker keeps it
    exit_price: float = 0.0  # the average by volume
    profit: float = 0.0  # of the price difference
    commission: float = 0.0  # paid where positive, fees inside
    swap: float = 0.0  # paid where negative


@dataclass(frozen=True)
class Trades:
    """`closed` in order of closing; tickets that no figure holds."""

    closed: tuple[LiveTrade, ...]
    open_tickets: tuple[int, ...]
    lost_tickets: tuple[int, ...]  # gone from the terminal, and no deal says at which price


def live_trades(entries: Iterable[Entry]) -> Trades:
    """Deals by position, in the order that the broker made them."""
    intents: dict[str, Intent] = {}
    deals: dict[int, list[Fill]] = {}
    held: dict[int, list[PositionEvent]] = {}
    for row in (entry.row for entry in entries):
        if isinstance(row, Intent):
            intents[row.hash] = row
        elif isinstance(row, Fill):
            deals.setdefault(row.position_ticket, []).append(row)
        elif isinstance(row, PositionEvent):
            held.setdefault(row.position_ticket, []).append(row)
    gone = {ticket for ticket, events in held.items() if events[-1].volume <= 0.0}
    closed, left = [], set(held) - gone
    lost = {ticket for ticket in gone if ticket not in deals}
    for ticket, fills in deals.items():
        lives, is_open = _lives(sorted(fills, key=lambda fill: (fill.deal_time_ms, fill.deal_ticket)))
        events = held.get(ticket, [])
        closed += [_trade(ticket, life, events, intents, is_only=len(lives) == 1) for life in lives]
        if is_open:
            (lost if ticket in gone else left).add(ticket)
        else:
            left.discard(ticket)
    closed.sort(key=lambda trade: (trade.closed_ms, trade.position_ticket))
    return Trades(tuple(closed), tuple(sorted(left)), tuple(sorted(lost)))


@dataclass
class _Life:
    """Deals of a position between flat and flat."""

    entered: list[tuple[Fill, float]]  # with the lots that entered
    all: list[Fill]
    left: list[tuple[Fill, float]] = field(default_factory=list)  # with the lots that left


def _lives(fills: Sequence[Fill]) -> tuple[list[_Life], bool]:
    """A ticket lives once; on a netting account a deal may turn it (`inout`), which ends a life and begins the next."""
    lives: list[_Life] = []
    now, held = _Life([], []), 0.0
    for fill in fills:
        now.all.append(fill)
        if fill.entry == IN:
            now.entered.append((fill, fill.volume))
            held += fill.volume
            continue
        rest = fill.volume - held
        now.left.append((fill, min(fill.volume, held) if now.entered else fill.volume))
        held -= fill.volume
        if held < SMALLEST_LOTS and now.entered:
            lives.append(now)
            now, held = _Life([], []), 0.0
            if fill.entry == TURNED and rest > SMALLEST_LOTS:
                now, held = _Life([(fill, rest)], []), rest
    return lives, bool(now.all or now.entered)


def _trade(
    ticket: int, life: _Life, events: Sequence[PositionEvent], intents: Mapping[str, Intent], is_only: bool
) -> LiveTrade:
    first, last = life.entered[0][0], life.all[-1]
    opened_by = events[0].intent if events else ""
    asked = [intents.get(fill.intent or opened_by) for fill, _ in life.entered]
    by = asked[0]
    charges = -sum(fill.commission + fill.swap + fill.fee for fill in life.all)
    net = round(sum(fill.profit for fill in life.all) - charges, 2)
    parts = [_risk(intent, lots) for intent, (_, lots) in zip(asked, life.entered, strict=True)]
    known = [part for part in parts if part is not None]
    risk = sum(known) if len(known) == len(parts) else None
    return LiveTrade(
        position_ticket=ticket,
        symbol=first.symbol,
        opened_ms=first.deal_time_ms,
        closed_ms=last.deal_time_ms,
        side=first.side,
        volume=round(sum(lots for _, lots in life.entered), 8),
        net=net,
        charges=round(charges, 2),
        risk_money=risk,
        r=net / risk if risk else None,
        entry_slippage_r=_slippage_r(by, first),
        confidence=_number(by, CONFIDENCE),
        risk_multiplier=_number(by, RISK_MULTIPLIER),
        reason=last.reason,
        revision=by.revision if by is not None else "",
        exit_reason=exit_reason(last, events, intents.get(last.intent)),
        entry_price=events[-1].price if events and is_only else _average(life.entered),
        exit_price=_average(life.left),
        profit=round(sum(fill.profit for fill in life.all), 2),
        commission=round(0.0 - sum(fill.commission + fill.fee for fill in life.all), 2),
        swap=round(sum(fill.swap for fill in life.all), 2),
    )


def exit_reason(last: Fill, events: Sequence[PositionEvent], intent: Intent | None) -> str:
    """What the intent says that asked for it; a level of the broker's by whether the stop had been moved."""
    if intent is not None and intent.details.get("reason") in EXIT_NAMES:
        return str(intent.details["reason"])
    name = AT_BROKER.get(last.reason, last.reason)
    if name == EXIT_NAMES[STOP] and events and events[0].stop != events[-1].stop:
        return EXIT_NAMES[MOVED_STOP]
    return name


def _average(parts: Sequence[tuple[Fill, float]]) -> float:
    """Price by volume; one deal's price as it is."""
    if len(parts) == 1:
        return parts[0][0].price
    return sum(fill.price * lots for fill, lots in parts) / sum(lots for _, lots in parts)


def _risk(intent: Intent | None, lots: float) -> float | None:
    """Of the part of an intent's volume that was filled."""
    money = _number(intent, RISK_MONEY)
    return None if intent is None or money is None or intent.volume <= 0.0 else money * (lots / intent.volume)


def _slippage_r(intent: Intent | None, fill: Fill) -> float | None:
    """In stop distances, positive where it cost."""
    if intent is None or intent.price <= 0.0 or intent.stop <= 0.0 or intent.price == intent.stop:
        return None
    return intent.side * (fill.price - intent.price) / abs(intent.price - intent.stop)


def _number(intent: Intent | None, name: str) -> float | None:
    value: Any = None if intent is None else intent.details.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

"""Random faults between a bot and its broker: nothing doubled, orphaned, left without a stop, or lost.

Each plan is a simulated server of its own that replays a stretch of bars, a terminal that misbehaves by the plan, and
on every second plan a hand that meddles with the bot's positions.
"""

from __future__ import annotations

import logging
import random
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from campaigns.fault_hands import HandedClock, drawn_deeds
from campaigns.fault_judge import FELL, KINDS, MONEY, NAKED, Wrong, corrected_late, judge
from campaigns.fault_world import BOT, VARIANTS, WEEK, drawn_bot, drawn_market, quietly, server_of, settle_down, variant
from novosky.config.schema import Config
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.broker import DisconnectedError
from novosky.trading.guards.rejects import resumed
from novosky.trading.intent import COMMENT_PREFIX, Intent
from novosky.trading.ledger.rows import Decision, Entry, Event, OrderRow, Row
from novosky.trading.ledger.store import Ledger
from novosky.trading.terminal.records import OrderResult, TradeRequest
from novosky.trading.terminal.simulated.faults import ORDER_FAULTS, Fault, Strike, draw_plan
from novosky.trading.terminal.simulated.faulty import FaultyTerminal
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal

MEMORY = Path("/dev/shm")
COUNT, WORKERS = 1000, 2
CALLS_A_BAR = 18  # of a run without faults; strikes are drawn over so many
LASTING = (Fault.DISCONNECT, Fault.LATE_HISTORY, Fault.STALE_TICK, Fault.CLOCK_JUMP, Fault.DUPLICATE_ROWS)
RESUMED_AFTER_MS = 2 * 3_600_000  # a person looks after a guard that holds for good


class Outcome(NamedTuple):
    """Of one plan."""

    seed: int
    wrong: list[Wrong]
    struck: Counter[str]
    became: dict[str, Counter[str]]  # order fault -> last phase of the intents that it struck
    counts: Counter[str]
    recoveries: list[int]  # ms of the server's clock from losing the terminal to the next whole cycle
    naked_ms: int
    deeds: Counter[str]
    seconds: float


class Struck(FaultyTerminal):
    """Remembers which order a fault struck; can be healed."""

    def __init__(self, inner: SimulatedTerminal, plan: tuple[Strike, ...]) -> None:
        super().__init__(inner, plan)
        self.orders: list[tuple[str, str]] = []  # (fault, mark)

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        before = len(self.struck)
        told = super().order_send(request)
        mark = request.comment.removeprefix(COMMENT_PREFIX)
        self.orders += [(str(fault), mark) for _, fault in self.struck[before:] if fault in ORDER_FAULTS]
        return told

    def heal(self) -> None:
        """Nothing goes wrong from here on."""
        self._waiting.clear()
        self._active.clear()


@dataclass
class TimedBot(Bot):
    """Times how long it is without its terminal."""

    recoveries: list[int] = field(default_factory=list)
    _since_ms: int = -1

    def _connected(self) -> None:
        if self._since_ms >= 0:
            self.recoveries.append(self.session.now_ms - self._since_ms)
            self._since_ms = -1
        super()._connected()

    def _reconnect(self, error: DisconnectedError) -> None:
        if self._since_ms < 0:
            self._since_ms = self.session.now_ms
        super()._reconnect(error)


class Kept(Ledger):
    """Remembers what it acknowledged."""

    acknowledged: dict[int, Row]

    def append(self, time_ms: int, *rows: Row) -> tuple[Entry, ...]:
        entries = super().append(time_ms, *rows)
        self.__dict__.setdefault("acknowledged", {}).update({entry.number: entry.row for entry in entries})
        return entries


def faults(count: int | None, n_bars: int = WEEK, limit_s: float = float("inf")) -> str:
    """`count` plans of `n_bars`, or as many as `limit_s` seconds allow."""
    started, outcomes = time.monotonic(), list[Outcome]()
    for number in range(len(VARIANTS)):
        variant(number)  # once, before the workers are forked
    with ProcessPoolExecutor(WORKERS, initializer=logging.disable, initargs=(logging.WARNING,)) as pool:
        waiting = {pool.submit(run_plan, seed, n_bars, started + limit_s) for seed in range(1, (count or COUNT) + 1)}
        for done in as_completed(waiting):
            outcome = done.result()
            if outcome is None:
                continue
            outcomes.append(outcome)
            if outcome.wrong:
                print(outcome.seed, outcome.wrong[:3], flush=True)
            if len(outcomes) % 50 == 0:
                bad = sum(bool(outcome.wrong) for outcome in outcomes)
                print(f"{len(outcomes)} plans, {bad} wrong, {time.monotonic() - started:.0f} s", flush=True)
    text = table(sorted(outcomes), n_bars, time.monotonic() - started)
    print(text, flush=True)
    return text


def drawn_plan(seed: int, n_bars: int) -> tuple[Strike, ...]:
    """All kinds or a few of them, seldom or often, short or for hours."""
    draw = random.Random(f"plan {seed}")
    kinds = tuple(Fault) if draw.random() < 0.5 else tuple(draw.sample(tuple(Fault), draw.randint(1, 5)))
    strikes = round(n_bars * draw.choice((0.02, 0.05, 0.1, 0.2)))
    longer = draw.choice((1, 1, 5, 30))
    plan = draw_plan(seed, strikes, n_bars * CALLS_A_BAR, kinds)
    return tuple(replace(strike, times=strike.times * longer) if strike.fault in LASTING else strike for strike in plan)


def run_plan(seed: int, n_bars: int, until: float = float("inf")) -> Outcome | None:
    """One plan to its end, and what is wrong then; None where time is up."""
    if time.monotonic() > until:
        return None
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        outcome = outcome_of(seed, play(seed, n_bars, drawn_plan(seed, n_bars), Path(folder), bool(seed % 2)))
    return outcome._replace(seconds=time.monotonic() - started)


class Played(NamedTuple):
    """A plan that is over."""

    config: Config
    server: SimulatedServer
    terminal: Struck
    clock: HandedClock
    bot: TimedBot
    entries: list[Entry]  # read again by another ledger
    acknowledged: dict[int, Row]
    told: Counter[str]
    fell: str


def play(seed: int, n_bars: int, plan: tuple[Strike, ...], folder: Path, hands: bool = True) -> Played:
    """The bot from start to end beside the plan; then, healed, until it has settled."""
    config, market = variant(seed), drawn_market(seed, n_bars)
    server, told = server_of(config, market), Counter[str]()
    terminal, ledger = Struck(SimulatedTerminal(server), plan), Kept(f"sqlite:///{folder}/ledger.sqlite", BOT)
    end_ms = int(market.bars.time_ms[market.first + n_bars])
    deeds = drawn_deeds(seed, n_bars // 12 if hands else 0, market.start_ms, end_ms)
    clock = HandedClock(server, config.trade.magic, deeds, lambda: len(terminal.struck), end_ms)
    bot = drawn_bot(seed, config, terminal, clock, ledger, lambda kind, *_: told.update([kind]), TimedBot)
    assert isinstance(bot, TimedBot)

    def stop() -> None:
        bot.stop_reason = "the plan is over"

    def person() -> None:
        rejects = bot.session.board.rejects
        if rejects.holds and server.now_ms - rejects.since_ms > RESUMED_AFTER_MS:
            bot.session.guard(rejects=resumed(rejects, server.now_ms))

    clock.at_end = stop
    fell = quietly(lambda: bot.run(person))
    terminal.heal()
    fell = fell or quietly(lambda: settle_down(bot))
    ledger.close()
    with Ledger(f"sqlite:///{folder}/ledger.sqlite", BOT) as again:
        entries = again.entries()
    return Played(config, server, terminal, clock, bot, entries, ledger.acknowledged, told, fell)


def outcome_of(seed: int, played: Played) -> Outcome:
    """What is wrong, and what happened."""
    config, server, clock = played.config, played.server, played.clock
    wrong = judge(server, config.trade.magic, played.entries, played.acknowledged, config.account.balance)
    if clock.longest_naked_ms > round(config.trade.watch_s * 1000) + 1_000:
        wrong.append((NAKED, f"{clock.longest_naked_ms / 1000:.0f} s without a stop"))
    if played.fell:
        wrong.append((FELL, played.fell))
    elif abs(float(played.bot.session.book.book.balance) - float(server.account.book.balance)) > 1e-6:
        wrong.append((MONEY, "the book's balance is not the server's"))
    struck = Counter(str(fault) for _, fault in played.terminal.struck)
    return Outcome(
        seed,
        wrong,
        struck,
        _became(played.terminal, played.entries),
        _counts(played.entries, played.told),
        played.bot.recoveries,
        clock.longest_naked_ms,
        Counter(clock.done),
        0.0,
    )


def _became(terminal: Struck, entries: list[Entry]) -> dict[str, Counter[str]]:
    last = {entry.row.intent: entry.row.phase for entry in entries if isinstance(entry.row, OrderRow)}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for fault, mark in terminal.orders:
        found[fault][last.get(mark, "never told")] += 1
    return dict(found)


def _counts(entries: list[Entry], told: Counter[str]) -> Counter[str]:
    rows: list[Any] = [entry.row for entry in entries]
    counts = Counter({f"told {kind}": count for kind, count in told.items()})
    for row in rows:
        if isinstance(row, Decision):
            counts["bars"] += 1
            counts["bars not acted on"] += bool(row.details.get("missed"))
            counts["wanted to open"] += row.verdict == "opened"
        elif isinstance(row, Intent):
            counts[f"intent {row.action}"] += 1
        elif isinstance(row, Event) and row.name == "not_opened":
            counts[f"not opened: {row.details['why']}"] += 1
        elif isinstance(row, Event) and row.name == "guard" and row.level == "alarm":
            counts[f"tripped: {row.details['guard']}"] += 1
    counts["rows"] = len(rows)
    counts["told not done, booked later"] = corrected_late(entries)
    return counts


def table(outcomes: list[Outcome], n_bars: int, seconds: float) -> str:
    """What was wrong, what the faults did, what they cost."""
    total, struck = Counter[str](), Counter[str]()
    became: dict[str, Counter[str]] = defaultdict(Counter)
    deeds = Counter[str]()
    for outcome in outcomes:
        total, struck, deeds = total + outcome.counts, struck + outcome.struck, deeds + outcome.deeds
        for fault, phases in outcome.became.items():
            became[fault] += phases
    kinds = Counter(kind for outcome in outcomes for kind in {kind for kind, _ in outcome.wrong})
    lines = [f"{len(outcomes)} plans of {n_bars} bars, {seconds:.0f} s.", ""]
    lines += ["| wrong | plans |", "|---|---|", *(f"| {kind} | {kinds[kind]} |" for kind in KINDS), ""]
    lines += ["| fault | strikes | orders struck became |", "|---|---|---|"]
    for fault in Fault:
        phases = ", ".join(f"{name} {count}" for name, count in became.get(fault, Counter()).most_common())
        lines.append(f"| {fault} | {struck[fault]} | {phases} |")
    lines += ["", "| hand | times |", "|---|---|", *(f"| {what} | {count} |" for what, count in sorted(deeds.items()))]
    lines += ["", "| what | count |", "|---|---|", *(f"| {name} | {total[name]} |" for name in sorted(total))]
    recoveries = [ms / 1000 for outcome in outcomes for ms in outcome.recoveries]
    if recoveries:
        spread = np.percentile(recoveries, (50, 99, 100))
        lines += [
            "",
            f"Without a terminal {len(recoveries)} times; until the next whole cycle, s of the server's clock:",
        ]
        lines += [f"median {spread[0]:.0f}, 99 % {spread[1]:.0f}, most {spread[2]:.0f}."]
    naked = max((outcome.naked_ms for outcome in outcomes), default=0)
    lines += [f"Longest without a stop while nothing else went wrong: {naked / 1000:.0f} s."]
    return "\n".join(lines) + "\n"

"""The bot killed by SIGKILL, before and after every insert and send and at random instants: nothing doubled or lost.

The bot is a forked process of its own; the simulated server stays here, beyond a real socket. After a kill the server's
time stands still, or goes on for some bars; then a new process starts on the same ledger.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from campaigns.fault_hands import HandedClock, drawn_deeds
from campaigns.fault_judge import FELL, KINDS, MONEY, NAKED, Wrong, judge
from campaigns.fault_world import BOT, M15_MS, drawn_market, server_of, variant
from campaigns.kill_child import live
from novosky.trading.ledger.store import Ledger
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal

MEMORY = Path("/dev/shm")
INSTANT_BARS, INSTANTS, LIVES, WORKERS = 24, 100, 40, 2
TOLD = ("told", "acknowledged", "over")  # what asks for no answer
# (seed, bars): a hedging account with two positions, parts and moved stops; a netting one with additions, which trades
# less, so that its stretch is longer.
STRETCHES = ((4, 6), (5, 16))


class Fate(NamedTuple):
    """Of one replay with its kills."""

    where: str
    kills: int
    wrong: list[Wrong]
    started_ms: list[float]  # of the lives after a kill: from the process's first moment to `started`
    decided_ms: list[float]  # to the first acknowledged row of a bar
    moments: Sequence[str]  # of the last life


@dataclass
class Stage:
    """A server and what it hears of the bot's lives."""

    seed: int
    n_bars: int
    folder: Path
    acknowledged: dict[int, Any] = field(default_factory=dict)
    deaths: int = 0  # and stretches that nobody looked at
    killed: int = 0
    over: tuple[str, float, list[str]] | None = None
    started_ms: list[float] = field(default_factory=list)
    decided_ms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.config, market = variant(self.seed), drawn_market(self.seed, self.n_bars)
        self.server = server_of(self.config, market)
        self.terminal = SimulatedTerminal(self.server)
        end_ms = int(market.bars.time_ms[market.first + self.n_bars])
        deeds = drawn_deeds(self.seed, self.n_bars // 8, market.start_ms, end_ms)
        magic = self.config.trade.magic
        self.clock = HandedClock(self.server, magic, deeds, lambda: self.deaths, end_ms)
        self.url = f"sqlite:///{self.folder}/ledger.sqlite"

    def live(self, number: int = 0, instant_s: float | None = None) -> bool:
        """One life, until it ends or is killed: at its moment `number`, or after so many seconds. Whether it ended."""
        with Listener(("127.0.0.1", 0)) as listener:
            pid = os.fork()
            if pid == 0:
                _child(listener.address, self.url, self.seed, number)
            born = time.monotonic()
            timer = threading.Timer(instant_s or 0.0, os.kill, (pid, signal.SIGKILL))
            with listener.accept() as connection:
                if instant_s is not None:
                    timer.start()
                self._serve(connection, born)
            os.waitpid(pid, 0)
            timer.cancel()
        self.deaths += self.over is None
        self.killed += self.over is None
        return self.over is not None

    def miss(self, bars: int) -> None:
        """The market goes on while nobody looks, though not beyond its last bars."""
        self.server.advance_to(min(self.server.now_ms + bars * M15_MS, self.clock.end_ms - M15_MS))
        self.deaths += 1

    def wrong(self) -> list[Wrong]:
        """After the last life."""
        with Ledger(self.url, BOT) as ledger:
            entries = ledger.entries()
        found = judge(self.server, self.config.trade.magic, entries, self.acknowledged, self.config.account.balance)
        if self.clock.longest_naked_ms > self.config.trade.watch_s * 1000 + 1_000:
            found.append((NAKED, f"{self.clock.longest_naked_ms / 1000:.0f} s without a stop"))
        if self.over is None or self.over[0]:
            found.append((FELL, "no end" if self.over is None else self.over[0]))
        elif abs(self.over[1] - float(self.server.account.book.balance)) > 1e-6:
            found.append((MONEY, "the book's balance is not the server's"))
        return found

    def _serve(self, connection: Connection, born: float) -> None:
        is_decided = False
        while True:
            try:
                name, arguments, named = connection.recv()
                if name in TOLD:
                    self._hear(name, arguments)
                else:
                    connection.send(self._answer(name, arguments, named))
            except (EOFError, ConnectionError):
                return
            if name == "told" and arguments[0] == "started" and self.deaths:
                self.started_ms.append((time.monotonic() - born) * 1000)
            is_decision = name == "acknowledged" and type(arguments[0][0][1]).__name__ == "Decision"
            if is_decision and self.deaths and not is_decided:
                is_decided = True
                self.decided_ms.append((time.monotonic() - born) * 1000)

    def _answer(self, name: str, arguments: Any, named: Any) -> Any:
        if name == "now_ms":
            return self.server.now_ms
        if name == "wait":
            self.clock.wait(arguments[0])
            return self.server.now_ms, self.server.now_ms >= self.clock.end_ms
        return getattr(self.terminal, name)(*arguments, **named)

    def _hear(self, name: str, arguments: Any) -> None:
        if name == "acknowledged":
            self.acknowledged.update(arguments[0])
        elif name == "over":
            self.over = arguments


def kills(instants: int | None) -> str:
    """All of it; `instants` random kills."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        scratch = Path(folder)
        kinds = {}
        for seed, n_bars in STRETCHES:
            what = "netting" if variant(seed).account.position_mode == "netting" else "hedging"
            kinds[f"at every insert and send, {what}"] = at_every_moment(seed, n_bars, scratch)
            print(table(kinds), f"{time.monotonic() - started:.0f} s", flush=True)
        count = instants or INSTANTS
        kinds[f"at {count} random instants"] = at_instants(count, INSTANT_BARS, scratch)
    text = table(kinds)
    print(text, f"{time.monotonic() - started:.0f} s", flush=True)
    return text


def at_every_moment(seed: int, n_bars: int, scratch: Path, every: int = 1) -> list[Fate]:
    """A replay for each moment (`every`th of them) of an undisturbed one; every second is killed once more."""
    reference = _played(seed, n_bars, scratch, "no kill", [], 0)
    with ProcessPoolExecutor(WORKERS) as pool:
        waiting = []
        for number, where in list(enumerate(reference.moments, start=1))[::every]:
            draw = random.Random(f"{seed} {number}")
            numbers = [number] if number % 2 else [number, draw.randint(1, 12)]
            missed = draw.choice((0, 0, draw.randint(1, 6)))
            waiting.append(pool.submit(_played, seed, n_bars, scratch, where, numbers, missed))
        fates = [reference, *(each.result() for each in waiting)]
    for fate in fates:
        if fate.wrong:
            print(fate.where, fate.wrong[:3], flush=True)
    return fates


def at_instants(count: int, n_bars: int, scratch: Path) -> list[Fate]:
    """Killed from outside after random times, life after life, until one ends; until `count` kills."""
    draw, fates, seconds = random.Random(9), list[Fate](), dict[int, float]()
    while sum(fate.kills for fate in fates) < count:
        seed = len(fates) + 1
        began = time.monotonic()
        stage = Stage(seed, n_bars, Path(tempfile.mkdtemp(dir=scratch)))
        if seed % 6 not in seconds:  # how long such a life lasts
            stage.live()
            seconds[seed % 6] = time.monotonic() - began
            shutil.rmtree(stage.folder)
            stage = Stage(seed, n_bars, Path(tempfile.mkdtemp(dir=scratch)))
        while not stage.live(instant_s=draw.uniform(0.0, seconds[seed % 6])) and stage.deaths < LIVES:
            if draw.random() < 0.3:
                stage.miss(draw.randint(1, 6))
        fates.append(_fate(stage, "instants"))
        if fates[-1].wrong:
            print(seed, fates[-1].wrong[:3], flush=True)
    return fates


def _played(seed: int, n_bars: int, scratch: Path, where: str, numbers: list[int], missed: int) -> Fate:
    stage = Stage(seed, n_bars, Path(tempfile.mkdtemp(dir=scratch)))
    for number in numbers:
        if stage.live(number):
            break
        if missed:
            stage.miss(missed)
    if stage.over is None:
        stage.live()
    return _fate(stage, where)


def _fate(stage: Stage, where: str) -> Fate:
    wrong = stage.wrong()
    shutil.rmtree(stage.folder)
    moments = [] if stage.over is None else stage.over[2]
    return Fate(where, stage.killed, wrong, stage.started_ms, stage.decided_ms, moments)


def _child(address: Any, url: str, seed: int, number: int) -> None:
    """Never returns."""
    try:
        live(address, url, seed, number)
    finally:
        os._exit(0)


def table(kinds: dict[str, list[Fate]]) -> str:
    """A row a kind."""
    lines = [
        "| killed | replays | kills | all right | wrong | `started` after, ms: median, 99 % | first decision |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, fates in kinds.items():
        wrong = [fate for fate in fates if fate.wrong]
        names = Counter(name for fate in wrong for name in {name for name, _ in fate.wrong})
        shown = ", ".join(f"{names[name]} {name}" for name in KINDS if names[name]) or "0"
        started = [ms for fate in fates for ms in fate.started_ms]
        decided = [ms for fate in fates for ms in fate.decided_ms]
        times = " | ".join(
            ", ".join(f"{ms:.0f}" for ms in np.percentile(each, (50, 99))) if each else ""
            for each in (started, decided)
        )
        count = sum(fate.kills for fate in fates)
        lines.append(f"| {kind} | {len(fates)} | {count} | {len(fates) - len(wrong)} | {shown} | {times} |")
    where = Counter(fate.where for kind, fates in kinds.items() for fate in fates if fate.where != "instants")
    lines += ["", "| first kill | replays |", "|---|---|", *(f"| {w} | {n} |" for w, n in sorted(where.items()))]
    return "\n".join(lines) + "\n"

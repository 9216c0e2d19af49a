"""What can go wrong between a bot and its broker: kinds of faults, and plans of them drawn by seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from numpy.random import PCG64, Generator, SeedSequence


class Fault(StrEnum):
    """One kind of misbehaviour. Where it strikes is said by `ORDER_FAULTS` and `DATA_FAULTS`, else at any call."""

    DISCONNECT = "disconnect"  # no call goes through for a while
    RESTART = "restart"  # the terminal is gone until it is initialized again
    SEND_LOST = "send_lost"  # the request never arrived: no answer
    ANSWER_LOST = "answer_lost"  # the order was done: no answer
    TIMEOUT_DONE = "timeout_done"  # the order was done: the answer says timeout
    TIMEOUT_NOT_DONE = "timeout_not_done"  # it was not: the answer says the same
    CONNECTION_DONE = "connection_done"  # the order was done: the answer says no connection
    PLACED = "placed"  # the order was done: the answer knows only that it was placed
    REQUOTE = "requote"
    PRICE_CHANGED = "price_changed"
    REJECT = "reject"
    TOO_MANY = "too_many"
    PARTIAL = "partial"  # half of the volume is filled; a whole-or-nothing order is rejected
    DUPLICATE_ANSWER = "duplicate_answer"  # the order was done: the answer is the one before it
    DUPLICATE_ROWS = "duplicate_rows"  # positions, orders and deals are listed twice
    LATE_HISTORY = "late_history"  # past orders and deals are not there yet
    STALE_TICK = "stale_tick"  # the last tick again, as if the market stood still
    CLOCK_JUMP = "clock_jump"  # the server's clock shows hours more or less
    WRONG_SYMBOL = "wrong_symbol"  # the contract is told wrongly


ORDER_FAULTS = frozenset(
    {
        Fault.SEND_LOST,
        Fault.ANSWER_LOST,
        Fault.TIMEOUT_DONE,
        Fault.TIMEOUT_NOT_DONE,
        Fault.CONNECTION_DONE,
        Fault.PLACED,
        Fault.REQUOTE,
        Fault.PRICE_CHANGED,
        Fault.REJECT,
        Fault.TOO_MANY,
        Fault.PARTIAL,
        Fault.DUPLICATE_ANSWER,
    }
)
TICK_FAULTS = frozenset({Fault.STALE_TICK, Fault.CLOCK_JUMP})


@dataclass(frozen=True, slots=True)
class Strike:
    """`fault` from call number `call` on (the first is 1), for the next `times` calls that it can strike."""

    call: int
    fault: Fault
    times: int = 1
    amount: float = 0.0  # hours of a clock jump, factor of a wrong symbol


def draw_plan(seed: int, strikes: int, calls: int, faults: tuple[Fault, ...] = tuple(Fault)) -> tuple[Strike, ...]:
    """`strikes` faults among the first `calls` calls, in the order of their calls; the same for the same arguments."""
    rng = Generator(PCG64(SeedSequence(seed)))
    plan = []
    for _ in range(strikes):
        fault = faults[int(rng.integers(len(faults)))]
        call = int(rng.integers(1, calls + 1))
        times = int(rng.integers(1, 4)) if fault in ORDER_FAULTS else int(rng.integers(1, 13))
        amount = float(rng.choice((-3.0, -1.0, 1.0, 2.0, 24.0)))
        if fault is Fault.WRONG_SYMBOL:
            amount = float(rng.choice((0.01, 0.1, 10.0, 100.0)))
        plan.append(Strike(call, fault, times, amount))
    return tuple(sorted(plan, key=lambda strike: strike.call))

"""The core against a second simulator, slow and obvious, that shares no code with it: every deal, trade, verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from novosky.execution import codes
from novosky.execution import simulate as windows
from novosky.execution.loop import close_at_end, run_bars
from novosky.execution.series import BarArrays, no_finer_bars, plain_intents
from novosky.execution.simulate import Simulation, simulate
from novosky.execution.terms import Contract, Rules
from support.plain import plain
from support.random_markets import Case, cases, random_case
from support.slow_broker import SlowRun, slow_simulate

MONEY = {"profit", "commission", "swap", "balance_after", "gross", "spread_cost", "slippage_cost", "net"}
NAMES: Mapping[str, Iterable[str]] = {
    "exit": codes.EXIT_NAMES[1:],
    "verdict": codes.VERDICT_NAMES,
    "deal": codes.DEAL_NAMES,
    "ambiguous": ("0", "1", "2"),
    "addition": ("0", "1"),
}


def fast(case: Case) -> Simulation:
    return simulate(case.bars, case.intents, case.contract, case.rules, case.balance, case.start, case.stop, case.finer)


def slow(case: Case) -> SlowRun:
    return slow_simulate(
        case.bars, case.intents, case.contract, case.rules, case.balance, case.start, case.stop, case.finer
    )


def differs(name: str, found: float, expected: Fraction | int) -> bool:
    """Counts and codes are equal, money is equal in cents, everything else to a billionth."""
    if isinstance(expected, int):
        return bool(found != expected)
    if name in MONEY:
        return round(found * 100) != expected * 100 or abs(found - float(expected)) > 1e-6
    return not np.isclose(found, float(expected), rtol=1e-9, atol=1e-9 if name.startswith("r") else 0.0)


def assert_rows_agree(kind: str, found: np.ndarray, expected: list[Any]) -> None:
    """Row by row and column by column; the excursions of a trade lie within their bounds."""
    for row, should in zip(found, expected, strict=False):
        for name, value in should._asdict().items():
            if isinstance(value, tuple):
                least, most = map(float, value)
                excursion = row["mae_r" if name == "worst_between" else "mfe_r"]
                assert least - 1e-9 <= excursion <= most + 1e-9, f"{name}: {least}..{most}, found {excursion}: {should}"
            elif differs(name, row[name], value):
                raise AssertionError(f"{kind}, {name}: expected {float(value)}, found {row[name]}, in {should}")
    assert len(found) == len(expected), f"{kind}: expected {len(expected)}, found {len(found)}"


def assert_agree(found: Simulation, expected: SlowRun) -> None:
    """The same deals, trades, verdicts and equity."""
    assert_rows_agree("deal", found.deals, expected.deals)
    assert_rows_agree("trade", found.trades, expected.trades)
    for i, (verdict, should) in enumerate(zip(found.verdicts, expected.verdicts, strict=True)):
        assert verdict == should, (
            f"close {i}: expected {codes.VERDICT_NAMES[should]}, found {codes.VERDICT_NAMES[verdict]}"
        )
    np.testing.assert_allclose(found.equity, [float(money) for money in expected.equity], rtol=0, atol=1e-6)


def occurrences(run: SlowRun) -> Counter[tuple[str, str]]:
    counts = Counter(("exit", codes.EXIT_NAMES[trade.exit_reason]) for trade in run.trades)
    counts.update(("verdict", codes.VERDICT_NAMES[verdict]) for verdict in run.verdicts)
    counts.update(("deal", codes.DEAL_NAMES[deal.kind]) for deal in run.deals)
    counts.update(("ambiguous", str(trade.ambiguous)) for trade in run.trades)
    counts.update(("addition", str(trade.is_add)) for trade in run.trades)
    return counts


def test_the_core_agrees_with_the_slow_broker() -> None:
    counts: Counter[tuple[str, str]] = Counter()

    @settings(max_examples=200, derandomize=True, deadline=None)
    @given(cases())
    def one(case: Case) -> None:
        expected = slow(case)
        counts.update(occurrences(expected))
        assert_agree(fast(case), expected)

    one()
    never = [f"{kind} {name}" for kind, names in NAMES.items() for name in names if not counts[kind, name]]
    assert never == [], f"no market had: {never}"


def test_compiled_and_plain_agree_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    markets = [random_case(seed, 60) for seed in range(8)]
    compiled = [fast(case) for case in markets]
    monkeypatch.setattr(windows, "run_bars", plain(run_bars))
    monkeypatch.setattr(windows, "close_at_end", plain(close_at_end))
    assert sum(len(run.deals) for run in compiled) > 100
    for case, run in zip(markets, compiled, strict=True):
        for one, other in zip(run, fast(case), strict=True):
            assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("table", "column"), [("trades", "net"), ("trades", "mae_r"), ("deals", "price"), ("deals", "bar")]
)
def test_one_changed_number_is_found(table: str, column: str) -> None:
    case = random_case(0, 60)
    run = fast(case)
    getattr(run, table)[column][-1] += 0.01 if column != "bar" else 1
    with pytest.raises(AssertionError, match=column if column != "mae_r" else "worst_between"):
        assert_agree(run, slow(case))


def test_one_changed_verdict_is_found() -> None:
    case = random_case(0, 60)
    run = fast(case)
    run.verdicts[3] = codes.NEWS_BLOCK
    with pytest.raises(AssertionError):
        assert_agree(run, slow(case))


def hand_made(rows: list[tuple[float, float, float, float]], side: int, rules: Rules, contract: Contract) -> SlowRun:
    """What the slow broker makes of one intent at the first close: ATR 10, spread 1, stop 1 and target 2 ATR away."""
    n = len(rows)
    prices = np.array(rows, np.float64).T
    bars = BarArrays(
        *prices,
        spread=np.ones(n),
        slippage=np.zeros(n),
        atr=np.full(n, 10.0),
        day=np.zeros(n, np.int64),
        week=np.zeros(n, np.int64),
        nights=np.zeros(n, np.int8),
        flat=np.zeros(n, np.bool_),
    )
    sides = np.array([side] + [0] * (n - 1), np.int8)
    intents = plain_intents(sides, np.where(sides == 0, codes.NO_VOTE, 0).astype(np.int16), np.ones(n), 1.0, 2.0)
    return slow_simulate(bars, intents, contract, rules, 1000.0, 0, n, no_finer_bars(n))


CONTRACT = Contract(tick_size=0.5, tick_value=0.5, volume_min=0.01, volume_max=100.0, volume_step=0.01)
RULES = Rules(max_hold_bars=10, risk_pct=1.0)
QUIET = (100.0, 102.0, 98.0, 100.0)


def test_slow_buy_to_its_target() -> None:
    # ask 101, stop 91, target 121: 10.00 buy one lot, and 20 x 1 lot is won
    run = hand_made([QUIET, QUIET, (100, 121, 99, 120)], +1, RULES, CONTRACT)
    (trade,) = run.trades
    assert (trade.volume_lots, trade.entry_price, trade.stop, trade.target) == (1, 101, 91, 121)
    assert (trade.exit_bar, trade.exit_reason, trade.exit_price, trade.net, trade.r) == (2, codes.TARGET, 121, 20, 2)
    assert run.equity == [1000, 999, 1020]


def test_slow_sell_is_watched_on_ask_and_gaps_fill_at_the_open() -> None:
    # bid 100, stop 110 on ask: met by a bid of 109; the gap opens at an ask of 116
    touched = hand_made([QUIET, QUIET, (100, 109, 99, 100)], -1, RULES, CONTRACT)
    gapped = hand_made([QUIET, QUIET, (115, 116, 114, 115)], -1, RULES, CONTRACT)
    assert [(run.trades[0].exit_price, run.trades[0].net) for run in (touched, gapped)] == [(110, -10), (116, -16)]


def test_slow_stop_out_closes_on_the_way_to_the_stop() -> None:
    # one lot at 101: equity is 899 + bid, so that a margin of 992 is met at a bid of 93 and one of 985 below the stop
    contract = CONTRACT._replace(stop_out_pct=100.0)
    rows = [QUIET, QUIET, (100.0, 100.0, 80.0, 85.0)]
    near, far = (hand_made(rows, +1, RULES, contract._replace(margin_fixed=money)) for money in (992.0, 985.0))
    assert (near.trades[0].exit_reason, near.trades[0].exit_price) == (codes.STOP_OUT, 93)
    assert (far.trades[0].exit_reason, far.trades[0].exit_price) == (codes.STOP, 91)

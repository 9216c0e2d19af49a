"""The significance budget: what counts as a try, what a try may use, when it is spent, what is fresh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.config.schema.trading import GateConfig
from novosky.evaluation.budget import FLAT, alpha_of, next_share, tries
from novosky.evaluation.looks import Look, record_look

RULES = GateConfig()
LOOK = Look("BTCUSD", "gate", 1000, 2000, "a", "m", "optimize", 1.5)


def look(name: str, against: str = "") -> Look:
    return LOOK._replace(configuration=name, against=f"{against}:m" if against not in ("", FLAT) else against)


def number(looks: list[Look], name: str, against: str) -> int:
    return tries(looks, (f"{name}:m", against if against == FLAT else f"{against}:m"))


def test_all_tries_together_use_alpha() -> None:
    shares = [alpha_of(k, 0.01) for k in range(1, 200_001)]
    assert shares[0] == pytest.approx(0.0060793, rel=1e-4)
    assert shares[3] == pytest.approx(shares[0] / 16)
    assert 0.99999 * 0.01 < sum(shares) < 0.01


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([], 1),
        ([look("old")], 1),  # the set to beat, judged to be compared with
        ([look("old"), look("new", "old")], 1),  # this very try
        ([look("old"), look("new")], 1),  # judged alone, then compared
        ([look("old"), look("x", "old")], 2),
        ([look("old"), look("x", "old"), look("x", "old")], 2),  # the same again
        ([look("old"), look("x")], 2),  # somebody saw x, and chose new
        ([look("first", FLAT), look("old", "first")], 3),  # both were tries
        ([look("new", "other")], 2),  # against another set: another try
    ],
)
def test_what_is_a_try(looks: list[Look], expected: int) -> None:
    assert number(looks, "new", "old") == expected


names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(names, st.sampled_from(["", FLAT, *"abcdef"])), max_size=25))
@settings(max_examples=200, deadline=None)
def test_the_chance_of_luck_never_exceeds_alpha(steps: list[tuple[str, str]]) -> None:
    """Each comparison at the best share that it ever has, asked again after every step."""
    looks: list[Look] = []
    best: dict[tuple[str, str], int] = {}
    for name, against in steps:
        if name == against:
            continue
        if against:
            best.setdefault((name, against), 10**6)
        looks.append(look(name, against))
        best = {pair: min(lowest, number(looks, *pair)) for pair, lowest in best.items()}
    assert sum(alpha_of(k, 0.01) for k in best.values()) <= 0.01


def test_the_same_share_before_and_after_the_look_is_recorded(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    record_look(ledger, look("x", "old"), 0)
    before = next_share(ledger, "BTCUSD", 1000, 2000, "new:m", "old:m", RULES)
    record_look(ledger, look("new", "old"), 0)
    after = next_share(ledger, "BTCUSD", 1000, 2000, "new:m", "old:m", RULES)
    assert before == after
    assert (before.number, before.alpha, before.spent) == (2, alpha_of(2, RULES.alpha), False)


def test_it_is_spent_below_the_floor_and_fresh_bars_bring_fresh_room(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    for k in range(24):
        assert not next_share(ledger, "BTCUSD", 1000, 2000, f"{k}:m", None, RULES).spent
        record_look(ledger, look(str(k), FLAT), 0)
    share = next_share(ledger, "BTCUSD", 1000, 2000, "new:m", None, RULES)
    assert (share.number, share.spent, share.fresh_after_ms) == (25, True, 2000)
    assert next_share(ledger, "BTCUSD", 2000, 3000, "new:m", None, RULES).number == 25  # one bar is shared
    fresh = next_share(ledger, "BTCUSD", 2001, 3000, "new:m", None, RULES)
    assert (fresh.number, fresh.spent) == (1, False)
    assert next_share(ledger, "EURUSD", 1000, 2000, "new:m", None, RULES).number == 1
    assert not next_share(ledger, "BTCUSD", 1000, 2000, "new:m", None, replace(RULES, alpha_floor=1e-6)).spent


def test_fresh_bars_begin_after_whatever_was_judged(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    assert next_share(ledger, "BTCUSD", 1000, 2000, "new:m", None, RULES).fresh_after_ms is None
    record_look(ledger, look("x")._replace(window="holdout", from_ms=5000, to_ms=6000), 0)
    share = next_share(ledger, "BTCUSD", 1000, 2000, "new:m", None, RULES)
    assert (share.number, share.fresh_after_ms) == (1, 6000)


def test_a_damaged_line_counts_as_a_try(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text("{damaged\n\n")
    assert next_share(ledger, "BTCUSD", 1000, 2000, "new:m", None, RULES).number == 2

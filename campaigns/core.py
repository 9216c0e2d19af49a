"""The core against the tests' slow simulator on as many random markets and settings as asked for."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from property.test_execution_oracle import assert_agree, fast, occurrences, slow
from support.random_markets import random_case

FIRST_SEED = 1_000_000  # the test suite's own markets have smaller ones
MARKETS = 3000
BARS = (30, 60, 120, 200)


def core(markets: int | None) -> str:
    """How many markets agree in every deal, trade, verdict and equity; the disagreements by seed."""
    wanted = MARKETS if markets is None else markets
    started, differ, counts, trades, deals = time.time(), [], Counter[tuple[str, str]](), 0, 0
    for k in range(wanted):
        case = random_case(FIRST_SEED + k, BARS[k % len(BARS)])
        expected, found = slow(case), fast(case)
        counts.update(occurrences(expected))
        trades, deals = trades + len(found.trades), deals + len(found.deals)
        try:
            assert_agree(found, expected)
        except AssertionError as error:
            differ.append(f"{FIRST_SEED + k}: {str(error).splitlines()[0]}")
    text = (
        f"{wanted} random markets and settings (seeds from {FIRST_SEED}), every rule drawn: "
        f"{wanted - len(differ)} agree in every deal, trade, verdict and equity; {trades} trades, {deals} deals.\n\n"
    )
    text += "".join(f"- differs: {line}\n" for line in differ)
    text += "| occurred | times |\n|---|---|\n"
    text += "".join(f"| {kind} {name} | {count} |\n" for (kind, name), count in sorted(counts.items()))
    print(text, f"{time.time() - started:.0f} s", flush=True)
    return text

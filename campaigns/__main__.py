"""`python -m campaigns NAME [--seeds N]`; `intrabar` reads two files: `--bars FILE --finer FILE`; `faults` takes
`--count`, `--length` and `--minutes`; `docs` takes `--minutes`; `parity` takes `--length` and, after `--set`, what
run.py would be told.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from campaigns import loops, markets, stages
from campaigns.core import core
from campaigns.coverage import coverage
from campaigns.crashes import crashes
from campaigns.docs import docs
from campaigns.drift import drift
from campaigns.fault_world import WEEK
from campaigns.faults import faults
from campaigns.gates import gates
from campaigns.intrabar import intrabar
from campaigns.kills import kills
from campaigns.parity import parity
from campaigns.revisions import revisions
from campaigns.weekly import weekly

CAMPAIGNS = {
    "core": core,
    "coverage": coverage,
    "crashes": crashes,
    "drift": drift,
    "gates": gates,
    "kills": kills,
    "null_loops": loops.null_loops,
    "null_seeds": loops.null_seeds,
    **{f"planted_loops_{sharpe}": partial(loops.planted_loops, sharpe) for sharpe in (8, 16, 30, 50)},
    "random_walks": markets.random_walks,
    **{f"planted_{sharpe}": partial(markets.planted, sharpe) for sharpe in (2, 4, 8)},
    "revisions": revisions,
    "weekly": weekly,
    "stage_exits": partial(stages.study, "exits"),
    "stage_streaks": partial(stages.study, "streaks"),
    "stage_stops": partial(stages.study, "stops", more=stages.FEWER),
    "stage_stops_expected_r": partial(stages.study, "stops", more=stages.EXPECTED_R),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m campaigns")
    parser.add_argument("name", choices=sorted([*CAMPAIGNS, "docs", "faults", "intrabar", "parity"]))
    parser.add_argument("--seeds", type=int, default=None, help="markets to run; the campaign's own number if left out")
    parser.add_argument("--bars", type=Path, default=None, help="parquet file of bars (intrabar)")
    parser.add_argument("--finer", type=Path, default=None, help="parquet file of the finer bars inside (intrabar)")
    parser.add_argument("--count", type=int, default=None, help="fault plans; the campaign's own number if left out")
    parser.add_argument("--length", type=int, default=WEEK, help="bars of a fault plan, or of parity")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="after which no fault plan is begun; a command of docs ends"
    )
    parser.add_argument("--set", nargs="+", default=[], help="overrides: data, models (parity); pages (docs)")
    parser.add_argument("--out", type=Path, default=None, help="write the table as Markdown, too")
    arguments = parser.parse_args()
    if arguments.name == "intrabar":
        if arguments.bars is None or arguments.finer is None:
            parser.error("intrabar needs --bars FILE and --finer FILE")
        table = intrabar(arguments.bars, arguments.finer)
    elif arguments.name == "faults":
        table = faults(arguments.count, arguments.length, 60.0 * arguments.minutes)
    elif arguments.name == "docs":
        table = docs(arguments.minutes, arguments.set)
    elif arguments.name == "parity":
        table = parity(arguments.set, arguments.length)
    else:
        table = CAMPAIGNS[arguments.name](arguments.seeds)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()

"""What `dvc.yaml` keeps of a backtest: figures and curves that are the same each time, in a folder of their own.

Times, looks and what is deflated by them stay in the run's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from novosky.backtest.evaluate import Evaluation
from novosky.backtest.knowledge import VOTE
from novosky.backtest.result_file import write_json
from novosky.backtest.trades_file import equity_frame, write_rows
from novosky.market.bars import Bars
from novosky.models.bundle.folder import replace_folder

_FIGURES = (
    "trades", "win_rate", "profit_factor", "expectancy_r", "sized_expectancy_r", "sharpe_annual", "return_pct",
    "max_drawdown_pct",
)  # fmt: skip


def write_figures(folder: Path, result: Mapping[str, Any], evaluation: Evaluation, bars: Bars) -> None:
    """`metrics.json`, `score.csv`, `calibration.csv`, `equity.csv` into `folder`, all or none."""
    window = evaluation.judged.window
    equity = equity_frame(evaluation.judged.simulation.equity, bars.time_ms[window.start : window.stop])

    def write(new: Path) -> None:
        write_json(new / "metrics.json", metrics(result))
        write_rows(new / "score.csv", _scores(result["judged"]))
        write_rows(new / "calibration.csv", _calibration(evaluation))
        write_rows(new / "equity.csv", _by_day(equity))

    replace_folder(folder, write)


def metrics(result: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that `dvc metrics` shows, of a backtest's result; None where one does not exist."""
    judged = result["judged"]
    vote = result["voters_on_window"].get(VOTE)
    return {
        "window": {name: result["window"][name] for name in ("name", "from", "to")},
        **{name: judged[name] for name in _FIGURES},
        "score": judged["score"]["value"],
        "reference_score": judged["reference"]["value"],
        "buy_and_hold_return_pct": judged["buy_and_hold"]["return_pct"],
        "vote_log_loss_skill": None if vote is None else vote["log_loss_skill"],
        "vote_calibration_error": None if vote is None else vote["calibration_error"],
        "no_skill_found": [name for name, stage in result["models"].items() if stage["no_skill_found"]],
    }


def _scores(judged: Mapping[str, Any]) -> pl.DataFrame:
    reference = judged["reference"]
    named = {
        "score": judged["score"],
        "reference score": reference,
        "reference score, equal sizes": reference["equal_sizes"],
    }
    return pl.DataFrame({"which": list(named), "value": [float(score["value"]) for score in named.values()]})


def _calibration(evaluation: Evaluation) -> pl.DataFrame:
    """A row for each bin of each class of the vote's probabilities: what was promised, what came true."""
    voter = evaluation.voters.get(VOTE)
    rows = [
        (label, promised, found, count)
        for label, curve in ({} if voter is None else voter.curves).items()
        for promised, found, count in zip(*curve, strict=True)
    ]
    return pl.DataFrame(rows, schema=["class", "promised", "came_true", "rows"], orient="row")


def _by_day(equity: pl.DataFrame) -> pl.DataFrame:
    """The last value of each day, UTC."""
    day = pl.col("bar_time").dt.strftime("%Y-%m-%d").alias("day")
    return equity.group_by(day, maintain_order=True).agg(pl.col("equity").last())

"""Rows of a comparison as a reader sees them, for the page and the screen alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.text import MISSING, counted, interval, number

SHORT = "A"  # the run that the others are held against
SIGNIFICANT = 0.05
Rows = list[tuple[str, ...]]


def figure_rows(result: Mapping[str, Any]) -> Rows:
    """Figure by figure, a column a run; the last rows are of the common bars alone."""
    runs = list(result["runs"].values())
    coverage = {run["judged"]["interval"] for run in runs}
    named = f" ({100 * coverage.pop():.3g} %)" if len(coverage) == 1 else ""

    def row(title: str, *values: str) -> tuple[str, ...]:
        return (title, *values)

    judged = [run["judged"] for run in runs]
    return [
        row("window", *(f"{run['window']['name']}, {number(run['window']['days'], 0)} days" for run in runs)),
        row("looks then", *(number(run["looks"], 0) for run in runs)),
        row("trades", *(number(one["trades"], 0) for one in judged)),
        row("win rate", *(_pct(one["win_rate"]) for one in judged)),
        row("profit factor", *(number(one["profit_factor"]) for one in judged)),
        row(f"  interval{named}", *(interval(one["profit_factor_interval"], 2) for one in judged)),
        row("expectancy, R", *(number(one["expectancy_r"], 3, sign=True) for one in judged)),
        row(f"  interval{named}", *(interval(one["expectancy_r_interval"], 3, sign=True) for one in judged)),
        row("by size, R", *(number(one["sized_expectancy_r"], 3, sign=True) for one in judged)),
        row(f"  interval{named}", *(interval(one["sized_expectancy_r_interval"], 3, sign=True) for one in judged)),
        row("return, %", *(number(one["return_pct"], 2, sign=True) for one in judged)),
        row("max drawdown, %", *(number(one["max_drawdown_pct"]) for one in judged)),
        row("Sharpe, a year", *(number(one["sharpe_annual"]) for one in judged)),
        row("reference score", *(number(one["reference_score"]) for one in judged)),
        row("common: trades", *(number(run["on_common"]["trades"], 0) for run in runs)),
        row("common: total R by size", *(number(run["on_common"]["total_r"], 2, sign=True) for run in runs)),
        row("common: R a day by size", *(number(run["on_common"]["mean_daily_r"], 4, sign=True) for run in runs)),
    ]


PAIR_TITLES = ("probability", "R a day more", "interval", "z", "p")


def pair_rows(result: Mapping[str, Any]) -> Rows:
    """Who is better, with what probability, by how much R a day, and how sure that is."""
    return [
        (
            f"{pair['a']} better than {pair['b']}",
            f"{100 * pair['probability_a_better']:.1f} %",
            number(pair["mean_daily_r_difference"], 4, sign=True),
            interval(pair["mean_daily_r_difference_interval"], 4, sign=True),
            number(pair["z"], 2, sign=True),
            number(pair["p_a_better"], 3),
        )
        for pair in result["pairs"]
    ]


def best_sentences(result: Mapping[str, Any]) -> list[str]:
    """Is the best of them better than flat when all are counted, and would it be chosen again?"""
    best, looks = result["best_of_many"], result["volatile"]["looks"]
    runs = counted(best["runs"], "run")
    if best["best"] is None:
        return [
            f"Whether the best of {runs} compared is luck cannot be said on {counted(best['days'], 'day')}: at least "
            f"{best['least_days']} are needed."
        ]
    shown = "is better than flat" if best["spa_p"] <= SIGNIFICANT else "is not shown to be better than flat"
    said = [
        f"{best['best']}, with {number(best['best_mean_daily_r'], 4, sign=True)} R a day the best of {runs} compared, "
        f"{shown}: p {number(best['spa_p'], 3)} (Hansen's SPA), {number(best['white_p'], 3)} (White), all "
        f"{best['runs']} counted. Other configurations that were tried and are not here are not counted; "
        f"{counted(looks, 'look')} at these bars {'is' if looks == 1 else 'are'} in the ledger."
    ]
    if (found := best["overfitting"]) is not None:
        days, equals = counted(found["days_a_block"], "day"), f"{100 * found['among_equals']:.0f} %"
        said.append(
            f"What is best on half of the days is at or below the median on the other half in "
            f"{100 * found['probability']:.0f} % of {counted(found['cuts'], 'cut')}, and loses there in "
            f"{100 * found['loss_probability']:.0f} % ({found['blocks']} blocks of {days}; a choice among equals gives "
            f"about {equals})."
        )
    return said


def only_rows(result: Mapping[str, Any]) -> Rows:
    """What one run alone took, and how many trades all of them took."""
    rows: Rows = [
        (f"only {name}", number(one["trades"], 0), number(one["total_r"], 2, sign=True), _pct(one["win_rate"]))
        for name, one in result["trades"]["only"].items()
    ]
    return [*rows, ("all", number(result["trades"]["taken_by_all"], 0), "", "")]


def model_rows(result: Mapping[str, Any]) -> Rows:
    """Each stage's manifest hash, of a walk-forward each fold's set; a column a run."""
    models = [run["models"] for run in result["runs"].values()]
    named = dict.fromkeys(name for one in models for name in one)
    return [(name, *(one[name][:12] if name in one else "none" for one in models)) for name in named]


def configuration_rows(result: Mapping[str, Any]) -> dict[str, Rows]:
    """By run, the keys that differ from the first run's, part after part."""
    return {
        name: [(row["key"], str(row[SHORT]), str(row[name])) for keys in parts.values() for row in keys]
        for name, parts in result["configuration"].items()
    }


def warning_lines(result: Mapping[str, Any]) -> list[str]:
    """Each warning once, with the runs that have it: `A, C: switched off: the risk stage`."""
    runs: dict[str, list[str]] = {}
    for name, run in result["runs"].items():
        for warning in run["warnings"]:
            runs.setdefault(warning, []).append(name)
    everybody = len(result["runs"])
    return [
        f"{'all' if len(names) == everybody > 2 else ', '.join(names)}: {warning}" for warning, names in runs.items()
    ]


def _pct(fraction: float | None) -> str:
    return MISSING if fraction is None else f"{100 * fraction:.1f} %"

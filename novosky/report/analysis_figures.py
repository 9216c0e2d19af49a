"""The figures of an analysis as rows and lines, for page and screen alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.text import MISSING, counted, interval, number

TITLES = ("feature", "SHAP", "top in folds", "shuffled", "bounds", "found")


BEST = 4  # of one output


def ranked(table: Mapping[str, Any]) -> list[str]:
    """Names of a table's inputs, the strongest first."""
    return sorted(table["features"], key=lambda name: table["features"][name]["rank"])


def top_rows(stage: Mapping[str, Any], most: int) -> list[tuple[str, ...]]:
    """The strongest inputs of a stage, over all outputs and voting models."""
    return [_row(stage, name) for name in ranked(stage)[:most]]


def _row(stage: Mapping[str, Any], name: str) -> tuple[str, ...]:
    own, permutation = stage["features"][name], stage["permutation"]
    folds = MISSING if own["top_folds"] is None else number(100 * own["top_folds"], 0, unit="%")
    row = (name, number(100 * own["share"], 1, unit="%"), folds)
    if permutation is None:
        return (*row, MISSING, MISSING, MISSING)
    found = permutation["features"][name]
    bounds = interval(found["interval"], 5, sign=True)
    return (*row, number(found["increase"], 5, sign=True), bounds, "yes" if found["found"] else "no")


def output_lines(stage: Mapping[str, Any]) -> list[str]:
    """The strongest inputs of each output: what foretells which way is another thing than what foretells how much."""
    lines = []
    for output, block in stage["outputs"].items():
        table = block["over_models"]
        best = (f"{name} {number(100 * table['features'][name]['share'], 1)}" for name in ranked(table)[:BEST])
        lines.append(f"{output}, % of SHAP: {', '.join(best)}")
    return lines


def stage_line(name: str, stage: Mapping[str, Any]) -> str:
    """What the stage's table is of."""
    voting = [model for model, facts in stage["models"].items() if facts["votes"]]
    error = max(facts["largest_error"] for facts in stage["models"].values())
    agree = number(stage["fold_rank_correlation"])
    lines = [
        f"{name} stage: {counted(stage['rows'], 'row')} ({stage['rows_are']}), {', '.join(voting)}",
        f"SHAP adds up to the score within {error:.1e}",
        f"ranks of {counted(stage['folds'], 'fold')} correlate by {agree}",
    ]
    if stage["permutation"] is not None:
        rows = counted(stage["permutation"]["rows"], "unseen row")
        lines.append(f"{rows}, loss {number(stage['permutation']['loss'], 4)}")
    return "; ".join(lines)


def cluster_rows(summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Strongest member, the others, how close they are."""
    return [
        (
            cluster["strongest"],
            ", ".join(cluster["members"][1:]),
            number(cluster["mean_correlation"]),
            number(cluster["least_correlation"]),
        )
        for cluster in summary["redundancy"]["clusters"]
    ]


def cluster_lines(summary: Mapping[str, Any]) -> list[str]:
    """One line a cluster."""
    least = summary["redundancy"]["least_correlation"]
    rows = cluster_rows(summary)
    if not rows:
        return [f"redundant: no features correlate by {least:g} or more on average (ranks, train)"]
    return [f"redundant: {first} says what {others} say (rank correlation {mean})" for first, others, mean, _ in rows]

"""Rows of a sweep as a reader sees them, for the page and the screen alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.text import interval, number

NARROW = ("trades", "expectancy, R", "return, %", "drawdown, %", "score")
Rows = list[tuple[str, ...]]
FIGURES = ("trades", "expectancy, R", "interval", "return, %", "drawdown, %", "Sharpe", "score")


def keys_of(result: Mapping[str, Any]) -> list[str]:
    """The swept keys."""
    return list(result["chosen"]["setting"])


def short_names(result: Mapping[str, Any]) -> dict[str, str]:
    """A letter for each key, for tables that have little room."""
    return {chr(ord("a") + place): key for place, key in enumerate(keys_of(result))}


def narrow(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row of `ranked_rows` without interval and Sharpe ratio."""
    return (*row[: -len(FIGURES)], *(row[len(row) - len(FIGURES) + FIGURES.index(name)] for name in NARROW))


def header(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Place, the keys without their section where that leaves them apart, figures."""
    keys = keys_of(result)
    short = [key.rsplit(".", 1)[-1] for key in keys]
    return ("", *(short if len(set(short)) == len(short) else keys), *FIGURES)


def ranked(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Settings, the highest reference score first; among equals the one tried first."""
    return sorted(result["settings_tried"], key=lambda row: (-row["reference_score"], row["place"]))


def ranked_rows(result: Mapping[str, Any], shown: int) -> Rows:
    """The best `shown`, and the current setting where it is not among them."""
    best = ranked(result)
    rows = best[:shown] + [row for row in best[shown:] if row["place"] == 0]
    return [_row(row) for row in rows]


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['place']}{' now' if row['place'] == 0 else ''}",
        *(shown_value(value) for value in row["setting"].values()),
        number(row["trades"], 0),
        number(row["expectancy_r"], 3, sign=True),
        interval(row["expectancy_r_interval"], 3, sign=True),
        number(row["return_pct"], 2, sign=True),
        number(row["max_drawdown_pct"]),
        number(row["sharpe_annual"]),
        number(row["reference_score"]),
    )


def shown_value(value: Any) -> str:
    """A value in a table or on an axis."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "+".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def deflated_row(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The chosen setting's Sharpe ratio against the best that luck gives in so many looks."""
    found, looks = result["volatile"]["deflated"], result["volatile"]["looks"]
    if found is None:
        return []
    best = found["best_by_luck_sharpe_annual"]
    chance = 100 * found["probability"]
    return [("deflated Sharpe", f"above {best:.2f}, the best that luck gives in {looks} looks: {chance:.1f} %")]


def luck_rows(result: Mapping[str, Any]) -> Rows:
    """The best of all settings against flat and against the current one."""
    rows: Rows = []
    for name, words in (("against_flat", "better than flat"), ("against_current", "better than the current setting")):
        found = result["luck"][name]
        if found["best"] is not None:
            rows.append(
                (
                    words,
                    found["best"],
                    number(found["best_mean_daily_r"], 4, sign=True),
                    number(found["spa_p"], 3),
                    number(found["white_p"], 3),
                )
            )
    return rows

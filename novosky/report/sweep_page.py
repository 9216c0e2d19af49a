"""A sweep as a page: what was tried, what was picked, and what picking is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.report.document import document, write_page
from novosky.report.html import Html, element, folded, section, table
from novosky.report.sweep_charts import heat_map, parallel_coordinates
from novosky.report.sweep_figures import deflated_row, header, keys_of, luck_rows, ranked_rows, shown_value

TOP = 20
SCORE_NOTE = "Reference score: the same trades at one risk, each weighed by the risk stage. 0 is the current setting."
LUCK_NOTE = (
    "Daily R of all settings, resampled together: chance of a best this good though none is better (Hansen's SPA, "
    "White's reality check). The best by mean R is not always the one with the highest score."
)


def write_sweep(path: Path, result: Mapping[str, Any]) -> None:
    """Write the page; `ConfigError` where plotly is not installed."""
    write_page(path, document("Sweep of settings", sweep_parts(result)))


def sweep_parts(result: Mapping[str, Any]) -> list[Html]:
    """The parts of the page, the answer first."""
    rows, place = result["settings_tried"], result["chosen"]["place"]
    settings = [(key, shown_value(value)) for key, value in result["chosen"]["setting"].items()]
    parts = [
        _masthead(result),
        section(f"Picked: setting {place}", element("div", table(("key", "value"), settings), cls="keys")),
        section(f"The best {min(TOP, len(rows))} of {len(rows)}", _table(result, TOP), note=SCORE_NOTE),
        section("What picking is worth", _luck(result), note=LUCK_NOTE),
        section("Every setting", parallel_coordinates(result), note="One line a setting, by its score."),
    ]
    if len(keys_of(result)) > 1:
        note = "Mean reference score over what else was varied: a lone bright cell is luck more often than a ridge is."
        parts.append(section("Two keys together", heat_map(result), note=note))
    return [*parts, folded(f"All {len(rows)} settings", _table(result, len(rows))), *_forbidden(result)]


def _masthead(result: Mapping[str, Any]) -> Html:
    window = result["window"]
    return element(
        "header",
        element("h1", "Sweep of settings"),
        element("p", f"window {window['name']} · {window['from']} to {window['to']}", cls="span"),
        element("p", result["summary"], cls="answer none"),
        element("p", result["overfitting_summary"]),
        element("ul", *(element("li", stamp) for stamp in result["warnings"]), cls="stamps"),
    )


def _table(result: Mapping[str, Any], shown: int) -> Html:
    return table(header(result), ranked_rows(result, shown))


def _luck(result: Mapping[str, Any]) -> Html:
    rows = table(("", "best by mean R", "R a day more", "p (SPA)", "p (White)"), luck_rows(result))
    looks = f"{result['volatile']['looks']} configurations have been judged on these bars."
    said = [looks, *(f"{name}: {text}" for name, text in deflated_row(result))]
    return Html(rows + element("p", " ".join(said)))


def _forbidden(result: Mapping[str, Any]) -> list[Html]:
    found = result["forbidden"]
    if not found:
        return []
    rows = [(" ".join(f"{key}={shown_value(v)}" for key, v in one["setting"].items()), one["why"]) for one in found]
    return [
        folded(f"{len(found)} proposed settings that rules forbid", table(("setting", "why"), rows, numeric_from=9))
    ]

"""`report.html`: one file that opens anywhere, with nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from novosky.report.calibration import calibration_charts
from novosky.report.confidence import PROMISE_NOTE, confidence_table
from novosky.report.costs import costs, costs_in_turn
from novosky.report.counts import exit_reasons, gates, managed, refusals
from novosky.report.data import ReportData
from novosky.report.document import document, write_page
from novosky.report.equity_chart import equity_chart
from novosky.report.headline import figure_cards, masthead
from novosky.report.html import Html, element, folded, section
from novosky.report.luck import LUCK_NOTE, luck
from novosky.report.price_chart import price_chart
from novosky.report.r_chart import r_chart
from novosky.report.stages import choices, class_counts, gains, in_turn, stage_table
from novosky.report.tables import TRADE_ROWS, settings, trade_rows, voters
from novosky.report.text import counted
from novosky.report.timeline import timeline

__all__ = ["ReportData", "write_report"]

CALIBRATION_NOTE = (
    "Predicted against observed on the judged window; honest probabilities lie on the diagonal. Gain: the base rate's "
    "loss (shares of the classes in train) - own; above 0 the voter knows something. Expected calibration error: sum "
    "over bins of rows / all rows x |observed - predicted| (Naeini, Cooper and Hauskrecht 2015)."
)
COMPARE_NOTE = "Beside other runs: run.py mode=compare compare.runs=[<this run's folder>,<another's>]"
R_NOTE = "1 R is what the stop would have cost: every trade counts alike, whatever its size."


def write_report(path: Path, data: ReportData) -> None:
    """Write the page; the same data gives the same bytes. `ConfigError` where plotly is not installed."""
    write_page(path, render(data))


def render(data: ReportData) -> Html:
    """The page as text."""
    described = data.result["data"]
    return document(f"{described['symbol']} {described['timeframe']} {data.window.name}", sections(data))


def sections(data: ReportData) -> list[Html]:
    """The parts of the page, the answer first."""
    refused = section(
        "Why no trade" if len(data.trades) else "No trades: why every bar was refused",
        refusals(data),
        note="Bars by the first gate that refused a trade at their close.",
    )
    parts = [
        masthead(data.result),
        figure_cards(data.result, data.currency),
        section("Windows", timeline(data), note="Time is cut once. Nothing after the judged window is shown."),
        section(
            "Equity",
            equity_chart(data),
            note=f"In {data.currency}, marked to market at every close, open trades included.",
        ),
    ]
    parts.append(section("Could it be luck?", luck(data.result), note=LUCK_NOTE))
    if len(data.trades):
        parts += [
            section("Trades on the price", price_chart(data)),
            element(
                "div",
                section("Results of the trades", r_chart(data.trades["r"]), note=R_NOTE),
                element("div", section("Why trades ended", exit_reasons(data), managed(data)), refused),
                cls="pair",
            ),
        ]
    else:
        parts.append(refused)
    if data.reliability:
        parts.append(
            section(
                "Calibration",
                calibration_charts(data),
                note=CALIBRATION_NOTE,
            )
        )
    if data.result["confidence_buckets"]["rows"]:
        told = confidence_table(data.result["confidence_buckets"], data.result["judged"]["interval"])
        parts.append(section("Confidence and R", told, note=PROMISE_NOTE))
    parts += [
        *stage_sections(data),
        *cost_sections(data),
        folded("Every gate, in the order in which they are asked", gates(data)),
        folded("Settings and fingerprints", settings(data.result)),
    ]
    if len(data.trades):
        shown = min(TRADE_ROWS, len(data.trades))
        title = f"The first {shown:,} of {counted(len(data.trades), 'trade')} (all in trades.csv)"
        parts.append(folded(title, trade_rows(data)))
    return [*parts, element("p", COMPARE_NOTE, cls="note")]


def cost_sections(data: ReportData) -> list[Html]:
    """What trading cost, and where it was asked for, what it would have cost elsewhere."""
    parts = [section("Costs", costs(data))]
    if "costs_in_turn" in data.result:
        parts.append(section("The same decisions under other terms", costs_in_turn(data)))
    return parts


def stage_sections(data: ReportData) -> list[Html]:
    """Who decided, and what each of them knows."""
    result, models = data.result, data.result["models"]
    parts = [
        section(
            "Stages",
            stage_table(result),
            choices(result),
            note="Each stage learned inside train, the later ones from what those before them said out of fold.",
        )
    ]
    if any(block.get("skill") for block in models.values()):
        parts.append(
            section(
                "What the later stages are worth",
                gains(result),
                note="On trades inside train that the stage had not seen; bounds are one-sided, 95 % each.",
            )
        )
    if "stages_in_turn" in result:
        parts.append(section("Stages switched off in turn", in_turn(result)))
    voting = [name for name, block in models.items() if "voters" in block]
    tables = [(element("h3", name), class_counts(name, models[name]), voters(result, name)) for name in voting]
    note = "Log-loss and Brier score out of fold in training, and here on the judged window."
    return [*parts, section("Voters", *(part for three in tables for part in three), note=note)]

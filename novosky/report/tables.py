"""What the charts leave out: voters, settings, the trades themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from novosky.execution.codes import EXIT_NAMES
from novosky.market.bars import utc_text
from novosky.report.data import ReportData
from novosky.report.html import Html, element, table
from novosky.report.text import EXIT_WORDS, MISSING, interval, number, words

TRADE_ROWS = 200
ELSEWHERE = (  # in parts of their own
    "summary",
    "warnings",
    "windows",
    "judged",
    "models",
    "voters_on_window",
    "confidence_buckets",
    "position_wishes",
    "stages_in_turn",
    "costs_in_turn",
    "significance",
    "walk_forward",
)
SHOWN = ("voters", "skill", "classes", "class_shares")  # of a stage, in tables of their own
DIRECTION = {"signal": "BUY against SELL", "position": "ADD against EXIT"}


def voters(result: Mapping[str, Any], stage: str) -> Html:
    """Each voter of a stage against the base rate: out of fold in training, and signal's on the judged window."""
    block = result["models"][stage]
    here_too = stage == "signal" and bool(result["voters_on_window"])
    header = (
        "voter",
        "vote",
        "log-loss",
        "base rate",
        "difference (bounds)",
        DIRECTION[stage],
        "Brier",
        "accuracy",
        *(("log-loss here", "base rate here", "Brier here") if here_too else ()),
    )
    rows = []
    for voter in block["voters"]:
        here = result["voters_on_window"].get(voter["name"], {}) if here_too else {}
        rows.append(
            (
                voter["name"],
                voter_state(block, voter),
                number(voter["log_loss"], 4),
                number(voter["base_rate_log_loss"], 4),
                _with_bounds(voter["difference"], voter["difference_bounds"]),
                _with_bounds(voter["direction_difference"], voter["direction_bounds"]),
                number(voter["brier"], 4),
                number(100.0 * voter["accuracy"], 1, unit="%"),
                *(number(here.get(name), 4) for name in ("log_loss", "base_rate_log_loss", "brier") if here_too),
            )
        )
    return table(header, rows, numeric_from=2)


def _with_bounds(value: float, bounds: list[float]) -> str:
    return f"{number(value, 4, sign=True)} ({interval(bounds, 4, sign=True)})"


def voter_state(block: Mapping[str, Any], voter: Mapping[str, Any]) -> str:
    """What became of a voter of a stage: where none had skill, all of them stay."""
    if voter["kept"]:
        return "votes"
    return "votes, no skill" if block["no_skill_found"] else "dropped"


def settings(result: Mapping[str, Any]) -> Html:
    """All that says how the result came about, one key a line."""
    shown = {key: value for key, value in result.items() if key not in ELSEWHERE}
    rows = [*_leaves("", shown)]
    for stage, block in result.get("models", {}).items():
        rows += _leaves(f"models.{stage}", {key: value for key, value in block.items() if key not in SHOWN})
    return element("div", table(("key", "value"), rows, numeric_from=2), cls="keys")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value, 1):
            yield from _leaves(f"{path}.{place}", item)
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value) or "none"
    else:
        yield path, MISSING if value is None else value


def trade_rows(data: ReportData) -> Html:
    """The first trades, as in trades.csv."""
    price = data.digits
    rows = [
        (
            utc_text(int(data.bars.time_ms[trade["entry_bar"]])),
            utc_text(int(data.bars.time_ms[trade["exit_bar"]])),
            "BUY" if trade["side"] > 0 else "SELL",
            f"{trade['volume_lots']:g}",
            number(trade["entry_price"], price),
            number(trade["exit_price"], price),
            words(EXIT_NAMES[trade["exit_reason"]], EXIT_WORDS),
            number(trade["net"], 2, sign=True),
            number(trade["r"], 2, sign=True),
            number(trade["confidence"], 3),
        )
        for trade in data.trades[:TRADE_ROWS]
    ]
    header = ("entry", "exit bar", "side", "lots", "in", "out", "why", f"net {data.currency}", "R", "confidence")
    return table(header, rows, numeric_from=3)

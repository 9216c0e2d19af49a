"""What the charts leave out: costs, voters, settings, the trades themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from novosky.execution.codes import EXIT_NAMES
from novosky.market.bars import utc_text
from novosky.report.data import ReportData
from novosky.report.html import Html, element, table
from novosky.report.text import EXIT_WORDS, interval, number, words

TRADE_ROWS = 200


def costs(data: ReportData) -> Html:
    """What trading cost, what else counts into the figures and what does not."""
    judged = data.result["judged"]
    paid, twice = judged["costs"], judged["ambiguous_trades"]
    money = f" {data.currency}"
    rows = [
        ("won", number(judged["gross_profit"], 2, unit=money)),
        ("lost", number(judged["gross_loss"], 2, unit=money)),
        ("net profit", number(judged["net_profit"], 2, sign=True, unit=money)),
        ("balance at the end", number(judged["final_balance"], 2, unit=money)),
        ("spread paid, inside the prices", number(paid["spread"], 2, unit=money)),
        ("commission paid", number(paid["commission"], 2, unit=money)),
        ("trades whose last bar held stop and target", number(twice["count"], 0)),
        ("expectancy if the stop came first", number(twice["expectancy_r_pessimistic"], 3, sign=True, unit=" R")),
        ("expectancy if the target came first", number(twice["expectancy_r_optimistic"], 3, sign=True, unit=" R")),
    ]
    return element(
        "div",
        table((), rows),
        element(
            "div",
            element("h3", "modelled"),
            element("p", ", ".join(paid["modelled"])),
            element("h3", "not modelled: real trading may cost more"),
            element("p", ", ".join(paid["not_modelled"])),
        ),
        cls="pair",
    )


def voters(result: Mapping[str, Any]) -> Html:
    """Each voter against the base rate: out of fold in training, and on the judged window."""
    on_window = result["voters_on_window"]
    header = (
        "voter",
        "vote",
        "log-loss",
        "base rate",
        "difference",
        "bounds",
        "Brier",
        "accuracy",
        "log-loss here",
        "base rate here",
        "Brier here",
    )
    rows = []
    for voter in result["models"]["signal"]["voters"]:
        here = on_window.get(voter["name"], {})
        rows.append(
            (
                voter["name"],
                "kept" if voter["kept"] else "dropped",
                number(voter["log_loss"], 4),
                number(voter["base_rate_log_loss"], 4),
                number(voter["difference"], 4, sign=True),
                interval(voter["difference_bounds"], 4, sign=True),
                number(voter["brier"], 4),
                number(100.0 * voter["accuracy"], 1, unit=" %"),
                number(here.get("log_loss"), 4),
                number(here.get("base_rate_log_loss"), 4),
                number(here.get("brier"), 4),
            )
        )
    return table(header, rows)


def settings(result: Mapping[str, Any]) -> Html:
    """All that says how the result came about, one key a line."""
    parts = ("settings", "fingerprints", "data", "window", "volatile")
    rows = [row for part in parts for row in _leaves(part, result[part])]
    signal = result["models"]["signal"]
    rows += [(f"models.signal.{name}", signal[name]) for name in ("manifest_hash", "train_end")]
    rows += [("mode", result["mode"]), ("schema_version", result["schema_version"])]
    return table(("key", "value"), rows, numeric_from=2)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value)
    else:
        yield path, value


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

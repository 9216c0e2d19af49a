"""The four stages: who decided, what each learned from, what it is worth out of fold, what it chose here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.labels import barrier, position_states
from novosky.report.html import Html, element, join, table
from novosky.report.text import MISSING, counted, interval, number

DECIDES = {
    "signal": "BUY, SELL or no trade",
    "position": "when an open trade leaves early",
    "sltp": "stop and target",
    "risk": "the share of the profile's risk",
}
WITHOUT = {
    "position": "switched off: no trade leaves early",
    "sltp": "switched off: the brackets of the settings",
    "risk": "switched off or missing: every trade has its full size",
}
CLASSES = {"signal": barrier.CLASS_NAMES, "position": position_states.CLASS_NAMES}  # a manifest's are sorted
AGAINST = {
    "never_leave": "never leaving early",
    "label_bracket": "the label's bracket",
    "best_constant": "the one bracket that earned most before",
    "equal_sizes": "equal sizes",
}
WISHES = {"exit": "EXIT: leave", "hold": "HOLD: stay", "add": "ADD: more, as far as execution.max_adds allows"}

Result = Mapping[str, Any]


def stage_table(result: Result) -> Html:
    """Each stage with what it decides and the rows behind it; those that are missing say what happens without them."""
    models = result["models"]
    rows = [
        _stage(name, models[name]) if name in models else (name, WITHOUT[name], *[MISSING] * 4)
        for name in DECIDES
        if name in models or name in WITHOUT
    ]
    header = ("stage", "decides", "rows learned", "up to", "out of fold", "mean size, share of the profile's risk")
    return table(header, rows, numeric_from=2)


def _stage(name: str, block: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        name,
        DECIDES[name],
        number(block["rows"], 0),
        block["train_end"],
        "no skill found" if block["no_skill_found"] else "better than its naive baseline",
        number(block.get("mean_multiplier")),
    )


def gains(result: Result) -> Html:
    """Mean R a trade by each later stage's choice against a plain one."""
    header = ("stage", "against", "own, R a trade", "plain, R a trade", "gain, R", "bounds, R", "trades", "found")
    rows = [
        (
            stage,
            AGAINST.get(plain, plain.replace("_", " ")),
            number(gain["r"], 4, sign=True),
            number(gain["plain_r"], 4, sign=True),
            number(gain["difference"], 4, sign=True),
            interval((gain["low"], gain["high"]), 4, sign=True),
            number(gain["rows"], 0),
            "yes" if gain["found"] else "no",
        )
        for stage, block in result["models"].items()
        for plain, gain in sorted(block.get("skill", {}).items())
    ]
    return table(header, rows, numeric_from=2)


def class_counts(name: str, block: Mapping[str, Any]) -> Html:
    """How many rows of each class a voting stage learned from, and how much they weigh."""
    counts, shares = block["classes"], block["class_shares"]
    said = (
        f"{kind} {number(counts[kind], 0)} rows, {number(100.0 * shares[kind], 1, unit='%')} of the weight"
        for kind in CLASSES[name]
    )
    return element("p", " · ".join(said), cls="note")


def choices(result: Result) -> Html:
    """Brackets and sizes of the trades, and what the position model wished."""
    judged = result["judged"]
    spreads = (
        ("stop, ATR at the decision", judged["brackets"]["sl_atr"]),
        ("target, ATR at the decision", judged["brackets"]["tp_atr"]),
        ("size, share of the profile's risk", judged["risk_multiplier"]),
    )
    parts = [table(("of the trades", "least", "median", "greatest"), [_spread(*row) for row in spreads])]
    bounds = interval(judged["sized_expectancy_r_interval"], 3, sign=True)
    sized = number(judged["sized_expectancy_r"], 3, sign=True, unit="R")
    parts.append(element("p", f"expectancy, trades counted by their size: {sized} a trade, {bounds} R", cls="note"))
    if "position" in result["models"]:
        wishes = result["position_wishes"]
        asked = f"the position model, asked at {counted(sum(wishes.values()), 'close')} of open trades"
        parts.append(table((asked, "closes"), [(WISHES[name], number(wishes[name], 0)) for name in WISHES]))
    return element("div", *parts, cls="pair")


def _spread(what: str, spread: Mapping[str, float] | None) -> tuple[str, ...]:
    found = {} if spread is None else spread
    return (what, *(number(found.get(name)) for name in ("least", "median", "greatest")))


def in_turn(result: Result) -> Html:
    """The judged window with each later stage switched off."""
    rows = result["stages_in_turn"]
    header = ("stages", "trades", "expectancy, R", "interval, R", "return, %", "max drawdown, %", "reference score")
    body = [
        (
            row["stages"],
            number(row["trades"], 0),
            number(row["expectancy_r"], 3, sign=True),
            interval(row["expectancy_r_interval"], 3, sign=True),
            number(row["return_pct"], 2, sign=True),
            number(row["max_drawdown_pct"]),
            number(row["reference_score"]),
        )
        for row in rows
    ]
    warning = f"Each row is a look of its own at these bars: whoever takes the best of {len(rows)} has searched."
    return join([element("ul", element("li", warning), cls="stamps"), table(header, body)])

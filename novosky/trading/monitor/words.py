"""What a drift's figures say, in a sentence that claims no more than they do."""

from __future__ import annotations

from novosky.trading.monitor.drift import COSTS, FEWER, LOSES, MORE, RESULT, Drift

_BEYOND = {
    RESULT: "worse than promised",
    LOSES: "it loses",
    FEWER: "fewer than promised",
    MORE: "more than promised",
    COSTS: "dearer than judged",
}


def sentence(drift: Drift) -> str:
    """Promised, found, and whether that is drift, none, or too little to tell."""
    if drift.found is None:
        return "nothing to compare yet"
    of = "days" if drift.name in (FEWER, MORE) else "trades"
    word = "allowed" if drift.name == COSTS else "promised"
    promised = f"{word} {drift.promised:+.3f} ({drift.promised_values} {of}), " if drift.promised_values else ""
    head = f"{promised}found {drift.found:+.3f} {drift.unit} ({drift.values} {of})"
    if drift.alarm_at is not None:
        return f"{head}: {_BEYOND[drift.name]}, beyond luck since number {drift.alarm_at}"
    return f"{head}: not shown ({_sight(drift)})"


def _sight(drift: Drift) -> str:
    """What would not show, said where it matters most: where even a promise that is gone would not."""
    text = f"less than about {drift.visible:.2f} apart does not show yet"
    if drift.visible_ever > 0.5 * drift.visible:
        text += f", less than {drift.visible_ever:.2f} never: the promise is not known better"
    if drift.name == RESULT and 0.0 < drift.promised < drift.visible:
        return f"too few to tell whether the edge is gone: {text}"
    return text

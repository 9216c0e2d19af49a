"""What a drift's figures say, in a sentence that claims no more than they do."""

from __future__ import annotations

from novosky.trading.monitor.drift import COSTS, FEWER, LOSES, MORE, RESULT, Drift

_BEYOND = {
    RESULT: "worse than promised, beyond luck",
    LOSES: "it loses, beyond luck",
    FEWER: "fewer than promised, beyond luck",
    MORE: "more than promised, beyond luck",
    COSTS: "dearer than judged, beyond luck",
}


def sentence(drift: Drift) -> str:
    """Promised, found, and whether that is drift, none, or too little to tell."""
    if drift.found is None:
        return "nothing to compare yet"
    promised = f"promised {drift.promised:+.3f} ({drift.promised_values} values), " if drift.promised_values else ""
    head = f"{promised}found {drift.found:+.3f} {drift.unit} ({drift.values})"
    if drift.alarm_at is not None:
        return f"{head}: {_BEYOND[drift.name]}, since value {drift.alarm_at}"
    return f"{head}: not {_BEYOND[drift.name].replace('it loses', 'losing')}; {_sight(drift)}"


def _sight(drift: Drift) -> str:
    """What would not show, said where it matters most: where even a promise that is gone would not."""
    text = f"less than about {drift.visible:.2f} does not show yet"
    if drift.name == RESULT and 0.0 < drift.promised < drift.visible:
        text = f"too few to tell whether the edge is gone, {text}"
    if drift.visible_ever > 0.5 * drift.visible:
        text += f", less than {drift.visible_ever:.2f} never will: the promise is not known better"
    return text

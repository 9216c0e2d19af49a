"""The model card: what a person should know of a revision before money is at stake. Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def card_text(tag: str, facts: Mapping[str, Any]) -> str:
    """From the facts of the record alone."""
    data, gate = facts["data"], facts["gate"]
    lines = [
        f"# {tag}",
        "",
        f"{facts['symbol']} {facts['timeframe']}, profile {facts['profile']['number']} ({facts['profile']['name']}), "
        f"judged with the costs of {facts['broker']}. Made {facts['made']}.",
        "",
        f"**{facts['skill']}**",
        "",
        *_warnings(facts),
        "## What it was judged by",
        "",
        f"On `gate`: {gate['trades']} trades in {gate['days']} days, reference score {gate['score']:.2f}, largest "
        f"drawdown {gate['max_drawdown_pct']:.1f} %. {_expectancy(gate)}",
        f"Better than flat: {'yes' if facts['promotable'] else 'not shown'} ({facts['why']}). The trades themselves: "
        "`judged_trades.csv`.",
        "",
        *_table(("window", "bars", "from", "to", "looks"), [_window(row, facts["looks"]) for row in facts["windows"]]),
        "",
        "Looks are the distinct configurations that were judged on these bars by one ledger; what was looked at "
        "elsewhere is unknown.",
        "",
        f"Audit ({facts['audit']['level']}): {facts['audit']['verdict']}.",
        "",
        "## What it was made from",
        "",
        f"Snapshot `{data['snapshot']}` ({data['source']}, {data['bars']} bars, hash `{data['bars_hash'][:16]}`), "
        f"{len(facts['features'])} features. Model set `{facts['models'][:16]}`, configuration "
        f"`{facts['fingerprints']['whole'][:16]}`; every setting: `settings.json`.",
        "",
        *_table(
            ("stage", "trained to", "skill out of fold", "manifest"),
            [
                (name, end, "none found" if facts["no_skill_found"][name] else "found", facts["manifests"][name][:16])
                for name, end in facts["train_ends"].items()
            ],
        ),
        "",
        f"Libraries: {_libraries(facts['libraries'])}. Code {facts['code']['version']} "
        f"(`{facts['code']['sources'][:16]}`).",
    ]
    return "\n".join(lines) + "\n"


def _warnings(facts: Mapping[str, Any]) -> list[str]:
    over = [f"- Promoted although `{one['name']}`: {one['words']}" for one in facts["passed_over"]]
    if facts["data"]["source"] in ("synthetic", "random_walk", "planted"):
        over.append("- Generated bars: not a result on any real market.")
    return [*over, ""] if over else []


def _expectancy(gate: Mapping[str, Any]) -> str:
    if gate["expectancy_r"] is None:
        return "No trade to expect anything from."
    text = f"Expectancy {gate['expectancy_r']:+.3f} R a trade"
    interval = gate["expectancy_r_interval"]
    if interval is None:
        return f"{text}, too few trades for an interval."
    low, high = ("no bound" if bound is None else f"{bound:+.3f}" for bound in interval)
    return f"{text}, interval {low} to {high}."


def _window(row: Mapping[str, Any], looks: Mapping[str, Any]) -> tuple[str, ...]:
    name = str(row["name"])
    seen = str(looks[name]["distinct"]) if name in looks else "learned from"
    return name, str(row["bars"]), str(row["from"]), str(row["to"]), seen


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


def _libraries(stages: Mapping[str, Mapping[str, str]]) -> str:
    found = {name: version for libraries in stages.values() for name, version in libraries.items()}
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))

"""The dashboard in a terminal: the same state, drawn again and again, or once where the output is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from novosky.report.dashboard.observer import Observer
from novosky.report.dashboard.spark import bar, sparkline
from novosky.report.text import MISSING, counted, number

STYLES: Final = {"good": "green", "none": "yellow", "bad": "bold red", "off": "bright_black"}
DECISIONS: Final = 8
CURVE_ROWS: Final = 3
AROUND: Final = 37  # lines of all the rest
AROUND_WIDE: Final = 27
ROOMY: Final = 36  # lines from which the curve is tall
WIDE: Final = 100  # columns from which two panels stand side by side


def watch(observer: Observer, refresh_s: float, console: Console | None = None) -> str:
    """Draw until Ctrl-C; a sentence for the result."""
    console = console or Console(highlight=False)
    observer.look()
    if not sys.stdout.isatty():
        console.print(view(observer.state() or {}, console.width))
        return "Printed once: the output is no terminal."
    draws = 0
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(view(observer.state() or {}, console.width, console.height), refresh=True)
                draws += 1
                time.sleep(refresh_s)
                observer.look()
    except KeyboardInterrupt:
        return f"Stopped after {counted(draws, 'look')}."


def view(state: Mapping[str, Any], width: int, height: int | None = None) -> RenderableType:
    """Everything on one screen; parts without content are left out."""
    parts: list[RenderableType] = [_head(state)]
    roomy = height is None or height >= ROOMY
    if state.get("account") is not None and state.get("figures") is not None:
        parts.append(_money(state, width, CURVE_ROWS if roomy else 1))
        side_by_side = [_positions(state), _limits(state)]
        parts.append(_beside(side_by_side, width))
        around = AROUND_WIDE if width >= WIDE else AROUND
        parts.append(_decisions(state, DECISIONS if height is None else min(max(height - around, 2), DECISIONS)))
    parts.append(_foot(state))
    return Group(*parts)


def _beside(panels: Sequence[RenderableType], width: int) -> RenderableType:
    if width < WIDE:
        return Group(*panels)
    grid = Table.grid(expand=True, padding=(0, 0))
    for _ in panels:
        grid.add_column(ratio=1)
    grid.add_row(*panels)
    return grid


def _head(state: Mapping[str, Any]) -> RenderableType:
    bot = state["bot"]
    now = bot["state"]
    style = STYLES[now["tone"]]
    title = Text.assemble((f"● {now['name']}", f"bold {style}"))
    if bot["name"]:
        title.append(f"  {bot['symbol']} {bot['timeframe']}", "bold")
        title.append(f"  profile {bot['profile_number']} {bot['profile']}  revision {bot['revision']}", "default")
        revision = state["revision"]
        if revision.get("edge_tone") in ("none", "bad") and revision["in_use"] == revision["promoted"]:
            title.append(f"  {revision['edge'].partition(':')[0]}", STYLES[revision["edge_tone"]])
        if bot["dry"]:
            title.append("  dry: nothing is sent", "yellow")
    since = f", since {_time(now['since_ms'])} UTC" if now["since_ms"] else ""
    said = Text(f"{now['words']}{since}. {now['more']}".replace("..", ".").strip())
    problems = [Text(f"! {text}", "red") for text in state.get("problems", ()) if text not in now["words"]]
    return Panel(Group(title, said, *problems), border_style=style, title="NOVOSKY", title_align="left")


def _money(state: Mapping[str, Any], width: int, rows: int) -> RenderableType:
    bot, account, today, figures = state["bot"], state["account"], state["today"], state["figures"]
    currency, whole = bot["currency"], figures["whole"]
    rate = MISSING if whole["win_rate"] is None else f"{100.0 * whole['win_rate']:.1f} %"
    expected = MISSING if whole["expectancy_r"] is None else f"{whole['expectancy_r']:+.3f} R"
    facts = [
        ("Equity", Text(number(account["equity"], unit=currency), "bold")),
        (f"Day {today['date']}", _toned(today["net"], f"{number(today['net'], sign=True, unit=currency)}")),
        ("Balance", Text(number(account["balance"]))),
        ("Drawdown", Text(f"{account['drawdown_now_pct']:.2f} %, at most {account['drawdown_most_pct']:.2f} %")),
        ("Trades", Text(f"{whole['trades']:,}, {rate} won, {expected}")),
    ]
    in_row = len(facts) if width >= WIDE else 3
    grid = Table.grid(padding=(0, 3))
    for _ in range(in_row):
        grid.add_column(no_wrap=True)
    for first in range(0, len(facts), in_row):
        part = facts[first : first + in_row]
        grid.add_row(*(Text(name, "bright_black") for name, _ in part))
        grid.add_row(*(value for _, value in part))
    line = sparkline([row[1] for row in state["curve"]], max(width - 4, 20), rows)
    low, high = min(row[1] for row in state["curve"]), max(row[1] for row in state["curve"])
    told = (
        f"equity from {number(low)} to {number(high)}, {_time(account['first_ms'])} … {_time(account['time_ms'])} UTC"
    )
    ends = Text(told, "bright_black")
    return Panel(Group(grid, Text(line, "cyan"), ends), border_style="bright_black")


def _positions(state: Mapping[str, Any]) -> RenderableType:
    digits = state["bot"]["digits"]
    table = Table(box=None, pad_edge=False, header_style="bright_black", expand=True)
    for name in ("open", "lots", "entry", "stop", "target", "R"):
        table.add_column(name, justify="left" if name == "open" else "right", no_wrap=True)
    for one in state["positions"]:
        r = MISSING if one["r"] is None else f"{one['r']:+.2f}"
        table.add_row(
            Text(one["side"], "blue" if one["side"] == "BUY" else "yellow"),
            f"{one['volume']:g}",
            number(one["price"], digits),
            Text("none", "bold red") if one["unprotected"] else number(one["stop"], digits),
            number(one["target"], digits),
            _toned(one["r"] or 0.0, r),
        )
    guards = [one for one in state["guards"] if one["answer"] != "free"]
    held = [Text(f"■ {one['title']}: {one['reason']}", "red") for one in guards] or [
        Text("✓ every guard is free", "green")
    ]
    body = table if state["positions"] else Text("Nothing is open.", "bright_black")
    return Panel(
        Group(body, Text(), *held), title="Positions and guards", title_align="left", border_style="bright_black"
    )


def _limits(state: Mapping[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for one in state["limits"]:
        style = "bright_black" if not one["warns"] else "cyan"
        if one["warns"] and (one["pct"] >= 50.0 or one["holds"]):
            style = "red" if one["pct"] >= 80.0 or one["holds"] else "yellow"
        used = number(one["used"], 2 if one["unit"] == "money" else 0)
        limit = number(one["limit"], 2 if one["unit"] == "money" else 0)
        table.add_row(one["title"], Text(bar(one["pct"], 12), style), f"{used} of {limit}")
    if not state["limits"]:
        table.add_row("Known after the first decision.")
    return Panel(table, title="Limits used", title_align="left", border_style="bright_black")


def _decisions(state: Mapping[str, Any], limit: int) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bright_black", expand=True)
    table.add_column("bar, UTC", no_wrap=True)
    table.add_column("wish", no_wrap=True)
    table.add_column("confidence", no_wrap=True, justify="right")
    table.add_column("what became of it", ratio=2)
    table.add_column("the gate that refused", ratio=3)
    for one in state["decisions"][:limit]:
        refused = next((gate for gate in one["gates"] if not gate["passed"]), None)
        why = "" if refused is None else f"{refused['title']}: {refused['words']}"
        confidence = MISSING if one["confidence"] is None else f"{one['confidence']:.3f}"
        style = "green" if one["outcome"].startswith("entered") else "default"
        said = Text(one["outcome"] or one["words"], style)
        table.add_row(_time(one["bar_ms"]), one["side"], confidence, said, Text(why, "bright_black"))
    body = table if state["decisions"] else Text("No bar has been decided on yet.", "bright_black")
    return Panel(body, title="Decisions", title_align="left", border_style="bright_black")


def _foot(state: Mapping[str, Any]) -> RenderableType:
    alarms = [Text(f"! {alarm['text']}", "red") for alarm in state.get("alarms", ())]
    last = (state.get("loop") or {}).get("iterations") or []
    told = []
    if last:
        one = last[-1]
        score = number(one["score"])
        told.append(
            f"loop: iteration {one['iteration']} {one['decision']}, score {score}, look {one['look'] or MISSING}"
        )
    if state["bot"]["name"]:
        ledger = next((one["ledger"] for one in state["sources"] if one["id"] == state["source"]), "")
        told.append(f"{state['bot']['name']}, row {state['bot']['row']:,} of {ledger}")
    told.append(
        f"as of {_time(state['looked_ms'] or state['made_ms'], seconds=True)} UTC. The page: dashboard.view=web"
    )
    return Group(*alarms, *(Text(line, "bright_black") for line in told))


def _toned(value: float, text: str) -> Text:
    return Text(text, "green" if value > 0.0 else "red" if value < 0.0 else "default")


def _time(ms: int | None, seconds: bool = False) -> str:
    if not ms:
        return MISSING
    return time.strftime("%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M", time.gmtime(ms / 1000))

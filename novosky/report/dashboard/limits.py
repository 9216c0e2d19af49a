"""How much of each limit is used: of the profile's loss limits by the core's own bases, and of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.dashboard.condition import guard_answer, guard_reason
from novosky.report.dashboard.follow import Book
from novosky.report.dashboard.words import GUARD_TITLES
from novosky.trading.ledger.rows import Equity

PERIODS = (("day", "Loss today", "daily_loss_pct"), ("week", "Loss this week", "weekly_loss_pct"))


def limits(book: Book, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a limit: used and limit in `unit`, `pct` of it that is used; `warns` where to be near it is bad.

    None before the first decision.

    Loss limits are measured as `execution/breakers.py` does: from the base that the day or the week began with.
    """
    core, equity = book.book, book.state.equity
    if not core or equity is None:
        return []
    profile = facts["profile"]
    base = equity.balance if profile["loss_base"] == "balance" else equity.equity
    start = core["start_balance"]
    rows = []
    for period, title, share in PERIODS:
        began = core[f"{period}_start"]
        of = start if profile["loss_pct_of"] == "start_balance" else began
        rows.append(_money(title, began - base, of * profile[share] / 100.0, bool(core[f"{period}_halt"])))
    rows.append(
        _money("Loss in all", start - base, start * profile["total_loss_pct"] / 100.0, bool(core["total_halt"]))
    )
    if facts["max_consecutive_losses"]:
        row = _counted("Losses in a row", core["losses_in_row"], facts["max_consecutive_losses"])
        rows.append(row | {"holds": bool(core["streak_halt"])})
    rows.append(_counted("Open positions", len(book.state.positions), facts["max_positions"]) | {"warns": False})
    return rows


def margin_row(equity: Equity) -> dict[str, Any] | None:
    """Margin that is bound, of the equity; None where nothing is open."""
    if equity.margin <= 0.0 or equity.equity <= 0.0:
        return None
    return _money("Margin bound", equity.margin, equity.equity, False) | {"warns": False}


def _money(title: str, used: float, limit: float, holds: bool) -> dict[str, Any]:
    """A gain uses nothing of a loss limit."""
    used = round(max(used, 0.0), 2) + 0.0
    pct = 100.0 * used / limit if limit > 0.0 else 0.0
    return {
        "title": title,
        "used": used,
        "limit": round(limit, 2),
        "pct": pct,
        "unit": "money",
        "holds": holds,
        "warns": True,
    }


def _counted(title: str, used: int, limit: int) -> dict[str, Any]:
    pct = 100.0 * used / limit if limit else 0.0
    return {"title": title, "used": used, "limit": limit, "pct": pct, "unit": "count", "holds": False, "warns": True}


def guards(book: Book) -> list[dict[str, Any]]:
    """Every guard, those that hold first; one that never changed was never written and is free."""
    rows = []
    for name, title in GUARD_TITLES.items():
        state = book.state.guards.get(name, {})
        reason, since_ms = guard_reason(name, state), book.held.get(name)
        answer = guard_answer(name, state)
        rows.append({"name": name, "title": title, "answer": answer, "since_ms": since_ms, "reason": reason})
    return sorted(rows, key=lambda row: row["answer"] == "free")

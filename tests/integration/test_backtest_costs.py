"""The same decisions under other terms of trading, and the ledger of the deals, on a small trained set."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from support.small_job import Workspace

QUICK = ("mode=backtest", "report.html=false")
FIGURES = ("trades", "expectancy_r", "expectancy_r_interval", "return_pct", "max_drawdown_pct")


@pytest.fixture(scope="module")
def compared(small_job: Workspace) -> tuple[Workspace, dict[str, Any]]:
    other = small_job.sibling("costs")
    return other, other.run(*QUICK, "compare_costs=true", "broker=ftmo")


def test_the_rows_are_what_running_each_case_gives(compared: tuple[Workspace, dict[str, Any]]) -> None:
    job, result = compared
    rows = {row["costs"]: row for row in result["costs_in_turn"]}
    assert list(rows)[:3] == ["all costs, ftmo", "no costs", "spread only"]
    assert "broker ftmo" not in rows
    assert result["volatile"]["looks"] == len(rows)
    free = ("execution.swap=false", "broker.commission_per_lot=0", "broker.commission_pct=0")
    alone = {
        "all costs, ftmo": ("broker=ftmo",),
        "no costs": ("broker=ftmo", *free, "execution.spread_factor=0"),
        "spread only": ("broker=ftmo", *free),
        "broker ic_markets": ("broker=ic_markets",),
        "broker exness": ("broker=exness", "account=default"),
    }
    for title, overrides in alone.items():
        case = job.run(*QUICK, *overrides)
        judged, row = case["judged"], rows[title]
        assert {name: judged[name] for name in FIGURES} == {name: row[name] for name in FIGURES}, title
        assert {kind: judged["costs"][kind] for kind in row["paid"]} == row["paid"]
        assert judged["reference"]["value"] == row["reference_score"]
        assert case["volatile"]["looks"] == len(rows), "a look that the comparison had counted already"


def test_costs_are_those_of_their_kind(compared: tuple[Workspace, dict[str, Any]]) -> None:
    rows = {row["costs"]: row for row in compared[1]["costs_in_turn"]}
    assert set(rows["no costs"]["paid"].values()) == {0.0}
    spread, everything = rows["spread only"]["paid"], rows["all costs, ftmo"]["paid"]
    assert spread["spread"] == spread["total"] > 0
    assert everything["commission"] > 0
    assert rows["no costs"]["expectancy_r"] > rows["spread only"]["expectancy_r"]


def test_deals_and_trades_are_one_ledger(small_job: Workspace) -> None:
    off = ("stage.position.enabled=false", "stage.risk.enabled=false")  # trades that live on, and are not tiny
    result = small_job.run(*QUICK, *off, "execution.partial_r=0.5", "execution.max_positions=3")
    tables = {}
    for name in ("deals", "trades"):
        with (result["folder"] / f"{name}.csv").open() as file:
            tables[name] = list(csv.DictReader(file))
    deals, trades = tables["deals"], tables["trades"]
    final = result["judged"]["final_balance"]
    booked = sum(float(deal["profit"]) - float(deal["commission"]) + float(deal["swap"]) for deal in deals)
    assert final == pytest.approx(10_000 + booked, abs=0.005)
    assert final == pytest.approx(10_000 + sum(float(trade["net"]) for trade in trades), abs=0.005)
    assert {deal["ticket"] for deal in deals} == {trade["ticket"] for trade in trades}
    assert sum(deal["kind"] == "partial" for deal in deals) == result["judged"]["partial_closes"] > 0

"""What a run says on the screen: the figures of its result, legible on 80 columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from novosky.modes.cost_screen import show_costs_in_turn
from novosky.modes.result_table import show_result
from novosky.modes.stage_tables import show_in_turn, show_stages
from support.report_sample import sample


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return dict(sample().result)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def screen(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def row(text: str, name: str) -> str:
    """What stands beside a name, folded lines joined."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name} "))
    stop = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" "))
    return " ".join(" ".join(lines[start:stop]).split()).removeprefix(name).strip()


def spread(values: dict[str, float]) -> str:
    return f"{values['median']:.2f} ({values['least']:.2f} .. {values['greatest']:.2f})"


def test_the_result_says_who_decided_and_what(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    show_result(result, Path("run"))
    text, judged = screen(capsys), result["judged"]
    stop, size = spread(judged["brackets"]["sl_atr"]), spread(judged["risk_multiplier"])
    assert row(text, "stages") == "signal, position, sltp, risk"
    assert f"position_model {judged['exits']['position_model']}" in row(text, "exits")
    assert row(text, "brackets").startswith(f"stop {stop}, target ")
    assert row(text, "brackets").endswith(" ATR")
    assert row(text, "size") == f"{size} of the profile's risk"
    assert row(text, "reference").endswith(f"{judged['reference']['equal_sizes']['value']:.2f} with equal sizes")


def test_without_a_risk_stage_no_size_is_shown(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    show_result({**result, "models": {"signal": result["models"]["signal"]}}, Path("run"))
    text = screen(capsys)
    assert "of the profile's risk" not in text
    assert "equal sizes" not in text
    assert row(text, "stages") == "signal"


def test_stages_in_turn_come_with_their_warning_where_asked_for(
    result: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    show_result(result, Path("run"))
    text = screen(capsys)
    assert "5 rows are 5 looks at these bars" in text
    for turn in result["stages_in_turn"]:
        assert f"{turn['reference_score']:.2f}" in row(text, turn["stages"])
    show_result({key: value for key, value in result.items() if key != "stages_in_turn"}, Path("run"))
    assert "stages in turn" not in screen(capsys)


def test_every_kind_of_cost_and_what_happened_to_positions_is_said(
    result: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    show_result(result, Path("run"))
    text, judged = screen(capsys), result["judged"]
    costs = judged["costs"]
    kinds = ", ".join(f"{kind} {costs[kind]:.2f}" for kind in ("spread", "slippage", "commission", "swap"))
    assert row(text, "costs") == f"{costs['total']:.2f} USD: {kinds}"
    assert min(abs(costs[kind]) for kind in ("spread", "slippage", "commission", "swap")) > 0.0
    assert row(text, "spread") == "median 8.00 a bar (bars, broker's 3.00)"
    exits = row(text, "exits")
    assert f"additions {judged['additions']}, partial closes {judged['partial_closes']}" in exits
    assert f"moved_stop {judged['exits']['moved_stop']}" in exits
    assert row(text, "not counted").startswith("slippage (execution.slippage=none); requotes")
    assert row(text, "ambiguous bars") == "none of the trades (pessimistic)"


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ("optimistic", "9 of the trades: -0.040 to +0.012 R a trade (optimistic)"),
        ("finer_bars", "9 of the trades, 7 settled: -0.040 to +0.012 R a trade (finer_bars)"),
    ],
)
def test_what_hangs_on_ambiguous_bars_is_said(
    result: dict[str, Any], capsys: pytest.CaptureFixture[str], reading: str, said: str
) -> None:
    twice = {"count": 9, "settled_by_finer_bars": 7, "reading": reading}
    twice |= {"expectancy_r_pessimistic": -0.04, "expectancy_r_optimistic": 0.012}
    show_result({**result, "judged": {**result["judged"], "ambiguous_trades": twice}}, Path("run"))
    assert row(screen(capsys), "ambiguous bars") == said


def test_costs_in_turn_come_where_asked_for(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    show_costs_in_turn(result["costs_in_turn"], "USD")
    text = screen(capsys)
    assert "4 rows are 4 looks at these bars" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    paid = text[text.index("paid, USD") :]
    for case in result["costs_in_turn"]:
        assert f"{case['return_pct']:+.2f}" in row(text, case["costs"])
        money = " ".join(f"{case['paid'][kind]:.2f}" for kind in ("spread", "slippage", "commission", "swap"))
        assert row(paid, case["costs"]) == f"{money} {case['spread_median_price']:.2f}"
    show_result({key: value for key, value in result.items() if key != "costs_in_turn"}, Path("run"))
    assert "costs in turn" not in screen(capsys)


def test_what_the_vote_knew_is_shown(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    vote = result["voters_on_window"]["vote"]
    show_result(result, Path("run"))
    text = screen(capsys)
    shown = [
        f"{vote[of]:+.4f} ({vote[f'{of}_interval'][0]:+.4f} .. {vote[f'{of}_interval'][1]:+.4f})"
        for of in ("log_loss_skill", "direction_skill")
    ]
    assert row(text, "forecast") == f"log-loss gained on the base rate {shown[0]}, BUY against SELL {shown[1]}"
    assert row(text, "confidence") == result["confidence_buckets"]["summary"]
    show_result({**result, "voters_on_window": {}}, Path("run"))
    assert row(screen(capsys), "forecast") == "not judged out of fold"


def test_no_trade_at_all_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(dict(sample(trade_share=0.0).result), Path("run"))
    text = screen(capsys)
    assert row(text, "trades") == "0 (BUY 0, SELL 0)"
    for absent in ("exits", "brackets", "size "):
        assert f"\n{absent}" not in text
    show_in_turn([{"stages": "all stages", "trades": 0, "expectancy_r": None, "expectancy_r_interval": None,
                   "return_pct": 0.0, "max_drawdown_pct": 0.0, "reference_score": 0.0}])  # fmt: skip
    assert row(screen(capsys), "all stages") == "0 none none +0.00 0.00 0.00"


def test_every_stage_fits_the_screen(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    show_stages(result["models"], {"signal": 83.4})
    text = screen(capsys)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    signal = result["models"]["signal"]
    assert row(text, "rows learned") == f"4321, up to {signal['train_end']}, 83 s"
    assert "EXIT 2002 rows 46 %, HOLD 503 rows 11 %, ADD 1804 rows 43 %" in text
    for name, block in result["models"].items():
        after = text[text.index(f"{name} stage") :]
        fate = "no skill found" if block["no_skill_found"] else "better than its naive baseline"
        assert row(after, "out of fold") == fate
        for voter in block.get("voters", ()):
            assert f"{voter['difference_bounds'][1]:+.4f}" in row(after, voter["name"])
        for against, gain in block.get("skill", {}).items():
            assert f"{gain['low']:+.4f} .. {gain['high']:+.4f}" in row(after, against.replace("_", " "))


def test_classes_are_named_in_their_own_order(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A manifest read from disk has them sorted by name."""
    block = dict(result["models"]["position"])
    block["classes"] = dict(sorted(block["classes"].items()))
    show_stages({"position": block}, {})
    text = screen(capsys)
    assert "EXIT:ADD" in text
    assert row(text, "by weight").startswith("EXIT ")

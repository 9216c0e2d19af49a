"""report.html: says all that the result says, loads nothing, and escapes what users name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from novosky.errors import ConfigError
from novosky.execution.codes import VERDICT_NAMES
from novosky.report.calibration import losses
from novosky.report.headline import stamps
from novosky.report.page import ReportData, render, write_report
from novosky.report.plot import plotly_source
from novosky.report.price_chart import shown_bars
from support.report_sample import sample


class Page(HTMLParser):
    """Text that a reader sees, elements by tag, and the charts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.charts: list[dict[str, Any]] = []
        self._inside = ""
        self.feed(page)
        self.text = " ".join(" ".join(self.words).replace("\u00a0", " ").split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = "chart" if "data-chart" in dict(attrs) else tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "chart":
            self.charts.append(json.loads(data))
        elif self._inside not in ("script", "style"):
            self.words.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def traded() -> ReportData:
    return sample()


@pytest.fixture(scope="module")
def page(traded: ReportData) -> Page:
    return Page(render(traded))


@pytest.fixture(scope="module")
def idle() -> ReportData:
    return sample(trade_share=0.0)


def changed(of: ReportData, **parts: Any) -> ReportData:
    return replace(of, result={**of.result, **parts})


SPREAD = ("least", "median", "greatest")
# How each figure of `judged` is written: decimals, and 100 where a fraction is shown in per cent.
WRITTEN = {
    "interval": (0, 100),
    "trades": (0, 1),
    "win_rate": (1, 100),
    "profit_factor": (2, 1),
    "profit_factor_interval": (2, 1),
    "expectancy_r": (3, 1),
    "expectancy_r_interval": (3, 1),
    "sized_expectancy_r": (3, 1),
    "sized_expectancy_r_interval": (3, 1),
    "gross_profit": (2, 1),
    "gross_loss": (2, 1),
    "net_profit": (2, 1),
    "return_pct": (2, 1),
    "final_balance": (2, 1),
    "max_drawdown_pct": (2, 1),
    "sharpe_annual": (2, 1),
    "score.value": (2, 1),
    "reference.value": (2, 1),
    "reference.risk_pct": (0, 1),
    "reference.max_drawdown_pct": (2, 1),
    "reference.equal_sizes.value": (2, 1),
    **{f"brackets.{level}.{which}": (2, 1) for level in ("sl_atr", "tp_atr") for which in SPREAD},
    **{f"risk_multiplier.{which}": (2, 1) for which in SPREAD},
    "buy_and_hold.return_pct": (2, 1),
    "buy_and_hold.max_drawdown_pct": (2, 1),
    **{f"costs.{kind}": (2, 1) for kind in ("spread", "slippage", "commission", "swap", "total")},
    "costs.spread_median_price": (2, 1),
    "additions": (0, 1),
    "partial_closes": (0, 1),
    "ambiguous_trades.count": (0, 1),
    "ambiguous_trades.settled_by_finer_bars": (0, 1),
    "ambiguous_trades.expectancy_r_pessimistic": (3, 1),
    "ambiguous_trades.expectancy_r_optimistic": (3, 1),
}


def numbers(node: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(node, Mapping):
        for name, inner in node.items():
            yield from numbers(inner, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for inner in node:
            yield from numbers(inner, path)
    elif isinstance(node, int | float):
        yield path, node


def test_the_skill_sentence_comes_before_every_figure(traded: ReportData, page: Page):
    assert page.text.index(traded.result["summary"]) < page.text.index("Profit factor")


def test_every_figure_of_the_judged_window_is_on_the_page(traded: ReportData, page: Page):
    for path, value in numbers({key: part for key, part in traded.result["judged"].items() if key != "gates"}):
        decimals, factor = (0, 1) if path.startswith(("why_no_trade.", "exits.", "sides.")) else WRITTEN[path]
        written = f"{abs(value) * factor:,.{decimals}f}"
        assert re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d])", page.text), f"{path} = {value} as {written}"


def test_every_gate_is_on_the_page_with_its_settings_and_its_count(traded: ReportData, page: Page):
    gates = traded.result["judged"]["gates"]
    assert [gate["gate"] for gate in gates] == list(VERDICT_NAMES[1:])
    assert sum(gate["refused"] for gate in gates) == sum(traded.result["judged"]["why_no_trade"].values())
    assert "ATR) execution.min_atr_threshold 0.0 ATR(14) of the closed bar when ATR is at least that 0 " in page.text
    for gate in gates:
        assert f"{gate['asked_on']} {gate['opens_again']} {gate['refused']:,}" in page.text


def test_everything_else_that_the_result_says_is_on_the_page(traded: ReportData, page: Page):
    result = traded.result
    for voter in result["models"]["signal"]["voters"]:
        assert voter["name"] in result["voters_on_window"]
    for here in result["voters_on_window"].values():
        for path, value in numbers(here):
            assert_written(page, path, value)
    for part in ("settings", "broker", "fingerprints", "data", "window", "volatile"):
        for _, value in numbers(result[part]):
            assert str(value) in page.text
    for text in (*result["fingerprints"].values(), *result["warnings"], result["data"]["bars_hash"]):
        assert text in page.text
    for window in result["windows"]:
        assert f"{window['name']} {window['bars']:,} {window['from']} {window['to']}" in page.text
    costs = result["judged"]["costs"]
    for text in (*costs["modelled"], *costs["off"], *costs["not_modelled"]):
        assert text in page.text


# What a stage or a row says of itself: decimals, and 100 where a share is shown in per cent.
WRITTEN_OF_STAGES = {
    **dict.fromkeys(("rows", "direction_rows", "trades", "classes"), (0, 1)),
    **dict.fromkeys(("brier_skill_score",), (2, 100)),
    **dict.fromkeys(("calibration_error", "win_rate"), (1, 100)),
    **dict.fromkeys(("class_shares", "accuracy"), (1, 100)),
    **dict.fromkeys(("mean_multiplier", "return_pct", "max_drawdown_pct", "reference_score"), (2, 1)),
    **dict.fromkeys(("paid", "spread_median_price"), (2, 1)),
    **dict.fromkeys(("expectancy_r", "expectancy_r_interval"), (3, 1)),
    **dict.fromkeys(("confidence_from", "confidence_to", "mean_r", "mean_r_interval", "probability"), (3, 1)),
    **dict.fromkeys(("promised_r", "promised_r_hold_flat"), (3, 1)),
    **dict.fromkeys(("top_minus_bottom_r", "top_minus_bottom_r_interval"), (3, 1)),
}


def test_every_figure_of_every_stage_is_on_the_page(traded: ReportData, page: Page):
    result = traded.result
    for part in [*result["models"].values(), *result["stages_in_turn"], *result["costs_in_turn"]]:
        for path, value in numbers({key: inner for key, inner in part.items() if key != "voters"}):
            assert_written(page, path, value)
        for voter in part.get("voters", ()):
            for path, value in numbers({key: inner for key, inner in voter.items() if key != "kept"}):
                assert_written(page, path, value)
    assert "EXIT: leave 41 HOLD: stay 1,234 ADD: more, as far as execution.max_adds allows 77" in page.text
    assert "asked at 1,352 closes" in page.text


def assert_written(page: Page, path: str, value: float) -> None:
    if isinstance(value, bool):
        return
    names = [name for name in path.split(".") if name in WRITTEN_OF_STAGES]
    decimals, factor = WRITTEN_OF_STAGES[names[-1]] if names else (4, 1)
    written = f"{abs(value) * factor:,.{decimals}f}"
    assert re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d])", page.text), f"{path} = {value} as {written}"


def test_every_figure_of_the_confidence_buckets_is_on_the_page(traded: ReportData, page: Page):
    block = traded.result["confidence_buckets"]
    assert len(block["rows"]) == 3
    assert block["summary"] in page.text
    assert f"Left out: {block['additions_left_out']} additions to open positions" in page.text
    compared = {key: inner for key, inner in block.items() if key.startswith("top_minus_bottom")}
    for row in [compared, *block["rows"]]:
        for path, value in numbers(row):
            assert_written(page, path, value)


def test_each_voter_says_whether_it_is_better_than_the_base_rate():
    voter = {
        "rows": 3_000,
        "log_loss": 1.05,
        "base_rate_log_loss": 1.0794,
        "log_loss_skill": 0.0294,
        "log_loss_skill_interval": [0.01, 0.05],
        "brier": 0.66,
        "base_rate_brier": 0.65,
        "brier_skill": -0.01,
        "brier_skill_interval": [-0.02, -0.001],
        "brier_skill_score": -0.0154,
        "direction_rows": 1_200,
        "direction_skill": 0.001,
        "direction_skill_interval": [-0.001, 0.003],
        "calibration_error": {"SELL": 0.012, "HOLD": 0.034, "BUY": 0.056},
    }
    assert [line.replace("\u00a0", " ") for line in losses(voter, 0.9)] == [
        "log-loss 1.0500, base rate 1.0794: gain +0.0294 (90 % interval +0.0100 to +0.0500), better",
        "Brier score 0.6600, base rate 0.6500: gain -0.0100 (90 % interval -0.0200 to -0.0010), worse",
        "BUY against SELL, log-loss on 1,200: gain +0.0010 (90 % interval -0.0010 to +0.0030), not shown to differ",
        "3,000 labels; Brier skill score -1.54 %; expected calibration error: SELL 1.2 %, HOLD 3.4 %, BUY 5.6 %",
    ]
    unknown = {**voter, "log_loss_skill_interval": None, "direction_skill": None}
    assert losses(unknown, 0.9)[0].endswith("gain +0.0294, no interval")
    assert len(losses(unknown, 0.9)) == 3


def test_where_the_probabilities_are_not_known_nothing_is_promised(traded: ReportData):
    block = traded.result["confidence_buckets"]
    rows = [{**row, "probability": None, "promised_r": None, "promised_r_hold_flat": None} for row in block["rows"]]
    text = Page(render(changed(traded, confidence_buckets={**block, "rows": rows}))).text
    assert text.count("n/a n/a") == len(rows)


def test_each_stage_says_whether_it_knows_anything(traded: ReportData, page: Page):
    end = traded.result["models"]["signal"]["train_end"]
    assert "decided by signal, position, sltp, risk" in page.text
    assert f"signal BUY, SELL or no trade 4,321 {end} no skill found" in page.text
    assert f"position when an open trade leaves early 4,221 {end} better than its naive baseline" in page.text
    assert f"risk the share of the profile's risk 4,021 {end} better than its naive baseline 0.62" in page.text
    assert "sltp the one bracket that earned most before" in page.text
    assert f"{traded.result['judged']['reference']['equal_sizes']['value']:.2f} with equal sizes" in page.text


def test_stages_that_are_off_say_what_happens_without_them(traded: ReportData):
    signal = {"signal": traded.result["models"]["signal"]}
    text = Page(render(changed(traded, models=signal))).text
    assert "position switched off: no trade leaves early" in text
    assert "sltp switched off: the brackets of the settings" in text
    assert "risk switched off or missing: every trade has its full size" in text
    for absent in ("What the later stages are worth", "ADD: more", "equal sizes"):
        assert absent not in text


def test_stages_in_turn_warn_of_searching_and_show_only_when_asked_for(traded: ReportData, page: Page):
    assert "Each row is a look of its own at these bars: whoever takes the best of 5 has searched." in page.text
    result = {key: value for key, value in traded.result.items() if key != "stages_in_turn"}
    assert "in turn" not in Page(render(replace(traded, result=result))).text


def test_other_terms_of_trading_warn_of_searching_and_show_only_when_asked_for(traded: ReportData, page: Page):
    assert "The same decisions under other terms Each row is a look of its own" in page.text
    assert "whoever takes the best of 4 has searched." in page.text
    result = {key: value for key, value in traded.result.items() if key != "costs_in_turn"}
    assert "other terms" not in Page(render(replace(traded, result=result))).text


def test_exits_by_the_position_model_are_counted(traded: ReportData, page: Page):
    early = traded.result["judged"]["exits"]["position_model"]
    assert early > 10
    assert f"left early: position model {early} " in page.text


def test_a_comparison_with_the_load_order_of_the_original_is_on_the_page(traded: ReportData):
    voter = {"voter": "forest", "source": "calibrated pickle", "golden_difference": 1.5e-7, "fallbacks": []}
    text = Page(render(changed(traded, load_order={"voters": [voter], "window_votes": {"bars": 99}}))).text
    assert "load_order.voters.1.source calibrated pickle" in text
    assert "load_order.window_votes.bars 99" in text


@pytest.mark.parametrize(
    ("interval", "answer"),
    [([0.01, 0.3], "better"), ([-0.2, 0.1], "none"), ([0.0, 0.1], "none"), ([-0.3, -0.1], "loses"), (None, "none")],
)
def test_the_sentence_is_coloured_by_its_answer(traded: ReportData, interval, answer):
    judged = {**traded.result["judged"], "expectancy_r_interval": interval}
    found = [attrs.get("class") for _, attrs in Page(render(changed(traded, judged=judged))).tags]
    assert f"answer {answer}" in found


def test_a_generated_market_and_models_without_skill_are_stamped(traded: ReportData):
    assert stamps(traded.result) == [
        "synthetic market: not a real result",
        "signal stage, no skill found: it decides all the same",
        "sltp stage, no skill found: it decides all the same",
        *traded.result["warnings"],
    ]
    signal = {**traded.result["models"]["signal"], "no_skill_found": False}
    real = changed(traded, data={**traded.result["data"], "source": "parquet"}, models={"signal": signal}, warnings=[])
    assert stamps(real.result) == []


def test_what_a_warning_says_already_is_not_said_again(traded: ReportData):
    said = ["synthetic market: generated bars", "signal stage, no skill found: trades show what that costs"]
    said += ["sltp stage, no skill found: its brackets earned no more", "other", "other"]
    assert stamps(changed(traded, warnings=said).result) == said[:4]
    assert said[0] in Page(render(changed(traded, warnings=said))).text


@pytest.mark.parametrize(
    ("kept", "no_skill", "state"),
    [(True, False, "votes"), (False, False, "dropped"), (False, True, "votes, no skill")],
)
def test_what_became_of_a_voter(traded: ReportData, kept, no_skill, state):
    voter = {**traded.result["models"]["signal"]["voters"][0], "kept": kept}
    signal = {**traded.result["models"]["signal"], "no_skill_found": no_skill, "voters": [voter]}
    name = voter["name"]
    data = replace(changed(traded, models={"signal": signal}), reliability={name: traded.reliability[name]})
    assert Page(render(data)).text.count(f"{name} {state} ") == 2  # above its chart and in the table


def test_only_the_judged_window_is_marked_and_the_closed_ones_are_hatched(traded: ReportData, page: Page):
    def states(of: Page) -> list[str]:
        return [attrs["class"].split()[1] for _, attrs in of.tags if (attrs.get("class") or "").startswith("window ")]

    assert states(page) == ["open", "judged", "sealed", "sealed"]
    gate = replace(traded, window=traded.window._replace(name="gate"))
    assert states(Page(render(gate))) == ["open", "open", "judged", "sealed"]
    out_of_fold = replace(traded, window=traded.window._replace(name="train_oof"))
    assert states(Page(render(out_of_fold))) == ["judged", "open", "sealed", "sealed"]


def test_prices_after_the_judged_window_are_not_on_the_page(traded: ReportData, page: Page):
    line = next(attrs["points"] for tag, attrs in page.tags if tag == "polyline")
    last_x = float(line.split()[-1].split(",")[0])
    span = traded.bars.time_ms[-1] - traded.bars.time_ms[0]
    end = traded.bars.time_ms[traded.window.stop - 1] - traded.bars.time_ms[0]
    assert last_x == pytest.approx(1000.0 * end / span, abs=1.0)
    candles = next(chart for chart in page.charts if chart["data"][0]["type"] == "candlestick")["data"][0]
    assert max(candles["x"]) == traded.bars.time_ms[traded.window.stop - 1]


def test_the_price_chart_shows_the_last_bars_and_says_how_many_trades(traded: ReportData, page: Page):
    first, stop = traded.window.stop - traded.price_bars, traded.window.stop
    assert shown_bars(traded) == (first, stop)
    seen = int((traded.trades["exit_bar"] >= first).sum())
    assert 0 < seen < len(traded.trades)
    assert f"{traded.price_bars} of {len(traded.equity):,} bars, up to the end of the window" in page.text
    assert f"with {seen} of {len(traded.trades)} trades" in page.text
    chart = next(chart for chart in page.charts if chart["data"][0]["type"] == "candlestick")
    assert len(chart["data"][0]["close"]) == traded.price_bars
    exits = [text for trace in chart["data"] if "exit" in trace.get("name", "") for text in trace["text"]]
    last = traded.trades[-1]
    assert len(exits) == seen
    assert any(f"{last['r']:+.2f} R" in text and f"confidence {last['confidence']:.3f}" in text for text in exits)


def test_where_trading_ended_early_the_price_chart_ends_soon_after_the_last_exit(traded: ReportData):
    halted = replace(traded, trades=traded.trades[:5], price_bars=200)
    last_exit = int(halted.trades["exit_bar"][-1])
    stop = last_exit + 1 + 10  # a twentieth of 200 bars later
    assert shown_bars(halted) == (max(traded.window.start, stop - 200), stop)
    assert "up to the last trade, from" in Page(render(halted)).text


def test_nothing_is_loaded_from_elsewhere(traded: ReportData):
    own = render(traded).replace(plotly_source(), "")
    assert len(own) < 300_000  # the library was in it once, and only once
    assert not re.search(r"(src|href)\s*=\s*(?![\"']?data:)", own)
    assert not re.search(r"https?:|url\(|@import|//[a-z]+\.[a-z]", own)
    assert "default-src 'none'" in own


def test_names_of_users_are_text_and_never_markup(traded: ReportData, page: Page):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    result = traded.result
    voter = {**result["models"]["signal"]["voters"][0], "name": evil}
    turn = {**result["stages_in_turn"][0], "stages": evil}
    data = replace(
        changed(
            traded,
            summary=evil,
            warnings=[evil],
            data={**result["data"], "symbol": evil, "snapshot": evil},
            models={**result["models"], "signal": {**result["models"]["signal"], "voters": [voter]}},
            stages_in_turn=[turn],
            voters_on_window={evil: result["voters_on_window"]["xgboost"]},
            settings={**result["settings"], "broker": evil, evil: evil},
        ),
        reliability={evil: {evil: traded.reliability["xgboost"]["BUY"]}},
    )
    attacked = Page(render(data))
    assert attacked.count("img") == 0
    assert attacked.count("script") == page.count("script") - 3  # one voter's chart in place of the vote's and three
    assert attacked.text.count(evil) >= 8
    calibration = attacked.charts[-1]["data"][1]
    assert "<" not in calibration["name"]  # plotly reads markup in names


def test_a_window_without_trades_says_so(idle: ReportData):
    page = Page(render(idle))
    assert "No trade passed the gates" in page.text
    assert "No trades: why every bar was refused" in page.text
    assert "Trades 0 " in page.text
    assert [chart["data"][0]["type"] for chart in page.charts] == ["scatter"] * 5  # equity, the vote, three voters
    assert "trades.csv" not in page.text


def test_a_run_without_reliability_has_no_calibration(traded: ReportData):
    assert "Calibration" not in Page(render(replace(traded, reliability={}))).text


def test_the_same_data_gives_the_same_bytes(traded: ReportData, tmp_path):
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, traded)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_ids_are_unique(page: Page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) == len(page.charts)


def test_without_plotly_the_message_says_what_to_do(traded: ReportData, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "plotly"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=r"extra `report`.*report\.html=false"):
        write_report(tmp_path / "report.html", traded)
    assert list(tmp_path.iterdir()) == []


def test_plotly_is_imported_only_when_a_page_is_written():
    code = "import sys, novosky.report.page; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

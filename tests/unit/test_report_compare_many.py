"""Many runs on one page: ranked, linked, and what a pattern finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.common_bars import common_bars
from novosky.backtest.comparison import summary_of_many
from novosky.errors import ConfigError
from novosky.modes.compare import found_runs
from novosky.modes.compare_screen import show_comparison
from novosky.report.compare_many import changes, linked, odds_square, ranked, settings_rows
from novosky.report.compare_page import comparison_parts
from support.compare_sample import A, B, compared, shown_run

NAMES = "ABCDEF"


def many() -> dict[str, Any]:
    """Six runs: D earned most, clearly more than A; E the same as D."""
    result = compared()
    (pair,) = result["pairs"]
    result["pairs"] = [
        pair | {"a": a, "b": b, "probability_a_better": 0.5, "p_a_better": 0.5, "p_b_better": 0.5, "equal_days": False}
        for a, b in combinations(NAMES, 2)
    ]
    for one in result["pairs"]:
        if (one["a"], one["b"]) == ("A", "D"):
            one |= {"probability_a_better": 0.02, "p_a_better": 0.98, "p_b_better": 0.02}
        if (one["a"], one["b"]) == ("D", "E"):
            one["equal_days"] = True
    result["runs"] = {name: shown_run(f"runs/{name}") for name in NAMES}
    for name, mean in zip(NAMES, (0.1, 0.3, -0.2, 0.9, 0.9, 0.0), strict=True):
        result["runs"][name]["on_common"] = {"trades": 2, "total_r": 4 * mean, "mean_daily_r": mean}
    rows = [{"key": f"labels.key{i}", "A": 1, "F": 2} for i in range(5)]
    result["configuration"] = {name: {} for name in NAMES[1:]} | {"F": {"labels": rows}}
    result["best_of_many"] |= {"runs": 6, "best": "D", "spa_p": 0.2}
    result["left_out"] = ["runs/G: no result, it failed or is not over"]
    return result


def test_the_summary_names_the_best_and_how_clear_it_is() -> None:
    result = many()
    assert summary_of_many(result["pairs"], result["best_of_many"]) == (
        "D earned the most of 6 runs on 40 days, clearly more than 1 of the 5 others; 1 earned the same on every day. "
        "With all counted the best is not shown to be better than flat (p 0.200)."
    )
    few = result["best_of_many"] | {"best": None, "days": 3}
    assert summary_of_many(result["pairs"], few).startswith("Which of 6 runs is best cannot be said on 3 days")


def test_best_first_with_what_differs() -> None:
    result = many()
    assert ranked(result) == ["D", "E", "B", "A", "F", "C"]
    assert changes(result, "F") == "key0 2, key1 2, key2 2 and 2 more"
    assert (changes(result, "A"), changes(result, "B")) == ("", "nothing")
    assert settings_rows(result)[0] == ("labels.key0", "1", "", "", "", "", "2")


def test_the_square_holds_both_directions() -> None:
    square = odds_square(many())
    assert square.count(">98<") == square.count(">2<") == 1
    assert square.count("odds clear") == 1
    assert square.count("<td>=</td>") == 2


def test_letters_lead_to_reports_that_are_there(tmp_path: Path) -> None:
    report = tmp_path / "runs" / "one & two" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("x")
    page = tmp_path / "compare" / "report.html"
    assert 'href="../runs/one &amp; two/report.html"' in linked("A", str(report.parent), page)
    assert "href" not in linked("B", str(tmp_path / "none"), page)


def test_page_and_screen_of_many(capsys: pytest.CaptureFixture[str]) -> None:
    result, runs = many(), [replace(one, name=name) for name, one in zip(NAMES, [A, B] * 3, strict=True)]
    page = "".join(comparison_parts(result, runs, common_bars(runs)))
    show_comparison(result, Path("run"))
    said = capsys.readouterr().out
    for text in ("runs/G: no result", "+0.9000", "-0.050 to +0.300", "key0 2, key1 2, key2 2 and 2 more"):
        assert text in page
        assert text in said
    assert page.count("A C E") == 1, "runs that grew alike share a line"
    assert "Configuration, A against" not in page


def test_a_pattern_leaves_out_what_has_no_result(tmp_path: Path) -> None:
    for name in ("1", "2", "10", "3"):
        (tmp_path / name).mkdir()
        if name != "3":
            (tmp_path / name / "result.json").write_text("{}")
    (tmp_path / "multirun.yaml").write_text("")
    jobs, left_out = found_runs([f"{tmp_path}/*"])
    assert [job.name for job in jobs] == ["1", "2", "10"]
    assert left_out == [f"{tmp_path / '3'}: no result, it failed or is not over"]
    assert found_runs([str(tmp_path)]) == (jobs, left_out), "a multirun's folder stands for its jobs"
    assert found_runs([str(tmp_path / "3")]) == ([tmp_path / "3"], []), "named itself: its reader refuses it"
    with pytest.raises(ConfigError, match="nothing that can be compared matches"):
        found_runs([f"{tmp_path}/3*"])

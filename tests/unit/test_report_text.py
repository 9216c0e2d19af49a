"""Numbers and markup of the report, stated by hand."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.execution.codes import EXIT_NAMES, VERDICT_NAMES
from novosky.report.html import Html, element, table
from novosky.report.r_chart import r_bins
from novosky.report.text import EXIT_WORDS, VERDICT_WORDS, counted, interval, number, words
from novosky.report.timeline import moment_ms


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (1234.5, {}, "1,234.50"),
        (1234.5, {"decimals": 0}, "1,234"),
        (0.12345, {"decimals": 3, "sign": True, "unit": "R"}, "+0.123\u00a0R"),
        (-0.001, {"sign": True}, "0.00"),
        (0.0, {"sign": True, "unit": "%"}, "0.00\u00a0%"),
        (None, {"unit": "%"}, "n/a"),
        (float("nan"), {}, "n/a"),
        (float("inf"), {}, "∞"),
        (float("-inf"), {"unit": "R"}, "-∞\u00a0R"),
    ],
)
def test_number(value, options, expected):
    assert number(value, **options) == expected


def test_interval():
    assert interval([0.5, 1.25]) == "0.50 to 1.25"
    assert interval((-0.1, 0.2), 3, sign=True) == "-0.100 to +0.200"
    assert interval([0.8, float("inf")]) == "0.80 to ∞"
    assert interval(None) == "n/a"


def test_counted():
    assert [counted(n, "trade") for n in (0, 1, 1200)] == ["0 trades", "1 trade", "1,200 trades"]


def test_every_code_of_the_core_has_words():
    assert set(VERDICT_WORDS) == set(VERDICT_NAMES[1:])
    assert set(EXIT_WORDS) == set(EXIT_NAMES[1:])
    assert words("swap_too_high", VERDICT_WORDS) == "swap too high"


def test_content_and_attributes_are_escaped_and_markup_is_not():
    made = element("p", "a < b", Html("<b>&amp;</b>"), title='say "x" & <y>', cls="note")
    assert made == '<p title="say &quot;x&quot; &amp; &lt;y&gt;" class="note">a &lt; b<b>&amp;</b></p>'


def test_table_aligns_numbers_and_escapes_cells():
    assert table(("k", "n"), [("<a>", 3)]) == (
        '<div class="scroll"><table><thead><tr><th>k</th><th class="n">n</th></tr></thead>'
        '<tbody><tr><td>&lt;a&gt;</td><td class="n">3</td></tr></tbody></table></div>'
    )


@pytest.mark.parametrize("text", ["2024-01-01 22:00 UTC", "2024-01-01T22:00:00Z", "2024-01-01T22:00:00+00:00"])
def test_moment(text):
    assert moment_ms(text) == 1_704_146_400_000.0


def test_r_bins_have_an_edge_at_zero():
    edges, counts = r_bins(np.array([-1.0, -0.95, 0.0, 0.05, 2.0]))
    np.testing.assert_allclose(edges[[0, -1]], [-1.0, 2.1])
    assert np.isclose(edges, 0.0).any()
    assert counts.sum() == 5
    assert counts[np.flatnonzero(np.isclose(edges, 0.0))[0]] == 2  # 0.0 and 0.05 share the bin that begins at zero


def test_r_bins_of_one_trade_and_of_a_wild_one():
    assert r_bins(np.array([1.5]))[1].tolist() == [1.0]
    edges, counts = r_bins(np.array([-1.0, 5000.0]))
    assert counts.sum() == 2
    assert edges[1] - edges[0] == 100.0

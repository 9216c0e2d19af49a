"""Values forward in time: nothing sees its future, what does is caught, and too little to learn from is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from novosky.errors import DataError, NovoskyError
from novosky.models.forward.training_rows import UNSEEN, check_forward
from novosky.models.forward.values import ForwardValues, RegressionRows, forward_values
from novosky.models.trees.lightgbm_regressor import Regressor, fit_regressor
from support.signal_rows import silent
from support.stage_rows import regressor

LIFE, EMBARGO, FIRST, LAST = 6, 8, 300, 900


def rows(n: int = 600, seed: int = 0) -> RegressionRows:
    """A row a bar from block 2 of 8 on, 100 bars a block; targets live up to 6 bars, every seventh row has none."""
    random = np.random.Generator(np.random.PCG64(seed))
    x = random.normal(size=(n, 3)).astype(np.float32)
    target = np.column_stack([x[:, 0] + random.normal(0, 0.5, n), random.normal(size=n)])
    target[::7] = np.nan
    bar = FIRST + np.arange(n)
    life = random.integers(0, LIFE + 1, n)
    life[1] = LIFE
    parent_seen = np.maximum(bar // 100 * 100 - 1, 0)
    parent_seen[bar % 100 < EMBARGO] -= 100
    return RegressionRows(x, target, bar, bar + life, parent_seen, np.arange(100, 1000, 100), EMBARGO, 2)


def fit(x: np.ndarray, target: np.ndarray, block: int) -> list[Regressor]:
    return [fit_regressor(x, target[:, v], regressor(rounds=5), block, 1) for v in range(target.shape[1])]


def predict(asked: RegressionRows, least: int = 40) -> ForwardValues:
    return forward_values("sltp", asked, least, fit, 1, silent)


ROWS = rows()


@pytest.fixture(scope="module")
def forward() -> ForwardValues:
    return predict(ROWS)


def test_which_rows_are_predicted_and_what_they_saw(forward: ForwardValues) -> None:
    block = (ROWS.bar - 100) // 100
    expected = (block > 2) & (ROWS.bar % 100 >= EMBARGO)
    assert np.array_equal(forward.predicted, expected)
    assert np.array_equal(forward.block[expected], block[expected])
    assert np.array_equal(np.isfinite(forward.value).all(axis=1), expected)
    assert forward.first_block == 3
    taught = np.isfinite(ROWS.target[:, 0])
    for k in range(3, 8):
        edge = 100 + 100 * k
        learned = taught & (ROWS.bar + LIFE < edge)
        # rows with targets before this block's edge, and the parents of this block's own rows: up to its edge
        assert set(forward.seen_to[forward.block == k]) == {max(int(ROWS.label_end[learned].max()), edge - 1)}
        assert np.allclose(forward.base[forward.block == k], ROWS.target[learned].mean(axis=0))
    check_forward(ROWS.bar, forward.seen_to, EMBARGO)


def test_each_block_is_predicted_by_what_came_before(forward: ForwardValues) -> None:
    learned = np.isfinite(ROWS.target[:, 0]) & (ROWS.bar + LIFE < 600)
    inside = forward.block == 5
    for v, one in enumerate(fit(ROWS.x[learned], ROWS.target[learned], 5)):
        assert np.array_equal(forward.value[inside, v], one.predict(ROWS.x[inside]))


def test_another_future_changes_no_value(forward: ForwardValues) -> None:
    random = np.random.Generator(np.random.PCG64(3))
    target, unknown = ROWS.target.copy(), ROWS.bar + LIFE >= 600
    target[unknown] = random.normal(size=(unknown.sum(), 2))
    other = predict(replace(ROWS, target=target))
    before, after = (forward.block >= 3) & (forward.block <= 5), forward.block == 6
    assert np.array_equal(other.value[before], forward.value[before])
    assert not np.array_equal(other.value[after], forward.value[after])


def test_another_past_changes_values(forward: ForwardValues) -> None:
    target = ROWS.target.copy()
    target[:60] += 5.0
    assert not np.array_equal(predict(replace(ROWS, target=target)).value[:, 0], forward.value[:, 0], equal_nan=True)


def test_targets_in_the_order_of_their_rows_are_known_by_their_own_end() -> None:
    """Trades one after another: a single wait of 90 bars costs its own row, not a block of rows."""
    bar = FIRST + 10 * np.arange(60)
    end = bar + 9
    end[20:29] = np.maximum(end[20:29], bar[20] + 90)
    unseen = np.full(60, UNSEEN)
    asked = RegressionRows(ROWS.x[:60], np.zeros((60, 2)), bar, end, unseen, ROWS.edges, EMBARGO, 2)
    assert asked.known_before(3).tolist() == (end < 400).tolist()
    assert asked.known_before(5).sum() == (end < 600).sum()
    shuffled = replace(asked, label_end=np.where(np.arange(60) == 5, bar + 60, end))
    assert np.array_equal(shuffled.known_before(5), bar + 90 < 600)


def test_a_planted_look_ahead_of_a_parent_is_caught() -> None:
    row = 250
    for seen in (ROWS.bar[row], ROWS.bar[row] - EMBARGO):
        parent_seen = ROWS.parent_seen.copy()
        parent_seen[row] = seen
        with pytest.raises(NovoskyError, match=f"at bar {ROWS.bar[row]}, has seen bar {seen}"):
            replace(ROWS, parent_seen=parent_seen)


def test_what_a_rows_own_parents_saw_counts_as_seen(forward: ForwardValues) -> None:
    """Rows taught up to bar 344 alone, and one at bar 394 that looks at no bar but its own."""
    taught = np.isin(ROWS.bar, [*range(300, 345), 394])[:, None]
    asked = replace(
        ROWS,
        target=np.where(taught, 0.0, np.nan),
        label_end=ROWS.bar.copy(),
        parent_seen=np.full(len(ROWS.bar), UNSEEN),
    )
    assert set(predict(asked).seen_to[forward.block == 3]) == {394}
    late = np.where(ROWS.bar == 490, 481, UNSEEN)  # the row's own parents
    seen = predict(replace(asked, parent_seen=late)).seen_to
    assert set(seen[(forward.block == 4) & (ROWS.bar != 490)]) == {394}
    assert seen[ROWS.bar == 490] == 481


def test_blocks_with_too_few_rows_before_them_are_passed_over() -> None:
    assert predict(ROWS, least=120).first_block == 4
    with pytest.raises(DataError, match=r"stage\.sltp: expected at least 2 forward blocks with 400 rows .*found 1 of"):
        predict(ROWS, least=400)
    with pytest.raises(DataError, match=r"found 0 of windows\.blocks=8, with 514 rows .*stage\.sltp\.enabled=false"):
        predict(ROWS, least=10_000)


def test_rows_that_break_their_contract_are_refused() -> None:
    x = ROWS.x.copy()
    x[3, 2] = np.nan
    with pytest.raises(DataError, match="found nan in column 2 at bar 303"):
        replace(ROWS, x=x)
    with pytest.raises(NovoskyError, match="bar may not fall"):
        replace(ROWS, bar=ROWS.bar[::-1])
    with pytest.raises(NovoskyError, match="end at their row's bar or later"):
        replace(ROWS, label_end=ROWS.bar - 1)
    with pytest.raises(NovoskyError, match="between the edge of first_block"):
        replace(ROWS, first_block=3)
    with pytest.raises(NovoskyError, match="the same rows"):
        replace(ROWS, target=ROWS.target[1:])


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    forward_values("sltp", ROWS, 40, fit, 1, lambda text, share: shares.append(share))
    assert shares == sorted(shares)
    assert len(shares) == 5
    assert shares[-1] == 1.0

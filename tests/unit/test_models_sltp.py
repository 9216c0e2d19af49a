"""The sltp stage on a market whose best bracket follows a feature, and on one without; its rows; its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from novosky.errors import DataError, ModelCompatibilityError
from novosky.labels.bracket_grid import bracket_grid, bracket_r
from novosky.labels.paths import Entries
from novosky.labels.position_states import sample_rows
from novosky.models.bundle.manifest import manifest_hash
from novosky.models.forward.training_rows import check_forward
from novosky.models.stages.sltp import SltpModel, load_sltp, save_sltp, sltp_brackets, train_sltp
from novosky.models.stages.sltp_rows import SLTP_FEATURES, SltpRows, sltp_inputs
from novosky.models.stages.sltp_surface import BRACKET_FEATURES, pairs_of, surface_inputs, surface_rows
from support.signal_rows import silent
from support.stage_rows import EMBARGO, NAMES, OWN, SltpMarket, no_exits, provenance, sltp_market, sltp_stage

HASH = "f" * 64
MARKET = sltp_market()


def train(market: SltpMarket, rows: SltpRows | None = None, threads: int = 1, target: str = "best_pair") -> SltpModel:
    more = BRACKET_FEATURES if target == "expected_r" else ()
    return train_sltp(
        market.rows() if rows is None else rows,
        OWN,
        market.bars,
        no_exits(len(market.bars.open)),
        sltp_stage(target=target),
        provenance(market.blocks.edges, (*NAMES, *SLTP_FEATURES, *more)),
        seed=7,
        threads=threads,
        progress=silent,
    )


@pytest.fixture(scope="module")
def model() -> SltpModel:
    return train(MARKET)


def test_rows_are_the_bars_with_a_side() -> None:
    asked = MARKET.rows()
    assert asked.rows.x.dtype == np.float32
    assert np.array_equal(asked.rows.x[:, :2], MARKET.x[asked.rows.bar])
    assert np.array_equal(asked.rows.x[:, 2], asked.entries.side)
    assert np.allclose(asked.rows.x[:, 3], MARKET.entries.probability[: len(asked.rows.bar)])
    assert np.isfinite(asked.rows.target).all()
    assert asked.rows.label_end.max() < MARKET.blocks.edges[-1]


def test_a_bound_on_rows_bounds_what_is_learned_and_not_what_is_predicted() -> None:
    whole, few = MARKET.rows(), MARKET.rows(sltp_stage(max_rows=300))
    assert np.array_equal(few.rows.x, whole.rows.x)
    taught = sample_rows(len(whole.rows.bar), 300)
    assert np.array_equal(np.flatnonzero(few.rows.teaches), taught)
    assert np.array_equal(few.rows.target[taught], whole.rows.target[taught])
    assert np.array_equal(few.grid.r[taught], whole.grid.r[taught])
    assert len(train(MARKET, few).bar) == len(train(MARKET).bar)


def test_a_planted_bracket_is_found(model: SltpModel) -> None:
    runs = MARKET.x[model.bar, 0] > 0
    target = model.brackets[:, 1]
    assert target[runs].mean() > 3.0
    assert target[~runs].mean() < 1.5
    assert not model.no_skill_found
    for gain in model.facts["skill"].values():
        assert gain["low"] > 0.1
    fresh = sltp_market(300, seed=9)
    brackets = model.predict(sltp_inputs(fresh.x[fresh.entries.bar], fresh.entries.side, fresh.entries.probability))
    entries = Entries(fresh.entries.bar, fresh.entries.side.astype(np.int64))
    never = np.full(len(brackets), len(fresh.bars.open))
    r, _ = bracket_r(entries, fresh.bars, brackets[:, 0].copy(), brackets[:, 1].copy(), never)
    own, _ = bracket_r(entries, fresh.bars, np.ones(len(brackets)), np.ones(len(brackets)), never)
    assert r.mean() > own.mean() + 0.5


@pytest.mark.parametrize("seed", range(4))
def test_without_structure_none_is_found(seed: int) -> None:
    model = train(sltp_market(planted=False, seed=seed))
    assert model.no_skill_found


def test_the_skill_is_that_of_the_brackets() -> None:
    """Mean R of both choices, and of the constant pair that was best on the rows before each block, by hand.

    Another pair of the grid earns most in each block, so that the best of the past changes.
    """
    asked = MARKET.rows()
    part = np.searchsorted(MARKET.blocks.edges, asked.rows.bar, side="right") - 1
    earned = np.where(np.arange(12) == part[:, None], 10.0 ** part[:, None], 0.0).reshape(-1, 3, 4)
    asked = replace(asked, grid=asked.grid._replace(r=earned))
    model = train(MARKET, asked)
    place = np.searchsorted(asked.rows.bar, model.bar)
    entries = Entries(asked.entries.decision[place], asked.entries.side[place])
    never = np.full(len(place), len(MARKET.bars.open))
    r, _ = bracket_r(entries, MARKET.bars, model.brackets[:, 0].copy(), model.brackets[:, 1].copy(), never)
    own, _ = bracket_r(entries, MARKET.bars, np.ones(len(place)), np.ones(len(place)), never)
    constant, pairs = [], set()
    block = np.searchsorted(MARKET.blocks.edges, model.bar, side="right") - 1
    for k, at in zip(block, place, strict=True):
        known = asked.rows.bar + np.max(asked.rows.label_end - asked.rows.bar) < MARKET.blocks.edges[k]
        means = asked.grid.r[known].mean(axis=0)
        best = np.unravel_index(means.argmax(), means.shape)
        pairs.add(best)
        constant.append(asked.grid.r[at][best])
    assert len(pairs) > 1
    label, fixed = model.facts["skill"]["label_bracket"], model.facts["skill"]["best_constant"]
    assert (label["r"], label["plain_r"]) == pytest.approx((r.mean(), own.mean()))
    assert (fixed["r"], fixed["plain_r"]) == pytest.approx((r.mean(), np.mean(constant)))
    assert label["rows"] == fixed["rows"] == len(place)


def test_brackets_stay_within_the_grid(model: SltpModel) -> None:
    wild = np.random.Generator(np.random.PCG64(1)).normal(0, 10, (500, 4)).astype(np.float32)
    brackets = model.predict(wild)
    assert brackets.shape == (500, 2)
    assert brackets[:, 0].min() >= 0.5
    assert brackets[:, 0].max() <= 2.0
    assert brackets[:, 1].min() >= 0.5
    assert brackets[:, 1].max() <= 4.0


def test_nothing_out_of_fold_saw_its_own_bars(model: SltpModel) -> None:
    check_forward(model.bar, model.seen_to, EMBARGO)
    edges = MARKET.blocks.edges
    block = np.searchsorted(edges, model.bar, side="right") - 1
    assert np.all(model.seen_to < edges[block])
    assert model.facts["train"]["first_forward_block"] == block.min() == 3


def test_entries_without_a_bracket_keep_their_own(model: SltpModel) -> None:
    own = np.tile([1.0, 1.5], (len(MARKET.entries.bar), 1))
    brackets, seen = sltp_brackets(MARKET.entries, model, own)
    known = np.isin(MARKET.entries.bar, model.bar)
    assert np.array_equal(brackets[known], model.brackets)
    assert np.array_equal(brackets[~known], own[~known])
    assert np.array_equal(seen[known], model.seen_to)
    assert set(seen[~known]) == {-1}
    assert known.any()
    assert not known.all()


def test_no_entries_are_refused() -> None:
    nothing = MARKET.entries.some(np.zeros(len(MARKET.entries.bar), dtype=np.bool_))
    with pytest.raises(DataError, match=r"stage\.sltp: no trades to learn from.*stage\.sltp\.enabled=false"):
        MARKET._replace(entries=nothing).rows()


def test_the_targets_end_by_the_position_models_exits_too() -> None:
    asked = MARKET.rows()
    leave = np.tile(asked.entries.decision[:, None] + 1, (1, 3))
    stage = sltp_stage()
    hasty = bracket_grid(asked.entries, MARKET.bars, np.array(stage.stops_atr), np.array(stage.targets_atr), leave, OWN)
    assert np.all(hasty.end <= asked.entries.decision + 2)
    assert not np.array_equal(hasty.best, asked.grid.best)


def test_folder_gives_the_same_bits_back(model: SltpModel, tmp_path: Path) -> None:
    saved = save_sltp(model, tmp_path / "sltp")
    loaded = load_sltp(tmp_path / "sltp", NAMES, HASH)
    x = np.random.Generator(np.random.PCG64(5)).normal(size=(50, 4)).astype(np.float32)
    assert np.array_equal(loaded.predict(x), model.predict(x))
    assert np.array_equal(loaded.predict(x[7:8]), model.predict(x)[7:8])
    assert np.array_equal(loaded.brackets, model.brackets)
    assert loaded.facts == model.facts
    assert loaded.train_end_ms == 1_700_000_000_000 + 900_000 * model.facts["train"]["end_bar"]
    assert save_sltp(train(MARKET, threads=2), tmp_path / "again") == saved == manifest_hash(tmp_path / "sltp")


@pytest.mark.parametrize(
    "name", ["stop_atr.npz", "target_atr.txt", "stop_atr.onnx", "oof.npz", "golden.npz", "manifest.json"]
)
def test_one_changed_byte_is_refused_by_name(model: SltpModel, tmp_path: Path, name: str) -> None:
    save_sltp(model, tmp_path / "sltp")
    path = tmp_path / "sltp" / name
    content = bytearray(path.read_bytes())
    at = content.index(b"feature_0") if name == "manifest.json" else len(content) // 2
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelCompatibilityError, match=rf"{name}: edited"):
        load_sltp(tmp_path / "sltp", NAMES, HASH)


def test_inputs_that_do_not_fit_are_refused(model: SltpModel) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"sltp model: expected inputs of shape \(n, 4\), found \(5, 3\)"):
        model.predict(np.zeros((5, 3), np.float32))
    x = np.zeros((5, 4), np.float32)
    x[2, 3] = np.nan
    with pytest.raises(DataError, match="found nan in probability, row 2"):
        model.predict(x)


@pytest.fixture(scope="module")
def surface() -> SltpModel:
    return train(MARKET, target="expected_r")


def test_expected_r_finds_the_planted_bracket_too(surface: SltpModel) -> None:
    assert not surface.no_skill_found
    assert surface.facts["skill"]["best_constant"]["low"] > 1.0


def test_expected_r_takes_the_best_pair_of_the_grid(surface: SltpModel, tmp_path: Path) -> None:
    """By hand: the regressor asked for every pair, the greatest answer taken; and the same from the folder."""
    asked = MARKET.rows()
    stage = sltp_stage()
    pairs = pairs_of(np.array(stage.stops_atr), np.array(stage.targets_atr))
    some = asked.rows.x[::50]
    chosen = surface.predict(some)
    for row, bracket in zip(some, chosen, strict=True):
        value = surface.values(surface_inputs(row[None], pairs))[:, 0]
        assert value[np.flatnonzero((pairs == bracket).all(axis=1))[0]] >= value.max() - 1e-3
    save_sltp(surface, tmp_path / "sltp")
    assert np.array_equal(load_sltp(tmp_path / "sltp", NAMES, HASH).predict(some), chosen)


def test_expected_r_rows_teach_a_fifth_of_the_pairs_and_every_pair_somewhere() -> None:
    asked = MARKET.rows()
    stage = sltp_stage()
    pairs = pairs_of(np.array(stage.stops_atr), np.array(stage.targets_atr))
    rows = surface_rows(asked.rows, asked.grid.r, pairs)
    taught = rows.teaches.reshape(-1, len(pairs))
    assert abs(taught.mean() - 0.2) < 0.05
    assert taught.any(axis=0).all()
    k, pair = 7, int(np.flatnonzero(taught[7])[0])
    stop, target = np.unravel_index(pair, asked.grid.r.shape[1:])
    assert rows.target.reshape(-1, len(pairs))[k, pair] == asked.grid.r[k, stop, target]
    assert tuple(pairs[pair]) == (stage.stops_atr[stop], stage.targets_atr[target])
    assert np.array_equal(rows.parent_seen[:: len(pairs)], asked.rows.parent_seen)

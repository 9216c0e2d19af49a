"""Broken labels, blocks, windows and out-of-fold predictions are caught; honest ones pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from novosky.audit.finding import FAIL, PASS
from novosky.audit.look_ahead_labels import look_ahead_labels
from novosky.audit.seen_by_parent import seen_too_late, understated
from novosky.audit.shared_bars import between_blocks, between_windows, shared_bars
from novosky.audit.shuffled_labels import judge_shuffled
from novosky.audit.subject import Subject
from novosky.backtest.ground import labels_of
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.labels.barrier import BarrierLabels
from novosky.market.bars import Bars
from novosky.models.classes import Flags
from novosky.models.forward.out_of_fold import OutOfFold
from novosky.models.forward.training_rows import UNSEEN, TrainingRows
from support.audited import HONEST, audited


@pytest.fixture(scope="module")
def subject(compose: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return audited(compose, tmp_path_factory.mktemp("audited"), HONEST)


def labels_that_end_too_early(bars: Bars, config: Config) -> BarrierLabels:
    """As the real ones, but they say that they looked at one bar alone."""
    labels = labels_of(bars, config)
    return labels._replace(end=np.minimum(labels.end, np.arange(len(bars)) + 1))


def labels_of_the_day_after(bars: Bars, config: Config) -> BarrierLabels:
    """R of a later bar: an index that slipped."""
    labels = labels_of(bars, config)
    return labels._replace(r_long=np.roll(labels.r_long, -1))


class WithoutPurge(TrainingRows):
    """Rows are known when they begin, not when their labels end."""

    def known_before(self, k: int) -> Flags:
        known: Flags = self.bar < self.edges[k]
        return known


class AllKnown(TrainingRows):
    """Blocks learn from what they judge."""

    def known_before(self, k: int) -> Flags:
        return np.ones(len(self.bar), np.bool_)


def as_kind(rows: TrainingRows, kind: type[TrainingRows]) -> TrainingRows:
    return kind(**{field.name: getattr(rows, field.name) for field in fields(TrainingRows)})


def test_honest_labels_pass(subject: Subject) -> None:
    assert look_ahead_labels(subject).status == PASS


@pytest.mark.parametrize("broken", [labels_that_end_too_early, labels_of_the_day_after])
def test_labels_that_read_on_after_their_end_fail(
    subject: Subject, broken: Callable[[Bars, Config], BarrierLabels]
) -> None:
    finding = look_ahead_labels(replace(subject, label=broken))
    assert finding.status == FAIL
    assert finding.details["labels"] > 0


def test_honest_blocks_and_windows_share_no_bar(subject: Subject) -> None:
    assert shared_bars(subject).status == PASS


def test_blocks_without_purge_share_bars(subject: Subject) -> None:
    found = between_blocks(as_kind(subject.rows(), WithoutPurge))
    assert len(found) == subject.rows().n_blocks - 1, "every block but the first; labels of train end inside it"
    assert "labels learned from before block 2 end at or after its first bar" in found[0][1]


def test_windows_that_touch_share_bars(subject: Subject) -> None:
    labels = labels_of(subject.prepared.bars, subject.config)
    train, sweep = subject.prepared.windows["train"], subject.prepared.windows["sweep"]
    touching = {**subject.prepared.windows, "train": Window("train", train.start, sweep.start)}
    found = between_windows(labels, touching)
    assert len(found) == 1
    assert found[0][1].endswith("labels of window train end in window sweep")
    finding = shared_bars(replace(subject, prepared=replace(subject.prepared, windows=touching)))
    assert finding.status == FAIL


def test_shuffled_labels_give_chance(subject: Subject) -> None:
    finding = judge_shuffled(subject.rows(), subject.config.stage.signal, 3, seed=1, threads=2)
    assert finding.status == PASS
    assert finding.details["standard_errors"] < 0.0


def test_blocks_that_learn_what_they_judge_foretell_shuffled_labels(subject: Subject) -> None:
    rows = as_kind(subject.rows(), AllKnown)
    finding = judge_shuffled(rows, subject.config.stage.signal, 2, seed=1, threads=2)
    assert finding.status == FAIL
    assert finding.details["standard_errors"] > 10.0


def out_of_fold(seen_shift: int) -> OutOfFold:
    """100 rows in two blocks; the second saw bar 44, the last label before it, and says `seen_shift` more."""
    bar = np.arange(100)
    seen = np.where(bar < 50, UNSEEN, 49 + seen_shift)
    nothing = np.zeros((1, 100, 3))
    return OutOfFold(
        y=np.zeros(100, np.int8),
        bar=bar,
        label_end=bar + 5,
        edges=np.array([0, 50, 100]),
        raw=nothing,
        calibrated=nothing,
        base=nothing[0],
        block=np.where(bar < 50, UNSEEN, 1),
        seen_to=seen,
        kept=np.ones((3, 1), np.bool_),
        calibrators=((), (), ()),
    )


def test_what_predictions_say_that_they_saw_is_recounted() -> None:
    assert understated("signal", out_of_fold(0)) == []
    [(bar, what)] = understated("signal", out_of_fold(-1))
    assert bar == 50
    assert what == "signal: block 2 learned from labels up to bar 49, its rows say less"


def test_rows_that_their_parent_had_seen_are_counted() -> None:
    bar = np.array([10, 20, 30])
    assert seen_too_late("position", bar, np.array([UNSEEN, 14, 24]), 5) == []
    [(first, what)] = seen_too_late("position", bar, np.array([UNSEEN, 15, 30]), 5)
    assert first == 20
    assert what == "position: 2 rows were predicted by models that saw bar 15"

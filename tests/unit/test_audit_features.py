"""Broken features are caught by name; honest ones pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from novosky.audit.finding import FAIL, PASS
from novosky.audit.lone_features import lone_auc, lone_features, standard_error
from novosky.audit.look_ahead_features import look_ahead_features
from novosky.audit.parity_features import parity_features
from novosky.audit.subject import Subject
from novosky.audit.warm_up import warm_up
from novosky.config.schema import Config
from support.audited import HONEST, audited
from support.planted_faults import PEEKING, planted

Compose = Callable[..., Config]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audited")


@pytest.fixture(scope="module")
def honest(compose: Compose, folder: Path) -> Subject:
    return audited(compose, folder, (*HONEST, "news_minutes_away"))


@pytest.fixture(scope="module")
def broken(compose: Compose, folder: Path) -> Iterator[Subject]:
    with planted():
        yield audited(
            compose, folder, (*HONEST, *PEEKING, "reaction", "events_in_a_month", "outcome", "forgetful", "far_back")
        )


@pytest.mark.parametrize("check", [look_ahead_features, warm_up, parity_features, lone_features])
def test_honest_features_pass(honest: Subject, check: Callable[[Subject], object]) -> None:
    finding = check(honest)
    assert finding.status == PASS, finding  # type: ignore[attr-defined]


def test_what_knows_the_future_is_named_and_nothing_else(broken: Subject) -> None:
    finding = look_ahead_features(broken)
    assert finding.status == FAIL
    assert set(finding.details["features"]) == {*PEEKING, "reaction", "events_in_a_month", "outcome"}
    ahead = {name: hit["bars_ahead_at_least"] for name, hit in finding.details["features"].items()}
    assert (ahead["next_close"], ahead["h1_as_of_now"], ahead["outcome"]) == (1, 3, 24)


def test_a_peek_before_events_alone_shows_though_events_are_rare(broken: Subject) -> None:
    """Of ten moments at random hardly one lies in the hour before an event: they are looked for."""
    few = replace(broken, effort=replace(broken.effort, points=24, stretches=1))
    assert "reaction" in look_ahead_features(few).details["features"]


def test_events_later_than_a_calendar_is_published_are_the_future(broken: Subject) -> None:
    """A month ahead is the future of a calendar of a week; of one of a quarter it is not."""
    assert "events_in_a_month" in look_ahead_features(broken).details["features"]
    quarter = replace(broken.config, audit=replace(broken.config.audit, known_events_days=90))
    assert "events_in_a_month" not in look_ahead_features(replace(broken, config=quarter)).details["features"]


def test_a_warm_up_that_is_too_short_is_named_with_what_it_needs(broken: Subject) -> None:
    finding = warm_up(broken)
    assert finding.status == FAIL
    assert "forgetful (declared 100 bars, needs more than" in finding.found
    short = {name for name, part in finding.details["features"].items() if part["needed_bars"] > part["declared_bars"]}
    assert "forgetful" in short
    assert not short & set(HONEST)


def test_a_look_back_that_is_not_declared_differs_bar_by_bar(broken: Subject) -> None:
    finding = parity_features(broken)
    assert finding.status == FAIL
    assert {"far_back", "outcome", *PEEKING} <= set(finding.details["rows"])
    assert not set(finding.details["rows"]) & set(HONEST)


def test_a_feature_that_holds_the_answer_is_named(broken: Subject) -> None:
    finding = lone_features(broken)
    assert finding.status == FAIL
    assert finding.found.startswith("outcome (0.")
    assert not any(name in finding.found for name in HONEST)


def test_auc_of_a_known_table() -> None:
    """Bins of 0 and 1 with 1/4 and 3/4 of BUY: AUC is 9/16 won and 6/16 tied, 3/4."""
    x = np.repeat(np.array([0.0, 1.0], np.float32), 400)
    bought = np.concatenate([np.arange(400) % 4 == 0, np.arange(400) % 4 != 0])
    order = np.random.Generator(np.random.PCG64(1)).permutation(800)
    every = np.arange(800)
    assert lone_auc(x[order], bought[order], every, every) == pytest.approx(0.75)


def test_standard_error_of_chance_is_that_of_random_orders() -> None:
    random = np.random.Generator(np.random.PCG64(2))
    bought = np.arange(300) < 100
    ranks = np.array([random.permutation(300)[:100].sum() for _ in range(3000)])
    auc = (ranks - 99 * 100 / 2) / (100 * 200)
    assert standard_error(bought, 1.0) == pytest.approx(auc.std(), rel=0.05)

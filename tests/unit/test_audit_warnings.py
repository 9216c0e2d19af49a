"""Warnings name what they are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from novosky.audit.checks import Checked, verdict
from novosky.audit.constants import constants
from novosky.audit.determinism import judge_digests
from novosky.audit.drift import drift_latest, drift_windows, stability_index
from novosky.audit.duplicates import duplicates
from novosky.audit.finding import FAIL, PASS, SKIPPED, WARN, Finding, deviation, differs, some_of
from novosky.audit.subject import Subject
from novosky.config.schema import Config
from novosky.evaluation.rank_correlation import rank_correlation
from novosky.market.bars import Floats
from support.audited import HONEST, audited


@pytest.fixture(scope="module")
def subject(compose: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """The features replaced by noise, so that nothing warns."""
    found = audited(compose, tmp_path_factory.mktemp("audited"), HONEST)
    random = np.random.Generator(np.random.PCG64(3))
    return with_values(found, random.normal(size=found.prepared.features.values.shape))


def with_values(subject: Subject, values: Floats) -> Subject:
    features = replace(subject.prepared.features, values=values)
    return replace(subject, prepared=replace(subject.prepared, features=features))


def test_noise_gives_no_warning(subject: Subject) -> None:
    assert {check(subject).status for check in (constants, duplicates, drift_windows, drift_latest)} == {PASS}


def test_a_duplicate_is_named_whatever_its_sign_and_scale(subject: Subject) -> None:
    values = subject.prepared.features.values.copy()
    values[:, 3] = -np.exp(values[:, 1])
    finding = duplicates(with_values(subject, values))
    assert finding.status == WARN
    assert finding.details["pairs"] == [(HONEST[1], HONEST[3], pytest.approx(1.0))]


def test_a_constant_is_named(subject: Subject) -> None:
    values = subject.prepared.features.values.copy()
    values[:, 2] = 1.0
    changed = with_values(subject, values)
    assert constants(changed).details["names"] == [HONEST[2]]
    assert duplicates(changed).status == PASS, "a constant is no duplicate"


def test_a_shift_is_named_with_its_window(subject: Subject) -> None:
    values = subject.prepared.features.values.copy()
    gate = subject.prepared.windows["gate"]
    values[gate.start : gate.stop, 4] += 1.0
    finding = drift_windows(with_values(subject, values))
    assert finding.status == WARN
    assert finding.where == "gate"
    assert HONEST[4] in finding.found
    assert drift_latest(subject).status == PASS
    values[-1500:, 0] *= 3.0
    finding = drift_latest(with_values(subject, values))
    assert finding.status == WARN
    assert HONEST[0] in finding.found


def test_stability_index_of_a_known_table() -> None:
    """Halves of 0 and 1 against 1/4 and 3/4: (1/4 - 1/2) ln(1/2) + (3/4 - 1/2) ln(3/2) = ln(3) / 4."""
    reference, other = np.repeat([0.0, 1.0], 500), np.repeat([0.0, 1.0], [250, 750])
    assert stability_index(reference, other) == pytest.approx(np.log(3.0) / 4.0)
    assert stability_index(reference, reference) == 0.0


def test_rank_correlation_of_a_known_table() -> None:
    """Ranks 1.5 1.5 3 4 against 1 2 3 4: 4.5 over the root of 4.5 times 5."""
    rows = np.array([[1.0, 1.0], [1.0, 2.0], [5.0, 3.0], [9.0, 4.0]])
    assert rank_correlation(rows)[0, 1] == pytest.approx(4.5 / np.sqrt(4.5 * 5.0))


def test_digests_that_differ_are_named() -> None:
    assert judge_digests({"features": "a", "labels": "b"}, {"features": "a", "labels": "b"}, "x").status == PASS
    finding = judge_digests({"features": "a", "labels": "b"}, {"features": "a", "labels": "c"}, "x")
    assert finding.status == FAIL
    assert finding.found == "labels differ between two processes"


def test_the_verdict_is_the_worst_and_skipping_is_not_passing_or_failing() -> None:
    def of(*statuses: str) -> str:
        return verdict([Checked(status, Finding(status, ""), 0.0) for status in statuses])

    assert of(PASS, SKIPPED) == PASS
    assert of(PASS, WARN, SKIPPED) == WARN
    assert of(WARN, FAIL, PASS) == FAIL


def test_nan_is_like_nan_and_unlike_any_number() -> None:
    left, right = np.array([np.nan, 1.0, np.nan, 2.0]), np.array([np.nan, 1.0, 3.0, 2.5])
    assert differs(left, right).tolist() == [False, False, True, True]
    assert deviation(left, right).tolist() == [0.0, 0.0, np.inf, 0.5]


def test_a_long_list_is_cut() -> None:
    assert some_of(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert some_of(["a", "b"]) == "a, b"

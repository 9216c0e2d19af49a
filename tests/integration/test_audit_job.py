"""The audit of a trained set: honest it passes; with a fault planted in the chain, the set or the process it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from novosky.audit.determinism import digests_of, judge_digests
from novosky.audit.finding import FAIL, PASS
from novosky.audit.look_ahead_decisions import look_ahead_decisions
from novosky.audit.parity_decisions import parity_decisions
from novosky.audit.seen_by_parent import remembered, seen_by_parent
from novosky.audit.shared_bars import seen_windows
from novosky.audit.subject import Subject, trained_models
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.window_chain import Traded, trade_window
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.models.bundle.bundle import Bundle
from novosky.modes.dispatch import dispatch
from support.audited import SMALL_EFFORT
from support.small_job import Workspace


@pytest.fixture(scope="module")
def subject(small_job: Workspace) -> Subject:
    config = small_job.compose(*small_job.overrides("mode=audit"))
    prepared = prepare(config)
    return Subject(config, prepared, trained_models(config, prepared), SMALL_EFFORT)


@pytest.fixture(scope="module")
def bundle(subject: Subject) -> Bundle:
    assert subject.bundle is not None
    return subject.bundle


def peeking(config: Config, prepared: Prepared, bundle: Bundle, window: Window) -> Traded:
    """The real chain on features of the bar after: an off-by-one in a join."""
    x = np.concatenate([prepared.x[1:], prepared.x[-1:]])
    return trade_window(config, replace(prepared, x=x), bundle, window)


def spread_of_the_next_bar(config: Config, prepared: Prepared, bundle: Bundle, window: Window) -> Traded:
    """A spread that is modelled by the range of the bar after."""
    bars = prepared.bars
    range_points = (bars.high - bars.low) / bars.point
    bars = replace(bars, spread_points=np.append(range_points[1:], 0.0))
    return trade_window(config, replace(prepared, market=replace(prepared.market, bars=bars)), bundle, window)


def of_the_whole_window(config: Config, prepared: Prepared, bundle: Bundle, window: Window) -> Traded:
    """A threshold taken over the window that is judged."""
    share = float(np.mean(prepared.bars.close[window.start : window.stop] > prepared.bars.close[window.start]))
    prediction = replace(config.prediction, confidence_quantile=0.5 + 0.4 * share)
    return trade_window(replace(config, prediction=prediction), prepared, bundle, window)


FAULTS = (
    (peeking, "probabilities"),
    (spread_of_the_next_bar, "bars: spread"),
    (of_the_whole_window, "intent: verdict"),
)


def test_the_whole_audit_of_an_honest_job(small_job: Workspace, tmp_path: Path) -> None:
    looks = small_job.looks.read_bytes()
    files = small_job.files()
    cached = sorted((small_job.folder / "cache").iterdir())
    outcome = dispatch(small_job.compose(*small_job.overrides("mode=audit")), tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    statuses = {check["name"]: check["status"] for check in result["checks"]}
    assert len(statuses) == 15
    assert FAIL not in statuses.values(), [check for check in result["checks"] if check["status"] == FAIL]
    assert "skipped" not in statuses.values()
    assert outcome.exit_code == 0
    assert result["verdict"] in ("pass", "warn")
    assert set(result["volatile"]["check_seconds"]) == set(statuses)
    assert small_job.looks.read_bytes() == looks, "an audit is no look"
    assert small_job.files() == files
    assert sorted((small_job.folder / "cache").iterdir()) == cached


def test_without_models_their_checks_are_skipped_and_a_failing_audit_exits_1(
    small_job: Workspace, tmp_path: Path
) -> None:
    bare = small_job.sibling("audit-bare", with_models=False)
    asked = ("mode=audit", "audit.implausible_auc=0.501")
    outcome = dispatch(bare.compose(*bare.overrides(*asked)), tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    statuses = {check["name"]: check["status"] for check in result["checks"]}
    assert {name for name, status in statuses.items() if status == "skipped"} == {
        "look_ahead_decisions",
        "seen_by_parent",
        "parity_decisions",
    }
    assert outcome.exit_code == (1 if result["verdict"] == FAIL else 0)


def test_honest_chain(subject: Subject, bundle: Bundle) -> None:
    for check in (look_ahead_decisions, parity_decisions, seen_by_parent):
        finding = check(subject, bundle)
        assert finding.status == PASS, finding


@pytest.mark.parametrize(("fault", "where"), FAULTS)
def test_a_chain_that_knows_the_future_is_caught(
    subject: Subject, bundle: Bundle, fault: Callable[[Config, Prepared, Bundle, Window], Traded], where: str
) -> None:
    broken = replace(subject, trade=fault)
    finding = look_ahead_decisions(broken, bundle)
    assert finding.status == FAIL
    assert where in finding.details
    assert parity_decisions(broken, bundle).status == FAIL


def test_out_of_fold_answers_of_the_final_model_are_caught(subject: Subject, bundle: Bundle) -> None:
    signal, x = bundle.signal, subject.prepared.x
    assert remembered(signal, x, 1) == []
    raw = signal.out_of_fold.raw.copy()
    raw[0] = signal.voters[0].predict(np.ascontiguousarray(x[signal.out_of_fold.bar]), 1)
    own = type(signal)(signal.names, signal.voters, replace(signal.out_of_fold, raw=raw), signal.golden, signal.facts)
    finding = seen_by_parent(subject, replace(bundle, signal=own))
    assert finding.status == FAIL
    assert "out-of-fold answers are those of the final model" in finding.found


def test_a_set_that_saw_its_own_rows_is_caught(subject: Subject, bundle: Bundle) -> None:
    assert bundle.position is not None
    late = replace(bundle.position.out_of_fold, seen_to=bundle.position.out_of_fold.bar)
    finding = seen_by_parent(subject, replace(bundle, position=replace(bundle.position, out_of_fold=late)))
    assert finding.status == FAIL
    assert finding.found.startswith("position: ")


def test_a_window_that_the_set_has_seen_is_caught(subject: Subject) -> None:
    sweep = subject.prepared.windows["sweep"]
    earlier = {**subject.prepared.windows, "sweep": Window("sweep", sweep.start - 1000, sweep.stop)}
    assert seen_windows(subject) == []
    [(bar, what)] = seen_windows(replace(subject, prepared=replace(subject.prepared, windows=earlier)))
    assert bar == sweep.start - 1000
    assert "window sweep begins" in what


def test_a_feature_of_the_hash_seed_is_caught(
    small_job: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = small_job.sibling("audit-unstable", with_models=False)
    config = bare.compose(*bare.overrides("mode=audit"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[1]), prepend=":")
    found = [digests_of(config, seed, 1, tmp_path, ["support.planted_unstable"]) for seed in (1, 2)]
    finding = judge_digests(found[0], found[1], "two hash seeds")
    assert finding.status == FAIL
    assert "features" in finding.found
    assert "labels" not in finding.found

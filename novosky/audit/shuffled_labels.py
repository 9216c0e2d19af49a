"""Labels in random order can be learned by nobody: who still beats chance out of fold has seen the answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from novosky.audit.finding import FAIL, PASS, Finding
from novosky.audit.subject import Subject
from novosky.config.schema.learning import SignalStageConfig
from novosky.models.classes import N_CLASSES, class_counts
from novosky.models.forward.training_rows import FIRST_RAW, TrainingRows
from novosky.models.trees.voters import fit_voter

LIMIT_SE = 4.0  # standard errors below chance: of 30,000 honest audits one would fail
MEND = "rows of a judged block are among those that were learned from: check the blocks, embargo and purge"


def shuffled_labels(subject: Subject) -> Finding:
    """A quick LightGBM, made to memorise, on the signal stage's own rows and blocks."""
    config = subject.config
    return judge_shuffled(
        subject.rows(), config.stage.signal, subject.effort.shuffled_blocks, config.seed, config.threads
    )


def judge_shuffled(rows: TrainingRows, stage: SignalStageConfig, blocks: int, seed: int, threads: int) -> Finding:
    """Out-of-fold log-loss with permuted labels against the learned frequencies, over the last blocks (0: all)."""
    y = np.random.Generator(np.random.PCG64(seed)).permutation(rows.y)
    greedy = replace(
        stage.lightgbm, enabled=True, rounds=30, learning_rate=0.3, leaves=63, min_leaf_rows=10, subsample=1.0
    )
    quick = replace(stage, lightgbm=greedy)
    gains = []
    for k in range(FIRST_RAW if blocks == 0 else max(FIRST_RAW, rows.n_blocks - blocks), rows.n_blocks):
        learned, judged = rows.known_before(k), rows.judged_in(k)
        voter = fit_voter("lightgbm", rows.x[learned], y[learned], quick, seed, threads, "cpu", None)
        given = voter.predict(rows.x[judged], threads)[np.arange(judged.sum()), y[judged]]
        shares = class_counts(y[learned]) / learned.sum()
        gains.append(np.log(np.maximum(given, 1e-12)) - np.log(shares[y[judged]]))
    gain = np.concatenate(gains)
    z = float(gain.mean() / (gain.std() / np.sqrt(len(gain))))
    found = (
        f"log-loss {-gain.mean():+.4f} nats against chance over {len(gain):,} rows, {z:+.1f} standard errors of skill"
    )
    details = {"rows": len(gain), "classes": N_CLASSES, "gain_nats": float(gain.mean()), "standard_errors": z}
    if z > LIMIT_SE:
        return Finding(FAIL, f"shuffled labels were foretold: {found}", "windows.blocks of train", MEND, details)
    return Finding(PASS, found, details=details)

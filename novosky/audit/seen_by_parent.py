"""No child row was predicted by a parent that had seen it: its inputs were foretold, not remembered."""

from __future__ import annotations

import numpy as np

from novosky.audit.finding import FAIL, PASS, Finding
from novosky.audit.subject import Subject
from novosky.market.bars import Ints
from novosky.models.bundle.bundle import Bundle
from novosky.models.classes import Inputs
from novosky.models.forward.out_of_fold import OutOfFold
from novosky.models.forward.training_rows import FIRST_RAW, UNSEEN, known_before
from novosky.models.stages.voter_stage import VoterModel

MEND = "train the set again, in order: run.py mode=train"
REMEMBERED = 0.5  # share of out-of-fold answers that may equal the final model's; an honest set has next to none
ASKED_ROWS = 3000


def seen_by_parent(subject: Subject, bundle: Bundle) -> Finding:
    """What each stage says that its predictions saw, recounted, and whether they are the final model's own answers."""
    embargo_bars = int(bundle.signal.facts["blocks"]["embargo_bars"])
    voting = {name: getattr(bundle, name) for name in ("signal", "position") if getattr(bundle, name) is not None}
    found: list[tuple[int, str]] = []
    for name, model in voting.items():
        out_of_fold = model.out_of_fold
        found += seen_too_late(name, out_of_fold.bar, out_of_fold.seen_to, embargo_bars)
        found += understated(name, out_of_fold)
    if bundle.sltp is not None:
        found += seen_too_late("sltp", bundle.sltp.bar, bundle.sltp.seen_to, embargo_bars)
    same_market = bundle.signal.facts["data"]["snapshot"] == subject.prepared.market.snapshot.bars_hash
    if same_market:
        found += remembered(bundle.signal, subject.prepared.x, subject.config.threads)
    if found:
        bar, _ = found[0]
        where = subject.when(bar) if same_market else f"bar {bar} of the training market"
        return Finding(FAIL, "; ".join(what for _, what in found), where, MEND)
    rows = sum(int((model.out_of_fold.block != UNSEEN).sum()) for model in voting.values())
    also = "" if same_market else "; trained on another snapshot, so that the answers themselves were not asked again"
    return Finding(PASS, f"{rows:,} out-of-fold rows of {len(bundle.facts)} stages come after all that was seen{also}")


def seen_too_late(stage: str, bar: Ints, seen_to: Ints, embargo_bars: int) -> list[tuple[int, str]]:
    """Rows whose prediction saw their own bar, or one within the embargo before it."""
    late = (seen_to != UNSEEN) & (seen_to + embargo_bars >= bar)
    if not late.any():
        return []
    first = int(np.argmax(late))
    return [(int(bar[first]), f"{stage}: {late.sum()} rows were predicted by models that saw bar {seen_to[first]}")]


def understated(stage: str, out_of_fold: OutOfFold) -> list[tuple[int, str]]:
    """Blocks whose `seen_to` is earlier than the last label known before them, recounted from the rows."""
    for k in range(FIRST_RAW, len(out_of_fold.edges) - 1):
        judged = out_of_fold.block == k
        learned = known_before(out_of_fold.bar, out_of_fold.label_end, int(out_of_fold.edges[k]))
        if judged.any() and learned.any():
            last = int(out_of_fold.label_end[learned].max())
            if int(out_of_fold.seen_to[judged].min()) < last:
                bar = int(out_of_fold.bar[judged][0])
                return [(bar, f"{stage}: block {k + 1} learned from labels up to bar {last}, its rows say less")]
    return []


def remembered(model: VoterModel, x: Inputs, threads: int) -> list[tuple[int, str]]:
    """Out-of-fold answers that are the final voters' own: those have seen all of train."""
    out_of_fold = model.out_of_fold
    predicted = np.flatnonzero(out_of_fold.block != UNSEEN)
    some = predicted[np.unique(np.linspace(0, len(predicted) - 1, ASKED_ROWS).astype(np.int64))]
    asked = np.ascontiguousarray(x[out_of_fold.bar[some]])
    for v, (name, voter) in enumerate(zip(model.names, model.voters, strict=True)):
        same = np.isclose(voter.predict(asked, threads), out_of_fold.raw[v][some], rtol=0.0, atol=1e-9).all(axis=1)
        if same.mean() > REMEMBERED:
            bar = int(out_of_fold.bar[some][int(np.argmax(same))])
            return [(bar, f"signal: {same.mean():.0%} of {name}'s out-of-fold answers are those of the final model")]
    return []

"""Which trial of a study is taken."""

from __future__ import annotations

from collections.abc import Sequence

from novosky.errors import UntrainableError
from novosky.search.objectives import is_better
from novosky.search.trials import COMPLETE, Trial

PICK_RULE = (
    "of the trials that no other one betters in every objective, and that are in none worse than the current "
    "settings, the best by the first objective"
)


def completed(trials: Sequence[Trial]) -> list[Trial]:
    """Those with values. Raises UntrainableError where there are none."""
    found = [trial for trial in trials if trial.state == COMPLETE]
    if not found:
        errors = [trial.error for trial in trials if trial.error]
        said = f"; the first error: {errors[0]}" if errors else ""
        raise UntrainableError(f"none of {len(trials)} trials was completed: there is nothing to choose from{said}")
    return found


def front_of(trials: Sequence[Trial], objectives: Sequence[str]) -> list[Trial]:
    """Completed trials that no other one dominates: as good in every objective and better in one."""
    done = completed(trials)
    return [one for one in done if not any(_dominates(other, one, objectives) for other in done)]


def best_of(trials: Sequence[Trial], objectives: Sequence[str]) -> Trial:
    """The trial that is taken, see `PICK_RULE`; with one objective the best, the earlier of two that are equal."""
    front = front_of(trials, objectives)
    current = current_trial(trials)
    if current is not None:
        front = [one for one in front if not _worse_somewhere(one, current, objectives)]
    best = front[0]
    for one in front[1:]:
        if is_better(one.values[0], best.values[0], objectives[0]):
            best = one
    return best


def current_trial(trials: Sequence[Trial]) -> Trial | None:
    """The completed trial of the current settings, None where it failed."""
    return next((trial for trial in trials if trial.slot == 0 and trial.state == COMPLETE), None)


def _dominates(a: Trial, b: Trial, objectives: Sequence[str]) -> bool:
    pairs = list(zip(a.values, b.values, objectives, strict=True))
    return any(is_better(x, y, name) for x, y, name in pairs) and not any(is_better(y, x, name) for x, y, name in pairs)


def _worse_somewhere(one: Trial, current: Trial, objectives: Sequence[str]) -> bool:
    return any(is_better(y, x, name) for x, y, name in zip(one.values, current.values, objectives, strict=True))

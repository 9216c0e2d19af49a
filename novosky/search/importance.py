"""Which settings mattered in a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.search.space import Parameter
from novosky.search.study import distributions_of, optuna_module

SEED = 0


def importance_of(study: Mapping[str, Any]) -> dict[str, float]:
    """Share of the first objective's variance by setting, from a study as `result.json` has it; empty where all
    values are the same.

    Functional ANOVA on a forest (Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing
    hyperparameter importance"), as Optuna computes it.
    """
    optuna = optuna_module()
    done = [trial for trial in study["trials"] if trial["state"] == "complete"]
    if len({trial["values"][0] for trial in done}) < 2:
        return {}
    spaces = distributions_of([_parameter(one) for one in study["space"]], optuna)
    again = optuna.create_study()
    for trial in done:
        params = {key: trial["params"][key] for key in spaces}
        again.add_trial(optuna.create_trial(params=params, distributions=spaces, value=trial["values"][0]))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=SEED)
    return dict(optuna.importance.get_param_importances(again, evaluator=evaluator))


def _parameter(one: Mapping[str, Any]) -> Parameter:
    low, high = one.get("low", 0.0), one.get("high", 0.0)
    return Parameter(one["key"], one["kind"], low, high, bool(one.get("log")), tuple(one["choices"]))

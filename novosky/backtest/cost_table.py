"""What the terms of trading take: the same decisions without costs, by spread alone, and at each broker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from novosky.backtest.cost_cases import ALL_COSTS, CostCases
from novosky.backtest.costs_block import paid
from novosky.backtest.evaluate import Evaluation, judge_traded
from novosky.backtest.inputs import bar_arrays, contract_of, rules_of
from novosky.backtest.looking import record, row_of
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded, segments_of
from novosky.config.schema import Config
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.trade import trade_chain


def judge_costs_in_turn(
    config: Config, prepared: Prepared, bundle: Bundle, whole: Evaluation, asked: CostCases, started: float
) -> list[dict[str, Any]]:
    """The decisions of `whole`, traded under each case; every row but its own is a look of its own.

    Votes, gates and brackets are those of the run; the models inside the loop decide as ever on what they see there.
    """
    rows = [_row(f"{ALL_COSTS}, {config.broker.name}", whole)]
    for title, case in asked.cases.items():
        evaluation = trade_again(case, prepared, bundle, whole)
        record(case, prepared, bundle, evaluation, started)
        rows.append(_row(title, evaluation))
    return rows


def trade_again(case: Config, prepared: Prepared, bundle: Bundle, whole: Evaluation) -> Evaluation:
    """The decisions of `whole` under the terms of `case`."""
    window, intents = whole.judged.window, whole.judged.intents
    arrays = bar_arrays(prepared.bars, case)
    simulation, wishes = trade_chain(
        arrays,
        intents,
        prepared.x,
        segments_of(case, bundle, window),
        contract_of(case.broker, case.account, case.execution),
        rules_of(case.execution, case.profile, case.account),
        case.account.balance,
        prepared.finer,
    )
    traded = Traded(arrays, intents, simulation, wishes, whole.threshold, None)
    return replace(whole, judged=judge_traded(case, prepared, bundle, window, traded), wishes=wishes)


def _row(title: str, evaluation: Evaluation) -> dict[str, Any]:
    figures = row_of(evaluation)
    return {
        "costs": title,
        **figures,
        "paid": paid(evaluation.judged),
        "spread_median_price": evaluation.judged.spread_median,
    }

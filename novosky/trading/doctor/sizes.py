"""Limits against money: what the smallest lot binds and risks, and whether the server would take it."""

from __future__ import annotations

import math

from novosky.execution.sizing import volume_for_risk
from novosky.execution.terms import Contract, as_record
from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.constants import CALC_MODES

COARSE = 0.5  # share of the risk that the smallest lot may take before the steps of size are called coarse


def margin(terms: Terms, seen: Seen) -> Finding:
    """Of the smallest lot, by the server and by the core."""
    told, tick = seen.symbol, seen.tick
    if told is None or tick is None or seen.margin is None:
        return unanswered("margin", "order_calc_margin" if told and tick else "symbol_info_tick", seen)
    contract = terms.contract
    due = told.volume_min * (contract.margin_fixed + contract.margin_per_price * tick.ask)
    off_pct = 100.0 * (seen.margin - due) / due if due > 0.0 else math.inf * (seen.margin > 0.0)
    modes = {number: name for name, number in CALC_MODES.items()}
    mode = modes.get(told.trade_calc_mode, f"mode {told.trade_calc_mode}")
    mend = f"mend broker.leverage, broker.margin_mode (the symbol has {mode}) or broker.margin_rate, and judge again"
    within = f"{due:.2f} (the core's), within {terms.limits.margin_pct:g} %"
    differs = mend if abs(off_pct) > terms.limits.margin_pct else ""
    found = f"{seen.margin:.2f} for {told.volume_min:g} lots"
    return judged("margin", found, within, fail=differs if off_pct > 0.0 else "", warn=differs)


def smallest_lot(terms: Terms, seen: Seen) -> Finding:
    """Can it respect the risk? By the terminal's contract, the ATR of now and the configured stop."""
    told, account, tick = seen.symbol, seen.account, seen.tick
    if told is None or account is None or tick is None:
        questions = (("symbol_info", told), ("account_info", account), ("symbol_info_tick", tick))
        return unanswered("smallest lot", next(name for name, answer in questions if answer is None), seen)
    distance = terms.stop_atr * seen.atr
    if not distance > 0.0 or min(told.trade_tick_size, told.volume_step) <= 0.0:
        return unanswered("smallest lot", "copy_rates_from_pos", seen)
    contract = _as_told(terms, seen)
    per_lot = volume_cost(contract, distance, tick.ask)
    costs, allowed = per_lot * told.volume_min, account.equity * terms.risk_pct / 100.0
    lots = volume_for_risk(account.equity, terms.risk_pct, distance, tick.ask, as_record(contract))
    found = f"{told.volume_min:g} lots risk {costs:.2f} with a stop of {distance:.2f}; the risk buys {lots:g} lots"
    expected = f"at most {allowed:.2f} {account.currency} ({terms.risk_pct:g} % of the equity)"
    fail = warn = ""
    if lots == 0.0 and terms.draws_stops_in:
        warn = "every stop will be drawn nearer than learned (execution.stop_cap=cap): add money or take a cent account"
    elif lots == 0.0:
        fail = "no trade could be opened: add money, take a cent account, or a bolder profile"
    elif costs > COARSE * allowed:
        warn = "a smaller size than that cannot be had, whatever the risk stage asks for: add money, or a cent account"
    return judged("smallest lot", found, expected, fail=fail, warn=warn)


def trial(terms: Terms, seen: Seen) -> Finding:
    """What the server says to the smallest order, which is checked and not sent."""
    told, expected = seen.trial, "would pass (it is not sent)"
    if told is None:
        return unanswered("trial order", "order_check", seen)
    if told.retcode == 0:
        return judged("trial order", f"passes, margin {told.margin:.2f}, free then {told.margin_free:.2f}", expected)
    known = retcodes.RETCODES.get(told.retcode)
    found = f"{told.retcode} {known.meaning if known else told.comment}"
    if told.retcode == retcodes.MARKET_CLOSED:
        return judged("trial order", found, expected, warn="the bot waits until the market opens")
    return judged("trial order", found, expected, fail="see the findings above; no entry of the bot would pass either")


def volume_cost(contract: Contract, distance: float, price: float) -> float:
    """What one lot loses at its stop, both sides' commission included, account currency."""
    per_price = contract.tick_value / contract.tick_size
    commission = contract.commission_per_lot + contract.commission_pct / 100.0 * price * per_price
    return distance * per_price + 2.0 * commission


def _as_told(terms: Terms, seen: Seen) -> Contract:
    """The contract with what the terminal says of ticks and volumes."""
    told = seen.symbol
    assert told is not None
    return terms.contract._replace(
        tick_size=told.trade_tick_size,
        tick_value=told.trade_tick_value,
        volume_min=told.volume_min,
        volume_step=told.volume_step,
    )

"""The account: its money, its permissions, and whose positions are in it."""

from __future__ import annotations

from novosky.config.currency import known_rate
from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms
from novosky.trading.intent import is_ours
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import AccountInfo

KINDS = ("demo", "contest", "real")
POSITION_MODES = {
    mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING: "netting",
    mt5.ACCOUNT_MARGIN_MODE_EXCHANGE: "netting",
    mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING: "hedging",
}


def currency(terms: Terms, seen: Seen) -> Finding:
    """Risk, limits and costs are counted in it."""
    told, due = seen.account, terms.account.currency
    if told is None:
        return unanswered("currency", "account_info", seen)
    cent = "account=cent" if told.currency == "USC" else "account=default" if told.currency == "USD" else ""
    mend = (
        f"set {cent or f'account.currency={told.currency} account.conversion_rate=...'}, or log in to another account"
    )
    kind = f" ({KINDS[told.trade_mode]} account)" if 0 <= told.trade_mode < len(KINDS) else ""
    return judged("currency", f"{told.currency}{kind}", due, fail=mend if told.currency != due else "")


def leverage(terms: Terms, seen: Seen) -> Finding:
    """Less of it than backtested: orders lack margin, and the stop-out comes earlier."""
    if seen.account is None:
        return unanswered("leverage", "account_info", seen)
    found, due = seen.account.leverage, terms.broker.leverage
    mend = f"set broker.leverage={found} and judge the set again (mode=backtest)" if found != due else ""
    return judged("leverage", f"1:{found}", f"1:{due}", fail=mend if found < due else "", warn=mend)


def position_mode(terms: Terms, seen: Seen) -> Finding:
    """One position a symbol, or one a deal."""
    if seen.account is None:
        return unanswered("position mode", "account_info", seen)
    due, found = terms.account.position_mode, _position_mode(seen.account)
    if found is None:
        return judged(
            "position mode", "not told", due, warn="this way to a terminal cannot tell: see it in the terminal"
        )
    mend = f"set account.position_mode={found} and judge the set again, or log in to another account"
    return judged("position mode", found, due, fail=mend if found != due else "")


def permissions(terms: Terms, seen: Seen) -> Finding:
    """Of the terminal's button, the account and the server, all three."""
    told, terminal = seen.account, seen.terminal
    if told is None or terminal is None:
        return unanswered("permissions", "account_info" if told is None else "terminal_info", seen)
    against = []
    if not terminal.trade_allowed:
        against.append(("terminal's AutoTrading is off", "press AutoTrading in the terminal"))
    if not told.trade_allowed:
        against.append(("account may not trade", "log in with the trading password, not the investor's"))
    if not told.trade_expert:
        against.append(("server refuses programs", "ask the broker to allow automated trading"))
    found = ", ".join(words for words, _ in against) or "terminal, account and server allow it"
    return judged("permissions", found, "trading by programs", fail="; ".join(mend for _, mend in against))


def balance(terms: Terms, seen: Seen) -> Finding:
    """Against the profile's least."""
    told = seen.account
    if told is None:
        return unanswered("balance", "account_info", seen)
    rate, found = known_rate("USD", told.currency), f"{told.balance:.2f} {told.currency}, equity {told.equity:.2f}"
    if rate is None:
        least = f"{terms.min_balance:g} USD (profile {terms.profile})"
        return judged(
            "balance", found, least, warn=f"what a USD is in {told.currency} is not known here: compare it yourself"
        )
    expected = f"at least {terms.min_balance * rate:g} {told.currency} (profile {terms.profile})"
    fail = "add money, or choose a bolder profile that is made for less" * (told.balance < terms.min_balance * rate)
    return judged("balance", found, expected, fail=fail)


def foreign(terms: Terms, seen: Seen) -> Finding:
    """Positions of others in the symbol: left alone on a hedging account; a netting account would mix them up."""
    account, positions, orders = seen.account, seen.positions, seen.orders
    if account is None or positions is None or orders is None:
        question = "account_info" if account is None else "positions_get" if positions is None else "orders_get"
        return unanswered("positions", question, seen)
    others = [one for one in positions if not is_ours(one.magic, terms.magic)]
    pending = [one for one in orders if not is_ours(one.magic, terms.magic)]
    found = (
        f"{len(positions) - len(others)} of the bot's, {len(others)} of others, {len(pending)} orders of others pending"
    )
    if (_position_mode(account) or terms.account.position_mode) == "hedging":
        return judged("positions", found, "those of others are never touched")
    tickets = ", ".join(str(ticket) for ticket in (*(one.ticket for one in others), *(one.ticket for one in pending)))
    fail = f"close {tickets} or trade another account: on a netting account it would become one with the bot's"
    return judged("positions", found, "none of others on a netting account", fail=fail if tickets else "")


def _position_mode(account: AccountInfo) -> str | None:
    """None where the terminal's answer does not say, as over the original's bridge."""
    return POSITION_MODES.get(account.margin_mode)

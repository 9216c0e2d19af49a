"""What stands as answers, so that a second run proposes what the first one wrote."""

from __future__ import annotations

from novosky.config.schema import Config
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.answers_file import WAYS


def proposed_answers(config: Config, has_file: bool) -> a.Answers | None:
    """From the running configuration; None where no settings file stands. Losses: the profile's own limits."""
    if not has_file:
        return None
    account, terminal, telegram = config.account, config.terminal, config.notify.telegram
    kind = None if terminal.kind == "simulated" else terminal.kind
    where = a.PAPER if kind is None else a.DRY if config.trade.dry else a.LIVE
    ways = {name: getattr(terminal, name) for name in WAYS[kind]}
    return a.Answers(
        broker=a.Broker(config.broker.name),
        account=a.Account(
            balance=account.balance,
            kind=a.CENT if account.cent else a.STANDARD,
            currency=None if account.currency in ("USD", "USC") else account.currency,
            conversion_rate=account.conversion_rate,
            position_mode=account.position_mode,
        ),
        loss=a.Loss(a.Amount(config.profile.weekly_loss_pct, True), a.Amount(config.profile.total_loss_pct, True)),
        trading=a.Trading(where, kind, **ways, bars=config.data.path, calendar=config.news.path),
        notices=a.Notices(
            a.APPRISE if config.notify.kind == "apprise" else a.NOBODY,
            tuple(telegram.chat_ids) if telegram.enabled else (),
        ),
    )

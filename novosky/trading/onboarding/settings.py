"""From answers to settings: what was answered, and what the promoted revision needs to be traded as it was judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from novosky.config.fingerprint import SAME_RESULT, fingerprint
from novosky.config.recorded import flat
from novosky.config.registry import CONF
from novosky.config.schema import Config
from novosky.config.schema.market import FILE_SOURCES, AccountConfig
from novosky.config.walk import leaves
from novosky.errors import ConfigError
from novosky.trading.doctor.models import THE_TRADERS
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.answers_file import WAYS
from novosky.trading.onboarding.judged import Judged
from novosky.trading.onboarding.local_file import local_text

Compose = Callable[[str], Config]
"""What the tree says with this text as conf/local/default.yaml. Raises ConfigError."""

_OF_THE_MARKET = ("data.timeframe", "data.symbol", "data.point")
_MACHINES = ("data.path", "data.finer_path", "data.snapshot", "news.path", "windows.chosen_until")


def account_of(answers: a.Answers) -> AccountConfig:
    """As the settings will say."""
    account = answers.account
    currency = account.currency or a.CURRENCIES[account.kind]
    return AccountConfig(
        balance=account.balance,
        currency=currency,
        cent=account.kind == a.CENT,
        conversion_rate=account.conversion_rate,
        position_mode=account.position_mode,
    )


def answered(answers: a.Answers, profile: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Options of groups, and keys, that follow from the answers alone."""
    account, trading, notices = account_of(answers), answers.trading, answers.notices
    groups = {
        "broker": answers.broker.name,
        "account": "cent" if account.cent else "default",
        "profile": str(profile),
        "terminal": trading.terminal or "simulated",
        "notify": "apprise" if notices.to == a.APPRISE else "none",
    }
    values: dict[str, Any] = {"account.balance": account.balance, "account.position_mode": account.position_mode}
    if account.currency not in a.CURRENCIES.values():
        values["account.currency"] = account.currency
    if account.conversion_rate is not None:
        values["account.conversion_rate"] = account.conversion_rate
    for name in WAYS[trading.terminal]:
        if getattr(trading, name) is not None:
            values[f"terminal.{name}"] = getattr(trading, name)
    if trading.where == a.DRY:
        values["trade.dry"] = True
    if notices.telegram_chats:
        values |= {"notify.telegram.enabled": True, "notify.telegram.chat_ids": list(notices.telegram_chats)}
    return groups, values


def settings_text(answers: a.Answers, profile: int, judged: Judged | None, compose: Compose) -> tuple[str, Config]:
    """The file's text, and what the tree says with it, held against the answers.

    Raises ConfigError where it does not compose, or does not come to what was answered.
    """
    groups, values = answered(answers, profile)
    tag = None if judged is None else judged.tag
    if judged is not None:
        groups |= _options(answers, judged)
        values |= _places(answers, judged)
        first = compose(local_text(groups, values, tag))
        values |= _as_judged(first, judged, answers, profile)
    elif answers.trading.where != a.PAPER:
        groups["news"] = "none"
    text = local_text(groups, values, tag)
    config = compose(text)
    check_composed(config, groups, values)
    return text, config


def _options(answers: a.Answers, judged: Judged) -> dict[str, str]:
    """Groups that the revision decides: its features and calendar; its market where paper replays it."""
    then = judged.settings
    wanted = {"news": then["news"]["source"], "features": then["features"]["name"]}
    if answers.trading.where == a.PAPER:
        wanted = {"data": then["data"]["source"], **wanted}
    return {group: option for group, option in wanted.items() if (CONF / group / f"{option}.yaml").is_file()}


def _places(answers: a.Answers, judged: Judged) -> dict[str, Any]:
    """Where this machine has the files that the revision's settings ask for."""
    found: dict[str, Any] = {}
    data, news, trading = judged.settings["data"], judged.settings["news"], answers.trading
    if trading.where == a.PAPER and data["source"] in FILE_SOURCES:
        if trading.bars is None and data.get("snapshot") is None:
            raise ConfigError(
                f"trading.bars: {judged.tag} learned from a file ({data['source']}), and paper replays such bars; add "
                "bars: FILE, or where: dry"
            )
        found |= {"data.snapshot": data["snapshot"]} if trading.bars is None else {"data.path": trading.bars}
    elif trading.bars is not None:
        raise ConfigError(
            f"trading.bars={trading.bars}: {judged.tag} learned from {data['source']} bars; leave it away"
        )
    if news["source"] == "csv":
        if trading.calendar is None:
            raise ConfigError(f"trading.calendar: {judged.tag} uses a calendar of events; add calendar: FILE")
        found["news.path"] = trading.calendar
    elif trading.calendar is not None:
        raise ConfigError(f"trading.calendar={trading.calendar}: {judged.tag} reads no such file; leave it away")
    return found


def _as_judged(config: Config, judged: Judged, answers: a.Answers, profile: int) -> dict[str, Any]:
    """Keys whose values decide and are others here than when the revision was judged."""
    then = dict(flat(dict(judged.settings)))
    free = set(THE_TRADERS)
    if answers.trading.where == a.PAPER:
        free -= {"data", "windows"}  # the same bars in the same windows, none of which it has learned from
    if profile == judged.settings["profile"]["number"]:
        free -= {"profile"}
    found = {}
    for name, _, value in leaves(config):
        part = name.split(".", maxsplit=1)[0]
        decides = (part not in free and part not in SAME_RESULT) or name in _OF_THE_MARKET
        if decides and name in then and name not in _MACHINES and _plain(value) != then[name]:
            found[name] = then[name]
    return found


def differing(config: Config, judged: Judged) -> list[str]:
    """Parts that decide and are not the revision's: the doctor would fail them."""
    then = judged.facts["fingerprints"]
    return [
        name
        for name, digest in fingerprint(config).parts.items()
        if name not in THE_TRADERS and digest != then.get(name)
    ]


def check_composed(config: Config, groups: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Raises ConfigError where another file of conf/, or the command line, has the last word on an answer."""
    found = {name: value for name, _, value in leaves(config)}
    due = {
        "broker.name": groups["broker"],
        "account.cent": groups["account"] == "cent",
        "profile.number": int(groups["profile"]),
        "terminal.kind": groups["terminal"],
        "notify.kind": groups["notify"],
        **values,
    }
    for name, value in due.items():
        if _plain(found[name]) != _plain(value):
            raise ConfigError(
                f"{name}: answered {value}, but it composes to {found[name]}; leave it away on the command line, or "
                "mend the file of conf/ that sets it"
            )


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))

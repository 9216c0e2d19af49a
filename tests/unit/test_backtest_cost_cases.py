"""The terms under which the same decisions are judged: what changes, what stays, which brokers are left out and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from novosky.backtest.cost_cases import cost_cases
from novosky.backtest.inputs import contract_of
from novosky.config.fingerprint import fingerprint
from novosky.config.registry import load_brokers
from novosky.config.schema import Config
from novosky.errors import ConfigError

Compose = Callable[..., Config]


def differing(a: Config, b: Config) -> set[str]:
    """Dotted names of the values that differ."""

    def leaves(node: dict, path: str = "") -> dict:
        found = {}
        for name, value in node.items():
            found |= leaves(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
        return found

    left, right = leaves(asdict(a)), leaves(asdict(b))
    return {name for name in left if left[name] != right[name]}


@pytest.mark.parametrize("name", load_brokers())
def test_the_registry_reads_as_the_run_reads(compose: Compose, name: str) -> None:
    assert load_brokers()[name] == compose(f"broker={name}").broker


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nsprad: 3", r"x\.yaml: sprad: unknown key; did you mean broker\.spread\?"),
        ("name: x", r"x\.yaml: symbol: .*missing"),
        ("broker:\n  spread: dear", r"x\.yaml: spread: .*dear"),
        ("name: [", r"x\.yaml: .*not readable as YAML"),
    ],
)
def test_a_broken_broker_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "x.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_brokers(tmp_path)


DEAR = ("broker=ftmo", "broker.commission_pct=0.01", "execution.slippage=fixed", "execution.slippage_price=2")


def test_without_costs_nothing_but_the_costs_is_gone(compose: Compose) -> None:
    config = compose(*DEAR)
    cases = cost_cases(config, {}).cases
    gone = {
        "broker.commission_per_lot",
        "broker.commission_pct",
        "execution.slippage",
        "execution.slippage_price",
        "execution.swap",
    }
    if config.broker.commission_per_lot == 0.0:
        gone.remove("broker.commission_per_lot")
    assert differing(config, cases["spread only"]) == gone
    assert differing(config, cases["no costs"]) == gone | {"execution.spread_factor"}
    free = contract_of(cases["no costs"].broker, config.account, cases["no costs"].execution)
    assert (free.commission_per_lot, free.commission_pct) == (0.0, 0.0)


def test_every_broker_of_the_symbol_is_asked_in_the_account_of_the_run(compose: Compose) -> None:
    config = compose("broker=generic")
    asked = cost_cases(config, load_brokers())
    others = sorted(set(load_brokers()) - {"generic"})
    assert list(asked.cases) == ["no costs", "spread only", *(f"broker {name}" for name in others)]
    assert asked.left_out == {}
    for name in others:
        case = asked.cases[f"broker {name}"]
        assert {key.split(".")[0] for key in differing(config, case)} == {"broker"}
        assert case.broker == load_brokers()[name]
    dollars, cents = (
        contract_of(asked.cases[f"broker {name}"].broker, config.account, config.execution)
        for name in ("vt_markets", "vt_markets_cent")
    )
    assert cents.tick_value == pytest.approx(dollars.tick_value)
    assert len({fingerprint(case).whole for case in asked.cases.values()} | {fingerprint(config).whole}) == 9


def test_money_of_another_currency_is_converted_by_the_given_rate(compose: Compose) -> None:
    config = compose("broker=generic", "account.currency=EUR", "account.conversion_rate=0.9")
    cases = cost_cases(config, load_brokers()).cases
    assert cases["broker vt_markets"].account.conversion_rate == pytest.approx(0.9)
    assert cases["broker vt_markets_cent"].account.conversion_rate == pytest.approx(0.009)
    dollars, cents = (
        contract_of(cases[title].broker, cases[title].account, config.execution)
        for title in ("broker vt_markets", "broker vt_markets_cent")
    )
    assert dollars.tick_value == pytest.approx(0.9 * config.broker.tick_value)
    assert cents.tick_value == pytest.approx(dollars.tick_value)


def test_brokers_that_cannot_be_compared_are_left_out_by_name(compose: Compose) -> None:
    config = compose("broker=generic")
    registry = load_brokers()
    others = {
        "gold": replace(registry["ftmo"], symbol="XAUUSD"),
        "pounds": replace(registry["ftmo"], currency="GBP"),
        "broken": replace(registry["ftmo"], tick_value=-1.0),
        "suffix": replace(registry["ftmo"], symbol="btcusd.raw"),
    }
    asked = cost_cases(config, others)
    assert list(asked.cases)[2:] == ["broker suffix"]
    assert asked.left_out["gold"] == "it trades XAUUSD, the bars are of BTCUSD"
    assert "GBP" in asked.left_out["pounds"]
    assert "broker.tick_value=-1.0: expected > 0" in asked.left_out["broken"]

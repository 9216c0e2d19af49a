"""The adapter of the vendor's package keeps the contract, over a module that has its functions."""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from contract.terminal_contract import TerminalContract
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.remote_module import RemoteMetaTrader5
from novosky.trading.terminal.simulated.module import as_module
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from novosky.trading.terminal.vendor import Login, VendorTerminal
from novosky.trading.terminal.vendor_module import MetaTrader5
from support.terminal_box import SYMBOL, broker, levels, market_order

FUNCTIONS = sorted(name for name in vars(MetaTrader5) if not name.startswith("_"))


class TestVendorTerminal(TerminalContract):
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return nullcontext(VendorTerminal(as_module(SimulatedTerminal(server))))


class Module:
    """A package that knows what each test gives it."""

    def __init__(self, **functions: Any) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.functions = {"last_error": lambda: (1, "Success")} | functions

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            self.asked.append((name, args, named))
            return self.functions[name](*args, **named)

        return call


def test_the_module_has_the_functions_and_the_constants_of_the_vendors_package() -> None:
    module = as_module(SimulatedTerminal(broker()))
    assert [name for name in FUNCTIONS if not callable(getattr(module, name, None))] == []
    assert (module.TIMEFRAME_H1, module.TRADE_RETCODE_INVALID_STOPS, module.ORDER_FILLING_IOC) == (16385, 10016, 1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_package_at_a_server_takes_what_the_documented_functions_take(name: str) -> None:
    documented = inspect.signature(getattr(MetaTrader5, name)).parameters
    found = inspect.signature(getattr(RemoteMetaTrader5, name)).parameters
    assert [(row.name, row.kind) for row in found.values()] == [(row.name, row.kind) for row in documented.values()]


def test_answers_are_named_tuples_and_arrays_as_the_vendors() -> None:
    module = as_module(SimulatedTerminal(broker()))
    assert module.account_info() is None
    assert module.last_error()[0] == mt5.RES_E_NO_CONNECTION
    assert module.initialize()
    account = module.account_info()
    assert account._asdict()["login"] == account.login == 1001
    assert isinstance(account, tuple)
    assert module.copy_rates_from_pos(SYMBOL, 15, 0, 2)["close"].tolist() == [100.0, 100.0]


def test_the_module_refuses_what_the_vendors_functions_refuse() -> None:
    module = as_module(SimulatedTerminal(broker()))
    module.initialize()
    for refused in (
        module.history_deals_get(),
        module.history_deals_get(0),
        module.positions_get(magic=7),
        module.order_send({"action": 1, "sybmol": SYMBOL}),
        module.order_send([("action", 1)]),
    ):
        assert refused is None
        assert module.last_error()[0] == mt5.RES_E_INVALID_PARAMS
    with pytest.raises(TypeError, match="positional"):
        module.symbol_info(symbol=SYMBOL)


def test_a_position_is_asked_for_by_its_ticket_alone_because_a_symbol_would_hide_it() -> None:
    module = as_module(SimulatedTerminal(broker()))
    terminal = VendorTerminal(module)
    assert terminal.initialize()
    sent = terminal.order_send(market_order(1))
    assert sent is not None
    assert terminal.positions_get(symbol=SYMBOL, ticket=sent.order + 1) == ()
    assert terminal.positions_get(symbol="OTHER", ticket=sent.order) == ()
    assert len(terminal.positions_get(symbol=SYMBOL, ticket=sent.order) or ()) == 1


def test_the_account_goes_to_initialize_in_the_vendors_names() -> None:
    module = Module(initialize=lambda *path, **named: True)
    terminal = VendorTerminal(module, Login(77, "secret", "Broker-Live"), "C:/mt5/terminal64.exe", 10.0)
    assert terminal.initialize()
    named = {"login": 77, "password": "secret", "server": "Broker-Live", "timeout": 9000}
    assert module.asked == [("initialize", ("C:/mt5/terminal64.exe",), named)]
    assert "secret" not in repr(Login(77, "secret"))


def test_a_login_at_start_is_checked() -> None:
    module = as_module(SimulatedTerminal(broker()))
    assert VendorTerminal(module, Login(1001, "demo", "Simulated-Demo")).initialize()
    terminal = VendorTerminal(module, Login(1001, "guess", "Simulated-Demo"))
    assert not terminal.initialize()
    assert terminal.last_error()[0] == mt5.RES_E_AUTH_FAILED


def test_none_without_an_error_is_nothing_and_none_with_one_is_unknown() -> None:
    terminal = VendorTerminal(Module(positions_get=lambda **named: None))
    assert terminal.positions_get() == ()
    lost = VendorTerminal(Module(positions_get=lambda **named: None, last_error=lambda: (-10001, "IPC send failed")))
    assert lost.positions_get() is None
    assert lost.last_error() == (-10001, "IPC send failed")


def test_no_history_is_nothing_for_a_ticket_and_unknown_between_two_times() -> None:
    functions = {"history_deals_get": lambda *dates, **named: None, "last_error": lambda: (-4, "Not found")}
    terminal = VendorTerminal(Module(**functions))
    assert terminal.history_deals_get(ticket=5) == ()
    assert terminal.history_deals_get(0, 100) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"ticket": 5},
        {"ticket": 5, "volume": "much"},
        17,
    ],
)
def test_an_answer_of_another_form_is_none(answer: Any) -> None:
    terminal = VendorTerminal(Module(positions_get=lambda **named: (answer,)))
    assert terminal.positions_get() is None
    code, words = terminal.last_error()
    assert code == mt5.RES_E_INTERNAL_FAIL_RECEIVE
    assert "Position" in words


def test_nothing_that_the_package_raises_leaves_the_adapter_and_no_password_is_told() -> None:
    def raises(*args: Any, **named: Any) -> Any:
        raise SystemError(f"bad call {named}")

    module = Module(**dict.fromkeys([*FUNCTIONS, "login"], raises))
    terminal = VendorTerminal(module, Login(77, "hunter2", "Broker"))
    assert not terminal.initialize()
    assert "***" in terminal.last_error()[1]
    assert "hunter2" not in terminal.last_error()[1]
    assert not terminal.login(77, "hunter3", "Broker")
    assert "hunter3" not in terminal.last_error()[1]
    assert terminal.order_send(levels(1, 2.0)) is None
    assert terminal.copy_rates_from_pos(SYMBOL, 15, 0, 1) is None
    assert terminal.history_orders_get(0, 1) is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL
    terminal.shutdown()


def test_bars_of_another_form_are_none() -> None:
    terminal = VendorTerminal(Module(copy_rates_from_pos=lambda *args: [[1, 2, 3]]))
    assert terminal.copy_rates_from_pos(SYMBOL, 15, 0, 1) is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_RECEIVE

"""A ledger replayed through the backtest: without faults no difference, and each planted fault by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from novosky.trading.bot.bot import Bot
from novosky.trading.guards.latch import NO_OPENING
from novosky.trading.replay import causes
from novosky.trading.replay.answer import Answer, block_of, replayed
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.records import OrderResult, TradeRequest
from support.replayed_bot import START, Ground, Live, ground_of, live_bot
from support.small_job import Workspace

BARS = 80
M15_MS = 900_000
WIDE = ("profile.daily_loss_pct=50", "profile.weekly_loss_pct=60", "profile.total_loss_pct=90")


@pytest.fixture(scope="module")
def ground(small_job: Workspace) -> Ground:
    return ground_of(
        small_job,
        "prediction.exit_threshold=0.55",
        "execution.max_hold_bars=8",
        "prediction.confidence_quantile=0.5",
        *WIDE,
    )


@pytest.fixture(scope="module")
def entry_bar(ground: Ground) -> int:
    """Of a trade in the middle that stays open for some bars; several follow it."""
    trades = ground.trade(BARS).simulation.trades
    chosen = [row for row in trades if row.exit_bar - row.entry_bar >= 3 and row.entry_bar > START + 5]
    assert (trades["entry_bar"] > chosen[0].entry_bar + 5).sum() >= 2
    return int(chosen[0].entry_bar)


def answer_of(live: Live, at_bar: int = 0, do: Callable[[Bot], None] = lambda bot: None, bars: int = BARS) -> Answer:
    """`do` once, before the decision at the close of bar `at_bar`."""
    ground = live.ground

    def before(bot: Bot) -> None:
        if bot.session.book.bar_ms == int(ground.prepared.bars.time_ms[at_bar - 1]):
            do(bot)

    entries = live.run(bars, before)
    return replayed(ground.config, ground.prepared, ground.bundle, entries, {ground.revision})


def only(answer: Answer, name: str) -> None:
    """All first causes have this name, and every trade that differs comes from one of them."""
    assert {cause.name for cause in answer.causes} == {name}
    assert answer.is_explained
    assert answer.explained
    assert all(one.after is answer.causes[0] for one in answer.explained)


class Spoilt:
    """A terminal that refuses the next `refuses` orders."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.refuses = inner, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        if self.refuses > 0:
            self.refuses -= 1
            return OrderResult(retcodes.REJECT)
        result: OrderResult | None = self.inner.order_send(request)
        return result


def test_without_faults_nothing_differs(ground: Ground) -> None:
    answer = answer_of(live_bot(ground))
    assert (answer.causes, answer.explained, answer.is_explained) == ((), (), True)
    assert len(answer.pairs) >= 6
    block = block_of(answer, ground.prepared.bars.time_ms)
    assert block["trades_equal"] == block["trades_in_ledger"] == block["trades_in_replay"] == len(answer.pairs)
    assert block["net_in_ledger"] == block["net_in_replay"] != 0.0


def test_missed_bars(ground: Ground, entry_bar: int) -> None:
    answer = answer_of(live_bot(ground), entry_bar - 1, lambda bot: bot.session.clock.wait(3 * M15_MS))
    only(answer, causes.MISSED)
    assert answer.missed == 2
    assert "the core did it, the broker did not; 2 bars from" in answer.causes[0].text


def test_a_guard(ground: Ground, entry_bar: int) -> None:
    def pause(bot: Bot) -> None:
        board = bot.session.board
        bot.session.guard(paused=board.paused.trip(NO_OPENING, bot.session.now_ms, "by a person"))

    answer = answer_of(live_bot(ground), entry_bar - 1, pause)
    only(answer, causes.GUARD)
    assert answer.causes[0].text.endswith("entry refused at the open: paused")
    alone = [one for one in answer.explained if one.pair.found is None]
    assert alone[0].cause is answer.causes[0]


def test_a_refused_order(ground: Ground, entry_bar: int) -> None:
    live = live_bot(ground)
    spoilt: list[Spoilt] = []

    def wrap(terminal: Any) -> Any:
        spoilt.append(Spoilt(terminal))
        return spoilt[0]

    live.wrap = wrap
    answer = answer_of(live, entry_bar - 1, lambda bot: setattr(spoilt[0], "refuses", 1))
    assert answer.causes[0].name == causes.REFUSED
    assert "entry refused: request rejected (10006)" in answer.causes[0].text
    assert answer.is_explained
    # The guard of rejected orders may hold the next entry back for a minute: that has a name of its own.
    assert {cause.name for cause in answer.causes} <= {causes.REFUSED, causes.WAITS}


def test_a_worse_fill(ground: Ground, entry_bar: int) -> None:
    answer = answer_of(live_bot(ground, slipped={entry_bar: 7.0}))
    first = answer.causes[0]
    only(answer, causes.PRICE)
    assert len(answer.causes) == 1
    assert "7 from the core's" in first.text
    own = next(one for one in answer.explained if one.cause is first)
    assert "entry_price" in own.pair.parts
    found = own.pair.found
    assert found is not None
    assert first.money == pytest.approx(7.0 * found.volume, abs=0.01)
    assert all(one.cause is None for one in answer.explained if one is not own)  # sizes that follow


def test_closed_by_hand(ground: Ground, entry_bar: int) -> None:
    live = live_bot(ground)

    def close(bot: Bot) -> None:
        (held,) = bot.session.broker.terminal.positions_get()  # type: ignore[misc]
        side = mt5.ORDER_TYPE_SELL if held.type == mt5.POSITION_TYPE_BUY else mt5.ORDER_TYPE_BUY
        filling = bot.sender.requests.filling
        request = TradeRequest(
            mt5.TRADE_ACTION_DEAL, held.symbol, held.volume, side, position=held.ticket, type_filling=filling
        )
        done = bot.session.broker.terminal.order_send(request)
        assert done is not None
        assert done.retcode == retcodes.DONE
        deals = live.server.history.deals
        deals[-1] = replace(deals[-1], reason=mt5.DEAL_REASON_MOBILE)

    answer = answer_of(live, entry_bar + 1, close)
    only(answer, causes.BY_HAND)
    own = next(one for one in answer.explained if one.cause is answer.causes[0])
    assert own.pair.found is not None
    assert own.pair.found.exit_reason == "mobile"


def test_a_stop_moved_by_hand(ground: Ground, entry_bar: int) -> None:
    def tighten(bot: Bot) -> None:
        (held,) = bot.session.broker.terminal.positions_get()  # type: ignore[misc]
        stop = round((held.sl + held.price_open) / 2.0, 2)
        bot.session.broker.terminal.order_send(
            TradeRequest(mt5.TRADE_ACTION_SLTP, held.symbol, sl=stop, tp=held.tp, position=held.ticket)
        )

    answer = answer_of(live_bot(ground), entry_bar + 1, tighten)
    assert answer.causes[0].name == causes.LEVELS_BY_HAND
    assert answer.is_explained


def test_a_deposit(ground: Ground, entry_bar: int) -> None:
    live = live_bot(ground)

    def pay_in(bot: Bot) -> None:
        live.server.account.book.balance += 5000.0
        live.server.booking.deposit(5000.0, live.server.server_ms)

    answer = answer_of(live, entry_bar - 1, pay_in)
    only(answer, causes.MONEY)
    assert len(answer.causes) == 1
    assert all("volume" in one.pair.parts for one in answer.explained if one.pair.found)


def test_other_settings_are_not_explained_away(ground: Ground) -> None:
    entries = live_bot(ground).run(BARS)
    execution = replace(ground.config.execution, tp_atr=ground.config.execution.tp_atr * 1.5, max_hold_bars=4)
    answer = replayed(
        replace(ground.config, execution=execution), ground.prepared, ground.bundle, entries, {ground.revision}
    )
    assert not answer.is_explained
    assert causes.UNEXPLAINED in answer.counts()


def test_other_bars_of_the_data(ground: Ground, entry_bar: int) -> None:
    """The data's bar closes elsewhere than the broker's did."""
    entries = live_bot(ground).run(BARS)
    bars = ground.prepared.bars
    close = bars.close.copy()
    close[entry_bar + 1] = bars.high[entry_bar + 1]
    prepared = replace(ground.prepared, market=replace(ground.prepared.market, bars=replace(bars, close=close)))
    answer = replayed(ground.config, prepared, ground.bundle, entries, {ground.revision})
    assert answer.causes[0].name == causes.BARS
    assert "close of the bar" in answer.causes[0].text


def test_the_mode_on_a_paper_ledger(small_job: Workspace) -> None:
    job = small_job.sibling("replayed")
    traded = job.run(
        "mode=trade",
        "models=working",
        "terminal.replay_bars=80",
        "trade.watch_s=900",
        f"trade.kill_file={job.folder / 'KILL'}",
    )
    url = f"sqlite:///{traded['folder'] / 'ledger.sqlite'}"
    result = job.run("mode=audit", "models=working", f"audit.ledger={url}")
    assert (result["causes"], result["trades_that_differ"], result["is_explained"]) == ([], [], True)
    assert result["trades_in_ledger"] == result["trades_equal"] > 0
    assert result["warnings"] == []
    assert len(job.looks.read_text().splitlines()) == 2  # the replay on paper, and its replay

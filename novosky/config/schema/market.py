"""Where bars and events come from, and how the broker's contract reads."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

CLOCKS = ("utc", "new_york_plus_7", "eet")
TIMEFRAMES = ("M1", "M5", "M15", "M30", "H1", "H4", "D1")
SESSIONS = ("asian", "london", "new_york")

GENERATED_SOURCES = ("synthetic", "random_walk", "planted")
FILE_SOURCES = ("parquet", "csv", "mt5_export")
STRUCTURES = ("trend", "impulse", "exits", "stops", "streaks")

MARGIN_MODES = ("forex", "forex_no_leverage", "cfd", "cfd_leverage", "cfd_index", "futures", "exchange_stocks")
SWAP_MODES = (
    "disabled",
    "points",
    "currency_symbol",
    "currency_margin",
    "currency_deposit",
    "interest_current",
    "interest_open",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@dataclass
class DataConfig:
    source: str = key(
        REQUIRED,
        "kind of source",
        choices=(*GENERATED_SOURCES, *FILE_SOURCES, "ccxt", "terminal"),
    )
    symbol: str = key("BTCUSD", "name of the symbol, as the broker spells it")
    timeframe: str = key("M15", "bar length", choices=TIMEFRAMES)
    point: float = key(0.01, "price step of the symbol, in price units", gt=0)
    days_per_year: int | None = key(
        None,
        "days with bars in a year, which annualise; null: counted from the bars (365 round the clock)",
        ge=1,
        le=366,
    )
    path: str | None = key(None, "file of the bars (file sources only)")
    snapshot: str | None = key(None, "name of the snapshot that these settings must give; stands in for data.path")
    clock: str = key("utc", "clock of the file's or the terminal's times", choices=CLOCKS)
    repair: str = key("none", "what to do with bars that break the contract", choices=("none", "drop"))
    finer_path: str | None = key(
        None, "file of finer bars of the same market, of the same kind (execution.intrabar=finer_bars only)"
    )
    finer_timeframe: str = key("M1", "bar length of data.finer_path", choices=TIMEFRAMES)
    bars: int | None = key(None, "number of bars to generate (generated markets only)", ge=1000, le=5_000_000)
    start: str | None = key(None, "first bar's open time, UTC, ISO date (generated markets only)")
    seed: int | None = key(None, "seed of the generated market", ge=0)
    oracle_sharpe: float | None = key(
        None, "annual Sharpe ratio of a cost-free oracle that knows the drift (synthetic, planted)", ge=0, le=50
    )
    structure: str = key(
        "trend",
        "shape of the hidden edge: session and trend, or one that a later stage can use (planted only)",
        choices=STRUCTURES,
    )
    exchange: str | None = key(None, "id of the exchange in ccxt, such as bitstamp (ccxt only)")
    market: str | None = key(None, "the exchange's market in ccxt's words, such as BTC/USD (ccxt only)")
    since: str | None = key(None, "first open time, UTC, ISO (ccxt, terminal)")
    until: str | None = key(None, "time by which the last bar has closed, UTC, ISO, in the past (ccxt, terminal)")
    page_bars: int | None = key(
        None, "bars asked for at once; null: as many as the exchange gives (ccxt only)", ge=2, le=10_000
    )
    api_url: str | None = key(None, "another address of the exchange's interface, such as a mirror (ccxt only)")
    timeout_s: float = key(30.0, "how long an answer may take (ccxt only)", gt=0, le=600)
    retries: int = key(5, "how often a failed request is made again (ccxt only)", ge=0, le=100)


@dataclass
class NewsConfig:
    source: str = key(REQUIRED, "where events come from", choices=("synthetic", "csv", "forexfactory", "none"))
    path: str | None = key(None, "file of the calendar (csv), or of all weeks that were fetched (forexfactory)")
    url: str | None = key(None, "address of the week's feed, http or https (forexfactory only)")
    timeout_s: float = key(10.0, "how long the feed's answer may take (forexfactory only)", gt=0, le=600)
    refresh_hours: float = key(12.0, "age of the last answer at which the feed is asked again", gt=0, le=168)
    fetch_only: bool = key(False, "fetch the week, and leave the bars alone (mode=data, forexfactory only)")
    currencies: list[str] = key(["USD"], "currencies whose events count")
    min_impact: str = key("high", "least impact that counts", choices=("low", "medium", "high"))
    near_minutes: int = key(60, "an event this close makes is_news_near 1", ge=1, le=1440)
    risk_window_minutes: int = key(30, "an event this close makes is_news_risk_window 1", ge=1, le=1440)


@dataclass
class BrokerConfig:
    name: str = key(REQUIRED, "name of the broker")
    symbol: str = key(REQUIRED, "the broker's name of the symbol")
    currency: str = key(REQUIRED, "currency that the broker's money is stated in: tick_value, commission, margin, swap")
    digits: int = key(REQUIRED, "decimals of a price", ge=0, le=8)
    point: float = key(REQUIRED, "smallest price step, price units", gt=0)
    tick_size: float = key(REQUIRED, "price step that tick_value is given for, price units", gt=0)
    tick_value: float = key(REQUIRED, "account money per tick and lot", gt=0)
    contract_size: float = key(REQUIRED, "units of the underlying in one lot", gt=0)
    volume_min: float = key(REQUIRED, "smallest volume, lots", gt=0)
    volume_max: float = key(REQUIRED, "largest volume, lots", gt=0)
    volume_step: float = key(REQUIRED, "step of the volume, lots", gt=0)
    spread: float = key(REQUIRED, "usual spread, price units: the floor of every bar's spread", ge=0)
    commission_per_lot: float = key(0.0, "account money per lot and side", ge=0)
    commission_pct: float = key(0.0, "commission per side, % of the traded value", ge=0, le=10)
    leverage: int = key(REQUIRED, "account leverage", ge=1, le=5000)
    margin_mode: str = key("cfd_leverage", "MetaTrader's margin calculation", choices=MARGIN_MODES)
    margin_rate: float = key(1.0, "initial margin rate of the symbol", gt=0)
    margin_initial: float = key(0.0, "account money per lot (futures only)", ge=0)
    margin_currency: str | None = key(
        None, "the symbol's base currency, in which margin_mode=forex counts; null: margin is counted at the price"
    )
    margin_hedged_rate: float = key(1.0, "share of one side's margin that volume held on both sides pays", ge=0, le=1)
    stop_out_pct: float = key(50.0, "margin level at which the broker closes positions, %; 0 is off", ge=0, le=100)
    swap_mode: str = key("disabled", "MetaTrader's swap mode", choices=SWAP_MODES)
    swap_long: float = key(0.0, "swap of a long position, in the unit of swap_mode, per lot and night")
    swap_short: float = key(0.0, "swap of a short position, in the unit of swap_mode, per lot and night")
    swap_triple_day: str = key(
        "wednesday",
        "day whose night pays three, the weekend's nights none; none: every night pays one",
        choices=(*WEEKDAYS, "none"),
    )
    stops_level_points: int = key(0, "least distance of a stop or target from the price, points", ge=0)
    freeze_level_points: int = key(0, "distance within which levels may not be changed, points", ge=0)
    filling_modes: list[str] = key(["ioc"], "order filling that the symbol allows", choices=("fok", "ioc", "return"))
    clock: str = key("new_york_plus_7", "the server's clock", choices=CLOCKS)
    assumptions: list[str] = key([], "keys whose value is an assumption, not a published term")


@dataclass
class AccountConfig:
    balance: float = key(REQUIRED, "start balance, account currency", gt=0)
    currency: str = key("USD", "account currency; USC is a cent account")
    cent: bool = key(False, "balance and results in cents")
    conversion_rate: float | None = key(
        None, "account currency per unit of broker.currency; null where equal or USD and USC", gt=0
    )
    position_mode: str = key("hedging", "how the account nets positions", choices=("netting", "hedging"))

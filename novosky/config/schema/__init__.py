"""Every key of the configuration, with its type, range and meaning; `conf/` holds the values."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.agent import AgentConfig
from novosky.config.schema.analyze import AnalyzeConfig
from novosky.config.schema.audit import AuditConfig
from novosky.config.schema.dashboard import DashboardConfig
from novosky.config.schema.doctor import DoctorConfig
from novosky.config.schema.keys import REQUIRED, key
from novosky.config.schema.learning import (
    FeaturesConfig,
    LabelsConfig,
    PredictionConfig,
    StagesConfig,
    WindowsConfig,
)
from novosky.config.schema.market import AccountConfig, BrokerConfig, DataConfig, NewsConfig
from novosky.config.schema.monitor import MonitorConfig
from novosky.config.schema.notify import NotifyConfig
from novosky.config.schema.onboard import OnboardConfig
from novosky.config.schema.optimize import OptimizeConfig
from novosky.config.schema.revision import PromoteConfig, RemoteConfig
from novosky.config.schema.runs import CompareConfig, ReproduceConfig, SyncConfig
from novosky.config.schema.search import SearchConfig, TuneConfig
from novosky.config.schema.sweep import SweepConfig
from novosky.config.schema.terminal import TerminalConfig
from novosky.config.schema.tracker import TrackerConfig
from novosky.config.schema.trade import TradeConfig
from novosky.config.schema.trading import ExecutionConfig, GateConfig, ProfileConfig, ReportConfig, ScoreConfig
from novosky.config.schema.weekly import WeeklyConfig

MODES = (
    "run", "data", "train", "tune", "analyze", "backtest", "sweep", "optimize", "audit", "reproduce", "compare",
    "promote", "pull", "revisions", "sync", "trade", "doctor", "monitor", "notify", "weekly", "onboard", "dashboard",
    "agent",
)  # fmt: skip
WINDOWS = ("sweep", "gate", "holdout", "train_oof", "train")


@dataclass
class PathsConfig:
    data: str = key("data", "folder of the snapshots")
    train: str = key("outputs/train", "folder of the working set")
    models: str = key("models", "folder of the promoted revisions, DVC's")
    revisions: str = key("revisions", "folder of their records, git's")
    looks: str = key("looks/ledger.jsonl", "the looks ledger")
    other_looks: str | None = key(None, "another checkout's looks ledger; its looks are added to this one's")
    evaluate: str | None = key(None, "a folder for those figures of a backtest that are the same each time (dvc.yaml)")
    cache: str = key("outputs/cache", "what can be computed again: predictions of the signal stage")


@dataclass
class TrainConfig:
    pickles: bool = key(False, "also write the original's pickles, for a developer's comparison")
    stage: str = key("all", "which stage to train", choices=("all", "features", "signal", "position", "sltp", "risk"))


@dataclass
class Config:
    """The whole configuration, typed; nothing below the edge sees OmegaConf."""

    mode: str = key(REQUIRED, "what to do", choices=MODES)
    seed: int = key(7, "seed of every random choice that has no seed of its own", ge=0, lt=2**31)
    threads: int = key(2, "threads of training and prediction", ge=1, le=256)
    device: str = key("auto", "where models train", choices=("auto", "cpu", "cuda"))
    window: str = key("sweep", "window that a backtest judges", choices=WINDOWS)
    models: str = key("working", "model set: working, promoted, or a path to one")
    revision: str | None = key(None, "tag of the revision that mode=pull fetches")
    load_order: str = key(
        "compiled",
        "compiled: the trees that trade; original: calibrated pickle, else ONNX, else raw pickle, for comparison",
        choices=("compiled", "original"),
    )
    compare_stages: bool = key(False, "judge the window with each later stage switched off in turn, too")
    compare_costs: bool = key(False, "judge the same decisions without costs and under each broker, too")
    account: AccountConfig = REQUIRED
    broker: BrokerConfig = REQUIRED
    profile: ProfileConfig = REQUIRED
    data: DataConfig = REQUIRED
    news: NewsConfig = REQUIRED
    features: FeaturesConfig = REQUIRED
    labels: LabelsConfig = REQUIRED
    stage: StagesConfig = REQUIRED
    prediction: PredictionConfig = REQUIRED
    execution: ExecutionConfig = REQUIRED
    windows: WindowsConfig = REQUIRED
    score: ScoreConfig = REQUIRED
    gate: GateConfig = REQUIRED
    report: ReportConfig = REQUIRED
    train: TrainConfig = REQUIRED
    audit: AuditConfig = REQUIRED
    analyze: AnalyzeConfig = REQUIRED
    paths: PathsConfig = REQUIRED
    reproduce: ReproduceConfig = REQUIRED
    compare: CompareConfig = REQUIRED
    search: SearchConfig = REQUIRED
    tune: TuneConfig = REQUIRED
    sweep: SweepConfig = REQUIRED
    optimize: OptimizeConfig = REQUIRED
    promote: PromoteConfig = REQUIRED
    weekly: WeeklyConfig = REQUIRED
    remote: RemoteConfig = REQUIRED
    tracker: TrackerConfig = REQUIRED
    terminal: TerminalConfig = REQUIRED
    trade: TradeConfig = REQUIRED
    notify: NotifyConfig = REQUIRED
    doctor: DoctorConfig = REQUIRED
    monitor: MonitorConfig = REQUIRED
    onboard: OnboardConfig = REQUIRED
    sync: SyncConfig = REQUIRED
    dashboard: DashboardConfig = REQUIRED
    agent: AgentConfig = REQUIRED


__all__ = ["MODES", "WINDOWS", "Config"]

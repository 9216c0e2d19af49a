"""What is learned from: features, labels, windows, model stages, the vote."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class FeaturesConfig:
    name: str = key(REQUIRED, "name of the list")
    names: list[str] = key(REQUIRED, "the features, in the order of the model's columns")


@dataclass
class LabelsConfig:
    kind: str = key("barrier", "how a bar gets its class", choices=("barrier",))
    sl_atr: float = key(REQUIRED, "stop of the label's bracket, ATR(14)", gt=0, le=20)
    tp_atr: float = key(REQUIRED, "target of the label's bracket, ATR(14)", gt=0, le=20)
    horizon_bars: int = key(REQUIRED, "longest life of the label's trade, bars", ge=1, le=2000)
    reference_spread_pct: float = key(REQUIRED, "spread that a label pays, % of price, whatever the broker", ge=0, le=5)


@dataclass
class WindowsConfig:
    kind: str = key(REQUIRED, "how time is cut", choices=("fractions", "dates", "walk_forward"))
    train: float = key(0.60, "share of the bars (fractions)", gt=0, lt=1)
    sweep: float = key(0.15, "share of the bars (fractions)", gt=0, lt=1)
    gate: float = key(0.15, "share of the bars (fractions)", gt=0, lt=1)
    holdout: float = key(0.10, "share of the bars (fractions)", gt=0, lt=1)
    sweep_start: str | None = key(None, "first day of sweep, UTC (dates)")
    gate_start: str | None = key(None, "first day of gate, UTC (dates)")
    holdout_start: str | None = key(None, "first day of holdout, UTC (dates)")
    purge_bars: int = key(REQUIRED, "bars left out before a cut: the life of a label or trade", ge=0, le=10_000)
    embargo_bars: int = key(REQUIRED, "bars left out after a cut", ge=0, le=10_000)
    blocks: int = key(12, "forward blocks inside train, the same edges for every stage", ge=8, le=100)
    folds: int = key(6, "stretches judged in turn, each by models of the bars before (walk_forward)", ge=2, le=50)
    first_train: float = key(0.40, "share of the bars before holdout that the first fold learns from", gt=0, lt=1)
    chosen_until: str | None = key(None, "last day, UTC, that had a part in choosing these settings")


@dataclass
class ForestConfig:
    enabled: bool = key(True, "whether this voter is trained")
    trees: int = key(REQUIRED, "number of trees", ge=1, le=5000)
    max_depth: int = key(REQUIRED, "deepest level of a tree", ge=1, le=30)
    min_samples_leaf: int = key(REQUIRED, "fewest rows in a leaf", ge=1)
    max_features: float = key(REQUIRED, "share of the features tried at a split", gt=0, le=1)
    max_samples: float = key(REQUIRED, "share of the rows drawn for a tree", gt=0, le=1)


@dataclass
class XgboostConfig:
    enabled: bool = key(True, "whether this voter is trained")
    rounds: int = key(REQUIRED, "boosting rounds", ge=1, le=5000)
    learning_rate: float = key(REQUIRED, "shrinkage of a round", gt=0, le=1)
    max_depth: int = key(REQUIRED, "deepest level of a tree", ge=1, le=20)
    min_child_weight: float = key(REQUIRED, "least hessian sum in a leaf", ge=0)
    subsample: float = key(REQUIRED, "share of the rows drawn for a round", gt=0, le=1)
    colsample: float = key(REQUIRED, "share of the features drawn for a tree", gt=0, le=1)
    l2: float = key(REQUIRED, "L2 penalty on leaf values", ge=0)


@dataclass
class LightgbmConfig:
    enabled: bool = key(True, "whether this voter is trained")
    rounds: int = key(REQUIRED, "boosting rounds", ge=1, le=5000)
    learning_rate: float = key(REQUIRED, "shrinkage of a round", gt=0, le=1)
    leaves: int = key(REQUIRED, "most leaves of a tree", ge=2, le=4096)
    min_leaf_rows: int = key(REQUIRED, "fewest rows in a leaf", ge=1)
    subsample: float = key(REQUIRED, "share of the rows drawn for a round", gt=0, le=1)
    colsample: float = key(REQUIRED, "share of the features drawn for a tree", gt=0, le=1)
    l2: float = key(REQUIRED, "L2 penalty on leaf values", ge=0)


@dataclass
class SignalStageConfig:
    forest: ForestConfig = REQUIRED
    xgboost: XgboostConfig = REQUIRED
    lightgbm: LightgbmConfig = REQUIRED
    calibration: str = key("sigmoid", "how scores become probabilities", choices=("sigmoid", "isotonic"))
    skill_confidence: float = key(
        0.95, "a voter stays when this one-sided bound of its log-loss lies below the base rate's", gt=0.5, lt=1
    )


@dataclass
class TradesConfig:
    """Which trades, all of them out of fold, the later stages learn from."""

    confidence_quantile: float = key(REQUIRED, "quantile of out-of-fold confidence to exceed", gt=0, lt=1)
    vote: str = key(REQUIRED, "what the voters choose among, as prediction.vote", choices=("direction", "majority"))
    confidence: str = key(
        REQUIRED, "what confidence means, as prediction.confidence", choices=("mean_probability", "vote_share")
    )
    min_agreement: float = key(REQUIRED, "share of the voters that must agree, exclusive", ge=0, lt=1)
    exit_threshold: float = key(REQUIRED, "as prediction.exit_threshold", ge=0, le=1)
    min_bars_held: int = key(REQUIRED, "as prediction.min_bars_held", ge=1, le=10_000)


@dataclass
class PositionStageConfig:
    enabled: bool = key(True, "whether the stage is trained and decides")
    forest: ForestConfig = REQUIRED
    xgboost: XgboostConfig = REQUIRED
    lightgbm: LightgbmConfig = REQUIRED
    calibration: str = key("sigmoid", "how scores become probabilities", choices=("sigmoid", "isotonic"))
    skill_confidence: float = key(
        0.95, "a voter stays when this one-sided bound of its log-loss lies below the base rate's", gt=0.5, lt=1
    )
    add_margin_r: float = key(REQUIRED, "going on must be worth this much more than leaving to be an ADD, R", gt=0)
    max_rows: int = key(REQUIRED, "most in-trade states to learn from", ge=1000, le=1_000_000)


@dataclass
class RegressorConfig:
    rounds: int = key(REQUIRED, "boosting rounds", ge=1, le=5000)
    learning_rate: float = key(REQUIRED, "shrinkage of a round", gt=0, le=1)
    leaves: int = key(REQUIRED, "most leaves of a tree", ge=2, le=4096)
    min_leaf_rows: int = key(REQUIRED, "fewest rows in a leaf", ge=1)
    subsample: float = key(REQUIRED, "share of the rows drawn for a round", gt=0, le=1)
    colsample: float = key(REQUIRED, "share of the features drawn for a tree", gt=0, le=1)
    l2: float = key(REQUIRED, "L2 penalty on leaf values", ge=0)


@dataclass
class SltpStageConfig:
    enabled: bool = key(True, "whether the stage is trained and decides")
    lightgbm: RegressorConfig = REQUIRED
    stops_atr: list[float] = key(REQUIRED, "stops to try, ATR(14), rising")
    targets_atr: list[float] = key(REQUIRED, "targets to try, ATR(14), rising")
    max_rows: int = key(REQUIRED, "most bars to learn from", ge=1000, le=1_000_000)
    target: str = key(
        "best_pair",
        "best_pair: the pair that earned most, in hindsight; expected_r: R of every pair, the best expected is taken",
        choices=("best_pair", "expected_r"),
    )


@dataclass
class RiskStageConfig:
    enabled: bool = key(True, "whether the stage is trained and decides")
    lightgbm: RegressorConfig = REQUIRED
    next_trades: int = key(REQUIRED, "trades ahead whose R is foreseen", ge=1, le=100)
    full_size_kelly: float = key(REQUIRED, "least Kelly fraction at which a trade has its full size", gt=0, le=1)


@dataclass
class StagesConfig:
    signal: SignalStageConfig = REQUIRED
    trades: TradesConfig = REQUIRED
    position: PositionStageConfig = REQUIRED
    sltp: SltpStageConfig = REQUIRED
    risk: RiskStageConfig = REQUIRED


@dataclass
class PredictionConfig:
    rule: str = key(
        REQUIRED, "who trades: top quantile of confidence, or absolute thresholds", choices=("quantile", "original")
    )
    vote: str = key(
        REQUIRED,
        "direction: voters choose between BUY and SELL; majority: they choose among BUY, SELL and HOLD",
        choices=("direction", "majority"),
    )
    confidence: str = key("mean_probability", "what confidence means", choices=("mean_probability", "vote_share"))
    min_agreement: float = key(0.5, "share of the voters that must agree, exclusive", ge=0, lt=1)
    confidence_quantile: float = key(0.80, "quantile of out-of-fold confidence to exceed (rule: quantile)", gt=0, lt=1)
    confidence_threshold: float = key(0.60, "confidence to reach (rule: original)", ge=0, le=1)
    min_probability_diff: float = key(0.0, "lead of the voted class over the next, probability", ge=0, le=1)
    exit_threshold: float = key(0.55, "probability of EXIT at which the position model closes a trade", ge=0, le=1)
    exit_min_probability_diff: float = key(0.0, "lead of EXIT over HOLD, probability", ge=0, le=1)
    add_threshold: float = key(0.65, "probability of ADD that asks for more (execution.max_adds)", ge=0, le=1)
    min_bars_held: int = key(1, "closed bars before the position model may close a trade", ge=1, le=10_000)

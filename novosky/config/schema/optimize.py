"""Keys of `mode=optimize`."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class OptimizeConfig:
    iterations: int = key(REQUIRED, "how often to search for a better set", ge=1, le=1000)
    drop_threshold: float = key(
        REQUIRED,
        "share of the total mean |SHAP| below which a candidate is made without a feature; 0: none, protected never",
        ge=0,
        lt=1,
    )
    analyze_only: bool = key(False, "only look at what stands: no search, no training")
    retrain_only: bool = key(False, "train anew with the settings as they are: no search")
    name: str = key(REQUIRED, "name of the loop; another one searches with other seeds")
    folder: str = key(REQUIRED, "log, snapshots, journal and candidates of the loop")
    current: str = key(REQUIRED, "the experiment that a COMMIT writes")

"""Where runs are compared: `tracker=local`, their own folders; `tracker=wandb`, Weights & Biases, too."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class TrackerConfig:
    kind: str = key(REQUIRED, "where runs are compared", choices=("local", "wandb"))
    mode: str = key(
        "offline",
        "offline: written into the run's folder, for `wandb sync`; online: sent from there when the run is over, too",
        choices=("offline", "online"),
    )
    project: str = key("novosky", "W&B project")
    entity: str | None = key(None, "W&B user or team; null: the one that the API key belongs to")
    group: str | None = key(None, "W&B group; null: the loop's name and run, or the multirun's folder")
    base_url: str = key("https://api.wandb.ai", "W&B server")
    api_key_env: str = key("WANDB_API_KEY", "NAME of the environment variable that holds the API key")
    timeout_s: float = key(60.0, "longest that one run is sent for, seconds; what is not sent stays", gt=0, le=3600)
    artifacts: bool = key(True, "keep the models of a kept iteration with its run, as an artifact")
    table_rows: int = key(10_000, "most rows of a table", ge=1, le=200_000)

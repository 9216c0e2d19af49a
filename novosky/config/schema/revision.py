"""Keys of `mode=promote` and `mode=pull`: what may be published, and where it is fetched."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

NOT_KEPT, NOT_PROMOTABLE, FAILS_AUDIT, NO_SKILL = "not_kept", "not_promotable", "fails_audit", "no_skill"


@dataclass
class PromoteConfig:
    accept: list[str] = key(
        [],
        "reasons against a promotion to pass over; they are written into the record",
        choices=(NOT_KEPT, NOT_PROMOTABLE, FAILS_AUDIT, NO_SKILL),
    )
    dvc: bool = key(REQUIRED, "run `dvc add` on paths.models where the project is DVC's")
    commit: bool = key(REQUIRED, "commit the record with models.dvc to git, and tag the commit")


@dataclass
class RemoteConfig:
    url: str | None = key(
        None, "folder, file:///folder or s3://bucket/prefix; null: DVC's default remote (.dvc/config)"
    )
    endpoint: str | None = key(None, "address of an S3-compatible server; null: Amazon's, or that of .dvc/config")
    region: str | None = key(None, "region of the bucket")
    access_key_env: str | None = key(REQUIRED, "NAME of the environment variable with the access key; null: public")
    secret_key_env: str | None = key(REQUIRED, "NAME of the environment variable with the secret key; null: public")
    timeout_s: float = key(REQUIRED, "longest time for a file, seconds", gt=0, le=3600)

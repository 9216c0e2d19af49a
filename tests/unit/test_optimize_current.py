"""current.yaml alone gives the configuration that was kept, however it was typed."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from novosky.config.compose import compose_config
from novosky.config.fingerprint import fingerprint
from novosky.optimize.current import SECTIONS, current_text, shadowed
from support.small_job import SMALL

CONF = Path(__file__).resolve().parents[2] / "conf"
REAL = ("data=parquet", "data.path=/x/y.parquet", "broker=ftmo", "profile=4", "seed=9")
EXCHANGE = (
    "data=ccxt",
    "data.exchange=kraken",
    "data.market=BTC/USD",
    "data.since=2024-01-01",
    "data.until=2025-01-01",
)


def text_of(config: Any, tmp_path: Path) -> str:
    """Of a candidate with these settings on the snapshot `named`."""
    prepared = SimpleNamespace(
        bars=SimpleNamespace(time_ms=np.array([1_700_000_000_000])),
        windows={"gate": SimpleNamespace(stop=1)},
        market=SimpleNamespace(snapshot=SimpleNamespace(name="named")),
    )
    candidate: Any = SimpleNamespace(config=config, prepared=prepared, params={"labels.sl_atr": 1.5}, dropped=())
    return current_text(tmp_path / "none.yaml", candidate, 1)


NOT_MADE = tuple(one for one in SMALL if "data.bars" not in one)


@pytest.mark.parametrize("typed", [(), SMALL, (*NOT_MADE, *REAL), (*NOT_MADE, *EXCHANGE)])
def test_the_file_is_enough(tmp_path: Path, typed: tuple[str, ...]) -> None:
    config = compose_config(CONF, ["mode=optimize", *typed])
    shutil.copytree(CONF, tmp_path / "conf")
    file = tmp_path / "conf" / "experiment" / "current.yaml"
    file.write_text(text_of(config, tmp_path))
    kept = compose_config(tmp_path / "conf", ["mode=train", "experiment=current", f"optimize.current={file}"])
    assert fingerprint(kept) == fingerprint(config)
    assert (kept.data.path, kept.data.snapshot) == (None, "named")
    said = shadowed(kept)
    assert ("stage.sltp.lightgbm.rounds (8, 150 there)" in said) == bool(typed)
    assert not any(one.startswith("labels.sl_atr") for one in said), "the same there: nothing is taken away"


def test_dvc_finds_every_section(tmp_path: Path) -> None:
    from omegaconf import OmegaConf

    config = compose_config(CONF, ["mode=optimize"])
    for tree in (OmegaConf.create(text_of(config, tmp_path)), OmegaConf.load(CONF / "experiment" / "current.yaml")):
        assert all(OmegaConf.select(tree, name) is not None for name in ("defaults", *SECTIONS))

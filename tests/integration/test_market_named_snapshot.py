"""`data.snapshot`: the bars by the name of their snapshot, with or without the file they came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from novosky.errors import ConfigError, DataError
from novosky.market.snapshot import open_market
from novosky.market.synthetic import generate
from support.market_files import NO_NEWS, from_file, generated, same_bars, write_parquet


def test_a_file_is_not_needed_where_its_snapshot_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bars.parquet"
    write_parquet(generate(generated()).bars, file)
    data = from_file("parquet", file)
    made = open_market(data, NO_NEWS, tmp_path / "data")
    file.unlink()
    named = replace(data, path=None, snapshot=made.snapshot.name)
    again = open_market(named, NO_NEWS, tmp_path / "data")
    assert same_bars(again.bars, made.bars)
    assert again.snapshot == made.snapshot
    with pytest.raises(ConfigError, match="was made with clock=utc, found UTC\\+2"):
        open_market(replace(named, clock="UTC+2"), NO_NEWS, tmp_path / "data")
    with pytest.raises(DataError, match="no such snapshot in"):
        open_market(named, NO_NEWS, tmp_path / "elsewhere")


def test_settings_that_give_another_snapshot_are_refused_and_write_none(tmp_path: Path) -> None:
    name = open_market(generated(), NO_NEWS, tmp_path).snapshot.name
    assert open_market(generated(snapshot=name), NO_NEWS, tmp_path).snapshot.name == name
    with pytest.raises(ConfigError, match=f"data.snapshot={name}: these settings give the snapshot"):
        open_market(generated(snapshot=name, seed=4), NO_NEWS, tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == [name]

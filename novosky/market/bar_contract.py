"""The rules that bars keep, row by row."""

from __future__ import annotations

import dataframely as dy
import polars as pl


class BarContract(dy.Schema):
    """Columns and rules of a frame of bars; `row` is the 1-based data row of the source."""

    row = dy.Integer()
    time = dy.Datetime(time_unit="ms", time_zone="UTC")
    open = dy.Float64(min_exclusive=0)
    high = dy.Float64(min_exclusive=0)
    low = dy.Float64(min_exclusive=0)
    close = dy.Float64(min_exclusive=0)
    tick_volume = dy.Float64(min=0)
    spread = dy.Float64(min=0)
    real_volume = dy.Float64(min=0)
    grid_ms = dy.Int64()

    @dy.rule()
    def increasing(cls) -> pl.Expr:  # noqa: N805
        return pl.col("time") > pl.col("time").cum_max().shift(1)

    @dy.rule()
    def on_grid(cls) -> pl.Expr:  # noqa: N805
        return pl.col("time").dt.epoch("ms") % pl.col("grid_ms") == 0

    @dy.rule()
    def low_at_bottom(cls) -> pl.Expr:  # noqa: N805
        return pl.col("low") <= pl.min_horizontal("open", "high", "close")

    @dy.rule()
    def high_at_top(cls) -> pl.Expr:  # noqa: N805
        return pl.col("high") >= pl.max_horizontal("open", "low", "close")

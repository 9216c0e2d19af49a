"""How hard the audit looks: a quick one before every training, a full one before money is at stake."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts per check; 0 means all there are."""

    stretches: int  # pieces of the market on which features are computed anew
    stretch_bars: int  # bars of each, after its warm-up
    points: int  # moments of each after which the future is taken away
    chain_points: int  # the same for predictions and decisions
    label_points: int
    cold_starts: int
    shuffled_blocks: int
    stream_bars: int  # rows of features held against the bar-by-bar path
    stepped_bars: int  # bars decided one at a time


EFFORTS = {
    "quick": Effort(
        stretches=3,
        stretch_bars=1500,
        points=80,
        chain_points=40,
        label_points=60,
        cold_starts=12,
        shuffled_blocks=3,
        stream_bars=20_000,
        stepped_bars=1500,
    ),
    "full": Effort(
        stretches=16,
        stretch_bars=3000,
        points=300,
        chain_points=400,
        label_points=600,
        cold_starts=120,
        shuffled_blocks=0,
        stream_bars=0,
        stepped_bars=0,
    ),
}

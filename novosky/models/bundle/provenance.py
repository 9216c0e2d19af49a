"""Where a model comes from: what the caller knows of its data and what training found out, as the manifest says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from novosky.market.bars import Ints, utc_text
from novosky.models.bundle.golden import ROWS, TOLERANCE
from novosky.models.bundle.manifest import Manifest
from novosky.models.classes import class_counts, class_weights
from novosky.models.forward.training_rows import FIRST_VOTED, TrainingRows


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a stage was made from.

    `bar_time_ms` (n_bars,) are the open times of all bars that `TrainingRows.bar` counts; `predecessors` holds the
    manifest hashes of the stages before, by name; `config_fingerprints` the config's parts that reach the model;
    `settings` the values that give inputs and labels their meaning, by dotted key; `inputs` names the
    model's columns.
    """

    feature_names: tuple[str, ...]
    feature_hash: str
    label_fingerprint: str
    config_fingerprints: Mapping[str, str]
    snapshot_hash: str
    calendar_hash: str | None
    bar_time_ms: Ints
    predecessors: Mapping[str, str]
    settings: Mapping[str, Any]
    inputs: tuple[str, ...]


def training_facts(rows: TrainingRows, provenance: Provenance, libraries: Mapping[str, str], seed: int) -> Manifest:
    """What the manifest of a voting stage says of its rows and their origin."""
    learned = rows.known_before(rows.n_blocks)
    counts = zip(rows.class_names, class_counts(rows.y[learned]).tolist(), strict=True)
    weights = None if rows.weight is None else rows.weight[learned]
    shares = class_weights(rows.y[learned], weights)
    window = {
        **learned_window(rows.bar[learned], rows.label_end[learned], provenance.bar_time_ms),
        "first_forward_block": rows.first_block + FIRST_VOTED,
        "rows": int(learned.sum()),
        "classes": dict(counts),
        "class_shares": dict(zip(rows.class_names, (shares / shares.sum()).tolist(), strict=True)),
    }
    return {**origin(provenance, rows.edges, rows.embargo_bars, libraries, seed), "train": window}


def origin(provenance: Provenance, edges: Ints, embargo_bars: int, libraries: Mapping[str, str], seed: int) -> Manifest:
    """What the manifest of any stage says of where the model comes from."""
    return {
        "inputs": list(provenance.inputs),
        "features": {"names": list(provenance.feature_names), "hash": provenance.feature_hash},
        "labels": provenance.label_fingerprint,
        "settings": dict(provenance.settings),
        "config": dict(provenance.config_fingerprints),
        "data": {"snapshot": provenance.snapshot_hash, "calendar": provenance.calendar_hash},
        "predecessors": dict(provenance.predecessors),
        "blocks": {"edges": edges.tolist(), "embargo_bars": embargo_bars},
        "libraries": dict(libraries),
        "seed": seed,
        "golden": {"rows": ROWS, "tolerance": TOLERANCE},
    }


def learned_window(bar: Ints, label_end: Ints, bar_time_ms: Ints) -> dict[str, Any]:
    """First and last bar that training saw; the last is the one where the longest label ended."""
    first, last = int(bar.min()), int(label_end.max())
    first_ms, last_ms = int(bar_time_ms[first]), int(bar_time_ms[last])
    return {
        "first_bar": first,
        "first_time": utc_text(first_ms),
        "end_bar": last,
        "end_time": utc_text(last_ms),
        "end_ms": last_ms,
    }

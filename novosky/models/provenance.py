"""Where a model comes from: what the caller knows of its data and what training found out, as the manifest says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from novosky.market.bars import Ints, utc_text
from novosky.models.classes import CLASS_NAMES, class_counts
from novosky.models.forward import TrainingRows
from novosky.models.golden import ROWS, TOLERANCE
from novosky.models.manifest import Manifest
from novosky.models.skill import VoterSkill


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a stage was made from.

    `bar_time_ms` (n_bars,) are the open times of all bars that `TrainingRows.bar` counts; `predecessors` holds the
    manifest hashes of the stages before, by name; `config_fingerprints` the config's parts that reach the model;
    `settings` the values that give inputs and labels their meaning, by dotted key.
    """

    feature_names: tuple[str, ...]
    feature_hash: str
    label_fingerprint: str
    config_fingerprints: Mapping[str, str]
    snapshot_hash: str
    bar_time_ms: Ints
    predecessors: Mapping[str, str]
    settings: Mapping[str, Any]


def training_facts(
    rows: TrainingRows,
    provenance: Provenance,
    skills: Sequence[VoterSkill],
    no_skill_found: bool,
    calibration: str,
    libraries: Mapping[str, str],
    seed: int,
    device: str,
) -> Manifest:
    """The manifest's content, but for the files."""
    learned = rows.known_before(rows.n_blocks)
    return {
        "features": {"names": list(provenance.feature_names), "hash": provenance.feature_hash},
        "labels": provenance.label_fingerprint,
        "settings": dict(provenance.settings),
        "config": dict(provenance.config_fingerprints),
        "data": {"snapshot": provenance.snapshot_hash},
        "predecessors": dict(provenance.predecessors),
        "train": _window(rows, provenance.bar_time_ms)
        | {
            "rows": int(learned.sum()),
            "classes": dict(zip(CLASS_NAMES, class_counts(rows.y[learned]).tolist(), strict=True)),
        },
        "blocks": {"edges": rows.edges.tolist(), "embargo_bars": rows.embargo_bars},
        "voters": [skill.to_json() for skill in skills],
        "no_skill_found": no_skill_found,
        "calibration": calibration,
        "libraries": dict(libraries),
        "seed": seed,
        "device": device,
        "golden": {"rows": ROWS, "tolerance": TOLERANCE},
    }


def _window(rows: TrainingRows, bar_time_ms: Ints) -> dict[str, Any]:
    """First and last bar that training saw; the last is the one where the longest label ended."""
    learned = rows.known_before(rows.n_blocks)
    first, last = int(rows.bar[learned][0]), int(rows.label_end[learned].max())
    first_ms, last_ms = int(bar_time_ms[first]), int(bar_time_ms[last])
    return {
        "first_bar": first,
        "first_time": utc_text(first_ms),
        "end_bar": last,
        "end_time": utc_text(last_ms),
        "end_ms": last_ms,
    }

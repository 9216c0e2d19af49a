"""The original's load order, for inspection: calibrated pickle, else ONNX, else raw pickle with our calibration.

It answers what another backend would have said. The compiled trees alone decide in backtest and live: a rounding of
1e-6 between two backends can turn a vote, so a fallback must never be silent. Here each one is announced, and each
loaded voter is asked the golden rows.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from novosky.errors import ModelCompatibilityError, UserError
from novosky.market.bars import Floats
from novosky.models.bundle import manifest
from novosky.models.classes import Inputs
from novosky.models.inspection.onnx_run import run_onnx
from novosky.models.inspection.pickles import native_probabilities, pickle_name, read_pickle
from novosky.models.trees.calibration import Calibrator, calibrate

_log = logging.getLogger(__name__)

Predict = Callable[[Inputs], Floats]

AGREEMENT = 1e-5  # XGBoost adds up in float32, and a calibration slope can magnify that


@dataclass(frozen=True, slots=True)
class LoadedVoter:
    """A voter from the first source that could be used; `predict(x)` gives calibrated probabilities (n, 3).

    `fallbacks` says in words which sources could not be used and why; `golden_difference` is the largest difference to
    the stored answers on the golden rows, probability.
    """

    name: str
    source: str
    predict: Predict
    fallbacks: tuple[str, ...]
    golden_difference: float


def load_by_original_order(
    names: Sequence[str],
    stage_folder: Path,
    pickles_folder: Path,
    golden_inputs: Inputs,
    golden_outputs: Floats,
    calibrators: Sequence[Calibrator],
    threads: int = 1,
) -> list[LoadedVoter]:
    """The voters `names`, in their order, each from the first source that is there, whole and usable.

    `golden_inputs` (rows, features) and `golden_outputs` (voters, rows, 3) as stored with the stage; `calibrators` one
    a voter. Raises `ModelCompatibilityError` with all that was tried when a voter has no source left.
    """
    content = json.loads((stage_folder / manifest.FILE).read_bytes())
    stage, hashes = content["stage"], content["files"]
    belongs_to = manifest.manifest_hash(stage_folder)

    def sources(voter: str, calibrator: Calibrator) -> dict[str, Callable[[], Predict]]:
        def calibrated_pickle() -> Predict:
            predict: Predict = read_pickle(
                pickles_folder, pickle_name(voter, stage, calibrated=True), belongs_to
            ).predict
            return predict

        def onnx() -> Predict:
            file = f"{voter}.onnx"
            return run_onnx(_verified(stage_folder / file, hashes.get(file)), threads)

        def raw_pickle() -> Predict:
            model = read_pickle(pickles_folder, pickle_name(voter, stage, calibrated=False), belongs_to)
            return lambda x: calibrate(calibrator, native_probabilities(model, x))

        return {"calibrated pickle": calibrated_pickle, "onnx": onnx, "raw pickle": raw_pickle}

    return [
        _first_usable(voter, sources(voter, calibrator), golden_inputs, answers)
        for voter, calibrator, answers in zip(names, calibrators, golden_outputs, strict=True)
    ]


def _first_usable(
    voter: str, sources: dict[str, Callable[[], Predict]], inputs: Inputs, answers: Floats
) -> LoadedVoter:
    fallbacks: list[str] = []
    for source, load in sources.items():
        try:
            predict = load()
            difference = float(np.max(np.abs(predict(inputs) - answers)))
        except UserError as error:
            fallbacks.append(f"{voter}: no {source}: {error}")
            continue
        for fallback in fallbacks:
            _log.warning("%s", fallback)
        if difference > AGREEMENT:
            _log.warning(
                "%s: the %s answers its golden rows otherwise than the compiled trees, by %.2g (expected at most %g)",
                voter,
                source,
                difference,
                AGREEMENT,
            )
        return LoadedVoter(voter, source, predict, tuple(fallbacks), difference)
    raise ModelCompatibilityError(
        f"the {voter} voter has no source left in the original's load order; tried: {' | '.join(fallbacks)}"
    )


def _verified(path: Path, expected: str | None) -> bytes:
    """The file's bytes, once they are those that the manifest names."""
    mend = "train the stage again (run.py mode=train) or bring the original file back"
    if expected is None or not path.is_file():
        hashed = "a sha256 in the manifest" if expected is None else f"sha256 {expected}"
        raise ModelCompatibilityError(f"{path}: missing, expected {hashed}; {mend}")
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != expected:
        raise ModelCompatibilityError(f"{path}: edited or damaged: expected sha256 {expected}, found {found}; {mend}")
    return content

"""A small ONNX graph under construction: nodes and constants with running names, so that equal models are equal bytes.

The operator sets are old ones on purpose: older runtimes, and those of other languages, know them.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.models.bundle.libraries import training_library

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
ML = "ai.onnx.ml"


def onnx_library() -> ModuleType:
    """The module `onnx`; a ConfigError with the mend where it is missing."""
    return training_library("onnx")


class Graph:
    """Values are named by the order in which they were made; `x`, the input, is float32 (n, n_features)."""

    def __init__(self, n_features: int) -> None:
        self._onnx = onnx_library()
        self._n_features = n_features
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """One more node with one output; returns the output's name."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        node = self._onnx.helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes)
        self._nodes.append(node)
        return name

    def constant(self, values: Any, dtype: type[np.generic] = np.float64) -> str:
        """An array kept in the model; returns its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self.tensor(np.asarray(values, dtype=dtype), name))
        return name

    def double(self, name: str) -> str:
        return self.add("Cast", name, to=self._onnx.TensorProto.DOUBLE)

    def tensor(self, values: NDArray[Any], name: str) -> Any:
        return self._onnx.numpy_helper.from_array(np.ascontiguousarray(values), name)

    def finish(self, value: str, output: str, shape: list[Any]) -> bytes:
        """The checked model that answers `value` under the name `output`, double, of this shape."""
        make, kind = self._onnx.helper, self._onnx.TensorProto
        self._nodes.append(make.make_node("Identity", [value], [output], name=output))
        graph = make.make_graph(
            self._nodes,
            "novosky",
            [make.make_tensor_value_info("x", kind.FLOAT, ["n", self._n_features])],
            [make.make_tensor_value_info(output, kind.DOUBLE, shape)],
            self._constants,
        )
        model = make.make_model(
            graph,
            producer_name="novosky",
            ir_version=IR_VERSION,
            opset_imports=[make.make_opsetid("", OPSET), make.make_opsetid(ML, ML_OPSET)],
        )
        self._onnx.checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

"""An ONNX file by itself."""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional

import numpy as np

from . import _nearhand
from ._bundle import _DTYPES, array, read
from ._error import Error
from ._run import Path

_TAKEN = {"f4": "f32", "f8": "f64", "i8": "i64", "i4": "i32", "i1": "i8", "u1": "u8", "b1": "bool"}


class Model:
    """An ONNX file, run by the engine that serves: right, or refused by name.

    >>> Model("gru.onnx").run({"x": np.zeros((1, 20), np.int64)})
    {'y': array([[…]], dtype=float32)}
    """

    def __init__(self, onnx: "Path | bytes") -> None:
        self._model = _nearhand.Model(bytes(onnx) if isinstance(onnx, (bytes, bytearray, memoryview)) else read(onnx))
        told = json.loads(self._model.interface())
        #: Inputs and outputs: ``name``, ``dtype``, ``shape`` (``None``: not fixed), ``axes``, ``optional``.
        self.inputs: "list[dict[str, Any]]" = told["inputs"]
        self.outputs: "list[dict[str, Any]]" = told["outputs"]
        #: Distinct operators, sorted.
        self.operators: "list[str]" = told["operators"]
        #: Numbers of weights.
        self.parameters: int = told["parameters"]

    def run(self, feeds: Mapping[str, Any], outputs: Optional["list[str]"] = None) -> "dict[str, np.ndarray[Any, Any]]":
        """Runs once: arrays by the inputs' names in, arrays by the outputs' names out.

        Lists of numbers become arrays of the input's type, but floats none of whole numbers; an array must have that type. Raises
        ``Error`` (``model-mismatch``, …).
        """
        names = [port["name"] for port in self.inputs]
        for name in feeds:
            if name not in names:
                why = f"the graph has no input {name}; it has {', '.join(names)}"
                raise Error(why, "model-mismatch", {"input": str(name), "known": ", ".join(names)})
        given = []
        for port in self.inputs:
            if port["name"] not in feeds:
                if port["optional"]:
                    break
                raise Error(f"the input {port['name']} is not given", "model-mismatch", {"input": port["name"]})
            given.append(self._tensor(port, feeds[port["name"]]))
        answered = self._model.run(given)
        found = {port["name"]: array(tensor) for port, tensor in zip(self.outputs, answered)}
        if outputs is None:
            return found
        unknown = [name for name in outputs if name not in found]
        if unknown:
            why = f"the graph has no output {unknown[0]}; it has {', '.join(found)}"
            raise Error(why, "model-mismatch", {"output": unknown[0], "known": ", ".join(found)})
        return {name: found[name] for name in outputs}

    @staticmethod
    def _tensor(port: "dict[str, Any]", value: Any) -> Any:
        wanted = _DTYPES.get(port["dtype"])
        if isinstance(value, np.ndarray):
            values = value
        else:
            values = np.asarray(value)
            # Numbers become those of the input's type, but for floats where whole numbers are wanted: they would be cut off.
            taken = "iufb" if wanted is not None and np.dtype(wanted).kind == "f" else "iub"
            if wanted is not None and (values.size == 0 or values.dtype.kind in taken):
                values = _exact(port, values, wanted)
        if values.dtype.kind in "OUS" and wanted is None:
            return "str", list(values.shape), [str(one) for one in values.reshape(-1)]
        dtype = _TAKEN.get(values.dtype.str[1:])
        if dtype is None or dtype != port["dtype"] and wanted is not None:
            why = f"the input {port['name']} takes {port['dtype']}, not {values.dtype}"
            raise Error(why, "model-mismatch", {"input": port["name"], "wanted": port["dtype"], "got": str(values.dtype)})
        return dtype, list(values.shape), np.ascontiguousarray(values, dtype=_DTYPES[dtype]).tobytes()

    def __repr__(self) -> str:
        def ports(all: "list[dict[str, Any]]") -> str:
            return ", ".join(f"{p['name']}: {p['dtype']}{p['shape']}" for p in all)

        return f"Model({ports(self.inputs)} -> {ports(self.outputs)}, {self.parameters:,} parameters)"


def _exact(port: "dict[str, Any]", values: "np.ndarray[Any, Any]", wanted: str) -> "np.ndarray[Any, Any]":
    """Numbers in another type; whole ones that it does not hold are refused."""
    kind = np.dtype(wanted)
    whole = kind.kind in "iu" and values.size > 0
    if whole and not np.iinfo(kind).min <= int(values.min()) <= int(values.max()) <= np.iinfo(kind).max:
        why = f"the input {port['name']} takes {port['dtype']}, which does not hold all of the numbers given"
        raise Error(why, "model-mismatch", {"input": port["name"], "wanted": port["dtype"]})
    if kind.kind == "b" and not np.isin(values, (0, 1)).all():
        why = f"the input {port['name']} takes truth values: 0 and 1"
        raise Error(why, "model-mismatch", {"input": port["name"], "wanted": port["dtype"]})
    return values.astype(kind)

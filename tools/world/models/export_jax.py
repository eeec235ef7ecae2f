"""The net `sas` in JAX, with its weights, by jax2onnx: target/world-models/jax.onnx. Needs jax and jax2onnx; made_shapes.py takes it up."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from jax2onnx import to_onnx

HERE = Path(__file__).resolve().parents[3] / "target/world-models"
W = {k: jnp.asarray(v) for k, v in np.load(HERE / "sas.npz").items()}
L = W["places.weight"].shape[0]


def dense(x, name):
    return x @ W[f"{name}.weight"].T + W[f"{name}.bias"]


def norm(x, name):
    x = x - x.mean(-1, keepdims=True)
    return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * W[f"{name}.weight"] + W[f"{name}.bias"]


def model(ids):
    x = norm(W["items.weight"][ids] + W["places.weight"], "norm")
    split = lambda y: y.reshape(1, L, 2, -1).transpose(0, 2, 1, 3)
    q, k, v = (split(dense(x, f"block.{n}")) for n in "qkv")
    seen = (ids != 0)[:, None, None, :] & jnp.tril(jnp.ones((L, L), bool))
    scores = q @ k.transpose(0, 1, 3, 2) / np.float32(8**0.5) + jnp.where(seen, 0.0, -1e4)
    mixed = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(1, L, -1)
    x = norm(x + dense(mixed, "block.o"), "block.one")
    x = norm(x + dense(jax.nn.gelu(dense(x, "block.up"), approximate=False), "block.down"), "block.two")
    return x[:, -1] @ W["items.weight"].T


onnx.save(to_onnx(model, [jax.ShapeDtypeStruct((1, L), jnp.int32)], model_name="jax"), HERE / "jax.onnx")

"""Runs the snippets of docs/exports.md as they stand there, by hand: `python page.py torch` and, in the other environment, `python page.py others`."""

import os
import re
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

PAGE = (Path(__file__).resolve().parents[3] / "docs/exports.md").read_text()
SNIPPETS = {part.split("\n")[0]: re.findall(r"```python\n(.*?)```", part, re.S) for part in re.split(r"^##? ", PAGE, flags=re.M)}


def run(title, **names):
    for snippet in SNIPPETS[title]:
        exec(snippet, names)
    print("ran", title, flush=True)


def of_torch():
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import made_recbole
    import torch
    from recbole.model.sequential_recommender import SASRec
    from trained import FIXED, net

    run("PyTorch, the default exporter", torch=torch, model=net("gru"))
    run("Models from elsewhere")
    run("PyTorch, the exporter that traces", torch=torch, model=net("encoder"), ids=torch.ones(2, FIXED, dtype=torch.int64))
    run("Keras and TensorFlow", keras=keras, catalog=range(160), prefixes=np.zeros((64, FIXED), np.int32), nexts=np.zeros(64))
    sasrec = SASRec(made_recbole.CONFIG, SimpleNamespace(num=lambda field: 161))
    run("RecBole", torch=torch, model=sasrec, dataset=SimpleNamespace(field2id_token={"item_id": ["[PAD]", "a", "b"]}))

    class Like(torch.nn.Module):
        """Called as models of Transformers4Rec are."""

        def __init__(self):
            super().__init__()
            self.net = net("recbole")

        def forward(self, inputs, training=False, testing=False):
            ids = inputs["item_id-list"]
            return self.net(ids, (ids != 0).sum(1))

    run("Transformers4Rec", torch=torch, model=Like())


def of_others():
    import gensim
    import implicit
    import implicit.als
    import jax
    import jax.numpy as jnp
    import onnx
    import scipy.sparse

    table = np.random.default_rng(1).normal(size=(161, 16)).astype(np.float32)
    model = SimpleNamespace(apply=lambda params, ids: jnp.asarray(table)[ids].mean(1) @ table.T)
    run("JAX", jax=jax, jnp=jnp, onnx=onnx, model=model, params=None)
    run("gensim", gensim=gensim)
    run("implicit", implicit=implicit, numpy=np, sessions_by_items=scipy.sparse.random(50, 160, 0.1, "csr", dtype=np.float32))


if __name__ == "__main__":
    from shop import IDS, SHOWN

    os.chdir(tempfile.mkdtemp())
    Path("items.tsv").write_text("item_id\n" + "".join(f"{one}\n" for one in IDS))
    Path("sessions.txt").write_text("".join(" ".join(IDS[i] for i in s) + "\n" for s in SHOWN))
    of_torch() if sys.argv[1] == "torch" else of_others()

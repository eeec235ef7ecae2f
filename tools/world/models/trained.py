"""The trained nets, kept under target/ between runs."""

from pathlib import Path

import numpy as np
import torch
from nets import Conv, Encoder, Gru, GruGaps, GruLengths, Sas, SasLengths, Tower, ids_left, ids_right, left, train
from shop import ITEMS
from torch import nn

HERE = Path(__file__).resolve().parents[3] / "target/world-models"
# Windows: of nets whose graphs leave the length open, and of those that fix it.
OPEN, FIXED = 20, 12
MASK = ITEMS + 1


def _masked(prefixes):
    """BERT4Rec: what comes next stands in the place of a last token."""
    return (torch.tensor([left([*p, MASK - 1], FIXED) for p in prefixes]),)


def _encoder(prefixes):
    ids = ids_left(FIXED)(prefixes)[0]
    return ids, ids == 0


def _gaps(prefixes):
    """Times that the generator does not have: any gaps, so that none has a meaning but 1 second."""
    ids = ids_left(OPEN)(prefixes)[0]
    chance = np.random.default_rng(7)
    gaps = torch.tensor(np.log1p(chance.integers(1, 4, ids.shape)), dtype=torch.float32)
    real = ids != 0
    first = real & (real.cumsum(1) == 1)
    return ids, torch.where(real & ~first, gaps, 0.0)


class BySession(Sas):
    """Places are counted from the oldest event, though padding stands before it."""

    def states(self, ids):
        keep = ids != 0
        return self.run(ids, keep, (keep.long().cumsum(1) - 1).clamp(min=0))[0]


NETS = {
    "gru": (Gru, ids_left(OPEN), 1),
    "lstm": (lambda: Gru(nn.LSTM), ids_left(OPEN), 1),
    "lengths": (GruLengths, ids_right(FIXED), 1),
    "sas": (lambda: Sas(FIXED), ids_left(FIXED), 1),
    "session": (lambda: BySession(FIXED), ids_left(FIXED), 1),
    "recbole": (lambda: SasLengths(FIXED), ids_right(FIXED), 1),
    "bert": (lambda: Sas(FIXED, ITEMS + 2, causal=False), _masked, 1),
    "encoder": (lambda: Encoder(FIXED), _encoder, 1),
    "dot": (lambda: Tower(False), ids_left(FIXED), 0),
    "cosine": (lambda: Tower(True), ids_left(FIXED), 0),
    "conv": (Conv, ids_left(OPEN), 1),
    "gaps": (GruGaps, _gaps, 1),
}


def net(name):
    """The net of this name, trained if it was not."""
    make, inputs, offset = NETS[name]
    HERE.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    made = make()
    kept = HERE / f"{name}.pt"
    if kept.exists():
        made.load_state_dict(torch.load(kept))
    else:
        epochs = 40 if "osine" in name or name == "dot" else 14
        torch.save(train(made, inputs, offset, epochs).state_dict(), kept)
    return made.eval()


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in NETS:
        print(name, end=" ", flush=True)
        net(name)
    # For export_jax.py.
    np.savez(HERE / "sas.npz", **{key: value.numpy() for key, value in net("sas").state_dict().items()})

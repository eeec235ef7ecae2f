"""RecBole's own SASRec and GRU4Rec, trained and exported as docs/exports.md has it, where RecBole is installed."""

from types import SimpleNamespace

import numpy as np
import torch
from fixtures import ids, row, script
from nets import D, ids_right, right, train
from shop import ITEMS
from torch import nn
from trained import FIXED, HERE

CONFIG = {
    "USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "LIST_SUFFIX": "_list", "ITEM_LIST_LENGTH_FIELD": "item_length", "NEG_PREFIX": "neg_",
    "MAX_ITEM_LIST_LENGTH": FIXED, "device": torch.device("cpu"), "n_layers": 1, "n_heads": 2, "hidden_size": D, "inner_size": 2 * D,
    "hidden_dropout_prob": 0.0, "attn_dropout_prob": 0.0, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "initializer_range": 0.02, "loss_type": "CE",
    "embedding_size": D, "num_layers": 1, "dropout_prob": 0.0,
}  # fmt: skip


class Scores(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, item_seq, item_seq_len):
        return self.model.forward(item_seq, item_seq_len) @ self.model.item_embedding.weight.T


def make(to):
    from recbole.model.sequential_recommender import GRU4Rec, SASRec

    one, two = torch.ones(2, FIXED, dtype=torch.int64), torch.full((2,), 3)
    axes = {name: {0: "batch"} for name in ("item_id_list", "item_length", "scores")}
    feed = lambda s: {**ids("item_id_list", FIXED, side=right)(s), "item_length": np.array([min(len(s), FIXED)])}
    for kind, name in [(SASRec, "recbole-own-sasrec"), (GRU4Rec, "recbole-own-gru4rec")]:
        torch.manual_seed(2)
        net = Scores(kind(CONFIG, SimpleNamespace(num=lambda field: ITEMS + 1)))
        kept = HERE / f"{name}.pt"
        if not kept.exists():
            torch.save(train(net, ids_right(FIXED)).state_dict(), kept)
        net.load_state_dict(torch.load(kept))
        model = script(net.eval(), [one, two], ["item_id_list", "item_length"], ["scores"], axes)
        to.add(name, name, model, feed, row("scores"))

"""Encoders and decoders of text, small, with items for words: what many take for a recommender. Needs the package transformers."""

import numpy as np
import torch
from fixtures import dynamo, ids, row, script
from nets import D, left, right, train
from shop import ITEMS
from torch import nn
from trained import FIXED, HERE, MASK


def _ids(prefixes, side):
    x = torch.tensor([side(p, FIXED) for p in prefixes])
    return x, (x != 0).long()


class Decoder(nn.Module):
    """GPT-2 with padding behind: logits at all positions, the newest's are taken."""

    def __init__(self):
        super().__init__()
        from transformers import GPT2Config, GPT2LMHeadModel

        config = GPT2Config(vocab_size=ITEMS + 1, n_positions=FIXED, n_embd=D, n_layer=1, n_head=2, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
                            attn_implementation="eager", use_cache=False)  # fmt: skip
        self.model = GPT2LMHeadModel(config)

    def rows(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    def forward(self, input_ids, attention_mask):
        logits = self.rows(input_ids, attention_mask)
        return logits[torch.arange(len(logits)), attention_mask.sum(1) - 1]


class Encoder(nn.Module):
    """BERT with a token [MASK] behind the newest item, padding behind: the token's row."""

    def __init__(self):
        super().__init__()
        from transformers import BertConfig, BertForMaskedLM

        config = BertConfig(vocab_size=ITEMS + 2, max_position_embeddings=FIXED, hidden_size=D, num_hidden_layers=1, num_attention_heads=2, intermediate_size=2 * D,
                            hidden_dropout_prob=0, attention_probs_dropout_prob=0, attn_implementation="eager")  # fmt: skip
        self.model = BertForMaskedLM(config)

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits[:, -1]


class All(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, input_ids, attention_mask):
        return self.net.rows(input_ids, attention_mask)


def trained(name, net, inputs):
    kept = HERE / f"{name}.pt"
    if not kept.exists():
        torch.save(train(net, inputs).state_dict(), kept)
    net.load_state_dict(torch.load(kept))
    return net.eval()


def make(to):
    one = torch.ones(2, FIXED, dtype=torch.int64)
    names = ["input_ids", "attention_mask"]
    axes = {n: {0: "batch"} for n in [*names, "logits"]}
    batch = torch.export.Dim("batch")

    decoder = trained("gpt2", Decoder(), lambda p: _ids(p, right))
    held = {}

    def feed(session):
        held["n"] = min(len(session), FIXED)
        fed = ids("input_ids", FIXED, side=right)(session)
        return {**fed, "attention_mask": (fed["input_ids"] != 0).astype(np.int64)}

    newest = lambda o: o["logits"][0, held["n"] - 1, 1:]
    # Each input has a tensor of its own: given the same one twice, the default exporter mixes up the names.
    two = one.clone()
    for name, exporter in [("gpt2-script", script), ("gpt2-dynamo", dynamo)]:
        dims = axes if exporter is script else ({0: batch}, {0: batch})
        to.add(name, "gpt2", exporter(All(decoder), [one, two], names, ["logits"], dims), feed, newest)

    encoder = trained("bert-hf", Encoder(), lambda p: _ids([[*s, MASK - 1] for s in p], left))

    def masked(session):
        fed = ids("input_ids", FIXED)([*session, MASK - 1])
        return {**fed, "attention_mask": (fed["input_ids"] != 0).astype(np.int64)}

    for name, exporter in [("bert-hf-script", script), ("bert-hf-dynamo", dynamo)]:
        dims = axes if exporter is script else ({0: batch}, {0: batch})
        to.add(name, "bert-hf", exporter(encoder, [one, two], names, ["logits"], dims), masked, row("logits"))
    model = dynamo(encoder, [one, one], names, ["logits"], ({0: batch}, {0: batch}))
    swapped = lambda s: dict(zip(names, reversed([masked(s)[n] for n in names])))
    to.add("bert-hf-names-swapped", "bert-hf", model, swapped, row("logits"))

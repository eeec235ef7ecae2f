"""One model of attention by both exporters at many operator sets, and with axes that are open but have no name of ours."""

import torch
from fixtures import Net, dynamo, ids, row, script
from made_sas import BATCH
from torch.nn import functional as F
from trained import FIXED, OPEN, net


def fused(sas):
    """The same by the one function that torch has for attention."""

    def run(item_ids):
        block = sas.block
        keep = item_ids != 0
        x = sas.norm(sas.items(item_ids) + sas.places(torch.arange(FIXED).unsqueeze(0)))
        split = lambda y: y.view(y.shape[0], FIXED, block.heads, -1).transpose(1, 2)
        seen = torch.where(keep[:, None, None, :] & sas.past[None, None], 0.0, sas.NEVER)
        mixed = F.scaled_dot_product_attention(split(block.q(x)), split(block.k(x)), split(block.v(x)), attn_mask=seen)
        x = block.one(x + block.o(mixed.transpose(1, 2).reshape(x.shape)))
        return sas.score(block.two(x + block.down(F.gelu(block.up(x))))[:, -1])

    return run


class Fused(torch.nn.Module):
    def __init__(self, sas):
        super().__init__()
        self.sas = sas

    def forward(self, item_ids):
        return fused(self.sas)(item_ids)


def make(to):
    sas = net("sas")
    one = torch.ones(2, FIXED, dtype=torch.int64)
    add = lambda name, model: to.add(name, "sas", model, ids(window=FIXED), row("logits"))
    for opset in (11, 13, 15, 20):
        add(f"sas-script-{opset}", script(sas, [one], ["item_ids"], ["logits"], BATCH, opset=opset, fold=True))
    batch = torch.export.Dim("batch")
    for opset in (18, 21, 23):
        add(f"sas-dynamo-{opset}", dynamo(sas, [one], ["item_ids"], ["logits"], ({0: batch},), opset=opset))
    add("sas-fused-script", script(Net(fused(sas), sas), [one], ["item_ids"], ["logits"], BATCH))
    for opset in (18, 23):
        add(f"sas-fused-dynamo-{opset}", dynamo(Fused(sas), [one], ["item_ids"], ["logits"], ({0: batch},), opset=opset))
    add("sas-dynamo-as-is", dynamo(sas, [one[:1]], ["item_ids"], ["logits"]))
    gru, any_size = net("gru"), torch.export.Dim.DYNAMIC
    model = dynamo(gru, [torch.ones(2, OPEN, dtype=torch.int64)], ["item_ids"], ["logits"], ({0: any_size, 1: any_size},))
    to.add("gru-dynamo-dynamic", "gru", model, ids(), row("logits"))

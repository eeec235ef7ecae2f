"""Sequence models as people write them, small, and their training."""

import numpy as np
import torch
from shop import ITEMS, TRAIN
from torch import nn
from torch.nn import functional as F

D = 16


class Gru(nn.Module):
    """GRU4Rec: ids from 1, 0 is padding, output tied to the embedding."""

    def __init__(self, cell=nn.GRU, vocabulary=ITEMS + 1):
        super().__init__()
        self.items = nn.Embedding(vocabulary, D, padding_idx=0)
        self.rnn = cell(D, D, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def states(self, ids):
        return self.rnn(self.items(ids))[0]

    def score(self, states):
        return states @ self.items.weight.T + self.bias

    def forward(self, ids):
        return self.score(self.states(ids)[:, -1])


class GruGaps(Gru):
    """The same with ln(1 + seconds since the event before) beside each event."""

    def __init__(self):
        super().__init__()
        self.gap = nn.Linear(1, D, bias=False)

    def forward(self, ids, gaps):
        states = self.rnn(self.items(ids) + self.gap(gaps.unsqueeze(-1)))[0]
        return self.score(states[:, -1])


class GruLengths(Gru):
    """RecBole's GRU4Rec: padding behind, the state of the last event."""

    def forward(self, ids, lengths):
        states = self.states(ids)
        index = (lengths - 1).view(-1, 1, 1).expand(-1, -1, states.shape[-1])
        return self.score(states.gather(1, index).squeeze(1))


class Block(nn.Module):
    def __init__(self, heads=2):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(D, D) for _ in range(4))
        self.one, self.two = nn.LayerNorm(D), nn.LayerNorm(D)
        self.up, self.down = nn.Linear(D, 2 * D), nn.Linear(2 * D, D)

    def forward(self, x, bias):
        """`bias` is added to the scores: [batch or 1, 1, length, length]."""
        b, n = x.shape[0], x.shape[1]
        split = lambda y: y.view(b, n, self.heads, D // self.heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        weights = torch.softmax(q @ k.transpose(-1, -2) / (D // self.heads) ** 0.5 + bias, -1)
        x = self.one(x + self.o((weights @ v).transpose(1, 2).reshape(b, n, D)))
        return self.two(x + self.down(F.gelu(self.up(x)))), weights


class Sas(nn.Module):
    """SASRec: learned positions of the window, attention to the past alone."""

    NEVER = -1e4

    def __init__(self, window, vocabulary=ITEMS + 1, causal=True):
        super().__init__()
        self.window, self.causal = window, causal
        self.items = nn.Embedding(vocabulary, D, padding_idx=0)
        self.places = nn.Embedding(window, D)
        self.norm = nn.LayerNorm(D)
        self.block = Block()
        self.register_buffer("past", torch.tril(torch.ones(window, window, dtype=torch.bool)), persistent=False)

    def run(self, ids, keep, places):
        """`keep` is true where there is an event; [batch, length] all."""
        n = ids.shape[1]
        seen = keep[:, None, None, :]
        if self.causal:
            seen = seen & self.past[None, None, :n, :n]
        bias = torch.where(seen, 0.0, self.NEVER).to(self.norm.weight.dtype)
        return self.block(self.norm(self.items(ids) + self.places(places)), bias)

    def score(self, states):
        return states @ self.items.weight.T

    def states(self, ids):
        return self.run(ids, ids != 0, torch.arange(ids.shape[1], device=ids.device).unsqueeze(0))[0]

    def forward(self, ids):
        return self.score(self.states(ids)[:, -1])


class SasLengths(Sas):
    """RecBole's SASRec: padding behind."""

    def forward(self, ids, lengths):
        states = self.states(ids)
        index = (lengths - 1).view(-1, 1, 1).expand(-1, -1, D)
        return self.score(states.gather(1, index).squeeze(1))


class Encoder(nn.Module):
    """torch's own encoder, which takes a mask that is true at padding."""

    def __init__(self, window):
        super().__init__()
        self.items = nn.Embedding(ITEMS + 1, D, padding_idx=0)
        self.places = nn.Parameter(torch.randn(window, D) * 0.1)
        layer = nn.TransformerEncoderLayer(D, 2, 2 * D, dropout=0.0, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

    def forward(self, ids, padding_mask):
        x = self.encoder(self.items(ids) + self.places, src_key_padding_mask=padding_mask)
        return x[:, -1] @ self.items.weight.T


class Tower(nn.Module):
    """Two towers: a query of the mean of the session, newer events heavier; vectors of items beside."""

    def __init__(self, cosine):
        super().__init__()
        self.cosine = cosine
        self.items = nn.Embedding(ITEMS + 1, D, padding_idx=0)
        self.out = nn.Embedding(ITEMS, D)
        self.deep = nn.Sequential(nn.Linear(2 * D, 2 * D), nn.ReLU(), nn.Linear(2 * D, D))

    def query(self, ids, keep):
        x = self.items(ids)
        keep = keep.to(x.dtype).unsqueeze(-1)
        mean = (x * keep).sum(1) / keep.sum(1).clamp(min=1.0)
        return self.deep(torch.cat([mean, x[:, -1]], -1))

    def forward(self, ids):
        query = self.query(ids, ids != 0)
        if self.cosine:
            return 8 * F.normalize(query, dim=-1) @ F.normalize(self.out.weight, dim=-1).T
        return query @ self.out.weight.T


class Conv(nn.Module):
    """NextItNet: dilated convolutions over the past."""

    def __init__(self, vocabulary=ITEMS + 1):
        super().__init__()
        self.items = nn.Embedding(vocabulary, D, padding_idx=0)
        self.one, self.two = nn.Conv1d(D, D, 3), nn.Conv1d(D, D, 3, dilation=2)

    def forward(self, ids):
        x = self.items(ids).transpose(1, 2)
        x = x + torch.relu(self.one(F.pad(x, (2, 0))))
        x = x + torch.relu(self.two(F.pad(x, (4, 0))))
        return x[:, :, -1] @ self.items.weight.T


def left(session, window, first=1, pad=0):
    """Padding before, the newest event last."""
    ids = [i + first for i in session[-window:]]
    return [pad] * (window - len(ids)) + ids


def right(session, window, first=1, pad=0):
    ids = [i + first for i in session[-window:]]
    return ids + [pad] * (window - len(ids))


def train(net, inputs, offset=1, epochs=14, seed=5):
    """`inputs` makes the model's inputs of a list of prefixes. The offset is that of the scores."""
    torch.manual_seed(seed)
    for p in net.parameters():
        if p.dim() > 1:
            nn.init.normal_(p, std=0.1 if p.shape[0] > 100 else 0.25)
    pairs = [(s[:i], s[i]) for s in TRAIN for i in range(1, len(s))]
    order = np.random.default_rng(seed)
    steps = epochs * (len(pairs) // 256)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=steps)
    held = pairs[:2000]
    net.train()
    arrays, targets = inputs([p for p, _ in pairs[2000:]]), torch.tensor([t + offset for _, t in pairs[2000:]])
    done = 0
    while done < steps:
        for batch in np.array_split(order.permutation(len(targets)), len(targets) // 256):
            if done == steps:
                break
            loss = F.cross_entropy(net(*(a[batch] for a in arrays)), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
    net.eval()
    with torch.no_grad():
        best = net(*inputs([p for p, _ in held])).topk(20).indices - offset
    hits = (best == torch.tensor([t for _, t in held])[:, None]).any(1).float().mean()
    print(f"{type(net).__name__:12} loss={loss.item():.3f} hr@20={hits:.3f}", flush=True)
    return net


def ids_left(window, **more):
    return lambda prefixes: (torch.tensor([left(p, window, **more) for p in prefixes]),)


def ids_right(window):
    return lambda prefixes: (
        torch.tensor([right(p, window) for p in prefixes]),
        torch.tensor([min(len(p), window) for p in prefixes]),
    )

"""Makes tests/world/models. By hand, when a fixture changes: tools/world/models/make.sh (needs PyTorch; some minutes)."""

import sys

import made_gru
import made_mixed
import made_more
import made_opsets
import made_recbole
import made_sas
import made_shapes
import made_text
import torch
from fixtures import Fixtures
from shop import IDS, SHOWN
from trained import HERE

torch.set_num_threads(1)
to = Fixtures()
to.put("items.tsv", ("item_id\ttitle\n" + "".join(f"{one}\tItem {one}\n" for one in IDS)).encode())
to.put("sessions.txt", "".join(" ".join(IDS[i] for i in s) + "\n" for s in SHOWN).encode())
for part in (made_gru, made_sas, made_shapes, made_recbole, made_more, made_mixed, made_text, made_opsets):
    if len(sys.argv) < 2 or part.__name__ in sys.argv:
        part.make(to)
for name in ("item2vec.txt", "als.npy"):
    to.put(name, (HERE / name).read_bytes())
print(f"{to.bytes} bytes")

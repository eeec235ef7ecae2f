"""Makes tests/world/models. By hand, when a fixture changes: tools/world/models/make.sh (needs PyTorch; some minutes)."""

import sys

import made_gru
import made_sas
import made_shapes
import torch
from fixtures import Fixtures
from shop import IDS, SHOWN

torch.set_num_threads(1)
to = Fixtures()
to.put("items.tsv", ("item_id\ttitle\n" + "".join(f"{one}\tItem {one}\n" for one in IDS)).encode())
to.put("sessions.txt", "".join(" ".join(IDS[i] for i in s) + "\n" for s in SHOWN).encode())
for part in (made_gru, made_sas, made_shapes):
    if len(sys.argv) < 2 or part.__name__ in sys.argv:
        part.make(to)
print(f"{to.bytes} bytes")

"""In a process of its own: opens a bundle, writes over one of its tensors in memory, and tells how many sessions are answered before and after."""

import ctypes
import json
import re
import sys
from pathlib import Path

import nearhand as nh


def turn_bad(bundle: nh.Bundle, name: str) -> int:
    """Writes over a tensor wherever the process has it but for Python's own bytes. Gives in how many places."""
    header = int.from_bytes(bundle.data[:8], "little")
    at, end = json.loads(bundle.data[8 : 8 + header])[name]["data_offsets"]
    tensor = bundle.data[8 + header + at : 8 + header + end]
    own = [range(id(data), id(data) + len(data) + 64) for data in (bundle.data, tensor)]
    places = 0
    maps = Path("/proc/self/maps").read_text()
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for begin, close in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw-p", maps, re.MULTILINE):
            begin, close = int(begin, 16), int(close, 16)
            try:
                memory.seek(begin)
                found = memory.read(close - begin)
            except (OSError, OverflowError):
                continue
            place = found.find(tensor)
            while place >= 0:
                if not any(begin + place in data for data in own):
                    ctypes.memset(begin + place, 1, len(tensor))
                    places += 1
                place = found.find(tensor, place + len(tensor))
    return places


def main(path: str, tensor: str) -> None:
    bundle = nh.Bundle.load(path)
    many = [["85123A", "22423"]] * 600
    told = {"before": len(bundle.slates(many, k=1)), "places": turn_bad(bundle, tensor)}
    for name in ("slates", "recommend", "query", "logits"):
        try:
            getattr(bundle, name)(many)
        except nh.Error as error:
            told[name] = error.code
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])

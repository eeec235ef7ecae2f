"""Records what onnxruntime answers of models/stories260k: greedy tokens and logits.

By hand, when the model changes: `python3 tools/complete/record.py` (needs `onnxruntime`, `numpy`). Writes tests/golden/stories260k.json.
"""

import json
import struct
from pathlib import Path

import numpy as np
import onnxruntime as ort

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models/stories260k"
TOKENS, AT = 200, [0, 1, 50, 120, 199]


def vocabulary(path):
    data = path.read_bytes()
    at, out = 4, []
    while at < len(data):
        score, length = struct.unpack_from("<fi", data, at)
        out.append((data[at + 8 : at + 8 + length], score))
        at += 8 + length
    return out


def encode(text, words):
    """sentencepiece as llama2.c has it: a space first, bytes where a character is none, then the best pair."""
    ids_of = {piece: i for i, (piece, _) in enumerate(words)}
    ids = [1]
    if text:
        ids.append(ids_of[b" "])
    for char in text:
        piece = char.encode()
        ids += [ids_of[piece]] if piece in ids_of else [3 + b for b in piece]
    while True:
        pairs = [(words[ids_of[words[a][0] + words[b][0]]][1], -i) for i, (a, b) in enumerate(zip(ids, ids[1:])) if words[a][0] + words[b][0] in ids_of]
        if not pairs:
            return ids
        i = -max(pairs)[1]
        ids[i : i + 2] = [ids_of[words[ids[i]][0] + words[ids[i + 1]][0]]]


def piece(before, token, words):
    text = words[token][0]
    if before == 1 and text.startswith(b" "):
        text = text[1:]
    if text.startswith(b"<0x") and text.endswith(b">"):
        text = bytes([int(text[3:5], 16)])
    return text


def greedy(session, ids, count, words):
    caches = [np.zeros((5, 4, 0, 8), np.float32)] * 2
    ids, logits, text, new = list(ids), [], b"", list(ids)
    for _ in range(count):
        past, size = caches[0].shape[2], len(new)
        mask = np.zeros((size, past + size), np.float32)
        mask[:, past:] = np.triu(np.full((size, size), -np.inf, np.float32), 1)
        feed = {"ids": np.array(new), "pos": np.arange(past, past + size), "mask": mask, "past_k": caches[0], "past_v": caches[1]}
        out, k, v = session.run(["logits", "new_k", "new_v"], feed)
        caches = [np.concatenate([old, fresh], 2) for old, fresh in zip(caches, (k, v))]
        logits.append(out[-1])
        token = int(out[-1].argmax())
        if token in (1, 2):
            break
        text += piece(ids[-1], token, words)
        ids.append(token)
        new = [token]
    return ids, text, logits


def main():
    words = vocabulary(MODEL / "tok512.bin")
    session = ort.InferenceSession(str(MODEL / "stories260k.onnx"), providers=["CPUExecutionProvider"])
    ids, text, logits = greedy(session, [1], TOKENS, words)
    prompts = []
    for prompt in ["Once upon a time", "Tom and Lily went to the park. They", "The cat is 😀 happy", "One day, a boy named Tim had a big"]:
        begun = encode(prompt, words)
        told = greedy(session, begun, 40, words)
        prompts.append({"prompt": prompt, "ids": begun, "completion": told[1].decode(errors="replace")})
    rounded = lambda row: [float(f"{v:.6g}") for v in row]
    answer = {
        "onnxruntime": ort.__version__,
        "ids": ids,
        "text": text.decode(),
        "logits": [{"after": at, "values": rounded(logits[at])} for at in AT if at < len(logits)],
        "prompts": prompts,
    }
    (ROOT / "tests/golden/stories260k.json").write_text(json.dumps(answer, indent=None, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(ids), text.decode())
    for told in prompts:
        print(told["prompt"], "→", told["completion"])


main()

#!/usr/bin/env python3
"""Holds tools/gguf_to_onnx.py to arithmetic of its own: a small GGUF file of the Llama family is made, converted and run.

Usage: python tools/gguf_check.py      (`./build.sh eval complete` runs it; wants numpy, onnx, onnxruntime and gguf: tools/requirements.txt)

What is held: codes of Q4_0 and Q8_0 stand for the same numbers as in the GGUF file, to the last bit, those of Q4_1 up to a zero point of 16 bits;
other types are rounded by no more than half a step; onnxruntime's logits of the graph, a prompt at once and then a token at a time, are those of
the decoder's equations in numpy, within 1e-4; tokenizer.json and completer.json say what the file says; what is not done is refused by its name.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import gguf_to_onnx
import numpy as np
import onnx
import onnxruntime
from gguf.quants import dequantize, quantize

WIDTH, INNER, LAYERS, HEADS, GROUPS, CONTEXT = 64, 96, 2, 4, 2, 16
DEPTH = WIDTH // HEADS
EPSILON, BASE = 1e-5, 10000.0
KIND = gguf.GGMLQuantizationType


def words():
    """A vocabulary of bytes with one pair and an end, and the names of its kinds: 1 for text, 3 for what stands for none."""
    shown = [chr(b) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174 else None for b in range(256)]
    free = iter(range(256, 512))
    tokens = [c or chr(next(free)) for c in shown] + ["he", "<|im_start|>", "<|im_end|>"]
    tokens += [f"<|spare{at}|>" for at in range(-len(tokens) % 32)]
    return tokens, [1] * 257 + [3] * (len(tokens) - 257)


def made(path, kind, head, more=()):
    """A GGUF file with made-up weights: matrices of one type, the embedding in 8 bits."""
    chance = np.random.default_rng(7)
    tokens, kinds = words()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(BASE)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["h e"])
    writer.add_bos_token_id(257)
    writer.add_eos_token_id(258)
    writer.add_add_bos_token(True)
    writer.add_chat_template("{{ '<|im_start|>' }}")
    for key, value in more:
        writer.add_string(key, value)

    def matrix(name, rows, columns, kind):
        values = chance.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)
        data = values if kind == KIND.F32 else quantize(values, kind)
        writer.add_tensor(name, data, raw_dtype=None if kind == KIND.F32 else kind)

    def norm(name):
        writer.add_tensor(name, chance.uniform(0.5, 1.5, WIDTH).astype(np.float32))

    matrix("token_embd.weight", len(tokens), WIDTH, KIND.Q8_0)
    for at in range(LAYERS):
        norm(f"blk.{at}.attn_norm.weight")
        norm(f"blk.{at}.ffn_norm.weight")
        shapes = {"attn_q": (WIDTH, WIDTH), "attn_k": (GROUPS * DEPTH, WIDTH), "attn_v": (GROUPS * DEPTH, WIDTH), "attn_output": (WIDTH, WIDTH)}
        shapes |= {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
        for part, (rows, columns) in shapes.items():
            matrix(f"blk.{at}.{part}.weight", rows, columns, kind)
    norm("output_norm.weight")
    if head:
        matrix("output.weight", len(tokens), WIDTH, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def decoded(model, name):
    """The numbers that a matrix of the graph stands for."""
    values = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
    codes, scales = values[name], values[f"{name}.scales.halves"].astype(np.float32)[..., None]
    zeros = values.get(f"{name}.zeros.halves")
    if codes.shape[-1] == 16:
        codes, middle = np.stack([codes & 15, codes >> 4], axis=-1).reshape(*codes.shape[:2], 32), 8
    else:
        middle = 128
    middle = middle if zeros is None else zeros.astype(np.float32)[..., None]
    return ((codes.astype(np.float32) - middle) * scales).reshape(codes.shape[0], -1)


def forward(weights, ids):
    """The logits of a text, by the equations of the decoder; rotations turn neighbours, as GGUF files of this family hold them."""
    rms = lambda x, by: x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON) * by
    places = np.arange(len(ids))[:, None] * BASE ** -(np.arange(0, DEPTH, 2) / DEPTH)[None, :]
    cos, sin = np.cos(places)[:, None, :], np.sin(places)[:, None, :]

    def turned(x):
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1).reshape(x.shape)

    x = weights["token_embd"][ids]
    for at in range(LAYERS):
        w = lambda part: weights[f"blk.{at}.{part}"]
        h = rms(x, w("attn_norm"))
        q = turned((h @ w("attn_q").T).reshape(len(ids), HEADS, DEPTH))
        k, v = ((h @ w(part).T).reshape(len(ids), GROUPS, DEPTH) for part in ("attn_k", "attn_v"))
        k, v = (np.repeat(y, HEADS // GROUPS, axis=1) for y in (turned(k), v))
        scores = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(DEPTH) + np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = np.einsum("hij,jhd->ihd", shares / shares.sum(axis=-1, keepdims=True), v).reshape(len(ids), WIDTH)
        x = x + mixed @ w("attn_output").T
        h = rms(x, w("ffn_norm"))
        gate = h @ w("ffn_gate").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w("ffn_up").T)) @ w("ffn_down").T
    return rms(x, weights["output_norm"]) @ weights.get("output", weights["token_embd"]).T


def run(session, ids, parts):
    """The logits of a text, given to the graph in parts."""
    caches = {i.name: np.zeros((1, GROUPS, 0, DEPTH), np.float32) for i in session.get_inputs() if i.name.startswith("past")}
    rows, before = [], 0
    for part in np.split(np.array(ids), parts):
        feeds = {"input_ids": part[None], "attention_mask": np.ones((1, before + len(part)), np.int64)}
        feeds["position_ids"] = np.arange(before, before + len(part))[None]
        logits, *caches_now = session.run(None, feeds | caches)
        caches = dict(zip(caches, caches_now))
        rows.append(logits[0])
        before += len(part)
    return np.concatenate(rows)


def converted(path, out, *more):
    """What the script says of a file: its exit status and its words."""
    done = subprocess.run([sys.executable, gguf_to_onnx.__file__, path, out, *more], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def check(folder, kind, head):
    """One file, from end to end; the largest difference of a logit."""
    path, out = folder / f"{kind.name}.gguf", folder / kind.name
    made(path, kind, head)
    status, said = converted(path, out)
    assert status == 0, said
    model = onnx.load(out / "model.onnx")
    weights = {}
    for tensor in gguf.GGUFReader(path).tensors:
        name = tensor.name.removesuffix(".weight")
        weights[name] = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if weights[name].ndim < 2:
            continue
        graph_name = {"token_embd": "embedding", "output": "head"}.get(name, name.replace("blk.", "layers."))
        found = decoded(model, graph_name)
        if tensor.tensor_type == KIND.F32:
            steps = np.repeat(np.abs(weights[name].reshape(-1, 32)).max(axis=-1) / 127, 32).reshape(found.shape)
            assert (np.abs(found - weights[name]) <= steps * 0.51).all(), name
        elif tensor.tensor_type == KIND.Q4_1:
            # The zero point is the smallest number over the scale, in 16 bits.
            assert np.abs(found - weights[name]).max() <= 2e-3 * np.abs(weights[name]).max(), name
        else:
            assert (found == weights[name]).all(), name
        weights[name] = found
    ids = [257, 104, 256, 7, 30, 99, 200, 42, 258]
    wanted = forward(weights, ids)
    # As they are, products round what they multiply with to 8 bits as well.
    for node in model.graph.node:
        kept = [a for a in node.attribute if a.name != "accuracy_level"]
        del node.attribute[:]
        node.attribute.extend(kept)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    worst = max(np.abs(run(session, ids, parts) - wanted).max() for parts in ([], [5], list(range(1, len(ids)))))
    assert wanted.std() > 0.1, "the logits differ from each other"
    return worst


def files(out):
    """tokenizer.json and completer.json of the last file."""
    tokens, _ = words()
    said = json.loads((out / "completer.json").read_text())
    assert (said["name"], said["context"], said["begin"], said["ends"]) == ("small", CONTEXT, "<|im_start|>", ["<|im_end|>"]), said
    assert said["template"]["user"] == ["<|im_start|>user\n", "<|im_end|>\n"]
    assert said["model"]["bytes"] == (out / "model.onnx").stat().st_size
    made_of = json.loads((out / "tokenizer.json").read_text())
    assert [made_of["model"]["vocab"][token] for token in tokens] == list(range(len(tokens)))
    assert made_of["model"]["merges"] == ["h e"] and made_of["added_tokens"][0]["content"] == "<|im_start|>"


def main():
    """Checks all types, and what is refused."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        worst = {}
        for kind, head in ((KIND.Q4_0, False), (KIND.Q4_1, True), (KIND.Q8_0, True), (KIND.F32, False)):
            worst[kind.name] = check(folder, kind, head)
            assert worst[kind.name] < 1e-4, worst
            files(folder / kind.name)
        made(folder / "scaled.gguf", KIND.Q8_0, False, [("llama.rope.scaling.type", "yarn")])
        status, said = converted(folder / "scaled.gguf", folder / "scaled")
        assert status == 1 and "scaled rotations" in said and not (folder / "scaled").exists(), said
        status, said = converted(folder / "Q8_0.gguf", folder / "short", "--context", "8")
        assert status == 0 and json.loads((folder / "short" / "completer.json").read_text())["context"] == 8, said
        (folder / "no.gguf").write_bytes(b"GGUF no more")
        assert converted(folder / "no.gguf", folder / "no")[0] != 0
    print("gguf_to_onnx " + " ".join(f"{name.lower()}={value:.1e}" for name, value in worst.items()) + " refused=2")


if __name__ == "__main__":
    main()

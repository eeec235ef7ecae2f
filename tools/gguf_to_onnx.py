#!/usr/bin/env python3
"""A language model out of a GGUF file, as nearhand/complete takes it: model.onnx, tokenizer.json and completer.json.

Usage: python tools/gguf_to_onnx.py MODEL.gguf OUT [--context N]      (pip install gguf onnx)

For models of the Llama family (SmolLM2, TinyLlama, Llama 2 and 3 without scaled rotations). Weights of Q4_0, Q4_1 and Q8_0 are copied
code by code, so that nothing is rounded again but scales' products; those of other types are rounded to 8 bits in blocks of 32.
The graph has the interface of optimum's exports (`past_key_values.N.key`, …) and onnxruntime's operators. A tokenizer of bytes (`gpt2` with a
known pattern) is written out; for any other take the tokenizer.json of the model's own page.
docs/larger-models.md is the guide.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
from gguf import GGUFReader
from gguf.quants import dequantize
from onnx import TensorProto, helper, numpy_helper

BLOCK = 32
MICROSOFT = "com.microsoft"
# How texts are cut before pairs of bytes are joined, by llama.cpp's names for it.
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
PATTERNS = {
    "gpt-2": [BYTES],
    "smollm": [{"type": "Digits", "individual_digits": True}, BYTES],
    "llama-bpe": [
        {
            "type": "Split",
            "pattern": {
                "Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            },
            "behavior": "Isolated",
            "invert": False,
        },
        BYTES | {"use_regex": False},
    ],
}


def fields(reader):
    """The file's metadata, values by name."""
    return {name: field.contents() for name, field in reader.fields.items()}


def blocks(tensor):
    """Codes, scales and zero points of a matrix: (bits, u8 [rows, blocks, bytes], f16 [rows, blocks], f16 or None)."""
    kind, data = tensor.tensor_type.name, tensor.data
    rows, depth = int(tensor.shape[1]), int(tensor.shape[0])
    if depth % BLOCK:
        raise SystemExit(f"{tensor.name}: rows of {depth} values are no blocks of {BLOCK}")
    count = depth // BLOCK
    if kind in ("Q4_0", "Q4_1"):
        size = {"Q4_0": 18, "Q4_1": 20}[kind]
        raw = data.reshape(rows, count, size)
        halves = raw[..., : size - 16].copy().view(np.float16)
        # A byte holds values i and i + 16 of its block there, and 2 i and 2 i + 1 here.
        low, high = raw[..., size - 16 :] & 15, raw[..., size - 16 :] >> 4
        codes = np.concatenate([low, high], axis=-1)
        packed = codes[..., 0::2] | codes[..., 1::2] << 4
        scales = halves[..., 0]
        if kind == "Q4_0":
            return 4, packed, scales, None
        # d q + m is d (q - z).
        wide = scales.astype(np.float32)
        zeros = np.divide(-halves[..., 1].astype(np.float32), wide, out=np.zeros_like(wide), where=wide != 0)
        return 4, packed, scales, zeros.astype(np.float16)
    if kind == "Q8_0":
        raw = data.reshape(rows, count, 34)
        scales = raw[..., :2].copy().view(np.float16)[..., 0]
        return 8, raw[..., 2:] ^ 128, scales, None
    values = dequantize(data, tensor.tensor_type).reshape(rows, count, BLOCK)
    scales = (np.abs(values).max(axis=-1) / 127).astype(np.float16)
    wide = scales.astype(np.float32)[..., None]
    codes = np.rint(np.divide(values, wide, out=np.zeros_like(values), where=wide != 0)).clip(-127, 127)
    return 8, (codes + 128).astype(np.uint8), scales, None


class Writer:
    """Nodes and constants of a graph."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        """Adds one."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))

    def node(self, kind, inputs, outputs, **attributes):
        """Adds one; `kind` with a domain in front where it is not ONNX's own."""
        domain, _, kind = kind.rpartition(":")
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))

    def matrix(self, name, tensor):
        """A matrix in blocks; its bits, and the names of what goes with it."""
        bits, codes, scales, zeros = blocks(tensor)
        self.constant(name, codes)
        parts = [("scales", scales)] + ([("zeros", zeros)] if zeros is not None else [])
        for part, values in parts:
            # Half as many bytes in the file; widened once, when the model opens.
            self.constant(f"{name}.{part}.halves", values)
            self.node("Cast", [f"{name}.{part}.halves"], [f"{name}.{part}"], to=TensorProto.FLOAT)
        return bits, [name] + [f"{name}.{part}" for part, _ in parts]

    def product(self, x, matrix, shape, out):
        """`x` times a matrix of [depth, rows]."""
        bits, names = matrix
        depth, rows = int(shape[0]), int(shape[1])
        attributes = {"K": depth, "N": rows, "bits": bits, "block_size": BLOCK, "accuracy_level": 4}
        self.node(f"{MICROSOFT}:MatMulNBits", [x, *names], [out], **attributes)


def graph(about, tensors, context):
    """The model as ONNX."""
    layers, heads = about["llama.block_count"], about["llama.attention.head_count"]
    groups = about.get("llama.attention.head_count_kv", heads)
    width = about["llama.embedding_length"]
    depth = about.get("llama.attention.key_length", width // heads)
    epsilon = float(about["llama.attention.layer_norm_rms_epsilon"])
    vocabulary = int(tensors["token_embd.weight"].shape[1])
    norm = lambda name: tensors[name].data.astype(np.float32).reshape(-1)
    w = Writer()

    # What the attention wants of the mask: the number of keys less one, and all of them.
    w.constant("one", np.array([1], np.int64))
    w.constant("at_one", np.array(1, np.int64))
    w.node("ReduceSum", ["attention_mask", "one"], ["mask.sum"], keepdims=0)
    w.node("Sub", ["mask.sum", "one"], ["mask.last"])
    w.node("Cast", ["mask.last"], ["keys_less_one"], to=TensorProto.INT32)
    w.node("Shape", ["attention_mask"], ["mask.shape"])
    w.node("Gather", ["mask.shape", "at_one"], ["mask.length"], axis=0)
    w.node("Cast", ["mask.length"], ["keys"], to=TensorProto.INT32)
    turned = about.get("llama.rope.dimension_count", depth)
    speeds = float(about.get("llama.rope.freq_base", 10000.0)) ** -(np.arange(0, turned, 2, dtype=np.float64) / turned)
    angles = np.arange(context)[:, None] * speeds[None, :]
    w.constant("cos", np.cos(angles).astype(np.float32))
    w.constant("sin", np.sin(angles).astype(np.float32))

    bits, names = w.matrix("embedding", tensors["token_embd.weight"])
    w.constant("embedding.dims", np.array([vocabulary, width * bits // 8], np.int64))
    w.node("Reshape", ["embedding", "embedding.dims"], ["embedding.rows"])
    gathered = ["embedding.rows", "input_ids", "embedding.scales"]
    if len(names) > 2:
        raise SystemExit("an embedding with zero points of its own (Q4_1) is not done here")
    w.node(f"{MICROSOFT}:GatherBlockQuantized", gathered, ["embedded"], bits=bits, block_size=BLOCK, gather_axis=0, quantize_axis=1)

    w.constant("layers.0.norm", norm("blk.0.attn_norm.weight"))
    w.node("SimplifiedLayerNormalization", ["embedded", "layers.0.norm"], ["layers.0.normed"], epsilon=epsilon, axis=-1)
    carried = "embedded"
    for at in range(layers):
        name = lambda part: f"layers.{at}.{part}"
        tensor = lambda part: tensors[f"blk.{at}.{part}.weight"]

        def product(x, part, out):
            w.product(name(x), w.matrix(name(part), tensor(part)), tensor(part).shape, name(out))

        for part in ("attn_q", "attn_k", "attn_v"):
            product("normed", part, f"{part}.out")
        past = [f"past_key_values.{at}.{part}" for part in ("key", "value")]
        present = [f"present.{at}.{part}" for part in ("key", "value")]
        w.node(
            f"{MICROSOFT}:GroupQueryAttention",
            [name("attn_q.out"), name("attn_k.out"), name("attn_v.out"), *past, "keys_less_one", "keys", "cos", "sin", "position_ids"],
            [name("mixed"), *present],
            num_heads=heads,
            kv_num_heads=groups,
            do_rotary=1,
            # GGUF files of this family hold queries and keys as pairs that lie side by side.
            rotary_interleaved=1,
        )
        product("mixed", "attn_output", "out")
        w.constant(name("norm_inner"), norm(f"blk.{at}.ffn_norm.weight"))
        skip = f"{MICROSOFT}:SkipSimplifiedLayerNormalization"
        w.node(skip, [carried, name("out"), name("norm_inner")], [name("normed_inner"), "", "", name("between")], epsilon=epsilon)
        product("normed_inner", "ffn_gate", "gate")
        product("normed_inner", "ffn_up", "up")
        w.node(f"{MICROSOFT}:QuickGelu", [name("gate")], [name("curve")], alpha=1.0)
        w.node("Mul", [name("curve"), name("up")], [name("gated")])
        product("gated", "ffn_down", "down")
        after = f"layers.{at + 1}"
        w.constant(f"{after}.norm", norm(f"blk.{at + 1}.attn_norm.weight" if at + 1 < layers else "output_norm.weight"))
        w.node(skip, [name("between"), name("down"), f"{after}.norm"], [f"{after}.normed", "", "", f"{after}.carried"], epsilon=epsilon)
        carried = f"{after}.carried"
    head = tensors.get("output.weight")
    shape = tensors["token_embd.weight"].shape
    w.product(f"layers.{layers}.normed", w.matrix("head", head) if head is not None else (bits, names), shape, "logits")

    value = helper.make_tensor_value_info
    ids = lambda name, length: value(name, TensorProto.INT64, ["batch_size", length])
    cache = lambda name, length: value(name, TensorProto.FLOAT, ["batch_size", groups, length, depth])
    parts = [f"{at}.{part}" for at in range(layers) for part in ("key", "value")]
    inputs = [ids("input_ids", "sequence_length"), ids("attention_mask", "total_sequence_length"), ids("position_ids", "sequence_length")]
    inputs += [cache(f"past_key_values.{part}", "past_sequence_length") for part in parts]
    outputs = [value("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", vocabulary])]
    outputs += [cache(f"present.{part}", "total_sequence_length") for part in parts]
    made = helper.make_graph(w.nodes, "gguf", inputs, outputs, w.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="gguf_to_onnx")


def tokenizer(about):
    """tokenizer.json of a vocabulary of bytes, or None."""
    pattern = PATTERNS.get(about.get("tokenizer.ggml.pre", ""))
    if about.get("tokenizer.ggml.model") != "gpt2" or pattern is None:
        return None
    tokens, kinds = about["tokenizer.ggml.tokens"], about["tokenizer.ggml.token_type"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    # Kind 3 is a token that stands for no text, 4 one that was added.
    added = [{"id": at, "content": token, **flags} for at, (token, kind) in enumerate(zip(tokens, kinds)) if kind in (3, 4)]
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None}
    model |= {"fuse_unk": False, "byte_fallback": False, "ignore_merges": "llama-bpe" == about["tokenizer.ggml.pre"]}
    model |= {"vocab": {token: at for at, token in enumerate(tokens)}, "merges": about["tokenizer.ggml.merges"]}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": pattern},
        "post_processor": None,
        "decoder": BYTES,
        "model": model,
    }


def manifest(about, out, context):
    """completer.json, with what is known of the files in `out`."""

    def file(name):
        data = (out / name).read_bytes()
        return {"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    tokens = about["tokenizer.ggml.tokens"]
    special = lambda key: tokens[about[key]] if key in about else None
    ends = [special("tokenizer.ggml.eos_token_id"), *(t for t in ("<|im_end|>", "<|eot_id|>", "<|endoftext|>") if t in tokens)]
    made = {"format": 1, "name": about.get("general.name", out.name), "model": file("model.onnx")}
    made["tokenizer"] = file("tokenizer.json") if (out / "tokenizer.json").exists() else {"file": "tokenizer.json"}
    made |= {"context": context, "ends": list(dict.fromkeys(t for t in ends if t))}
    if about.get("tokenizer.ggml.add_bos_token") and special("tokenizer.ggml.bos_token_id"):
        made["begin"] = special("tokenizer.ggml.bos_token_id")
    if "<|im_start|>" in about.get("tokenizer.chat_template", ""):
        made["template"] = {role: [f"<|im_start|>{role}\n", "<|im_end|>\n"] for role in ("system", "user", "assistant")}
    return made


def main():
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--context", type=int, default=2048, help="tokens at most (2048, or what the model was trained for)")
    given = parser.parse_args()
    reader = GGUFReader(given.gguf)
    about = fields(reader)
    if about.get("general.architecture") != "llama":
        sys.exit(f"{given.gguf}: a model of the family {about.get('general.architecture')}; this is for llama")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    if "rope_freqs.weight" in tensors or "llama.rope.scaling.type" in about or any(name.endswith(".bias") for name in tensors):
        sys.exit(f"{given.gguf}: scaled rotations or biases, which are not done here")
    context = min(given.context, about["llama.context_length"])
    given.out.mkdir(parents=True, exist_ok=True)
    model = graph(about, tensors, context)
    onnx.save(model, given.out / "model.onnx")
    words = tokenizer(about)
    if words is None:
        print("no tokenizer.json: its kind is not known here; take that of the model's page", file=sys.stderr)
    else:
        (given.out / "tokenizer.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    (given.out / "completer.json").write_text(json.dumps(manifest(about, given.out, context), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{given.out}: model.onnx {(given.out / 'model.onnx').stat().st_size} bytes, context {context}")


if __name__ == "__main__":
    main()

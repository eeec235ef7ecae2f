#!/usr/bin/env python3
"""Makes a tokenizer.json of the vocabulary of llama2.c, a tokenizer.bin. Usage: tools/llama2c_tokenizer.py tok512.bin > tokenizer.json

The file has the length of the longest token, then of each token a score (float32), a length (int32) and its bytes; ▁ is written as a space.
llama2.c merges the pair whose token has the highest score, so all ways to make a token of two others become merges, by score. Ids 0, 1 and 2
are <unk>, <s> and </s>, as SentencePiece has them.
"""
import json
import struct
import sys


def read(data):
    at, tokens = 4, []
    while at < len(data):
        score, length = struct.unpack_from("<fi", data, at)
        tokens.append((data[at + 8 : at + 8 + length].decode(), score))
        at += 8 + length
    return tokens


def convert(tokens):
    names = [text.replace(" ", "\u2581") for text, _ in tokens]
    names[:3] = ["<unk>", "<s>", "</s>"]
    vocab = {name: at for at, name in enumerate(names)}
    if len(vocab) != len(names):
        sys.exit("two tokens are written alike")
    merges = []
    for at, name in enumerate(names[3:], 3):
        if not (name.startswith("<0x") and len(name) == 6):
            merges += [(-tokens[at][1], cut, name[:cut], name[cut:]) for cut in range(1, len(name)) if name[:cut] in vocab and name[cut:] in vocab]
    merges.sort(key=lambda merge: merge[:2])
    special = [dict(id=at, content=names[at], single_word=False, lstrip=False, rstrip=False, normalized=False, special=True) for at in range(3)]
    space = dict(String="\u2581")
    return dict(
        version="1.0", truncation=None, padding=None, added_tokens=special,
        normalizer=dict(type="Sequence", normalizers=[dict(type="Prepend", prepend="\u2581"), dict(type="Replace", pattern=dict(String=" "), content="\u2581")]),
        pre_tokenizer=None,
        post_processor=dict(type="TemplateProcessing", single=[dict(SpecialToken=dict(id="<s>", type_id=0)), dict(Sequence=dict(id="A", type_id=0))],
            pair=[dict(Sequence=dict(id="A", type_id=0)), dict(Sequence=dict(id="B", type_id=1))], special_tokens={"<s>": dict(id="<s>", ids=[1], tokens=["<s>"])}),
        decoder=dict(type="Sequence", decoders=[dict(type="Replace", pattern=space, content=" "), dict(type="ByteFallback"), dict(type="Fuse"), dict(type="Strip", content=" ", start=1, stop=0)]),
        model=dict(type="BPE", dropout=None, unk_token="<unk>", continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=True, byte_fallback=True,
            ignore_merges=False, vocab=vocab, merges=[[left, right] for _, _, left, right in merges]),
    )


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(json.dumps(convert(read(file.read())), ensure_ascii=False, separators=(",", ":")))

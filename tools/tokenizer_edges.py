#!/usr/bin/env python3
"""Records files at the edges of what is read: what the Python package tokenizers makes of them, and what is refused here.

    python3 -m venv .venv && .venv/bin/pip install tokenizers==0.23.3
    .venv/bin/python tools/tokenizer_edges.py

writes crates/tokenizer/tests/fixtures/edges.json, which the crate's tests and those of nearhand/tokenizer hold themselves to: of a file
that is taken the ids of texts, as the package gives them; of one that is refused the code and the place, as both must say.
"""
import json
from pathlib import Path

from tokenizers import Tokenizer

OUT = Path(__file__).parent.parent / "crates/tokenizer/tests/fixtures/edges.json"
LETTERS = "aAbBsSkKftTiIlLrReEvVmMxX' ’1ßẞſéÉ\u212aﬀﬁﬂﬆﬅⅰⅠⓐⒶ\u0345ι"
CASES = []
MALFORMED, UNSUPPORTED, LARGE = "tokenizer-malformed", "tokenizer-unsupported", "tokenizer-too-large"


def file(model={}, **parts):
    vocab = {c: at for at, c in enumerate(dict.fromkeys(LETTERS))}
    whole = dict(version="1.0", truncation=None, padding=None, added_tokens=[], normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None)
    whole.update(parts, model=dict(type="BPE", vocab=vocab, merges=[], **model) if "vocab" not in model else dict(type="BPE", merges=[], **model))
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def taken(name, text, *texts):
    tokenizer = Tokenizer.from_str(text)
    CASES.append(dict(name=name, file=text, texts=[dict(text=one, ids=tokenizer.encode(one).ids) for one in texts]))


def refused(name, text, code, place, lenient=None):
    """`lenient`: why the reference takes it."""
    try:
        Tokenizer.from_str(text)
        takes = True
    except Exception:
        takes = False
    assert takes == bool(lenient), f"{name}: the reference {'takes' if takes else 'refuses'} it"
    CASES.append(dict(name=name, file=text, code=code, place=place))


def token(content, id, **more):
    return {**dict(id=id, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True), **more}


def ids():
    add = lambda *tokens, model={}: file(model, added_tokens=list(tokens))
    taken("ids that are stated with gaps are those that follow", add(token("<x>", 700), token("<y>", 900)), "a<x>b<y>")
    taken("and are given in the order of the file", add(token("<x>", 901), token("<y>", 900)), "<y><x>")
    taken("a token of the vocabulary keeps its id whatever is stated", add(token("s", 777), token("<x>", 3000)), "s<x>")
    taken("the same token twice is one", add(token("<x>", 700), token("<x>", 701), token("<y>", 702)), "<x><y>")
    taken("two that state one id get one each", add(token("<x>", 700), token("<y>", 700)), "<x><y>")
    taken("an empty one is none", add(token("", 700), token("<y>", 701)), "a<y>")
    holes = dict(vocab={"a": 0, "b": 5})
    taken("a vocabulary with holes is as long as it has words", add(token("<x>", 700), token("<y>", 701), model=holes), "a<x>b<y>")
    taken("even where the highest is added as well", add(token("b", 5), token("<x>", 6), model=holes), "a<x>b")
    refused("one that states the id of a word", add(token("<x>", 0)), MALFORMED, "added_tokens", lenient="it gives another id")
    refused("no list of them", file(added_tokens={}), MALFORMED, "added_tokens")
    refused("a text in their place", file(added_tokens="<x>"), MALFORMED, "added_tokens")
    refused("one without an id", file(added_tokens=[{"content": "<x>"}]), MALFORMED, "added_tokens")


def patterns():
    cut = lambda source: file(pre_tokenizer=dict(type="Split", pattern={"Regex": source}, behavior="Removed", invert=True))
    text = "a A s S ss sS ß ẞ ſ ſs st ﬆ ff ﬀ fi ﬁ fl ﬂ k K \u212a é É ﬅ 's 'S ’s ⅰⅠⓐⒶ \u0345ι"
    for source in [r"(?i:\x41)", r"(?i:s{2})", r"(?i:s+)", r"(?i:f{2})", r"(?i:s)(?i:s)", r"(?i:s)s", r"(?i:'s|’s|k)", r"(?i:\p{Lu})", r"(?i:\p{Ll})", r"(?i:s|t)", r"(?i:f)i", r"(?i:is)"]:
        taken(f"a pattern without case: {source}", cut(source), text)
    for source in ["(?i:ss)", "(?i:sT)", "(?i:ff)", "(?i:fi)", "(?i:FL)", "(?i:s(?:s))", r"(?i:\x73\x73)", "(?i:a|bss)", "(?i:ß)", "(?i:é)", "(?i:ⅰ)", "(?i:ⓐ)", r"(?i:\u0345)", "(?i:[a-z])"]:
        refused(f"a pattern whose cases are not known: {source}", cut(source), UNSUPPORTED, "pre_tokenizer", lenient="it knows them")


def spaces():
    of = lambda **more: file(dict(vocab={"_": 0, "a": 1, "b": 2}), pre_tokenizer=dict(type="Metaspace", replacement="_", **more))
    for scheme in ["first", "always"]:
        refused(f"no space, and one {scheme}", of(add_prefix_space=False, prepend_scheme=scheme), MALFORMED, "pre_tokenizer")
        taken(f"a space, and {scheme}", of(add_prefix_space=True, prepend_scheme=scheme), "a b")
    taken("no space, and never", of(add_prefix_space=False, prepend_scheme="never"), "a b")
    taken("a space, and never", of(add_prefix_space=True, prepend_scheme="never"), "a b")


def truths():
    for name in ["special", "single_word", "lstrip", "rstrip", "normalized"]:
        refused(f"{name} that is a text", file(added_tokens=[token("<x>", 700, **{name: "true"})]), MALFORMED, f"added_tokens.{name}")
    for name in ["byte_fallback", "fuse_unk", "ignore_merges"]:
        refused(f"{name} that is a number", file({name: 1}), MALFORMED, f"model.{name}")
        taken(f"{name} that is null", file({name: None}), "a")
    refused("byte_fallback of Unigram", json.dumps(dict(version="1.0", added_tokens=[], model=dict(type="Unigram", unk_id=0, byte_fallback="no", vocab=[["a", -1]]))), MALFORMED, "model.byte_fallback")
    refused("strip_left", file(normalizer=dict(type="Strip", strip_left="false", strip_right=False)), MALFORMED, "normalizer.strip_left")
    for name, part in [
        ("add_prefix_space", dict(type="ByteLevel", add_prefix_space="false")), ("use_regex", dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=0)),
        ("invert", dict(type="Split", pattern={"String": "a"}, behavior="Isolated", invert="yes")), ("individual_digits", dict(type="Digits", individual_digits="true")),
        ("split", dict(type="Metaspace", replacement="_", prepend_scheme="first", split=[])), ("add_prefix_space", dict(type="Metaspace", replacement="_", add_prefix_space="x")),
    ]:
        refused(f"{name} of {part['type']}", file(pre_tokenizer=part), MALFORMED, f"pre_tokenizer.{name}")


def templates():
    text, end = {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "s", "type_id": 0}}
    whole = dict(id="s", ids=[4], tokens=["s"])
    of = lambda single, token=whole: file(post_processor=dict(type="TemplateProcessing", single=single, pair=[text, {"Sequence": {"id": "B", "type_id": 1}}], special_tokens={"s": token}))
    taken("64 parts", of([end] * 63 + [text]), "a")
    refused("65 parts", of([end] * 64 + [text]), LARGE, "post_processor", lenient="it has no limit")
    refused("65 ids of a token", of([end, text], dict(id="s", ids=[4] * 65, tokens=["s"] * 65)), LARGE, "post_processor", lenient="it has no limit")
    refused("a token without ids", of([end, text], dict(id="s", tokens=["s"])), MALFORMED, "post_processor")
    refused("ids that are no list", of([end, text], dict(id="s", ids={"0": 4}, tokens=["s"])), MALFORMED, "post_processor")
    refused("the second text", of([end, {"Sequence": {"id": "B", "type_id": 0}}]), MALFORMED, "post_processor", lenient="it fails at the first text")
    refused("two texts", of([text, text]), MALFORMED, "post_processor", lenient="it writes it twice")


def sequences():
    for part, names, one in [("normalizer", "normalizers", dict(type="Lowercase")), ("pre_tokenizer", "pretokenizers", dict(type="Whitespace")), ("decoder", "decoders", dict(type="Fuse")), ("post_processor", "processors", dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False))]:
        refused(f"a sequence of {part} that is no list", file(**{part: {"type": "Sequence", names: {"0": one}}}), MALFORMED, part)


def unknown():
    refused("a token of the unknown that is not there", file(dict(unk_token="<unk>")), MALFORMED, "model.unk_token", lenient="it fails at the first unknown character")
    refused("and not among those of the model", file(dict(unk_token="<unk>"), added_tokens=[token("<unk>", 700)]), MALFORMED, "model.unk_token", lenient="likewise")
    refused("a token of the unknown that is a number", file(dict(unk_token=4)), MALFORMED, "model.unk_token")
    taken("one that is there", file(dict(unk_token="a")), "azb")
    hidden = [byte for byte in range(256) if byte <= 32 or 127 <= byte <= 160 or byte == 173]
    every = [chr(256 + hidden.index(byte)) if byte in hidden else chr(byte) for byte in range(256)]
    byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=True)
    taken("one that is not there where nothing is unknown", file(dict(unk_token="<unk>", vocab={c: at for at, c in enumerate(every)}), pre_tokenizer=byte_level), "aé\x00")


def limits():
    word = lambda count: file(dict(vocab={"é" * count: 0, "a": 1}))
    taken("a token of 4,096 bytes", word(2048), "a")
    refused("a token of 4,098 bytes", word(2049), LARGE, "model.vocab", lenient="it has no limit")
    put = lambda count: file(dict(vocab={"é": 0, "a": 1}), normalizer=dict(type="Prepend", prepend="é" * count))
    taken("64 bytes that are put into texts", put(32), "a")
    refused("66 bytes that are put into texts", put(33), LARGE, "normalizer", lenient="it has no limit")
    nested = lambda levels: file()[:-1] + ',"x":' + "[" * levels + "]" * levels + "}"
    # The reference has no members that it does not know.
    CASES.append(dict(name="32 levels", file=nested(31), texts=[dict(text="a", ids=[0])]))
    refused("33 levels", nested(32), MALFORMED, None)
    refused("half a character", file()[:-1].replace('"vocab":{', '"vocab":{"\\ud800":99,') + "}", MALFORMED, None)


if __name__ == "__main__":
    for make in [ids, patterns, spaces, truths, templates, sequences, unknown, limits]:
        make()
    OUT.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in CASES) + "\n]\n")
    print(f"edges cases={len(CASES)} taken={sum('texts' in case for case in CASES)}")

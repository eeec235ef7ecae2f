#!/usr/bin/env python3
"""Records what the Python package tokenizers answers, for the tests of crates/tokenizer.
Usage: tools/tokenizer_golden.py train | record | ids FILE

train   trains the three small vocabularies of tests/fixtures on this project's own pages and the lines below
record  writes variants.json (each configuration as a change of a vocabulary) and golden.json (what it answers)
ids     prints, for each configuration, how many ids the lines of a file have and their hash, as the example `ids` does
"""
import json
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "crates/tokenizer/tests/fixtures"

LINES = """Grüße aus München: schöne Äpfel, größer & süßer! Ça va très bien, merci. ¿Dónde está el niño? Не знаю, что сказать. Καλημέρα κόσμε.
日本語のテキストを分割する。中文分词测试，价格是一百元。한국어 문장도 있습니다. สวัสดีชาวโลก नमस्ते दुनिया, आप कैसे हैं? مرحبا بالعالم، كيف حالك؟ שלום עולם.
It's what they've said: I'm sure we'll see that you'd don't. HE'S RIGHT, WE'LL GO. 1234567 items at 3,999.00 each (50% off) in 2024-11-29.
    def f(x):\n        return x ** 2  # tabs\tand  spaces   of    all lengths\r\n🙂 👍🏽 👩‍👩‍👧‍👦 🇩🇪 e\u0301 n\u0303 \ufb01ne ½ Ⅻ ①""".split("\n")

TEXTS = [
    "", " ", "a", "Hello, world!", " Hello", "Hello ", "  two  spaces  ", "trailing spaces   ", "   ", "\n", "\r\n", "a\r\nb\r\n\r\nc", "line\n\n\nline\n",
    "tabs\t\tand\t spaces", " \n \n ", "x  \n  y", "\u00a0no-break\u00a0space\u3000wide", "\u2028line\u2029para\u0085next", "\u200b\u200czero\u200dwidth\ufeff",
    "I'll we've it's HE'S they'D don't 'tis 'S 's", "it\u2019s '\u017f \u212a's", "1234567890", "12 345 6789 1,234.56", "x1y22z333", "\u0663\u0664\u0665 \u0968\u0969 \u216b \u00bd\u00b2 \u2460",
    "price: $3,999.00 (50% off)!!!", "a-b_c/d\\e|f", "...!?...", "camelCaseWORDAndMore HTTPServer iOS", "\u00c9COLE \u00e9cole Stra\u00dfe STRASSE \u0130stanbul \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "Gr\u00fc\u00dfe aus M\u00fcnchen", "Не знаю, что", "Καλημέρα κόσμε", "日本語のテキスト", "中文分词测试，价格是一百元。", "한국어 문장", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "สวัสดีชาวโลก",
    "नमस्ते दुनिया, क्षत्रिय", "مرحبا بالعالم، كيف", "שָׁלוֹם עולם", "\u0627\u0644\u0633\u064e\u0651\u0644\u0627\u0645", "🙂", "👍🏽 ok 👩‍👩‍👧‍👦!", "🇩🇪🇫🇷", "e\u0301 n\u0303 \u00e9 \u00f1", "a\u0315\u0300\u05aeb \u1e0d\u0307",
    "\u0301start with a mark", "\ufb01ne \uff21\uff22\uff23 \u00bd \u2122 \u210c \u212b", "\u0958 \u0344 \u2126", "\x00", "a\x00b", "\x01\x02\x7f\x80\x9f", "\ufffd\ufffe\uffff\U0010ffff", "\ue000\U000f0000",
    "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<|endoftext|><|endoftext|>", "<|endof text|>", "<s>", "<s> hi</s>", "<unk>", "[MASK]", "x [MASK] y", "  [MASK]  [MASK]  ", "hello<right>   there", "<right> <left>",
    "word single words single", "single", "asingle single-b", "Caf\u00e9 CAF\u00c9 caf\u00e9s cafe\u0301", "<0x41><0xE2><0x0A>", "\u2581\u2581under\u2581line", " \u2581 x", "``quoted''", "A" * 40, "ab" * 33, "a b c d e f g",
    "0.1 + 0.2 != 0.3", "https://example.org/a?b=c&d=%20#e", "{\"key\": [1, 2.5, null]}", "if (x) {\n\treturn;\n}\n", "\u0e33\u0e4d\u0e32", "\U0001d400\U0001d7d9 math", "\u00df\u0149\u01f0\u0390", "the quick brown fox jumps over the lazy dog",
]
REPEATS = [["a", 10000], [" ", 3000], ["\n", 2000], ["1", 5000], ["é", 3000], ["🙂", 1000], ["ab ", 2000], ["\u0301", 1500], ["日", 3000], ["!", 4000], ["\u2581", 2000], ["'s", 2000]]
# Random texts are made of these, alike here and in the tests.
BITS = ["a", "e", "the", " the", "ing", "Z", "É", "é", "e\u0301", "ß", "日", "本", "한", "я", "\u0301", "\u05ae", "1", "23", "٣", "½", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "'s", "'LL", "'", ".", ",", "!!", "-", "_", "(", "🙂", "👍🏽", "\u200d", "\x00", "\ufb01", "\u2581", "<s>", "<|endoftext|>", "[MASK]", "<left>", "<right>", "single", "Café", "<0x41>", "$", "\uff21"]


def hash_of(ids, value=0xCBF29CE484222325):
    for one in ids:
        value = (value ^ one) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def random_texts(count=300, state=1):
    for _ in range(count):
        text = ""
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        for _ in range(1 + (state >> 33) % 24):
            state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            text += BITS[(state >> 33) % len(BITS)]
        yield text


def corpus():
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [line for page in pages for line in page.read_text().splitlines()] + LINES * 20


def save(name, tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    (FIXTURES / f"{name}.json").write_text(json.dumps({"model": model}, ensure_ascii=False, separators=(",", ":")))


def train():
    text = corpus()
    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.train_from_iterator(text, trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|endoftext|>"], show_progress=False))
    save("bytes", byte_level)
    pieces = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    pieces.normalizer = normalizers.Replace(" ", "\u2581")
    pieces.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    pieces.train_from_iterator(text, trainers.BpeTrainer(vocab_size=800, special_tokens=special, limit_alphabet=150, show_progress=False))
    save("pieces", pieces)
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.train_from_iterator(text, trainers.UnigramTrainer(vocab_size=500, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    save("unigram", unigram)


def added(start, known):
    """Tokens of every kind; ids of those that the vocabulary has are its own."""
    flags = [
        ("<|endoftext|>", dict(special=True)), ("<s>", dict(special=True)), ("</s>", dict(special=True)), ("[MASK]", dict(special=True, lstrip=True)),
        ("<left>", dict(lstrip=True)), ("<right>", dict(rstrip=True, normalized=True)), ("single", dict(single_word=True, normalized=True)), ("Café", dict(normalized=True)),
    ]
    out = []
    for content, more in flags:
        token = dict(id=known.get(content, start), content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
        token.update(more)
        if content not in known:
            start += 1
        out.append(token)
    return sorted(out, key=lambda token: token["id"])


def variants():
    of = {name: json.loads((FIXTURES / f"{name}.json").read_text())["model"] for name in ["bytes", "pieces", "unigram"]}
    byte_level = lambda prefix=False, regex=True: dict(type="ByteLevel", add_prefix_space=prefix, trim_offsets=False, use_regex=regex)
    sequence = lambda name, *steps: {"type": "Sequence", name: list(steps)}
    split = lambda pattern, behavior="Isolated", invert=False: dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)
    regex = lambda source: {"Regex": source}
    cut = lambda *steps: sequence("pretokenizers", *steps, byte_level(regex=False))
    template = lambda before, after, ids: dict(
        type="TemplateProcessing",
        single=[*({"SpecialToken": {"id": name, "type_id": 0}} for name in before), {"Sequence": {"id": "A", "type_id": 0}}, *({"SpecialToken": {"id": name, "type_id": 0}} for name in after)],
        pair=[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        special_tokens={name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in [*before, *after]},
    )
    llama3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    o200k = "|".join([
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
    ])
    deepseek = [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", r"\p{N}"]
    deepseek3 = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    space = "\u2581"
    llama2 = sequence("decoders", dict(type="Replace", pattern={"String": space}, content=" "), dict(type="ByteFallback"), dict(type="Fuse"), dict(type="Strip", content=" ", start=1, stop=0))
    metaspace = lambda scheme, cuts=True: dict(type="Metaspace", replacement=space, prepend_scheme=scheme, split=cuts)
    prepend, spaces = dict(type="Prepend", prepend=space), dict(type="Replace", pattern={"String": " "}, content=space)
    bytes_decoder = byte_level()
    tokens = {name: added(len(model["vocab"]), dict(model["vocab"]) if name != "unigram" else {word: at for at, (word, _) in enumerate(model["vocab"])}) for name, model in of.items()}
    ids = {name: {token["content"]: token["id"] for token in list_} for name, list_ in tokens.items()}
    all_ = {}

    def add(name, base, places=False, model={}, **parts):
        whole = dict(version="1.0", truncation=None, padding=None, added_tokens=tokens[base], normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None)
        whole.update(parts)
        all_[name] = dict(base=base, places=places, model=model, parts=whole)

    add("gpt2", "bytes", True, pre_tokenizer=byte_level(), decoder=bytes_decoder, post_processor=byte_level())
    add("roberta", "bytes", pre_tokenizer=byte_level(prefix=True), decoder=bytes_decoder, post_processor=dict(type="RobertaProcessing", sep=["</s>", ids["bytes"]["</s>"]], cls=["<s>", ids["bytes"]["<s>"]], trim_offsets=False, add_prefix_space=True))
    add("llama3", "bytes", True, model=dict(ignore_merges=True, merges=of["bytes"]["merges"][:-150]), pre_tokenizer=cut(split(regex(llama3))), decoder=bytes_decoder, post_processor=sequence("processors", byte_level(), template(["<s>"], [], ids["bytes"])))
    add("llama3-merges", "bytes", model=dict(ignore_merges=False, merges=[" ".join(merge) for merge in of["bytes"]["merges"][:-150]]), pre_tokenizer=cut(split(regex(llama3))), decoder=bytes_decoder)
    add("qwen2", "bytes", True, normalizer=dict(type="NFC"), pre_tokenizer=cut(split(regex(llama3.replace("{1,3}", "")))), decoder=bytes_decoder, post_processor=byte_level())
    add("smollm2", "bytes", True, pre_tokenizer=sequence("pretokenizers", dict(type="Digits", individual_digits=True), byte_level()), decoder=bytes_decoder)
    add("digits-prefix", "bytes", pre_tokenizer=sequence("pretokenizers", dict(type="Digits", individual_digits=False), byte_level(prefix=True)), decoder=bytes_decoder)
    add("o200k", "bytes", pre_tokenizer=cut(split(regex(o200k))), decoder=bytes_decoder)
    add("deepseek", "bytes", pre_tokenizer=cut(*(split(regex(source)) for source in deepseek)), decoder=bytes_decoder)
    add("deepseek3", "bytes", pre_tokenizer=cut(split(regex(r"\p{N}{1,3}")), split(regex("[一-龥぀-ゟ゠-ヿ]+")), split(regex(deepseek3))), decoder=bytes_decoder)
    add("llama2", "pieces", normalizer=sequence("normalizers", prepend, spaces), decoder=llama2, post_processor=template(["<s>"], [], ids["pieces"]))
    add("llama2-first", "pieces", pre_tokenizer=metaspace("first", False), decoder=llama2, post_processor=template(["<s>"], ["</s>"], ids["pieces"]))
    add("gemma", "pieces", normalizer=spaces, pre_tokenizer=split({"String": " "}, "MergedWithPrevious"), decoder=sequence("decoders", *llama2["decoders"][:3]))
    add("unknown", "pieces", model=dict(byte_fallback=False, fuse_unk=False), pre_tokenizer=metaspace("never"), decoder=dict(type="Metaspace", replacement=space, prepend_scheme="never", split=True))
    add("unknown-fused", "pieces", model=dict(byte_fallback=False), pre_tokenizer=metaspace("always"), decoder=metaspace("always"))
    words = lambda *steps: sequence("pretokenizers", *steps)
    add("words", "pieces", pre_tokenizer=dict(type="Whitespace"))
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    for behavior in behaviors:
        add(f"cut-{behavior}", "pieces", normalizer=dict(type="Strip", strip_left=True, strip_right=True), pre_tokenizer=words(dict(type="WhitespaceSplit"), dict(type="Punctuation", behavior=behavior), split(regex(r"[aeiou]{2,}|\d+"), behavior, behavior == "Removed")))
    add("t5", "unigram", normalizer=dict(type="NFKC"), pre_tokenizer=metaspace("always"), decoder=metaspace("always"), post_processor=template([], ["</s>"], ids["unigram"]))
    albert = sequence("normalizers", dict(type="Replace", pattern={"String": "``"}, content='"'), dict(type="Replace", pattern={"Regex": " {2,}"}, content=" "), dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase"))
    add("albert", "unigram", normalizer=albert, pre_tokenizer=metaspace("first"), decoder=metaspace("first"), post_processor=template(["<s>"], ["</s>"], ids["unigram"]))
    add("nfd", "unigram", normalizer=dict(type="NFD"), pre_tokenizer=metaspace("never", False), decoder=metaspace("never", False))
    add("unigram-bytes", "unigram", model=dict(byte_fallback=True, vocab=of["unigram"]["vocab"] + [[f"<0x{byte:02X}>", -12.5] for byte in range(256)]),
        added_tokens=added(len(of["unigram"]["vocab"]) + 256, {word: at for at, (word, _) in enumerate(of["unigram"]["vocab"])}), normalizer=spaces, decoder=llama2)
    return all_, of


def built():
    all_, of = variants()
    for name, variant in all_.items():
        whole = dict(variant["parts"], model={**of[variant["base"]], **variant["model"]})
        yield name, variant, Tokenizer.from_str(json.dumps(whole))


def pairs(offsets, text):
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode()))
    return [[at[start], at[end]] for start, end in offsets]


def record():
    golden = {"texts": TEXTS, "repeats": REPEATS, "bits": BITS, "variants": {}}
    for name, variant, tokenizer in built():
        rows = []
        for text in TEXTS + [text * count for text, count in REPEATS]:
            tokenizer.encode_special_tokens = False
            full = tokenizer.encode(text)
            tokenizer.encode_special_tokens = True
            plain = tokenizer.encode(text, add_special_tokens=False)
            row = {}
            long = len(full.ids) > 400
            row["ids"] = [len(full.ids), f"{hash_of(full.ids):016x}"] if long else full.ids
            if plain.ids != full.ids:
                row["plain"] = [len(plain.ids), f"{hash_of(plain.ids):016x}"] if long else plain.ids
            if not long:
                row["text"], row["skipped"] = tokenizer.decode(full.ids, skip_special_tokens=False), tokenizer.decode(full.ids, skip_special_tokens=True)
                if row["skipped"] == row["text"]:
                    del row["skipped"]
                if row["text"] == text:
                    del row["text"]
                if variant["places"]:
                    row["places"] = pairs(full.offsets, text)
            rows.append(row)
        tokenizer.encode_special_tokens = False
        hashes = "".join(f"{hash_of(tokenizer.encode(text).ids) & 0xFFFFFF:06x}" for text in random_texts())
        golden["variants"][name] = {"rows": rows, "random": hashes}
    (FIXTURES / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))
    (FIXTURES / "variants.json").write_text(json.dumps(variants()[0], separators=(",", ":")))


def ids(file):
    lines = Path(file).read_bytes().decode().split("\n")
    for name, _, tokenizer in built():
        count, value = 0, 0xCBF29CE484222325
        for encoding in tokenizer.encode_batch(lines):
            count += len(encoding.ids)
            value = hash_of(encoding.ids, value)
        print(f"ids {name} lines={len(lines)} ids={count} hash={value:016x}", flush=True)


if __name__ == "__main__":
    verbs = {"train": train, "record": record, "ids": ids}
    verbs[sys.argv[1]](*sys.argv[2:])

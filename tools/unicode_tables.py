#!/usr/bin/env python3
"""Writes the Unicode tables of crates/tokenizer. Usage: tools/unicode_tables.py [record]

Needs the Python package unicodedata2, whose version of Unicode the tables have; `record` writes the ranges of letters, numbers and
white space that the package regex finds, which the tests hold the tables against.
"""
import sys
import unicodedata2 as data
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "crates/tokenizer"
NAMES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn".split()


def varint(value):
    out = []
    while True:
        out.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return out


def zigzag(value):
    return varint(value * 2 if value >= 0 else -value * 2 - 1)


def literal(values):
    """A byte string of Rust, in lines of a bearable length."""
    lines, line = [], ""
    for value in values:
        text = f"\\x{value:02x}"
        if len(line) + len(text) > 120:
            lines.append(line)
            line = ""
        line += text
    return "b\"\\\n" + "".join(f"{line}\\\n" for line in lines + [line]) + "\""


def write(name, doc, items):
    text = f"//! {doc} Made by tools/unicode_tables.py.\n\n" + "\n\n".join(items) + "\n"
    (ROOT / "src/unicode" / name).write_text(text)


def runs():
    """A byte a run: five bits of category, three of length; 7 there means that the rest of the length follows."""
    out, start = [], 0
    category = [NAMES.index(data.category(chr(code))) for code in range(0x110000)]
    for code in range(1, 0x110001):
        if code == 0x110000 or category[code] != category[start]:
            length = code - start
            out.append(category[start] | min(length - 1, 7) << 5)
            if length > 7:
                out += varint(length - 8)
            start = code
    return out


def decompositions():
    """For each character that has one, in order: distance from the last, 4 × length + 2 if it is made again from its parts + 1 if it is a
    compatibility one, and the parts as distances from each other."""
    out, last = [], 0
    for code in range(0x110000):
        mapping = data.decomposition(chr(code))
        if not mapping or 0xAC00 <= code < 0xD7A4:
            continue
        parts = mapping.split()
        compat = parts[0].startswith("<")
        parts = [int(part, 16) for part in parts[compat:]]
        again = not compat and data.normalize("NFC", data.normalize("NFD", chr(code))) == chr(code)
        out += varint(code - last) + varint(len(parts) * 4 + again * 2 + compat)
        last = code
        before = code
        for part in parts:
            out += zigzag(part - before)
            before = part
    return out


def classes():
    """Runs of characters of one combining class that is not 0: distance from the end of the last, length, class."""
    out, end, code = [], 0, 0
    while code < 0x110000:
        kind = data.combining(chr(code))
        if kind == 0:
            code += 1
            continue
        start = code
        while data.combining(chr(code)) == kind:
            code += 1
        out += varint(start - end) + varint(code - start) + [kind]
        end = code
    return out


def record():
    import regex

    for name, pattern in [("letters", r"\p{L}"), ("numbers", r"\p{N}"), ("spaces", r"\s")]:
        find, found, start = regex.compile(pattern), [], None
        for code in range(0x110001):
            there = code < 0x110000 and not 0xD800 <= code < 0xE000 and find.match(chr(code)) is not None
            if there and start is None:
                start = code
            elif not there and start is not None:
                found.append(f"{start:x}-{code - 1:x}")
                start = None
        (ROOT / f"tests/fixtures/unicode/{name}.txt").write_text("\n".join(found) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["record"]:
        record()
        sys.exit()
    version = data.unidata_version
    doc = f"General categories of Unicode {version}, as runs."
    write("table.rs", doc, [f'pub(super) const VERSION: &str = "{version}";', f"pub(super) const RUNS: &[u8] = {literal(runs())};"])
    items = [f"pub(super) const PARTS: &[u8] = {literal(decompositions())};", f"pub(super) const CLASSES: &[u8] = {literal(classes())};"]
    write("form_table.rs", f"Decompositions and combining classes of Unicode {version}.", items)

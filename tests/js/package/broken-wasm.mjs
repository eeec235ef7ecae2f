// Real binaries made to fail for real: an export that traps, or a memory that cannot grow.

const EXPORTS = 7;
const MEMORY = 5;
const CODE = 10;
const FUNCTION = 0;

function leb(value) {
  const out = [];
  do {
    out.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value);
  return out;
}

/** Reads from `at` on. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  name() {
    const length = this.number();
    return new TextDecoder().decode(this.bytes.subarray(this.at, (this.at += length)));
  }
}

function* sections(bytes) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    yield { id, start, from: reader.at, to: (reader.at += size) };
  }
}

const section = (bytes, wanted) => [...sections(bytes)].find(({ id }) => id === wanted);

function replaced(bytes, { id, start, to }, content) {
  const head = [id, ...leb(content.length)];
  const out = new Uint8Array(start + head.length + content.length + bytes.length - to);
  out.set(bytes.subarray(0, start));
  out.set(head, start);
  out.set(content, start + head.length);
  out.set(bytes.subarray(to), start + head.length + content.length);
  return out;
}

/** Pages of 64 KiB that the module's memory begins with. */
export function leastPages(bytes) {
  // After the number of memories and the flags.
  return new Reader(bytes, section(bytes, MEMORY).from + 2).number();
}

/** The same module, whose memory never has more than `pages`. */
export function limited(bytes, pages) {
  const least = leastPages(bytes);
  if (pages < least) throw new Error(`a memory of ${least} pages cannot be limited to ${pages}`);
  return replaced(bytes, section(bytes, MEMORY), [1, 1, ...leb(least), ...leb(pages)]);
}

/** The same module, whose function exported as `name` does nothing but trap. */
export function trapping(bytes, name) {
  const exported = new Reader(bytes, section(bytes, EXPORTS).from);
  let target;
  for (let n = exported.number(); n > 0; n--) {
    const found = exported.name();
    const kind = exported.byte();
    const index = exported.number();
    if (found === name && kind === FUNCTION) target = index;
  }
  if (target === undefined) throw new Error(`no function is exported as ${name}`);
  target -= WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ kind }) => kind === 'function').length;
  const code = section(bytes, CODE);
  const reader = new Reader(bytes, code.from);
  const count = reader.number();
  const bodies = [];
  for (let i = 0; i < count; i++) {
    const start = reader.at;
    const size = reader.number();
    reader.at += size;
    // No locals, unreachable, end.
    bodies.push(i === target ? Uint8Array.of(3, 0, 0, 11) : bytes.subarray(start, reader.at));
  }
  const head = leb(count);
  const content = new Uint8Array(head.length + bodies.reduce((sum, body) => sum + body.length, 0));
  content.set(head);
  bodies.reduce((at, body) => (content.set(body, at), at + body.length), head.length);
  return replaced(bytes, code, content);
}

// Ways to write a table down.

/** Quoted where it must be (`needed`), everywhere (`all`) or never (`none`). */
function field(value, separator, quotes) {
  const text = value === null || value === undefined ? '' : String(value);
  const must = text.includes('"') || text.includes('\n') || text.includes('\r') || text.includes(separator);
  return quotes === 'all' || (quotes === 'needed' && must) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as text. */
export const text = (rows, { separator = ',', quotes = 'needed', eol = '\n' } = {}) =>
  rows.map((row) => row.map((value) => field(value, separator, quotes)).join(separator) + eol).join('');

export const lines = (objects, eol = '\n') => objects.map((object) => JSON.stringify(object) + eol).join('');

const MARK = '\ufeff';
export const marked = (plain) => MARK + plain;
export const utf16le = (plain) => Buffer.from(plain, 'utf16le');
export const utf16be = (plain) => utf16le(plain).swap16();
export const latin1 = (plain) => Buffer.from(plain, 'latin1');

/** A zstd frame of stored blocks and of blocks that repeat one byte: [bytes] or [byte, times]. RFC 8878, 3.1.1. */
export function zstd(...parts) {
  // No content size, no checksum, a window of 128 KiB.
  const out = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  const block = (last, type, size, body) => {
    const head = (size << 3) | (type << 1) | (last ? 1 : 0);
    out.push(Buffer.from([head & 255, (head >> 8) & 255, (head >> 16) & 255]), body);
  };
  const SIZE = 1 << 17;
  for (const part of parts) {
    if (Array.isArray(part)) {
      for (let left = part[1]; left > 0; left -= SIZE) block(false, 1, Math.min(left, SIZE), Buffer.from([part[0]]));
    } else {
      const bytes = Buffer.from(part);
      for (let at = 0; at < bytes.length; at += SIZE) block(false, 0, Math.min(SIZE, bytes.length - at), bytes.subarray(at, at + SIZE));
    }
  }
  block(true, 0, 0, Buffer.alloc(0));
  return Buffer.concat(out);
}

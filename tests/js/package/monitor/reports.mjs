// Reports read field by field, as docs/telemetry.md has them: a reader that shares no code with the one that wrote them.

/** The same numbers each time: the minimal standard of Park and Miller. */
export const draws = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;

const BUCKETS = 384;

/** Throws where a byte is left that is no field. `bins`: of all streams one behind the other; `rates`: how many. */
export function fieldsOf(report, { bins, rates }) {
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  let at = 0;
  const eight = () => ((at += 8), view.getBigUint64(at - 8, true));
  const count = () => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  const sparse = (length) => {
    const out = [];
    while (out.length < length) {
      const value = count();
      if (value > 0) out.push(value);
      else for (let zeros = count() + 1; zeros > 0; zeros--) out.push(0);
    }
    return out;
  };
  const letters = String.fromCharCode(...report.subarray(0, (at = 4)));
  const fields = { letters, version: count(), reference: eight(), source: eight(), sequence: count(), saturated: count(), bins: sparse(bins), rates: Array.from({ length: rates }, () => ({ events: count(), of: count() })), times: sparse(BUCKETS), digest: eight() };
  if (at !== report.length) throw new Error(`${report.length - at} bytes that are no field`);
  return fields;
}

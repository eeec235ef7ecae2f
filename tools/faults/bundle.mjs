// A bundle's parts, changed where they lie and sealed anew.
import { sealed } from '../../tests/js/package/bundles.mjs';

/** `part`: a part's bytes, to be changed; `bytes`: the file with its digest made right. */
export function opened(file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  let body = Uint8Array.from(file.subarray(8 + length));
  const manifest = JSON.parse(header.__metadata__.nearhand);
  return {
    manifest,
    part: (name) => body.subarray(...header[name].data_offsets),
    /** A part's first rows alone, of this shape: what was behind them is moved up. */
    shorten(name, shape) {
      const [from, to] = header[name].data_offsets;
      const width = (to - from) / header[name].shape.reduce((a, b) => a * b, 1);
      const end = from + width * shape.reduce((a, b) => a * b, 1);
      body = Uint8Array.from([...body.subarray(0, end), ...body.subarray(to)]);
      header[name] = { ...header[name], shape, data_offsets: [from, end] };
      for (const [other, one] of Object.entries(header)) {
        if (other !== '__metadata__' && one.data_offsets[0] >= to) header[other] = { ...one, data_offsets: one.data_offsets.map((offset) => offset - (to - end)) };
      }
    },
    bytes: () => sealed(header, manifest, body).bytes,
  };
}

/** A file with one bit of its parts turned; header and lengths are as they were. */
export function flipped(bytes) {
  const out = Uint8Array.from(bytes);
  out[out.length - 4321] ^= 8;
  return out;
}

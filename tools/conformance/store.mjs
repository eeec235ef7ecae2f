// Reads the files that store.py writes; the layout stands there. For Node and browsers alike.

const ARRAYS = {
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  i32: Int32Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
};

/** The cases of a file's bytes (an ArrayBuffer), with their tensors as views. */
export function parseCases(buffer) {
  const text = (at, length) => new TextDecoder().decode(new Uint8Array(buffer, at, length));
  if (text(0, 8) !== 'NHCASES1') throw new Error('not a file of cases');
  const length = new DataView(buffer).getUint32(8, true);
  const body = 12 + length;
  const tensor = ([name, dtype, shape, at, bytes]) => {
    const Array = ARRAYS[dtype];
    let data = null;
    if (at >= 0 && dtype === 'str') data = JSON.parse(text(body + at, bytes));
    else if (at >= 0) data = new Array(buffer, body + at, bytes / Array.BYTES_PER_ELEMENT);
    return { name, dtype, shape, data };
  };
  return JSON.parse(text(12, length)).cases.map(({ model: [at, bytes], sets, ...rest }) => ({
    ...rest,
    model: new Uint8Array(buffer, body + at, bytes),
    sets: sets.map((set) => ({ in: set.in.map(tensor), out: set.out.map(tensor) })),
  }));
}

// What a host without nearhand writes to read the bundle and to fill the graph's inputs.

const ARRAYS = { U8: Uint8Array, I8: Int8Array, U16: Uint16Array, I32: Int32Array, U32: Uint32Array, F32: Float32Array, F16: halves };
const KINDS = ['view', 'cart-add', 'cart-remove', 'purchase', 'search-click', 'impression', 'dismiss'];

export function readBundle(buffer) {
  const size = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  const { nearhand } = header.__metadata__;
  const manifest = nearhand.startsWith('{') ? JSON.parse(nearhand) : undefined;
  delete header.__metadata__;
  const tensors = {};
  for (const [name, { dtype, data_offsets: [start, end] }] of Object.entries(header)) {
    tensors[name] = new ARRAYS[dtype](buffer.slice(8 + size + start, 8 + size + end));
  }
  return { manifest, tensors };
}

/** Half-precision numbers, which browsers before 2025 have no array for: a sign, 5 bits of exponent, 10 of fraction. */
function halves(buffer) {
  return Float32Array.from(new Uint16Array(buffer), (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    return (bits >> 15 ? -1 : 1) * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
  });
}

export function encode({ feature, shape, dtype, align, offset, pad }, all, vectors, dim, tensors) {
  const wide = feature === 'item-vector';
  const window = feature === 'length' ? 1 : shape.at(wide ? -2 : -1);
  const events = feature === 'length' ? all : all.slice(-window);
  const out = new (dtype === 'f32' ? Float32Array : BigInt64Array)(wide ? window * dim : window);
  const set = (i, x) => (out[i] = dtype === 'f32' ? x : BigInt(x));
  if (feature === 'length') {
    set(0, events.length);
    return out;
  }
  if (pad) out.fill(BigInt(pad));
  const first = align === 'right' ? window - events.length : 0;
  events.forEach((event, i) => {
    const { item, kind, at, dwellMs } = event;
    if (wide) out.set(vectors.subarray(item * dim, (item + 1) * dim), (first + i) * dim);
    else if (feature === 'item-index') set(first + i, item + offset);
    else if (feature === 'mask') set(first + i, 1);
    else if (feature === 'recency') set(first + i, events.length - 1 - i);
    else if (feature === 'kind') set(first + i, KINDS.indexOf(kind));
    else if (feature === 'dwell-log') set(first + i, Math.log1p(dwellMs / 1000));
    else if (feature === 'gap-log') set(first + i, i ? Math.log1p((at - events[i - 1].at) / 1000) : 0);
    else if (feature === 'price-log') set(first + i, Math.log1p(Math.max(0, tensors['catalog.price'][item] || 0)));
    else throw new Error(`feature ${feature}`);
  });
  return out;
}

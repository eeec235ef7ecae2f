// Bundles made from another by changing its manifest and its ids, sealed anew.
import { createHash } from 'node:crypto';

/**
 * The bundle with its manifest as `edit` leaves it, and with ids renamed (old id → new id of the same length); the golden
 * sessions must do without those.
 */
export function edited(bytes, edit, ids = {}) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const body = Uint8Array.from(bytes.subarray(8 + length));
  const [from, to] = header['catalog.ids'].data_offsets;
  const text = new TextDecoder().decode(body.subarray(from, to)).split('\n');
  const renamed = new TextEncoder().encode(text.map((id) => ids[id] ?? id).join('\n'));
  if (renamed.length !== to - from) throw new Error('an id has another length');
  body.set(renamed, from);
  const manifest = JSON.parse(header.__metadata__.nearhand);
  edit(manifest);
  return sealed(header, manifest, body);
}

/** A bundle in two files, as `nearhand split` makes them. */
export function split(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__, ...parts } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const body = bytes.subarray(8 + length);
  const [shop, model] = [false, true].map((second) => {
    const [header, chunks] = [{}, []];
    let at = 0;
    const own = Object.entries(parts).filter(([name]) => ['golden.query', 'items.scales', 'items.vectors', 'model.onnx'].includes(name) === second);
    for (const [name, part] of own.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])) {
      const chunk = body.subarray(...part.data_offsets);
      header[name] = { ...part, data_offsets: [at, (at += chunk.length)] };
      chunks.push(chunk);
    }
    return { header, body: Buffer.concat(chunks) };
  });
  const file = written({ __metadata__: { nearhand: 'model' }, ...model.header }, model.body);
  const manifest = JSON.parse(__metadata__.nearhand);
  manifest.model_file = { sha256: createHash('sha256').update(file).digest('hex'), bytes: file.length };
  return { shop: sealed({ __metadata__, ...shop.header }, manifest, shop.body).bytes, model: file };
}

/** The bundle with a monitor's reference in the place of its own, or with none. */
export function withReference(bytes, reference) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__, 'monitor.reference': own, ...parts } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const [header, chunks] = [{ __metadata__ }, []];
  let at = 0;
  const add = (name, part, chunk) => {
    header[name] = { ...part, data_offsets: [at, (at += chunk.length)] };
    chunks.push(chunk);
  };
  const body = bytes.subarray(8 + length);
  for (const [name, part] of Object.entries(parts).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])) add(name, part, body.subarray(...part.data_offsets));
  if (reference) add('monitor.reference', { dtype: 'U8', shape: [reference.length] }, reference);
  return sealed(header, JSON.parse(__metadata__.nearhand), Buffer.concat(chunks)).bytes;
}

/** A safetensors file. */
function written(header, body) {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const padded = head.length + (-head.length & 7);
  const out = new Uint8Array(8 + padded + body.length).fill(32, 8 + head.length, 8 + padded);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(head, 8);
  out.set(body, 8 + padded);
  return out;
}

/** The file of these parts, with its digest in its place. */
export function sealed(header, manifest, body) {
  manifest.sha256 = '0'.repeat(64);
  const out = written({ ...header, __metadata__: { nearhand: JSON.stringify(manifest) } }, body);
  const digest = createHash('sha256').update(out).digest('hex');
  const start = 8 + '{"__metadata__":{"nearhand":"{\\"sha256\\":\\"'.length;
  out.set(new TextEncoder().encode(digest), start);
  return { bytes: out, digest };
}

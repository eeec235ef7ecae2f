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
  manifest.sha256 = '0'.repeat(64);
  header.__metadata__.nearhand = JSON.stringify(manifest);
  const head = new TextEncoder().encode(JSON.stringify(header));
  const padded = head.length + (-head.length & 7);
  const out = new Uint8Array(8 + padded + body.length).fill(32, 8 + head.length, 8 + padded);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(head, 8);
  out.set(body, 8 + padded);
  const digest = createHash('sha256').update(out).digest('hex');
  const start = 8 + '{"__metadata__":{"nearhand":"{\\"sha256\\":\\"'.length;
  out.set(new TextEncoder().encode(digest), start);
  return { bytes: out, digest };
}

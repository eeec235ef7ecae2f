// The catalog of a bundle, read without the engine: what a log or a list said of each item.
import { readFileSync } from 'node:fs';

/** { id: { title, price } } of a safetensors file. */
export function catalog(path) {
  const bytes = readFileSync(path);
  const header = Number(bytes.readBigUInt64LE(0));
  const parts = JSON.parse(bytes.toString('utf8', 8, 8 + header));
  const part = (name) => parts[name] && bytes.subarray(8 + header + parts[name].data_offsets[0], 8 + header + parts[name].data_offsets[1]);
  const words = (name) => part(name)?.toString('utf8').split('\n');
  const ids = words('catalog.ids');
  const titles = words('catalog.titles');
  const prices = part('catalog.price');
  return Object.fromEntries(ids.map((id, i) => [id, { title: titles?.[i], price: prices?.readFloatLE(i * 4) }]));
}

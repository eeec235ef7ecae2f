// The catalog of a bundle, read without the engine: what a log or a list said of each item.
import { readFileSync } from 'node:fs';

/** { id: { title, price, stock, category, brand } } of a safetensors file. */
export function catalog(path) {
  const bytes = readFileSync(path);
  const header = Number(bytes.readBigUInt64LE(0));
  const parts = JSON.parse(bytes.toString('utf8', 8, 8 + header));
  const part = (name) => parts[name] && bytes.subarray(8 + header + parts[name].data_offsets[0], 8 + header + parts[name].data_offsets[1]);
  const words = (name) => part(name)?.toString('utf8').split('\n');
  /** A column of numbers that stand for names. */
  const named = (name) => {
    const names = words(`${name}.names`);
    return (i) => names?.[part(name).readUInt16LE(i * 2)];
  };
  const [titles, price, stock] = [words('catalog.titles'), part('catalog.price'), part('catalog.stock')];
  const [category, brand] = [named('catalog.category'), named('catalog.brand')];
  const item = (i) => ({ title: titles?.[i], price: price?.readFloatLE(i * 4), stock: stock?.readInt32LE(i * 4), category: category(i), brand: brand(i) });
  return Object.fromEntries(words('catalog.ids').map((id, i) => [id, item(i)]));
}

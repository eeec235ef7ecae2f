/** The catalog of a bundle in JavaScript, most popular items first: as much of src/bundle/parts.rs as a list to show needs. */
import type { CatalogItem, Info } from '../words/types.js';

interface Part {
  readonly dtype: string;
  readonly data_offsets: readonly [number, number];
}

interface Manifest {
  readonly sha256: string;
  readonly name: string;
  readonly version: string;
  readonly created_at: string;
  readonly catalog: { readonly items: number };
  readonly metrics: Record<string, number>;
  readonly licence: string;
  readonly attribution: string;
}

export interface Rows {
  readonly bundle: Info['bundle'];
  readonly items: readonly CatalogItem[];
}

type Numbers = ArrayLike<number>;
const VIEWS: Record<string, { new (buffer: ArrayBuffer): Numbers }> = { F32: Float32Array, I32: Int32Array, U16: Uint16Array, U32: Uint32Array };

/** Throws where the bytes are no bundle; what the digest is worth, the caller knows. */
export function read(bytes: Uint8Array): Rows {
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  const header = JSON.parse(text(8, start)) as Record<string, Part> & { __metadata__: { nearhand: string } };
  const manifest = JSON.parse(header.__metadata__.nearhand) as Manifest;
  const n = manifest.catalog.items;
  const lines = (name: string): string[] | undefined => {
    const part = header[name];
    return part && text(start + part.data_offsets[0], start + part.data_offsets[1]).split('\n');
  };
  const numbers = (name: string): Numbers | undefined => {
    const part = header[name];
    const View = part && VIEWS[part.dtype];
    // Copied: the part may begin at an odd byte.
    return View && new View(bytes.slice(start + part.data_offsets[0], start + part.data_offsets[1]).buffer as ArrayBuffer);
  };
  const facet = (name: string): ((i: number) => string | undefined) => {
    const codes = numbers(name);
    const names = lines(`${name}.names`);
    return (i) => codes && names?.[codes[i]!];
  };
  const ids = lines('catalog.ids')!;
  const titles = lines('catalog.titles') ?? ids;
  const popularity = numbers('items.popularity')!;
  if (ids.length !== n || popularity.length !== n) throw new Error('malformed');
  const [price, stock] = [numbers('catalog.price'), numbers('catalog.stock')];
  const [category, brand] = [facet('catalog.category'), facet('catalog.brand')];
  const [image, url, group] = [lines('catalog.image'), lines('catalog.url'), lines('catalog.group')];
  const order = ids.map((_, i) => i).sort((a, b) => popularity[b]! - popularity[a]! || a - b);
  const items = order.map((i): CatalogItem => {
    const all: Record<string, unknown> = {
      item: ids[i],
      title: titles[i],
      price: price && price[i]! >= 0 ? Number(price[i]!.toPrecision(7)) : undefined,
      category: category(i),
      brand: brand(i),
      image: image?.[i],
      url: url?.[i],
      stock: stock && stock[i]! >= 0 ? stock[i] : undefined,
      group: group?.[i],
    };
    // What is unknown is absent.
    for (const name in all) if (all[name] === undefined || all[name] === '') delete all[name];
    return all as unknown as CatalogItem;
  });
  const { name, version, sha256, created_at, metrics, licence, attribution } = manifest;
  return { bundle: { name, version, digest: sha256, bytes: bytes.length, createdAt: created_at, items: n, licence, attribution, metrics }, items };
}

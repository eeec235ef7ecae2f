/**
 * What was probably meant where a value is refused: a number in quotes, a key by the name that other tools have for it. Part of
 * `hints.ts`, so of the entries for developers alone.
 */
import { short } from '../words/errors.js';

/** By our name: what feeds, carts and analytics call it. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  item: ['id', 'itemid', 'item_id', 'productid', 'product_id', 'sku', 'objectid', 'handle', 'variantid', 'variant_id'],
  kind: ['type', 'event', 'eventtype', 'event_type', 'action'],
  quantity: ['qty', 'count', 'amount', 'pieces'],
  at: ['time', 'timestamp', 'ts', 'date'],
  dwellMs: ['dwell', 'duration', 'dwell_ms'],
  source: ['item', 'id', 'itemid', 'item_id', 'productid', 'product_id', 'current', 'product'],
  k: ['limit', 'n', 'count', 'size', 'num', 'top', 'topk', 'length'],
  limit: ['k', 'n', 'count', 'size', 'pagesize'],
  where: ['filter', 'filters', 'facetfilters'],
  search: ['q', 'query', 'term', 'text'],
  title: ['name', 'label', 'product_name', 'producttitle'],
  price: ['sale_price', 'unit_price', 'unitprice'],
  stock: ['availability', 'inventory', 'inventory_quantity', 'instock', 'in_stock', 'quantity'],
  image: ['image_link', 'imageurl', 'image_url', 'img', 'thumbnail', 'picture', 'featured_image'],
  url: ['link', 'href', 'producturl', 'product_url', 'permalink'],
  category: ['product_type', 'categories', 'category_id', 'categoryid', 'google_product_category', 'department'],
  brand: ['vendor', 'manufacturer', 'brand_name'],
  group: ['item_group_id', 'parent_id', 'parentid', 'group_id'],
};

/** What may stand there, where the first check says only that it is a number. */
const RANGES: Readonly<Record<string, string>> = {
  'recommend.k': '1 to 100',
  'recommend.offset': '0 to 1000, with k',
  'recommend.diversity': '0 to 1',
  'recommend.minRelevance': '0 to 1',
  'recommend.rotate': 'above 0, to 1',
  'items.limit': '1 to 1000',
  'event.quantity': '1 to 65 535',
  'event.dwellMs': 'milliseconds, to 86 400 000',
  'event.at': 'milliseconds since 1970, as Date.now() gives',
};

/** What is refused: the code, and of the details what tells why. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A few words on what was probably meant; `given` is what the call was handed. */
export function meant({ code, message, details }: Refusal, given: unknown): string | undefined {
  const option = String(details['option'] ?? '');
  const key = option.replace(/^.*\./, '');
  const { value, expected, allowed, nearest } = details;
  if (code === 'unknown-option') {
    if (nearest || !Array.isArray(allowed)) return undefined;
    const ours = Object.keys(ELSEWHERE).find((name) => allowed.includes(name) && ELSEWHERE[name]!.includes(key.toLowerCase()));
    return ours && `is \`${ours}\` meant?`;
  }
  if (code !== 'invalid-option') return undefined;
  if (/ must be given$/.test(message)) return missing(option, key, given);
  if (/plain data, not Date$/.test(message)) return "a Date's getTime() is one";
  if (/not Promise$/.test(message)) return 'await it first';
  if (/^(an integer|a finite number)/.test(String(expected))) {
    const range = RANGES[option.replace(/\[\d+\]/, '').replace('recommendPage', 'recommend')];
    const words = [number(key, value), range && `it is ${range}`].filter(Boolean);
    return words.length ? words.join('; ') : undefined;
  }
  if (expected === 'true or false' && /^(true|false)$/.test(String(value))) return `without quotes: ${value}`;
  if (expected === 'an array' && typeof value === 'string') return `a list of one, too: ['${short(value)}']`;
  if (expected === 'a string' && typeof value === 'number') return `ids and names are text: '${value}'`;
  if (expected === 'a string' && object(value)) {
    const own = Object.keys(value as object).find((name) => ELSEWHERE['item']!.includes(name.toLowerCase()) || name === 'item');
    return own && `the id alone, not an object with \`${own}\``;
  }
  return undefined;
}

const object = (value: unknown): boolean => typeof value === 'object' && value !== null;

function number(key: string, value: unknown): string | undefined {
  if (typeof value === 'number') return key === 'stock' && value < 0 ? 'what is oversold has 0' : undefined;
  if (typeof value !== 'string' || !/\d/.test(value)) return undefined;
  return value.trim() !== '' && Number.isFinite(Number(value)) ? `without quotes: ${Number(value)}` : 'a number alone, without quotes, currency or a decimal comma';
}

/** What stands in the place of a key that is missing. */
function missing(option: string, key: string, given: unknown): string | undefined {
  let holder = given;
  // The first name is that of the call.
  for (const step of option.match(/[^.[\]]+/g)?.slice(1, -1) ?? []) holder = (holder as Record<string, unknown> | undefined)?.[step];
  if (typeof holder === 'string') return `as an object: { ${key}: '${short(holder)}' }`;
  if (!object(holder)) return undefined;
  const other = Object.keys(holder as object).find((name) => ELSEWHERE[key]?.includes(name.toLowerCase()));
  return other && `\`${other}\` is there; is it what belongs in \`${key}\`?`;
}

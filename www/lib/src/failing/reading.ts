/**
 * What a call hands to the shop without an engine: a plain copy of what that shop reads. Keys and types are those of the engine
 * (src/recommend/request.rs, src/event.rs, src/catalog): what the one refuses is refused by the other. Part of fallback.js.
 */
import type { NearhandError } from '../words/errors.js';

/**
 * A word a key, with what it holds: `$` text, `#` a whole number, `.` a number, `?` true or false, `*` a list of texts, `~` names,
 * `:shape` an object, `:shape*` a list of such; without a mark nobody looks. `!` at the end: it must be there.
 */
const SHAPES = {
  recommend:
    'k# offset# placement$ relation$ source$ category$ exclude* excludeItems* where:where relate:relate rules:rule* caps:caps diversity. ' +
    'minRelevance. rotate. explore:explore visitor$ curated* explain? strict? session',
  where: 'inStock? price:range stock:range category~ brand~',
  range: 'lt. lte. gt. gte.',
  names: 'in* not*',
  relate: 'category$ brand$',
  caps: 'category# brand# group#',
  explore: 'place# rate. among# seed#',
  rule: 'name$ from# until# on* source:where test:test items* where:where boost. bury. hide? pin#',
  test: 'name$ buckets# bucket#',
  items: 'where:where search$ offset# limit# strict?',
  event: 'kind$! item$! at# dwellMs# quantity# id slate rank placement propensity',
  line: 'item$! quantity#',
  delta: 'add update upsert remove',
  bucket: 'test$! visitor$! buckets#!',
} as const;

type Shape = keyof typeof SHAPES;
type Kind = readonly [expected: string, test: (value: unknown) => boolean];
/** Elements of a list, refused before any is read. */
const MOST = 10_000;

const of = (type: string) => (value: unknown): boolean => typeof value === type;
const KINDS: Readonly<Record<string, Kind>> = {
  '': ['', () => true],
  $: ['a string', of('string')],
  '?': ['true or false', of('boolean')],
  '.': ['a finite number', Number.isFinite],
  '#': ['an integer from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
};

export interface Reader {
  /** A copy. Throws `unknown-option` or `invalid-option`; whatever the value's own code throws is the latter. */
  read<T>(given: unknown, path: string, shape: Shape): T;
  /** A list of such, at most so many. */
  list<T>(given: unknown, path: string, shape: Shape, most: number): T[];
  /** The value, if it is what is wanted. */
  is<T>(value: T, path: string, expected: string, fits: boolean): T;
}

/** The class of errors is not in this file twice: one of them lends it. */
export function readerOf(like: NearhandError): Reader {
  const fail = (code: string, message: string, details: object, cause?: unknown): never => {
    throw new (like.constructor as typeof NearhandError)(code, message, { ...details }, cause);
  };
  const is: Reader['is'] = (value, path, expected, fits) =>
    fits ? value : fail('invalid-option', `${path} must be ${expected}, not ${typeof value}`, { option: path, expected });

  const as = (value: unknown, path: string, kind: string, most = MOST): unknown => {
    if (kind.endsWith('*')) {
      const each = kind.slice(0, -1) || '$';
      const { length } = is(value as unknown[], path, 'an array', Array.isArray(value));
      is(length, path, `a list of at most ${most}`, length <= most);
      // Not `map`, which passes over holes.
      return [...(value as unknown[])].map((one, i) => as(one, `${path}[${i}]`, each));
    }
    if (kind[0] === ':') return copy(value, path, kind.slice(1) as Shape);
    if (kind === '~') return typeof value === 'string' ? value : Array.isArray(value) ? as(value, path, '*') : copy(value, path, 'names');
    const [expected, test] = KINDS[kind]!;
    return is(value, path, expected, test(value));
  };
  const copy = (given: unknown, path: string, shape: Shape): object => {
    // A promise or a map has no keys, and would say nothing.
    is(given, path, 'an object', /^\[object (Object|Module)\]$/.test(Object.prototype.toString.call(given)));
    const kinds = new Map(SHAPES[shape].split(' ').map((word) => /^(\w+)(.*?)(!?)$/.exec(word)!.slice(1) as [string, string, string]).map(([key, ...of]) => [key, of]));
    const clean: Record<string, unknown> = {};
    for (const key of Object.keys(given as object)) {
      const value = (given as Record<string, unknown>)[key];
      // Without a value it says nothing.
      if (value == null) continue;
      const allowed = [...kinds.keys()];
      const [kind] = kinds.get(key) ?? fail('unknown-option', `${path} has no "${key.slice(0, 64)}". Allowed: ${allowed.join(', ')}`, { option: `${path}.${key.slice(0, 64)}`, allowed });
      clean[key] = as(value, `${path}.${key}`, kind!);
    }
    for (const [key, [, must]] of kinds) if (must && !(key in clean)) fail('invalid-option', `${path}.${key} must be given`, { option: `${path}.${key}` });
    return clean;
  };
  const safe = <T>(path: string, act: () => unknown): T => {
    try {
      return act() as T;
    } catch (error) {
      if ((error as Error)?.name === like.name) throw error;
      return fail('invalid-option', `${path} could not be read: ${(error as Error)?.message}`, { option: path }, error);
    }
  };
  return {
    is,
    read: (given, path, shape) => safe(path, () => copy(given, path, shape)),
    list: (given, path, shape, most) => safe(path, () => as(given, path, `:${shape}*`, most)),
  };
}

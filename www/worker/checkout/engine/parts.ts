/**
 * A hot terminal's windows over several objects. Each shard counts the cards that are its own, and instead of means, shares and risks it
 * tells what they are made of: whole numbers, which add up. A card is in one shard always, so different cards add up as well. What comes out
 * is what one object would say, bit for bit, as each quotient is made of the same whole numbers and rounded once.
 *
 * What does not add up is refused where a terminal is declared hot: standard deviations and entropies (their squares and bins are no
 * features), different values of anything but cards, the share of labels that are known.
 */
import { Refused } from '../words/refused.js';
import type { Declared, Feature } from './declared.js';

type Values = Readonly<Record<string, number>>;

/** What a merged feature is made of. `all`: the part of this shard with the event itself, and those of its siblings without it. */
type Merge = (all: (part: string) => number[], done: Values, amount: number) => number | undefined;

export class Parts {
  /** What a shard counts: features of its own declaration. */
  readonly features: Feature[] = [];
  readonly #merges: { readonly name: string; readonly missing: number; readonly merge: Merge }[] = [];
  readonly #names = new Map<string, string>();
  readonly #one: number;

  constructor({ windows, currencies }: Declared) {
    const [amount] = windows.amounts;
    this.#one = 10 ** (amount?.decimals ?? 2);
    const sides = new Set<string>();
    for (const feature of windows.features) {
      // Of the card's windows, or of both: not made here.
      if (feature.key === 'card' || (feature.kind === 'ratio' && !(sides.has(feature.over ?? '') && sides.has(feature.under ?? '')))) continue;
      sides.add(feature.name);
      this.#merges.push({ name: feature.name, missing: feature.missing === 'nan' ? Number.NaN : (feature.missing ?? 0), merge: this.#merge(feature) });
    }
    if (currencies.size > 1) throw hot('currencies', 'has several currencies');
  }

  /** The terminal's features, of this shard's parts and its siblings'. `amount` in units of the windows. */
  merge(own: Values, others: readonly Values[], amount: number): Record<string, number> {
    const all = (part: string): number[] => [own[part] ?? Number.NaN, ...others.map((one) => one[without(part)] ?? Number.NaN)];
    const done: Record<string, number> = {};
    for (const { name, missing, merge } of this.#merges) done[name] = merge(all, done, amount) ?? missing;
    return done;
  }

  #merge(feature: Feature): Merge {
    const { kind, name } = feature;
    if (feature.key === undefined && kind !== 'ratio') {
      const own = this.#part({ ...feature, name: '' });
      return (all) => all(own)[0];
    }
    const at = { key: 'terminal', window: feature.window ?? 0, delay: feature.delay ?? 0, ...(feature.current === undefined ? {} : { current: feature.current }) };
    const count = () => this.#part({ name: '', kind: 'count', ...at });
    const units = () => this.#part({ name: '', kind: 'sum', of: feature.of ?? '', ...at });
    const whole = (all: number[]): number => all.reduce((sum, value) => sum + Math.round(value * this.#one), 0);
    switch (kind) {
      case 'count':
      case 'frauds': {
        const part = this.#part({ ...feature, name: '' });
        return (all) => sum(all(part));
      }
      case 'distinct': {
        if (feature.of !== 'card') break;
        const part = this.#part({ ...feature, name: '' });
        return (all) => sum(all(part));
      }
      case 'sum': {
        const part = units();
        return (all) => whole(all(part)) / this.#one;
      }
      case 'mean': {
        const [n, total] = [count(), units()];
        return (all) => quotient(whole(all(total)), sum(all(n)) * this.#one);
      }
      case 'to_mean': {
        const [n, total] = [count(), units()];
        return (all, _, amount) => quotient(amount * sum(all(n)), whole(all(total)));
      }
      case 'min':
      case 'max': {
        const part = this.#part({ ...feature, name: '', missing: 'nan' });
        return (all) => extreme(all(part), kind === 'min');
      }
      case 'share': {
        const [of, n] = [this.#part({ name: '', kind: 'count', of: feature.of ?? '', ...at }), count()];
        return (all) => quotient(sum(all(of)), sum(all(n)));
      }
      case 'risk': {
        if (feature.of === 'labelled') break;
        const [frauds, n] = [this.#part({ name: '', kind: 'frauds', ...at }), count()];
        return (all) => quotient(sum(all(frauds)), sum(all(n)));
      }
      case 'since': {
        const part = this.#part({ name: '', kind: 'since', key: 'terminal', missing: 'nan' });
        return (all) => extreme(all(part), true);
      }
      case 'ratio': {
        const { over = '', under = '' } = feature;
        return (_, done) => quotient(done[over] ?? Number.NaN, done[under] ?? Number.NaN);
      }
    }
    throw hot(name, `has ${kind}${feature.of ? ` of ${feature.of}` : ''} at terminals, which does not add up over shards`);
  }

  /** A feature of the shards, once however often it is wanted; where the event itself counts also without it, for the siblings. */
  #part(feature: Feature): string {
    const what = JSON.stringify(Object.entries(feature).sort());
    let name = this.#names.get(what);
    if (name === undefined) {
      name = `part_${this.#names.size}`;
      this.#names.set(what, name);
      this.features.push({ ...feature, name });
      const windowed = feature.window !== undefined;
      if (feature.key) this.features.push({ ...feature, name: without(name), ...(windowed ? { current: false } : {}) });
    }
    return name;
  }
}

const without = (part: string): string => `${part}_without`;
const sum = (all: readonly number[]): number => all.reduce((total, value) => total + value, 0);
/** Both are whole numbers that a float has, or the windows' own floats: one division rounds once. */
const quotient = (over: number, under: number): number | undefined => (under !== 0 && !Number.isNaN(over) && !Number.isNaN(under) ? over / under : undefined);
const extreme = (all: readonly number[], least: boolean): number | undefined => {
  const there = all.filter((value) => !Number.isNaN(value));
  return there.length ? Math[least ? 'min' : 'max'](...there) : undefined;
};
const hot = (field: string, message: string): Refused => new Refused('settings-invalid', `a terminal is declared hot, and the bundle ${message}`, { field: `BUNDLE.windows.${field}` });

/** The bundle with other windows: the same model and parts, and a digest of its own, as the file is another one. */
export async function withWindows(bundle: Uint8Array, windows: Declared['windows'], features: readonly Feature[]): Promise<Uint8Array<ArrayBuffer>> {
  const size = Number(new DataView(bundle.buffer, bundle.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + size))) as Record<string, unknown> & { __metadata__: { nearhand: string } };
  const manifest = JSON.parse(header.__metadata__.nearhand) as { sha256: string; spec: { windows: string } };
  manifest.spec.windows = JSON.stringify({ ...windows, features });
  const file = (sha256: string): Uint8Array<ArrayBuffer> => {
    const text = JSON.stringify({ ...header, __metadata__: { ...header.__metadata__, nearhand: JSON.stringify({ ...manifest, sha256 }) } });
    const bytes = new TextEncoder().encode(text);
    // The data begin at a multiple of eight.
    const padded = Math.ceil(bytes.length / 8) * 8;
    const whole = new Uint8Array(8 + padded + bundle.length - 8 - size).fill(0x20, 8, 8 + padded);
    new DataView(whole.buffer).setBigUint64(0, BigInt(padded), true);
    whole.set(bytes, 8);
    whole.set(bundle.subarray(8 + size), 8 + padded);
    return whole;
  };
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file('0'.repeat(64))));
  return file(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''));
}

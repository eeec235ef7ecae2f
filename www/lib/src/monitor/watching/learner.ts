/** What is seen until it is enough for a reference. */
import type { Role } from '../reading/facts.js';
import { cut } from '../reading/names.js';
import type { Glue } from '../running/glue.js';

const MOST_STREAMS = 128;
const MOST_RATES = 32;
/** A stream or rate of fewer is left out. */
const LEAST = 100;
const ROLES: readonly Role[] = ['input', 'score', 'slate'];

interface Seen {
  readonly role: Role;
  readonly importance: number;
  readonly numbers: number[];
  readonly names: string[];
  missing: number;
}

export class Learner {
  readonly #streams = new Map<string, Seen>();
  readonly #rates = new Map<string, { events: number; of: number }>();
  #most = 0;

  /** How many observations the longest has. */
  get most(): number {
    return this.#most;
  }

  value(name: string, role: Role, value: unknown, importance = 1): void {
    let seen = this.#streams.get(name);
    if (!seen) {
      if (this.#streams.size === MOST_STREAMS) return;
      this.#streams.set(name, (seen = { role, importance, numbers: [], names: [], missing: 0 }));
    }
    if (typeof value === 'number' && !Number.isNaN(value)) seen.numbers.push(value);
    else if (typeof value === 'string' || typeof value === 'boolean') seen.names.push(cut(String(value)));
    else seen.missing += 1;
    this.#most = Math.max(this.#most, seen.numbers.length + seen.names.length + seen.missing);
  }

  rate(name: string, events: number, of: number): void {
    let rate = this.#rates.get(name);
    if (!rate) {
      if (this.#rates.size === MOST_RATES) return;
      this.#rates.set(name, (rate = { events: 0, of: 0 }));
    }
    rate.events += events;
    rate.of += of;
    this.#most = Math.max(this.#most, rate.of);
  }

  /** The reference. What a stream has of the other kind, numbers among names, is missing. */
  bytes(glue: Glue, least = LEAST): Uint8Array<ArrayBuffer> {
    const learn = new glue.Learn();
    for (const [name, { role, importance, numbers, names, missing }] of this.#streams) {
      if (numbers.length + names.length + missing < least) continue;
      const gone = missing + Math.min(numbers.length, names.length);
      const place = ROLES.indexOf(role);
      if (names.length > numbers.length) learn.names(name, place, importance, names, gone);
      else learn.numbers(name, place, importance, Float64Array.from([...numbers, ...Array<number>(gone).fill(NaN)]));
    }
    for (const [name, { events, of }] of this.#rates) if (of >= least) learn.rate(name, events, of);
    return learn.bytes();
  }
}

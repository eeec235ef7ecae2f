/** crates/monitor-wasm, one name for one name. */
import type { AnyGlue } from '../../files/instance.js';

/** As the engine tells an alert: bins by their places. */
export interface ToldAlert {
  readonly code: string;
  readonly subject: string;
  readonly level: string;
  readonly value: number;
  readonly threshold: number;
  readonly seen: number;
  readonly evidence: number | null;
  readonly psi: number | null;
  readonly ratio: number | null;
  readonly factor: number | null;
  readonly moved: readonly { readonly bin: number; readonly reference: number; readonly current: number }[];
  readonly advice: string;
}

export interface ToldStream {
  readonly name: string;
  readonly role: 'input' | 'score' | 'slate';
  readonly weight: number;
  readonly kind: 'numbers' | 'names' | 'indexes';
  /** Edges, names, or how many. */
  readonly bins: Float64Array | readonly string[] | number;
  readonly observations: number;
}

export interface Told {
  readonly streams: readonly ToldStream[];
  readonly rates: readonly { readonly name: string; readonly events: number; readonly of: number }[];
}

export interface Watch {
  number(stream: number, value: number): boolean;
  name(stream: number, place: number): boolean;
  occasion(rate: number, happened: boolean): void;
  occasions(rate: number, events: number, of: number): void;
  took(micros: number): void;
  slate(context: string, items: string): void;
  golden(): void;
  look(now: number): ToldAlert[];
  standing(): string | undefined;
  states(): string[];
  absorb(report: Uint8Array): boolean;
  take(bins: Float64Array, rates: Float64Array, tell: boolean): void;
  told(): Told;
  changes(stream: number): boolean;
  count(counts: boolean): void;
  tell(rate: number, happened: boolean): void;
  report(source: number): Uint8Array<ArrayBuffer> | undefined;
  forget(all: boolean): void;
}

export interface Outcomes {
  tell(probability: number, happened?: boolean): boolean;
  look(): ToldAlert[];
  figures(): Float64Array;
  free(): void;
}

export interface Counter {
  absorb(report: Uint8Array): boolean;
  report(source: number): Uint8Array<ArrayBuffer> | undefined;
  forget(): void;
  counts(stream: number): Float64Array;
  happened(rate: number): Float64Array;
  times(): { readonly count: number; readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  free(): void;
}

export interface Learn {
  numbers(name: string, role: number, importance: number, sample: Float64Array): void;
  names(name: string, role: number, importance: number, sample: readonly string[], missing: number): void;
  rate(name: string, events: number, of: number): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

export interface Credit {
  show(slate: number, at: number, items: Uint32Array, propensities: Float64Array, influenced: boolean): void;
  click(slate: number | undefined, item: number, at: number, trusted: boolean): Float64Array;
  buy(item: number, at: number, trusted: boolean): Float64Array;
  settle(now: number): Float64Array;
  refused(): Float64Array;
}

export interface Policy {
  add(rows: Float64Array): void;
  told(alpha: number): unknown;
}

export interface Places {
  add(item: number, place: number, shown: number, clicked: number): void;
  told(): readonly { readonly place: number; readonly relative: number | null; readonly shown: number; readonly clicked: number }[];
}

export interface Duel {
  slates(one: Uint32Array, ones: Float64Array, two: Uint32Array, twos: Float64Array, took: number, tookChallenger: number): void;
  decisions(one: number, two: number, amount: number): void;
  asked(failed: boolean): void;
  rewards(champion: number, challenger: number): void;
  verdict(): string;
  told(): unknown;
}

export interface Glue extends AnyGlue {
  readonly Watch: new (reference: Uint8Array, settings: Float64Array, bets: boolean) => Watch;
  readonly Outcomes: new (settings: Float64Array, alarms: boolean, changes: boolean) => Outcomes;
  readonly Counter: new (reference: Uint8Array) => Counter;
  readonly Learn: new () => Learn;
  readonly Credit: new (clickWithin: number, purchaseWithin: number, mostSlates: number, mostPerItem: number) => Credit;
  readonly Policy: new (cap: number) => Policy;
  readonly Places: new (most: number) => Places;
  readonly Duel: new (alpha: number, margin: number, least: number, failures: number) => Duel;
}

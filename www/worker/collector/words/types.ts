/** What goes from the worker to its object and back: plain values alone, as they are copied. */
import type { Alert, Level } from 'nearhand/monitor';
import type { Refusal } from '../../checkout/words/refused.js';

/** Which reference is meant: its digest as 16 hex digits, as its reports have it. */
export type Digest = string;

export type Added = { readonly fresh: boolean; readonly refusal?: undefined } | { readonly refusal: Refusal };

export interface Period {
  /** When it began, Unix milliseconds. */
  readonly begin: number;
  readonly reports: number;
  /** Whether nothing more comes to it. */
  readonly closed: boolean;
}

export interface ToldAlert extends Alert {
  /** Of the period in which it was told. */
  readonly begin: number;
}

/** By the names of streams and of rates: one of each may have the same. */
export interface States {
  readonly streams: Readonly<Record<string, string>>;
  readonly rates: Readonly<Record<string, string>>;
}

export interface Standing {
  readonly reference: Digest;
  /** The worst of what stands by the last closed period; `null` while nothing does, and with `EPSILON`. */
  readonly standing: Level | null;
  /** Those of the periods that are kept, the oldest first. */
  readonly alerts: readonly ToldAlert[];
  readonly states: States;
  readonly reports: number;
  /** The last closed period that was looked at. */
  readonly upTo: number | null;
  readonly refused: Readonly<Record<string, number>>;
}

export interface Sums extends Standing {
  readonly rates: readonly { readonly name: string; readonly of: number; readonly share: number | null; readonly low: number | null; readonly high: number | null }[];
  readonly streams: readonly { readonly name: string; readonly bins: readonly { readonly values: string; readonly count: number }[] }[];
  readonly times: { readonly count: number; readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
}

/** The object as the worker sees it. */
export interface SumStub {
  add(digest: Digest, report: Uint8Array): Promise<Added>;
  periods(digest: Digest): Promise<readonly Period[]>;
  /** A period's sum as a report; without `begin` that of all closed ones. */
  report(digest: Digest, begin: number | undefined): Promise<Uint8Array | null>;
  standing(digest: Digest): Promise<Standing>;
  sums(digest: Digest): Promise<Sums>;
}

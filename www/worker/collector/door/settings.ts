/** The worker's settings: read once, refused with their place. */
import { Refused, shown } from '../../checkout/words/refused.js';
import { MOST_PERIODS } from '../words/limits.js';
import type { Digest, SumStub } from '../words/types.js';

/** Bytes, base64 of them, or a service that answers with them. */
type Source = string | ArrayBuffer | { fetch(url: string): Promise<Response> };

export interface Env {
  readonly SUMS: DurableObjectNamespace<unknown>;
  /** The reference that reports are counted on, as `nearhand monitor-reference` made it. */
  readonly REFERENCE?: Source;
  /** The one before: pages that are open longer still report on it. */
  readonly PREVIOUS?: Source;
  /** Who may read, and who may report without an origin: JSON, see README.md. */
  readonly TOKENS?: string;
  /** Origins of the pages that report, with commas between; `*` for any. Default none. */
  readonly ORIGINS?: string;
  /** Reports a second, and at once, of one sender, in each isolate. Default 0.5 and 20. */
  readonly RATE?: string;
  readonly BURST?: string;
  /** The header that has the sender's address. Default `cf-connecting-ip`. */
  readonly SENDER_HEADER?: string;
  /** How long a period is that is summed and bet on as one, milliseconds, 1,000 to a day. Default an hour. */
  readonly PERIOD_MS?: string;
  /** Days that periods are kept, 20,000 periods at most. Default 90. */
  readonly KEEP_DAYS?: string;
  /** That of the pages, where their reports are deniable. Nothing is bet on then. */
  readonly EPSILON?: string;
}

export const SCOPES = ['report', 'read'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Settings {
  readonly tokens: readonly { readonly sha256: Uint8Array; readonly scopes: readonly Scope[] }[];
  /** `null` for any. */
  readonly origins: ReadonlySet<string> | null;
  readonly rate: number;
  readonly burst: number;
  readonly senderHeader: string;
  readonly period: number;
  readonly keep: number;
  readonly epsilon: number | undefined;
}

const wrong = (field: string, message: string, value?: unknown): Refused => new Refused('settings-invalid', message, { field, ...(value === undefined ? {} : { value: shown(value) }) });

const read = new WeakMap<Env, Settings>();

/** The settings of an environment. Throws `settings-invalid`. */
export function settingsOf(env: Env): Settings {
  const known = read.get(env);
  if (known) return known;
  const origins = (env.ORIGINS ?? '').split(',').map((one) => one.trim()).filter(Boolean);
  for (const one of origins) if (one !== '*' && (!URL.canParse(one) || new URL(one).origin !== one)) throw wrong('ORIGINS', 'origins as browsers send them, https://shop.example, with commas between; or *', one);
  const period = number('PERIOD_MS', env.PERIOD_MS, 3_600_000, 1_000, 86_400_000);
  const settings: Settings = {
    tokens: tokensOf(env.TOKENS),
    origins: origins.includes('*') ? null : new Set(origins),
    rate: number('RATE', env.RATE, 0.5, 1e-3, 1e6),
    burst: number('BURST', env.BURST, 20, 1, 1e6),
    senderHeader: env.SENDER_HEADER || 'cf-connecting-ip',
    period,
    keep: Math.min(number('KEEP_DAYS', env.KEEP_DAYS, 90, 1, 3650) * 86_400_000, period * MOST_PERIODS),
    epsilon: env.EPSILON ? number('EPSILON', env.EPSILON, 1, 1e-3, 10) : undefined,
  };
  read.set(env, settings);
  return settings;
}

function number(field: string, text: string | undefined, otherwise: number, least: number, most: number): number {
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!(value >= least && value <= most)) throw wrong(field, `a number from ${least} to ${most}`, text);
  return value;
}

function tokensOf(text: string | undefined): Settings['tokens'] {
  const shape = 'JSON: [{"sha256": "…", "scopes": ["read"]}]';
  let told: unknown;
  try {
    told = JSON.parse(text || '[]');
  } catch {
    throw wrong('TOKENS', shape);
  }
  // Without what stands there: it may be the token itself, and anybody reads this.
  if (!Array.isArray(told)) throw wrong('TOKENS', shape);
  return told.map((one: unknown, at) => {
    const { sha256, scopes, ...rest } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    const [unknown] = Object.keys(rest);
    if (unknown) throw wrong(`TOKENS[${at}]`, 'known keys are sha256, scopes');
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) throw wrong(`TOKENS[${at}].sha256`, 'the SHA-256 of the token, 64 hex digits: never the token itself');
    const fits = Array.isArray(scopes) && scopes.length > 0 && scopes.every((scope) => (SCOPES as readonly unknown[]).includes(scope));
    if (!fits) throw wrong(`TOKENS[${at}].scopes`, `any of ${SCOPES.join(', ')}`, scopes ?? '');
    return { sha256: Uint8Array.from(sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)), scopes: scopes as Scope[] };
  });
}

/** A reference and its digest (FNV-1a of its bytes), as its reports name it. */
export interface Known {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

const opened = new WeakMap<Env, Promise<readonly [Known, ...Known[]]>>();

/** The references, the current one first. Whoever comes first opens them; where that fails the next one tries again. */
export async function referencesOf(env: Env): Promise<readonly [Known, ...Known[]]> {
  const known = opened.get(env) ?? open(env);
  opened.set(env, known);
  try {
    return await known;
  } catch (error) {
    opened.delete(env);
    throw error;
  }
}

async function open(env: Env): Promise<readonly [Known, ...Known[]]> {
  if (!env.REFERENCE) throw wrong('REFERENCE', 'a reference of nearhand monitor-reference: its bytes, base64 of them, or a service');
  return [await referenceOf('REFERENCE', env.REFERENCE), ...(env.PREVIOUS ? [await referenceOf('PREVIOUS', env.PREVIOUS)] : [])];
}

async function referenceOf(field: string, source: Source): Promise<Known> {
  let bytes: Uint8Array;
  try {
    if (typeof source === 'string') bytes = Uint8Array.from(atob(source.trim()), (c) => c.charCodeAt(0));
    else bytes = new Uint8Array(source instanceof ArrayBuffer ? source : await (await source.fetch('https://reference/')).arrayBuffer());
  } catch (error) {
    throw wrong(field, `it could not be read: ${shown((error as Error | null)?.message)}`);
  }
  if (!(bytes.length > 13 && bytes.length <= 131_072)) throw wrong(field, 'a reference, of 128 KiB at most', `${bytes.length} bytes`);
  const digest = bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn, 0xcbf29ce484222325n);
  return { digest: digest.toString(16).padStart(16, '0'), bytes };
}

/** The object that sums the reports on a reference. */
export const sumOf = ({ SUMS }: Env, digest: Digest): SumStub => SUMS.get(SUMS.idFromName(digest)) as SumStub;

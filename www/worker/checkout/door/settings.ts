/** The worker's settings: read once, refused with their place. */
import { MOST_SHARDS } from '../words/limits.js';
import { Refused, shown } from '../words/refused.js';

export interface Env {
  readonly CARDS: DurableObjectNamespace<unknown>;
  readonly TERMINALS: DurableObjectNamespace<unknown>;
  readonly REGISTERS: DurableObjectNamespace<unknown>;
  readonly QUEUES: DurableObjectNamespace<unknown>;
  /** Who may call: JSON, see README.md. */
  readonly TENANTS?: string;
  /** Secret of at least 32 bytes, by which cards and terminals become references. Another one is another world: all windows begin anew. */
  readonly NAMES_KEY?: string;
  /** Another bundle than the shipped one: its bytes, or a service that answers with them. */
  readonly BUNDLE?: ArrayBuffer | { fetch(url: string): Promise<Response> };
  /** SHA-256 that the bundle must have, hex. */
  readonly BUNDLE_SHA256?: string;
  /** Address of the signed statement of the bundle (`nearhand sign`): what it does not vouch for is not opened. With BUNDLE, of that. */
  readonly STATEMENT?: string;
  /** Public keys, `ed25519:…`, one space between two, and the name that the statement must have. */
  readonly TRUST_KEYS?: string;
  readonly TRUST_NAME?: string;
  /** The lowest sequence that is taken: an isolate that begins anew has seen nothing. */
  readonly TRUST_LOWEST?: string;
  /** What is decided where no bundle can be opened, which would say it itself. Default `review`. */
  readonly FALLBACK?: string;
  /** How long terminal and register may take, milliseconds. Default 500. */
  readonly PATIENCE_MS?: string;
  /** `host` (default): times are held against the worker's clock. `events`: against other events alone, as when a log is played in. */
  readonly CLOCK?: string;
  /** Days that transactions are kept. Default 90, at least 1. */
  readonly KEEP_DAYS?: string;
  /** How old the siblings' counts of a hot terminal may be, milliseconds. Default 250; 0 asks them each time. */
  readonly HOT_MS?: string;
  /** Name of the tenant that the demo's checkout page pays as. Default none: there is no demo. */
  readonly DEMO?: string;
}

export const SCOPES = ['assess', 'label', 'review', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Tenant {
  readonly name: string;
  /** SHA-256 of each token, and what it may do. */
  readonly tokens: readonly { readonly sha256: Uint8Array; readonly scopes: readonly Scope[] }[];
  /** Requests a second and at once. */
  readonly rate: number;
  readonly burst: number;
  /** Lists of the bundle by name, their keys as they are sent. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Hot terminals, and over how many objects each is spread. */
  readonly hot: ReadonlyMap<string, number>;
}

export interface Settings {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly namesKey: string;
  readonly fallback: 'approve' | 'review' | 'decline';
  readonly patience: number;
  readonly hostClock: boolean;
  readonly keep: number;
  readonly hotFresh: number;
  readonly demo: string | undefined;
}

const wrong = (field: string, message: string, value?: unknown): Refused =>
  new Refused('settings-invalid', message, { field, ...(value === undefined ? {} : { value: shown(value) }) });

/** The worker and each object may have an environment of its own, of the same settings. */
const read = new WeakMap<Env, Settings>();

/** The settings of an environment. Throws `settings-invalid`: a worker that is set up wrongly judges nothing. */
export function settingsOf(env: Env): Settings {
  const known = read.get(env);
  if (known) return known;
  if (!env.NAMES_KEY || new TextEncoder().encode(env.NAMES_KEY).length < 32) throw wrong('NAMES_KEY', 'a secret of at least 32 bytes');
  const fallback = env.FALLBACK ?? 'review';
  if (fallback !== 'approve' && fallback !== 'review' && fallback !== 'decline') throw wrong('FALLBACK', 'approve, review or decline', fallback);
  const clock = env.CLOCK ?? 'host';
  if (clock !== 'host' && clock !== 'events') throw wrong('CLOCK', 'host or events', clock);
  const tenants = tenantsOf(env.TENANTS);
  if (env.DEMO && !tenants.has(env.DEMO)) throw wrong('DEMO', 'no tenant of that name', env.DEMO);
  const settings: Settings = {
    tenants,
    namesKey: env.NAMES_KEY,
    fallback,
    patience: number('PATIENCE_MS', env.PATIENCE_MS, 500, 1, 30_000),
    hostClock: clock === 'host',
    keep: number('KEEP_DAYS', env.KEEP_DAYS, 90, 1, 3650) * 86_400_000,
    hotFresh: number('HOT_MS', env.HOT_MS, 250, 0, 60_000),
    demo: env.DEMO || undefined,
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

function tenantsOf(text: string | undefined): Map<string, Tenant> {
  let told: unknown;
  try {
    told = JSON.parse(text ?? '');
  } catch {
    throw wrong('TENANTS', 'JSON: {"NAME": {"tokens": [{"sha256": "…", "scopes": ["assess"]}]}}');
  }
  const tenants = new Map<string, Tenant>();
  for (const [name, one] of Object.entries(object('TENANTS', told))) {
    const at = `TENANTS.${name}`;
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw wrong(at, 'a name of lower case letters, digits and hyphens, at most 63');
    const { tokens, rate, burst, lists, hot, ...rest } = object(at, one);
    const [unknown] = Object.keys(rest);
    if (unknown) throw wrong(`${at}.${unknown}`, 'known keys are tokens, rate, burst, lists, hot');
    if (!Array.isArray(tokens) || tokens.length === 0) throw wrong(`${at}.tokens`, 'a list of at least one token');
    const perSecond = between(`${at}.rate`, rate ?? 100, 1e-3, 1e6);
    tenants.set(name, {
      name,
      tokens: tokens.map((token, i) => tokenOf(`${at}.tokens[${i}]`, token)),
      rate: perSecond,
      burst: between(`${at}.burst`, burst ?? Math.max(1, perSecond), 1, 1e6),
      lists: Object.fromEntries(Object.entries(object(`${at}.lists`, lists ?? {})).map(([list, keys]) => [list, texts(`${at}.lists.${list}`, keys)])),
      hot: new Map(Object.entries(object(`${at}.hot`, hot ?? {})).map(([terminal, shards]) => [terminal, between(`${at}.hot.${terminal}`, shards, 2, MOST_SHARDS, true)])),
    });
  }
  if (tenants.size === 0) throw wrong('TENANTS', 'at least one tenant');
  return tenants;
}

function tokenOf(at: string, value: unknown): Tenant['tokens'][number] {
  const { sha256, scopes, ...rest } = object(at, value);
  const [unknown] = Object.keys(rest);
  if (unknown) throw wrong(`${at}.${unknown}`, 'known keys are sha256, scopes');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) throw wrong(`${at}.sha256`, 'the SHA-256 of the token, 64 hex digits: never the token itself');
  const all = texts(`${at}.scopes`, scopes);
  const strange = all.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (strange !== undefined || all.length === 0) throw wrong(`${at}.scopes`, `any of ${SCOPES.join(', ')}`, strange ?? '');
  return { sha256: Uint8Array.from(sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)), scopes: all as Scope[] };
}

function object(at: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'an object', value);
  return value as Record<string, unknown>;
}

function texts(at: string, value: unknown): string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) throw wrong(at, 'a list of texts');
  return value as string[];
}

function between(at: string, value: unknown, least: number, most: number, whole = false): number {
  if (typeof value !== 'number' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) throw wrong(at, `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`, value);
  return value;
}

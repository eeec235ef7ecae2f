/** What the worker has to know of a bundle's declaration, read of its header. */
import { Refused } from '../words/refused.js';
import type { Decision } from '../words/types.js';

export interface Declared {
  readonly name: string;
  /** When it was made: `2026-11-29`. */
  readonly created: string;
  readonly fallback: Decision;
  /** Codes, and the decimals of their minor unit. */
  readonly currencies: ReadonlyMap<string, number>;
  /** Texts of a transaction that rules look at. */
  readonly fields: readonly string[];
  /** Flags of an event, as `declined`. */
  readonly flags: readonly string[];
  /** Lists by name: keys of the bundle, and whether they are cards, terminals or something else. */
  readonly lists: ReadonlyMap<string, { readonly of: string; readonly keys: readonly string[] }>;
  /** Codes of the rules that look at no feature: they hold or not, whatever the windows say. */
  readonly plain: ReadonlySet<string>;
  /** The windows, as they are declared. */
  readonly windows: Windows;
  /** How far back they look, milliseconds. */
  readonly reach: number;
}

/** A feature of the windows. */
export interface Feature {
  readonly name: string;
  readonly kind: string;
  readonly key?: string;
  readonly of?: string;
  readonly window?: string | number;
  readonly delay?: string | number;
  readonly current?: boolean;
  readonly missing?: number | 'nan';
  readonly over?: string;
  readonly under?: string;
}

export interface Windows {
  readonly time: string;
  readonly id?: string;
  readonly keys: readonly string[];
  readonly amounts: readonly { readonly name: string; readonly decimals?: number }[];
  readonly flags?: readonly string[];
  readonly features: readonly Feature[];
}

interface Manifest {
  readonly task: string;
  readonly name: string;
  readonly created_at: string;
  readonly spec: {
    readonly fields?: readonly string[];
    readonly currencies?: readonly { readonly code: string; readonly decimals?: number }[];
    readonly fallback?: Decision;
    readonly lists?: readonly { readonly name: string; readonly keys?: readonly string[] }[];
    readonly rules?: readonly { readonly code: string; readonly when: readonly { readonly field?: string; readonly feature?: string; readonly in?: string; readonly not_in?: string }[] }[];
    readonly windows?: string;
  };
}

/** The declaration of a bundle that the engine has opened: its digest was checked, so its header is as it was packed. */
export function declaredOf(bundle: Uint8Array): Declared {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + Number(view.getBigUint64(0, true))))) as { __metadata__: { nearhand: string } };
  const { name, created_at, spec } = JSON.parse(header.__metadata__.nearhand) as Manifest;
  if (!spec.windows) throw unfit('windows', 'declares no windows: pack it with --windows');
  const windows = JSON.parse(spec.windows) as Windows;
  if ([...windows.keys].sort().join() !== 'card,terminal') throw unfit('windows.keys', 'has to have the keys card and terminal', windows.keys.join());
  if (windows.id !== 'id' || windows.time !== 'time') throw unfit('windows.id', 'has to name its id and time so');
  if (windows.amounts.length !== 1 || windows.amounts[0]?.name !== 'amount') throw unfit('windows.amounts', 'has to have one amount, of that name');
  if (!spec.currencies?.length) throw unfit('currencies', 'declares no currency');
  const rules = spec.rules ?? [];
  const of = (list: string): string => rules.flatMap(({ when }) => when).find((one) => one.in === list || one.not_in === list)?.field ?? '';
  return {
    name,
    created: created_at,
    fallback: spec.fallback ?? 'review',
    currencies: new Map(spec.currencies.map(({ code, decimals }) => [code, decimals ?? 2])),
    fields: spec.fields ?? [],
    flags: windows.flags ?? [],
    lists: new Map((spec.lists ?? []).map((list) => [list.name, { of: of(list.name), keys: list.keys ?? [] }])),
    plain: new Set(rules.filter(({ when }) => when.every(({ feature }) => feature === undefined)).map(({ code }) => code)),
    windows,
    reach: Math.max(0, ...windows.features.map(({ window, delay }) => millis(window) + millis(delay))),
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration of a declaration: `7d`, or milliseconds. */
export function millis(duration: string | number | undefined): number {
  const [, count = '0', unit = 'ms'] = /^(\d+)(ms|[smhdw])?$/.exec(String(duration ?? 0)) ?? [];
  return Number(count) * (UNITS[unit] ?? 1);
}

const unfit = (field: string, message: string, value?: string): Refused => new Refused('settings-invalid', `the bundle ${message}`, { field: `BUNDLE.${field}`, ...(value === undefined ? {} : { value }) });

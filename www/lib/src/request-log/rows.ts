/** Rows: what was asked, what of it went into the answer, and the answer. Of each field, docs/telemetry.md. */
import type { SessionEvent, Slate, Widget } from '../words/types.js';
import type { Answered, LoggedLifetimes } from './public.js';

/** Of both kinds of rows. */
const VERSION = 1;

/** JSON has no NaN, which is nothing, and no infinities, which are. Numbers have the fewest digits that are read back as the same. */
const number = (value: number): number | string | null => (Number.isFinite(value) ? value : value === value ? String(value) : null);
/** The digits of a single float. */
const single = (value: number): number => Number(value.toPrecision(9));
/** Half a character has no form in UTF-8: the shop reads it so. */
const formed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/** What an assessor's row is made of. */
export interface Judgement {
  readonly bundle: string;
  /** The field of the id, and the id. */
  readonly field: string;
  readonly id: string;
  /** The transaction's own time. */
  readonly time: unknown;
  readonly answer: Answered;
}

/** A row of an assessor: a column a feature, as its table has them. Undefined where there are none to compare. */
export function judged({ bundle, field, id, time, answer }: Judgement): string | undefined {
  const { features, decision, by, score, risk, outcome, repeated } = answer;
  if (repeated || !features) return undefined;
  const row: Record<string, unknown> = {
    nearhand: {
      row: 'assess',
      version: VERSION,
      bundle,
      ...(time != null && { time: new Date(Number(time)).toISOString() }),
      decision,
      by: typeof by === 'string' ? by : `rule ${by.rule}`,
      score: score && number(score),
      risk,
      outcome,
    },
    [field]: id,
  };
  for (const [name, value] of Object.entries(features)) {
    if (Object.hasOwn(row, name)) throw new RangeError(`a feature is named as another column: ${name}`);
    row[name] = number(value);
  }
  return JSON.stringify(row);
}

/** What was asked, as it was: the host may change its objects. What only names the visitor stays away, unless a rule goes by it. */
export const asked = (widgets: readonly Widget[]): string =>
  JSON.stringify(
    widgets.map(({ visitor, ...rest }) => ({ ...rest, ...(rest.rules?.some(({ test }) => test) && { visitor }), session: undefined })),
    (_, value: unknown) => (typeof value === 'string' ? formed(value) : ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value),
  );

/** Whether rules go by the calendar. */
export const dated = (widgets: readonly Widget[]): boolean => widgets.some(({ rules }) => rules?.some(({ from, until }) => from !== undefined || until !== undefined));

/** What a row of slates is made of. */
export interface Visit {
  readonly bundle: string;
  readonly id: unknown;
  /** Why these slates are not those of the bundle and the session alone. */
  readonly apart: readonly string[];
  readonly lifetimes: LoggedLifetimes | undefined;
  /** The clock, and whether the row has it: else its times are relative to it. */
  readonly now: number;
  readonly dated: boolean;
  readonly session: readonly SessionEvent[];
  readonly requests: string;
}

export function visited({ bundle, id, apart, lifetimes, now, dated, session, requests }: Visit, slates: readonly Slate[]): string {
  const head = JSON.stringify({
    nearhand: { row: 'slates', version: VERSION, bundle, tier: slates[0]!.tier, ...(apart.length && { apart }), ...(dated && { now }), lifetimes },
    id: id == null ? undefined : formed(String(id)),
    // What it counts as is told too: it shows whether the session was made anew as it was.
    session: session.map(({ kind, item, at, dwellMs, quantity, counts }) => ({ kind, item, ago: now - at, dwellMs, quantity, counts })),
    slates: slates.map(({ source, items, notes }) => ({ source, notes, items: items.map(({ item }) => item), scores: items.map(({ score }) => single(score)) })),
  });
  return `${head.slice(0, -1)},"requests":${requests}}`;
}

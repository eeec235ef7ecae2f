/** Rows: what was asked, what of it went into the answer, and the answer. Of each field, docs/telemetry.md. */
import type { Slate, Widget } from '../words/types.js';
import type { Answered, LoggedLifetimes, Visits } from './public.js';

/** Of both kinds of rows. */
const VERSION = 1;

/** JSON has no NaN, which is nothing, and no infinities, which are. Numbers have the fewest digits that are read back as the same. */
const number = (value: number): number | string | null => (Number.isFinite(value) ? value : value === value ? String(value) : null);
/** The digits of a single float. */
const single = (value: number): number => Number(value.toPrecision(9));
/** Half a character has no form in UTF-8: the shop reads it so. */
const formed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/**
 * A row of an assessor: a column a feature, as its table has them; `field` is that of the id, `time` the transaction's own. Undefined where there are no features
 * to compare.
 */
export function judged(bundle: string, field: string, id: string, time: unknown, answer: Answered): string | undefined {
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
const asked = (widgets: readonly Widget[]): unknown =>
  JSON.parse(
    JSON.stringify(
      widgets.map(({ visitor, ...rest }) => ({ ...rest, ...(rest.rules?.some(({ test }) => test) && { visitor }), session: undefined })),
      (_, value: unknown) => (typeof value === 'string' ? formed(value) : ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value),
    ),
  );

/** Whether rules go by the calendar. */
const dated = (widgets: readonly Widget[]): boolean => widgets.some(({ rules }) => rules?.some(({ from, until }) => from !== undefined || until !== undefined));

/** When the shop stated the cart last, of a session's snapshot: its layout stands in src/session/snapshot.rs. The first version has no such time. 0: never. */
const statedOf = (snapshot: Uint8Array): number => (snapshot[3] === 2 ? snapshot.subarray(18, 24).reduceRight((time, byte) => time * 256 + byte, 0) : 0);

/** What is known of a row of slates when the shop is asked. Its times are relative to the clock, which it has where rules go by the calendar. */
export function begun(bundle: string, id: unknown, lifetimes: LoggedLifetimes | undefined, now: number, widgets: readonly Widget[], visitor: Visits) {
  const session = visitor.session();
  const stated = statedOf(visitor.snapshot());
  return {
    nearhand: { row: 'slates', version: VERSION, bundle, ...(dated(widgets) && { now }), lifetimes },
    id: id == null ? undefined : formed(String(id)),
    // What it counts as is told too: it shows whether the session was made anew as it was.
    session: session.map(({ kind, item, at, dwellMs, quantity, counts }) => ({ kind, item, ago: now - at, dwellMs, quantity, counts })),
    // What was bought before that has left the cart already.
    stated: stated ? now - stated : undefined,
    requests: asked(widgets),
  };
}

/** The row. `apart`: why these slates are not those of the bundle and the session alone. */
export const ended = ({ nearhand, ...rest }: ReturnType<typeof begun>, apart: readonly string[], slates: readonly Slate[]): string =>
  JSON.stringify({
    nearhand: { ...nearhand, tier: slates[0]!.tier, ...(apart.length && { apart }) },
    ...rest,
    slates: slates.map(({ source, items, notes }) => ({ source, notes, items: items.map(({ item }) => item), scores: items.map(({ score }) => single(score)) })),
  });

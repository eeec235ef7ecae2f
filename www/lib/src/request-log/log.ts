/** Chooses requests, makes their rows, and hands these to the host's sink. What goes wrong here is counted, and never the caller's. */
import { whenHidden } from '../sink/hidden.js';
import { Sender } from '../sink/sender.js';
import { bucketOf } from '../words/bucket-of.js';
import { short } from '../words/errors.js';
import type { Consent, Slate, Widget } from '../words/types.js';
import { version } from '../words/version.js';
import { checkConsent, checkLog } from './options.js';
import type { Answered, Judges, LogInfo, RequestLog, RowsAbout, Serves, SlatesAbout } from './public.js';
import { begun, ended, judged } from './rows.js';

/** Of a batch: what browsers let a page that is left send is 64 KiB in all. */
const MOST_BYTES = 60_000;
const MILLION = 1_000_000;

interface Batch extends RowsAbout {
  readonly text: string;
}

/** Explores by the seed that the row has. */
const seeded = <T extends Widget | undefined>(widget: T): T =>
  widget?.explore && widget.explore.seed === undefined ? { ...widget, explore: { ...widget.explore, seed: Math.floor(Math.random() * 2 ** 53) } } : widget;

export function requestLog(given: unknown): RequestLog {
  const { sink, share = 0.01, most = 50, fed, lifetimes, now = Date.now, random = Math.random, consent: first = 'memory' } = checkLog(given);
  const sender = new Sender<Batch>(({ text, rows, bytes }) => sink!(text, Object.freeze({ rows, bytes })));
  /** Of an assessor: what it says of itself, which takes a while to say. */
  const judges = new WeakMap<object, ReturnType<Judges<object, object, Answered>['info']>>();
  let consent: Consent = first;
  let closed = false;
  let held: string[] = [];
  let bytes = 0;
  let rows = 0;
  let without = 0;
  let failed = 0;
  let failure: string | null = null;

  const open = (): boolean => !closed && sink !== undefined && (consent === 'session' || consent === 'persistent');
  const chosen = (id: unknown): boolean => open() && (id == null ? random() : bucketOf('request-log', String(id), MILLION) / MILLION) < share;
  /** What is done for the row alone. */
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      failed += 1;
      failure = short((error as Error | null)?.message ?? error);
      return undefined;
    }
  };

  const batch = (): Batch[] => {
    const all: Batch[] = held.length ? [{ text: held.join(''), rows: held.length, bytes }] : [];
    held = [];
    bytes = 0;
    return all;
  };
  const flush = (): number => (open() ? sender.send(batch()) : 0);
  const keep = (row: string): void => {
    const line = `${row}\n`;
    const size = new TextEncoder().encode(line).length;
    if (size > MOST_BYTES) throw new RangeError(`a row of ${size} bytes: ${MOST_BYTES} are the most`);
    if (bytes + size > MOST_BYTES) flush();
    // The sink may have been told that consent has ended.
    if (!open()) return;
    held.push(line);
    bytes += size;
    rows += 1;
    if (held.length >= most) flush();
  };

  /** Asks, and keeps the row once there is an answer. The session is looked at in the step in which the shop has taken it. */
  function follow<T>(shop: Serves, widgets: readonly Widget[], about: SlatesAbout | undefined, session: Uint8Array | undefined, answer: Promise<T>, slates: (answer: T) => readonly Slate[]): void {
    const visit = attempt(() => {
      const { bundle, catalog } = shop.info();
      // Put right by one look at the clock, so that the statement of the cart and what is of it stand as they stood.
      const visitor = shop.page(session ?? (about?.visit ?? shop).snapshot());
      return { apart: (fed ?? catalog !== undefined) ? ['fed'] : [], row: begun(bundle.digest, about?.id, lifetimes, Math.trunc(now()), widgets, visitor) };
    });
    if (!visit) return;
    const { apart, row } = visit;
    answer.then(
      (given) =>
        attempt(() => {
          // Consent may have gone meanwhile, and another bundle may have come.
          if (!open()) return;
          if (shop.info().bundle.digest !== row.nearhand.bundle) apart.push('swapped');
          keep(ended(row, apart, slates(given)));
        }),
      () => {},
    );
  }

  const info = (assessor: Judges<object, object, Answered>): ReturnType<typeof assessor.info> => {
    const known = judges.get(assessor) ?? assessor.info();
    judges.set(assessor, known);
    return known;
  };

  const unhide = whenHidden(() => void flush());
  return Object.freeze<RequestLog>({
    recommend(shop, options, about) {
      const visitor = about?.visit ?? shop;
      if (!attempt(() => chosen(about?.id))) return visitor.recommend(options);
      const request = attempt(() => seeded(options)) ?? options;
      const answer = visitor.recommend(request);
      follow(shop, [request ?? {}], about, request?.session, answer, (slate) => [slate]);
      return answer;
    },
    recommendPage(shop, widgets, about) {
      const visitor = about?.visit ?? shop;
      if (!attempt(() => chosen(about?.id))) return visitor.recommendPage(widgets);
      const requests = attempt(() => Array.from(widgets, seeded)) ?? widgets;
      const answer = visitor.recommendPage(requests);
      follow(shop, requests, about, undefined, answer, (slates) => slates);
      return answer;
    },
    assess(assessor, transaction, options) {
      const answer = assessor.assess(transaction, options);
      attempt(() => {
        if (!open()) return;
        const { bundle, id: field, time } = info(assessor as Judges<object, object, Answered>);
        const fields = transaction as Readonly<Record<string, unknown>>;
        const id = (field === null ? options?.id : fields[field]) as string | number | bigint | undefined;
        if (!chosen(id)) return;
        // An empty text is nothing, as the assessor takes it.
        const text = String(id ?? '');
        const row = text && judged(bundle.sha256, field ?? 'id', text, time === null ? undefined : fields[time], answer);
        if (row) keep(row);
        else without += 1;
      });
      return answer;
    },
    flush: () => flush(),
    setConsent(given) {
      consent = checkConsent(given);
      if (open()) return;
      batch();
      sender.forget();
    },
    info: (): LogInfo => Object.freeze({ version, consent, rows, held: held.length, without, failed, failure, batches: Object.freeze(sender.counts) }),
    close() {
      flush();
      closed = true;
      sender.end();
      unhide();
    },
  });
}

/** The reports on one reference, summed: each once, a sum a period, written down before it is answered. */
import { DurableObject } from 'cloudflare:workers';
import { type Collector, createCollector } from 'nearhand/monitor';
import { codeOf, type Refusal, Refused, refusalOf } from '../../checkout/words/refused.js';
import { nameOf } from '../door/body.js';
import { type Env, referencesOf, type Settings, settingsOf } from '../door/settings.js';
import { MOST_AT_ONCE, MOST_COUNT, MOST_REPORTS } from '../words/limits.js';
import type { Added, Digest, Period, Standing, Sums } from '../words/types.js';
import { begins } from './period.js';
import { Store } from './store.js';
import { Watched } from './watched.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A sum in memory, as it is stored. */
interface Open {
  readonly begin: number;
  readonly collector: Collector;
  reports: number;
}

export class Sum extends DurableObject<Env> {
  readonly #store = new Store(this.ctx.storage);
  #whole: Open | undefined;
  #period: Open | undefined;
  #watched: Watched | undefined;
  readonly #refused = new Map<string, number>();
  /** Reports that have come, and who waits for them. */
  #waiting: { readonly report: Uint8Array; readonly done: (added: Added) => void }[] = [];
  /** When the alarm is looked for. */
  #due = 0;
  /** What is too old has not all been let go of. */
  #pruning = false;
  /** One after the other: a sum is opened once, and no report comes in between. */
  #turn: Promise<unknown> = Promise.resolve();

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  get #settings(): Settings {
    return settingsOf(this.env);
  }

  #begin(now: number): number {
    return begins(now, this.#settings.period, this.#period?.begin ?? this.#store.newest());
  }

  async #reference(digest: Digest): Promise<Uint8Array> {
    const found = (await referencesOf(this.env)).find((one) => one.digest === digest);
    if (!found) throw new Refused('path-unknown', 'no such reference', { field: 'reference', value: digest });
    return found.bytes;
  }

  /** A sum that goes on from what is stored of it. */
  async #opened(digest: Digest, begin: number, stored: { readonly reports: number; readonly body: ArrayBuffer } | undefined): Promise<Open> {
    const { epsilon } = this.#settings;
    const collector = await createCollector({ reference: await this.#reference(digest), most: MOST_COUNT, ...(epsilon !== undefined && { epsilon }), ...(stored?.body.byteLength && { sum: stored.body }) });
    return { begin, collector, reports: stored?.reports ?? 0 };
  }

  add(digest: Digest, report: Uint8Array): Promise<Added> {
    return new Promise((done) => {
      this.#waiting.push({ report, done });
      if (this.#waiting.length === 1) void this.#inTurn(() => this.#take(digest));
    });
  }

  /** What has come by now, in its order. In a busy moment that is many, which are written down together: that is what takes time. */
  async #take(digest: Digest): Promise<void> {
    // Those that are on their way come in.
    await new Promise((turn) => setTimeout(turn, 0));
    const all = this.#waiting.splice(0, MOST_AT_ONCE);
    if (this.#waiting.length) void this.#inTurn(() => this.#take(digest));
    const answers = all.length > 1 ? await this.#together(digest, all.map(({ report }) => report)) : undefined;
    for (const [at, { report, done }] of all.entries()) done(answers?.[at] ?? (await this.#alone(digest, report)));
  }

  /** Never rejects. */
  async #alone(digest: Digest, report: Uint8Array): Promise<Added> {
    try {
      return { fresh: await this.#withRoom(() => this.#add(digest, report)) };
    } catch (error) {
      // A wasm that has trapped, or a storage that has failed: what is in memory is made anew of what is stored.
      if (!told(error)) {
        this.#forget();
        console.error('collector:', (error as Error | null)?.message ?? 'failed');
      }
      return this.#refusal(error);
    }
  }

  #refusal(error: unknown): Added {
    const refusal = refusalOf(error);
    this.#refused.set(refusal.code, (this.#refused.get(refusal.code) ?? 0) + 1);
    return { refusal: refusal.code === 'failed' || refusal.code === 'engine-trapped' ? UNAVAILABLE : refusal };
  }

  /** Several at once: an answer to each, or none at all and nothing taken where one of them has to be by itself. */
  async #together(digest: Digest, reports: readonly Uint8Array[]): Promise<readonly Added[] | undefined> {
    const names: Uint8Array[] = [];
    const answers: (() => Added)[] = [];
    try {
      const now = Date.now();
      const { period, whole } = await this.#ready(digest, now);
      if (period.reports + reports.length > MOST_REPORTS) return undefined;
      for (const report of reports) {
        const name = nameOf(report);
        if (this.#store.known(name)) answers.push(() => ({ fresh: false }));
        else {
          try {
            const fresh = both(whole, period, report);
            if (fresh) names.push(name);
            answers.push(() => ({ fresh }));
          } catch (error) {
            if (!told(error) || codeOf(error) === 'monitor-sources-too-many') throw error;
            answers.push(() => this.#refusal(error));
          }
        }
      }
      if (names.length) await this.#written(names, now);
      return answers.map((answer) => answer());
    } catch {
      this.#forget();
      return undefined;
    }
  }

  /** Sums and monitors tell a million sources apart, and periods some thousands: one that is full is made anew, as the storage knows what has come. */
  async #withRoom<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (codeOf(error) !== 'monitor-sources-too-many') throw error;
      this.#forget();
      return act();
    }
  }

  /** The sums of all and of the open period, in memory. */
  async #ready(digest: Digest, now: number): Promise<{ readonly period: Open; readonly whole: Open }> {
    const begin = this.#begin(now);
    const whole = (this.#whole ??= await this.#opened(digest, 0, this.#store.whole()));
    if (this.#period?.begin !== begin) {
      this.#pruning = true;
      this.#period = await this.#opened(digest, begin, this.#store.period(begin));
    }
    return { period: this.#period, whole };
  }

  async #add(digest: Digest, report: Uint8Array): Promise<boolean> {
    const now = Date.now();
    const name = nameOf(report);
    if (this.#store.known(name)) return false;
    const { period, whole } = await this.#ready(digest, now);
    if (period.reports >= MOST_REPORTS) throw new Refused('overloaded', `a period has at most ${MOST_REPORTS} reports`, { retry: Math.ceil((period.begin + this.#settings.period - now) / 1000) });
    // What is refused is refused before anything is added.
    if (!both(whole, period, report)) return false;
    try {
      await this.#written([name], now);
    } catch (error) {
      // It is in memory and not in the storage: the storage has the say.
      this.#forget();
      throw error;
    }
    return true;
  }

  /** Writes down the sums as they are in memory, by the names of what is new in them. */
  async #written(names: readonly Uint8Array[], now: number): Promise<void> {
    const [period, whole] = [this.#period!, this.#whole!];
    const of = (open: Open): { begin: number; reports: number; body: Uint8Array } => ({ begin: open.begin, reports: open.reports + names.length, body: open.collector.report(open.begin) ?? new Uint8Array() });
    this.#prune(now);
    this.#store.put(names, now, of(period), of(whole));
    period.reports += names.length;
    whole.reports += names.length;
    await this.#arm(now);
  }

  /** Lets go of what is too old, if there is any: before something is written, as a disk may be full of it. Where that fails no report is refused for it. */
  #prune(now: number): void {
    if (!this.#pruning) return;
    try {
      this.#pruning = this.#store.prune(now, this.#settings.keep).more;
    } catch (error) {
      console.error('collector: what is too old could not be let go of:', (error as Error | null)?.message ?? 'failed');
    }
  }

  /**
   * That there is an alarm: looked for when the object starts and daily, so that one that could not be set, or that has failed too often and is tried no more, is
   * set once more. The report is on disk by then, so nothing here is told to its sender.
   */
  async #arm(now: number): Promise<void> {
    if (now < this.#due) return;
    this.#due = now + MINUTE;
    try {
      const at = await this.ctx.storage.getAlarm();
      if (at === null || at < now - MINUTE) await this.ctx.storage.setAlarm(now + DAY);
      this.#due = now + DAY;
    } catch (error) {
      console.error('collector: no alarm could be set:', (error as Error | null)?.message ?? 'failed');
    }
  }

  #forget(): void {
    this.#whole = undefined;
    this.#period = undefined;
    this.#watched = undefined;
  }

  async periods(_: Digest): Promise<readonly Period[]> {
    return this.#store.periods(this.#begin(Date.now()));
  }

  async report(digest: Digest, begin: number | undefined): Promise<Uint8Array | null> {
    const open = this.#begin(Date.now());
    // The open one still grows: told twice by one name, it would count once, as it was first.
    if (begin !== undefined) return begin < open ? (bytes(this.#store.period(begin)?.body) ?? null) : null;
    const collector = await createCollector({ reference: await this.#reference(digest) });
    let last = 0;
    for (const { begin, body } of this.#store.between(-1, open)) {
      if (body.byteLength) collector.add(body);
      last = begin;
    }
    return collector.report(last);
  }

  async standing(digest: Digest): Promise<Standing> {
    return this.#inTurn(() => this.#withRoom(() => this.#standing(digest)));
  }

  async #standing(digest: Digest): Promise<Standing> {
    const settings = this.#settings;
    // A randomised answer is another distribution than the reference's, and would alarm for that.
    if (settings.epsilon === undefined) {
      const watched = (this.#watched ??= await Watched.open(await this.#reference(digest), settings));
      try {
        watched.look(this.#store, this.#begin(Date.now()));
      } catch (error) {
        this.#watched = undefined;
        throw error;
      }
    }
    return {
      reference: digest,
      standing: this.#watched?.standing ?? null,
      alerts: this.#watched?.alerts ?? [],
      states: this.#watched?.states ?? { streams: {}, rates: {} },
      reports: this.#store.whole()?.reports ?? 0,
      upTo: this.#watched?.upTo ?? null,
      refused: Object.fromEntries(this.#refused),
    };
  }

  async sums(digest: Digest): Promise<Sums> {
    return this.#inTurn(async () => {
      const standing = await this.#withRoom(() => this.#standing(digest));
      const { collector } = (this.#whole ??= await this.#opened(digest, 0, this.#store.whole()));
      return { ...standing, rates: collector.rates(), streams: collector.streams(), times: collector.times() };
    });
  }

  /** Once a day: what is too old goes, and with the last of it all. */
  async alarm(): Promise<void> {
    await this.#inTurn(async () => {
      const now = Date.now();
      const { left, more } = this.#store.prune(now, this.#settings.keep);
      if (left) return this.ctx.storage.setAlarm(now + (more ? MINUTE : DAY));
      this.#forget();
      this.#due = 0;
      return this.#store.clear();
    });
  }
}

const UNAVAILABLE: Refusal = { code: 'unavailable', message: 'it could not be written down: send it again', retry: 5 };

/** Adds a report to the sum of all and to its period's; whether it is new. What is refused or a repeat is so to the first, which has had whatever the second has: nothing is added. */
function both(whole: Open, period: Open, report: Uint8Array): boolean {
  if (!whole.collector.add(report)) return false;
  try {
    if (period.collector.add(report)) return true;
  } catch {
    // As below: what is in memory is made anew.
  }
  throw new Error('one of two sums has not taken a report');
}

/** Whether something was thrown because of what was sent. */
const told = (error: unknown): boolean => error instanceof Refused || refusalOf(error).code.startsWith('monitor-');

/** Nothing where nothing was counted. */
const bytes = (stored: ArrayBuffer | undefined): Uint8Array | undefined => (stored?.byteLength ? new Uint8Array(stored) : undefined);

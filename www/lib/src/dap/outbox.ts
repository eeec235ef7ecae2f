/**
 * Observations on their way: sealed once, sent until the leader has said something final. A report has an id, by which the leader counts it once; so what may
 * have arrived is sent again as the same bytes, and never made anew.
 */
import { NearhandError } from '../words/errors.js';
import { afterOf, DAY, keysError, problemOf, type Task, type Wire } from './client.js';

const REPORT = 'application/dap-report';
/** Observations that wait, or one of each task where these are more: the oldest go first. */
const MOST = 64;
/** How often one is tried, and how long it waits after the first time, milliseconds. */
const TRIES = 6;
const WAIT = 1_000;
/** What no other report of this task will do better with. */
const FATAL = new Set(['unrecognizedTask', 'unauthorizedRequest', 'missingTaskID', 'unsupportedExtension']);

/** A task and what became of its observations. */
export interface Lane {
  readonly name: string;
  readonly id: string;
  readonly url: string;
  /** Once the client is there. */
  task?: Task;
  /** That its aggregators' keys are there, and when they were asked for, Unix milliseconds. */
  keys?: Promise<void> | undefined;
  since?: number;
  /** Where they were not to be had, not before that are they asked for again: of `performance.now()`. */
  until?: number | undefined;
  /** The leader has called its keys old ones. */
  outdated?: boolean;
  stopped: boolean;
  sent: number;
  lost: number;
}

interface Observation {
  readonly lane: Lane;
  readonly bucket: number;
  at: Date;
  body?: Uint8Array;
  tries: number;
  /** It was sent, and nobody said what became of it. */
  unsure: boolean;
  /** The keys that it was sealed for were old ones, once. */
  resealed: boolean;
  /** Its time was ahead of the leader's, once. */
  early?: boolean;
  busy: boolean;
  /** The leader wants it no earlier: of `performance.now()`. */
  until?: number;
  /** Until it is tried again. */
  timer?: ReturnType<typeof setTimeout>;
}

export interface Surroundings {
  readonly tasks: number;
  /** That of the tasks, milliseconds. */
  readonly precision: number;
  /** Makes the tasks of all lanes, once. */
  readonly ready: () => Promise<void>;
  readonly wire: () => Wire;
  readonly random: () => number;
  readonly onError: (error: NearhandError) => void;
}

/** What is to be done with an observation: `again` after so many milliseconds. */
type Outcome = 'sent' | 'anew' | { readonly lost: NearhandError } | { readonly again: NearhandError; readonly after: number };

/** Asks for a task's keys, once for all who want them; again where that has failed, once the aggregator wants it, and after a day: a helper that has others by then drops what comes, with no word. */
export function keysOf(lane: Lane, task: Task, now: Date): Promise<void> {
  if (lane.since !== undefined && +now - lane.since > DAY) renew(lane, task);
  if (performance.now() >= lane.until!) lane.keys = lane.until = undefined;
  if (!lane.keys) lane.since = +now;
  lane.keys ??= task.fetchKeyConfiguration().catch((error: unknown) => {
    lane.until = performance.now() + ((error as NearhandError).details?.after as number || 0);
    throw error;
  });
  return lane.keys;
}

function renew(lane: Lane, task: Task): void {
  task.invalidateHpkeConfig();
  lane.keys = undefined;
}

export class Outbox {
  readonly #around: Surroundings;
  #waiting: Observation[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  put(lane: Lane, bucket: number, at: Date): void {
    const one: Observation = { lane, bucket, at, tries: 0, unsure: false, resealed: false, busy: false };
    this.#waiting.push(one);
    const most = Math.max(MOST, this.#around.tasks);
    const [oldest] = this.#waiting;
    if (this.#waiting.length > most && oldest) {
      this.#lose(oldest);
      this.#around.onError(new NearhandError('dap-unreachable', `more than ${most} observations wait: the oldest, of "${oldest.lane.name}", goes`, { task: oldest.lane.name, most }));
    }
    this.#start(one);
  }

  waiting(of: Lane): number {
    return this.#waiting.filter(({ lane }) => lane === of).length;
  }

  /** Tries all that wait, whenever it would be their time, but for what the leader wants later. */
  send(): void {
    for (const one of this.#waiting) if (!(performance.now() < one.until!)) this.#start(one);
  }

  /** The same, until all has been tried, what was on its way included. Never rejects. */
  async flush(): Promise<void> {
    this.send();
    await Promise.all(this.#running);
  }

  #start(one: Observation): void {
    if (one.busy) return;
    clearTimeout(one.timer);
    one.busy = true;
    const running = this.#try(one).then((ms) => {
      this.#running.delete(running);
      one.busy = false;
      if (ms === undefined || !this.#waiting.includes(one)) return;
      // Each in its own time: another one's does not bring it forward or put it off.
      one.timer = setTimeout(() => this.#start(one), ms);
      // Node would wait for it.
      (one.timer as { unref?(): void }).unref?.();
    });
    this.#running.add(running);
  }

  forget(): void {
    for (const { timer } of this.#waiting) clearTimeout(timer);
    this.#waiting = [];
  }

  /** When it is to be tried again, if at all. */
  async #try(one: Observation): Promise<number | undefined> {
    const { onError, random } = this.#around;
    for (;;) {
      const outcome = await this.#sent(one).catch((error: unknown): Outcome => ({ lost: keysError(error) }));
      // Forgotten meanwhile: whatever came of it, nobody may know.
      if (!this.#waiting.includes(one)) return undefined;
      if (outcome === 'anew') continue;
      if (outcome === 'sent') {
        one.lane.sent += 1;
        this.#drop(one);
        return undefined;
      }
      if ('lost' in outcome) {
        this.#lose(one);
        onError(outcome.lost);
        return undefined;
      }
      one.tries += 1;
      if (one.tries >= TRIES) {
        this.#lose(one);
        onError(outcome.again);
        return undefined;
      }
      // Spread, so that those who were refused at once do not all come back at once; and nobody before it is asked for, nor at once where that is now.
      const asked = outcome.after * (1 + random() / 8);
      one.until = performance.now() + asked;
      return Math.max(asked, WAIT * 2 ** one.tries * (0.5 + random() / 2));
    }
  }

  async #sent(one: Observation): Promise<Outcome> {
    const { lane } = one;
    const wire = this.#around.wire();
    try {
      await this.#around.ready();
      if (lane.stopped || !lane.task) return { lost: new NearhandError('dap-refused', `the leader takes nothing more for the task of "${lane.name}"`, { task: lane.name }) };
      await keysOf(lane, lane.task, one.at);
      one.body ??= (await lane.task.generateReport(one.bucket, { timestamp: one.at })).encode();
    } catch (error) {
      const known = keysError(error);
      return known.code === 'dap-unreachable' ? { again: known, after: (lane.until || 0) - performance.now() } : { lost: known };
    }
    let response: Response;
    try {
      // What is to outlive a page may be refused for what others of the page send so: every other time it goes without.
      response = await wire.ask(lane.url, { method: 'PUT', headers: { 'content-type': REPORT }, body: one.body as Uint8Array<ArrayBuffer> }, one.tries % 2 === 0);
    } catch (error) {
      one.unsure = true;
      return { again: error as NearhandError, after: 0 };
    }
    return this.#answered(one, response);
  }

  async #answered(one: Observation, response: Response): Promise<Outcome> {
    const { lane } = one;
    const { status } = response;
    if (response.ok) return 'sent';
    const problem = await problemOf(response);
    const { type, detail = '' } = problem;
    const error = (code: string, why: string): NearhandError => new NearhandError(code, `the leader answers ${status} ${type} for "${lane.name}": ${detail && `${detail}; `}${why}`, { task: lane.name, status, ...problem });
    const anew = (): Outcome => {
      delete one.body;
      return 'anew';
    };
    if (type === 'outdatedConfig' && !one.resealed && !one.unsure) {
      lane.outdated = true;
      renew(lane, lane.task!);
      one.resealed = true;
      return anew();
    }
    if (type === 'reportTooEarly' && !one.early && !one.unsure) {
      // By the leader's clock where it can be read; else a clock that is ahead by less than the precision is in the span before.
      one.early = true;
      one.at = new Date(Date.parse(response.headers.get('date') ?? '') || +one.at - this.#around.precision);
      return anew();
    }
    // It had come before, or it comes too late for its batch: it counts or it does not, and another try changes nothing.
    if (type === 'reportRejected' && one.unsure) return 'sent';
    if (status === 408 || status === 429 || status >= 500) {
      one.unsure ||= status >= 500;
      return { again: error('dap-unreachable', 'it is tried again'), after: afterOf(response) };
    }
    if (FATAL.has(type) || status === 404) lane.stopped = true;
    return { lost: error('dap-refused', "look at the task's id, its time precision, its histogram's length and chunk length, and this device's clock") };
  }

  #drop(one: Observation): void {
    clearTimeout(one.timer);
    this.#waiting = this.#waiting.filter((other) => other !== one);
  }

  #lose(one: Observation): void {
    one.lane.lost += 1;
    this.#drop(one);
  }
}

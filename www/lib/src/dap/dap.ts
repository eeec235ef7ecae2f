/** A monitor's sink that turns its counts into observations of tasks. Nothing that it is handed makes it throw. */
import { bytesOf } from '../files/fetch.js';
import { chance } from '../monitor/telemetry/noise.js';
import { NearhandError, wrap } from '../words/errors.js';
import { invalid } from '../words/plain.js';
import type { Consent } from '../words/types.js';
import { version } from '../words/version.js';
import { clientOf, keysError, page, PROTOCOL, taskOf, Wire } from './client.js';
import { type Checked, checkConsent, planFor } from './options.js';
import { keysOf, type Lane, Outbox } from './outbox.js';
import { pick, planOf } from './plan.js';
import type { Dap, DapInfo } from './public.js';
import type { Reference } from './reference.js';
import { countsOf } from './report.js';

/** A task's lane, where its counts stand in a report, and how many observations it had. */
interface Sampled {
  readonly lane: Lane;
  readonly at: number;
  readonly length: number;
  readonly chunkLength: number;
  had: number;
}

export class Sampler {
  readonly #options: Checked;
  readonly #reference: Reference;
  readonly #now: () => number;
  readonly #sampled: readonly Sampled[];
  readonly #outbox: Outbox;
  readonly #online = (): void => this.#outbox.send();
  #consent: Consent;
  #closed = false;
  #refused = 0;
  #error: NearhandError | undefined;
  /** What keeps everything from being sent. */
  #fatal: NearhandError | undefined;
  #ready: Promise<void> | undefined;
  #wire = new Wire();

  constructor(options: Checked, reference: Reference, now: () => number) {
    this.#options = options;
    this.#reference = reference;
    this.#now = now;
    this.#consent = options.consent ?? 'memory';
    const plan = planOf(reference);
    this.#sampled = [...options.tasks].map(([name, { id, chunkLength, reference: of }]) => {
      const at = planFor(name, plan, `createDap.tasks.${name}`);
      const { vdaf, reference: have } = plan[at]!;
      if (of && of !== have) throw new NearhandError('monitor-reference-other', `the task of "${name}" is of another reference: create one for this one's bins`, { have, want: of });
      const lane: Lane = { name, id, url: `${options.leader}tasks/${id}/reports`, stopped: false, sent: 0, lost: 0 };
      return { lane, at, length: vdaf.length, chunkLength: chunkLength ?? vdaf.chunkLength, had: 0 };
    });
    const ids = this.#sampled.map(({ lane }) => lane.id);
    if (new Set(ids).size !== ids.length) invalid('createDap.tasks', 'tasks of one id each', ids.find((one, at) => ids.indexOf(one) !== at));
    this.#outbox = new Outbox({ tasks: this.#sampled.length, precision: options.timePrecisionSeconds * 1000, ready: () => this.#prepared(), wire: () => this.#wire, random: chance, onError: (error) => this.#failed(error) });
    if (page()) addEventListener('online', this.#online);
    if (this.#consented) void this.#begin();
  }

  get #consented(): boolean {
    return !this.#closed && (this.#consent === 'session' || this.#consent === 'persistent');
  }

  /** Keys are asked for now and not when there is something to seal: by the time of that an aggregator would see when something happened. */
  async #begin(): Promise<void> {
    if (this.#wire.isCut) this.#wire = new Wire();
    try {
      await this.#prepared();
      if (this.#consented) await Promise.all(this.#sampled.map(({ lane }) => lane.task && keysOf(lane, lane.task, new Date(this.#now()))));
    } catch (error) {
      const known = keysError(error);
      // Sealing asks once more.
      if (this.#consented && known.code !== 'dap-unreachable') this.#failed(known);
    }
  }

  /** Loads the client and makes the tasks, once. */
  #prepared(): Promise<void> {
    const { client = () => import('@divviup/dap'), leader, helper, timePrecisionSeconds } = this.#options;
    this.#ready ??= clientOf(client).then(
      (module) => {
        for (const { lane, length, chunkLength } of this.#sampled) {
          lane.task = taskOf(module, { type: 'histogram', length, chunkLength, id: lane.id, leader, helper, timePrecisionSeconds }, () => this.#wire, () => lane.outdated === true);
        }
      },
      (error: unknown) => {
        this.#fatal = wrap(error);
        throw this.#fatal;
      },
    );
    return this.#ready;
  }

  #failed(error: NearhandError): void {
    // What keeps all from being sent is said once, not once an observation.
    if (this.#error === error) return;
    this.#error = error;
    try {
      const answer: unknown = this.#options.onError?.(error);
      if (typeof (answer as PromiseLike<unknown> | null)?.then === 'function') (answer as PromiseLike<unknown>).then(undefined, () => {});
    } catch {
      // The host's own.
    }
  }

  #take(report: unknown): void {
    if (!this.#consented || this.#fatal) return;
    const bytes = bytesOf(report) ?? invalid('sink.report', 'the bytes of a report', report);
    const counts = countsOf(bytes, this.#reference);
    const at = new Date(this.#now());
    const { most = 1 } = this.#options;
    for (const one of this.#sampled) {
      const bucket = one.had < most && !one.lane.stopped ? pick(counts[one.at]!, chance) : undefined;
      if (bucket === undefined) continue;
      one.had += 1;
      this.#outbox.put(one.lane, bucket, at);
    }
  }

  #setConsent(consent: Consent): void {
    this.#consent = consent;
    if (this.#consented) void this.#begin();
    else this.#forget();
  }

  #forget(): void {
    this.#outbox.forget();
    this.#wire.cut();
  }

  #info(): DapInfo {
    return Object.freeze({
      version,
      protocol: PROTOCOL,
      state: this.#closed ? 'closed' : this.#fatal ? 'failed' : 'open',
      consent: this.#consent,
      tasks: Object.freeze(
        this.#sampled.map(({ lane }) => {
          const { name, id, sent, lost, stopped } = lane;
          return Object.freeze({ name, id, state: stopped ? ('stopped' as const) : ('open' as const), sent, waiting: this.#outbox.waiting(lane), lost });
        }),
      ),
      refused: this.#refused,
      error: this.#error ? Object.freeze({ code: this.#error.code, message: this.#error.message }) : null,
    });
  }

  handle(): Dap {
    return Object.freeze<Dap>({
      sink: (report) => {
        try {
          this.#take(report);
        } catch (error) {
          this.#refused += 1;
          this.#failed(wrap(error));
        }
        return true;
      },
      setConsent: (consent) => this.#setConsent(checkConsent(consent) as Consent),
      flush: () => this.#outbox.flush(),
      info: () => this.#info(),
      close: () => {
        this.#closed = true;
        this.#forget();
        if (page()) removeEventListener('online', this.#online);
      },
    });
  }
}

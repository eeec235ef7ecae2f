/**
 * The page's side of the full tier's worker: request ids, deadlines, and a new worker for a broken one.
 * It never owns the session; whatever happens here, the lite engine can answer.
 */
import type { RawSlate } from './engine.js';
import { fromWire, NearhandError, short, told, type WireError } from '../words/errors.js';
import { makerOf, type Making, type Rescuing } from '../failing/worker-maker.js';
import { bytesOf, isModule, isUrl } from '../files/fetch.js';
import { hasModel, needsTract } from '../files/has-model.js';
import type { CatalogDelta, Consent, Info, LoadOptions, WasmSource, Widget } from '../words/types.js';
import type { Reply, Request, WorkerWasm } from './worker-protocol.js';

export interface WorkerHostOptions extends Making {
  /** Asked once, when the first worker is made: until then nothing is fetched or compiled for it. `tract`: the binary with it. */
  readonly wasm: (tract: boolean) => Promise<WorkerWasm>;
  /** A slate later than this is not waited for; the worker may still be well. Milliseconds. */
  readonly answerMs?: number | undefined;
  /** Fetching, compiling and opening may take this long on a slow line. Milliseconds. */
  readonly openMs?: number | undefined;
}

/** What is asked, and who asks. */
export interface Visit {
  readonly widgets: readonly Widget[];
  readonly now: number;
  readonly snapshot: Uint8Array;
}

/** Whatever gives slates. */
type Answering = { slates(visit: Visit, notes: string[], current: () => Answering | undefined): Promise<RawSlate[] | undefined> };

/** Workers started in place of broken ones, over the life of the shop. */
const MAX_REPLACEMENTS = 3;
/** Slates take milliseconds. What takes this long is a worker in trouble, and a page has something to show meanwhile. */
const ANSWER_MS = 500;
/** A worker that says nothing for so long hangs. */
const HANG_MS = 10_000;
export const OPEN_MS = 120_000;

const closed = (): NearhandError => new NearhandError('closed', 'the shop is closed');

const failed = (error: unknown): NearhandError =>
  error instanceof NearhandError ? error : new NearhandError('worker-failed', `the worker could not be started: ${short(error)}`, {}, error);

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: NearhandError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #pending = new Map<number, Pending>();
  #wasm: Promise<WorkerWasm> | undefined;
  /** Whether the bundle needs the binary with tract. */
  #tract = false;
  /** What runs the graph. */
  #engine: Info['full']['engine'];
  #preparing: Promise<void> | undefined;
  #open: (() => Request) | undefined;
  #worker: Worker | undefined;
  /** Whether this worker was told to open: what changed before came with that. */
  #told = false;
  /** An answer is overdue: until the worker is heard of again nobody waits for it. */
  #late: NearhandError | undefined;
  #state: Info['full']['state'] = 'loading';
  #error: NearhandError | undefined;
  #nextId = 1;
  #replaced = 0;
  #again = false;
  #closed = false;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** The last failure stays to be read, even after a new worker has taken over. */
  info(): Info['full'] {
    return { state: this.#state, ...(this.ready && this.#engine && { engine: this.#engine }), ...told(this.#error) };
  }

  /** Makes the worker, unless there is one, and lets it compile: ahead of `start`, where nothing else needs the line. */
  prepare(): Promise<void> {
    return (this.#preparing ??= this.#prepare());
  }

  async #prepare(): Promise<void> {
    const tract = this.#tract;
    // Meanwhile the shop may be closed, or the bundle tell that it needs the other binary.
    const late = (): boolean => this.#closed || tract !== this.#tract;
    const wasm = await (this.#wasm ??= this.#options.wasm(tract));
    if (late()) return;
    let worker = this.#options.make();
    // Its first words, or its failure, may come at once.
    if ('then' in worker) worker = await worker;
    if (late()) return worker.terminate();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#settle(data);
    worker.onmessageerror = () => this.#broken(new NearhandError('worker-failed', 'a message of the worker could not be read'));
    worker.onerror = (event: ErrorEvent) => {
      event.preventDefault?.();
      const why = event.message || 'its script could not be loaded';
      this.#broken(new NearhandError('worker-failed', `the worker failed: ${why}`, { filename: event.filename }));
    };
    // What fails here, fails `open` too.
    this.#ask({ op: 'prepare', wasm, tract }, this.#options.openMs ?? OPEN_MS).catch(() => {});
  }

  /** Opens a worker with what `opening` comes to, or came to before. Settles when it serves, or rejects with why it cannot. */
  async start(opening?: Promise<() => Request>): Promise<void> {
    this.#state = 'loading';
    try {
      if (opening) this.#open = await opening;
      await this.prepare();
      if (this.#closed || !this.#open) throw closed();
      this.#told = true;
      this.#engine = (await this.#ask(this.#open(), this.#options.openMs ?? OPEN_MS)) as Info['full']['engine'];
      this.#state = 'ready';
    } catch (error) {
      let cause = failed(error);
      if (!this.#closed) cause = (await this.#options.explain?.(cause).catch(() => cause)) ?? cause;
      // Firefox tells only now what others throw at once: the script is of another origin.
      if (cause.details['reason'] === 'origin' && this.#state === 'loading' && !this.#again) {
        this.#again = true;
        return this.start();
      }
      this.halt(cause);
      throw this.#error ?? cause;
    }
  }

  /** A page's slates of the full tier. Rejects when they cannot be had now; the caller has another engine. */
  async recommend(snapshot: Uint8Array, widgets: readonly Widget[], nowMs: number): Promise<RawSlate[]> {
    if (this.#late) throw this.#late;
    return (await this.#ask({ op: 'recommend', snapshot, widgets, nowMs }, this.#options.answerMs ?? ANSWER_MS)) as RawSlate[];
  }

  /** The same, or a note of why there are none. `current` is the worker of the bundle that serves by now. */
  async slates(visit: Visit, notes: string[], current: () => Answering | undefined): Promise<RawSlate[] | undefined> {
    if (!this.ready) {
      notes.push(this.#state === 'failed' ? 'full-failed' : 'full-loading');
      return undefined;
    }
    try {
      return await this.recommend(visit.snapshot, visit.widgets, visit.now);
    } catch (error) {
      const now = current();
      // A swap came between: the new bundle's worker answers.
      if (now !== this) return now?.slates(visit, notes, current);
      // Also for refused options: the lite engine refuses them alike, and its refusal is what the caller gets.
      notes.push((error as NearhandError).code === 'worker-timeout' ? 'full-timeout' : 'full-failed');
      return undefined;
    }
  }

  updateCatalog(delta: CatalogDelta): void {
    this.#tell({ op: 'updateCatalog', delta });
  }

  setConsent(consent: Consent): void {
    this.#tell({ op: 'setConsent', consent });
  }

  close(): void {
    this.#closed = true;
    this.#state = 'off';
    this.#stop(closed());
  }

  /** Also while loading: messages are read in order, so `open` comes first. */
  #tell(request: Request): void {
    if (!this.#told) return;
    this.#ask(request, this.#options.openMs ?? OPEN_MS).catch((error: NearhandError) => {
      this.#error = error;
    });
  }

  #ask(request: Request, ms: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      if (!worker) return reject(this.#closed ? closed() : (this.#error ?? closed()));
      const id = this.#nextId++;
      let patient = request.op === 'recommend';
      const late = (): void => {
        const error = new NearhandError('worker-timeout', `the worker did not answer "${request.op}" within ${ms} ms`, { op: request.op, ms });
        if (!patient) return this.#broken(error);
        // The caller has waited long enough; the worker may still be well.
        patient = false;
        this.#late = this.#error = error;
        asked.timer = setTimeout(late, HANG_MS);
        reject(error);
      };
      const asked: Pending = { resolve, reject, timer: setTimeout(late, ms) };
      this.#pending.set(id, asked);
      worker.postMessage({ ...request, id });
    });
  }

  #settle(reply: Reply): void {
    this.#late = undefined;
    const asked = this.#pending.get(reply.id);
    if (!asked) return;
    this.#pending.delete(reply.id);
    clearTimeout(asked.timer);
    if (!('error' in reply)) return asked.resolve(reply.value);
    const error = fromWire(reply.error as WireError);
    asked.reject(error);
    if (error.code === 'engine-trapped') this.#broken(error);
  }

  /** Ends the worker, and starts another if this one had served before. */
  #broken(error: NearhandError): void {
    const served = this.#state === 'ready';
    this.#error = error;
    this.#stop(error);
    if (!served) return;
    if (this.#replaced++ < MAX_REPLACEMENTS) this.start().catch(() => {});
    else this.giveUp(error);
  }

  /** Whether the full tier has anything to do with this bundle. One that needs the binary with tract gets that from now on. */
  serves(bundle: Uint8Array): boolean {
    if (needsTract(bundle)) {
      // A worker that was prepared ahead has the other.
      this.#stop(closed());
      this.#tract = true;
      this.#wasm = undefined;
    }
    return hasModel(bundle);
  }

  /** Ends what still loads; one that serves goes on. */
  halt(error: NearhandError): void {
    if (this.#state === 'loading') this.giveUp(error);
  }

  /** Does without a worker from now on. */
  giveUp(error: NearhandError): void {
    this.#error = error;
    this.#stop(error);
    this.#state = 'failed';
  }

  #stop(error: NearhandError): void {
    this.#worker?.terminate();
    this.#worker = this.#preparing = this.#late = undefined;
    this.#told = false;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

/** The binaries for the workers of a shop: each found, and perhaps compiled, once. */
export type WasmOnce = Partial<Record<'full' | 'tract', Promise<WorkerWasm>>>;

/** What the runtime's entry has for a worker. */
export interface Parts {
  readonly worker?: () => Worker;
  readonly wasm?: { readonly full: () => WasmSource; readonly tract?: () => WasmSource };
  readonly rescue?: Rescuing;
}
export type Compile = (source: WasmSource, options: object) => Promise<WebAssembly.Module>;

/** What speaks to the worker that these options ask for. `base` is where the page's URLs start. */
export function hostOf(platform: Parts, options: LoadOptions, compile: Compile, base: string | undefined, once: WasmOnce): WorkerHost {
  const { slateMs, fullMs } = options.timeouts ?? {};
  // A build may name worker script and binary anew, each for itself: this script knows the binary, the worker's need not.
  const source = (binary: 'full' | 'tract'): WasmSource | undefined => options.wasm?.[binary] ?? (options.worker ? undefined : platform.wasm?.[binary]?.());
  return new WorkerHost({
    ...makerOf(platform.worker!, platform.rescue, options.worker),
    answerMs: slateMs,
    openMs: fullMs,
    wasm: (tract) => (once[tract ? 'tract' : 'full'] ??= forWorker(source(tract ? 'tract' : 'full'), compile, base)),
  });
}

/** The full tier's binary in a form that a message can carry. */
async function forWorker(source: WasmSource | undefined, compile: Compile, base: string | undefined): Promise<WorkerWasm> {
  if (source === undefined || isModule(source)) return source;
  // Relative to the page, not to the worker's script.
  if (isUrl(source)) return new URL(source, base).href;
  return bytesOf(source) ?? compile(source, {});
}

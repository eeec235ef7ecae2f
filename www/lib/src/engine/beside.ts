/**
 * The full tier of a page. It runs where it is faster for the visitor: in the page's thread, where a slate takes less than a
 * message to a worker and back may, or in a worker, where it would hold the page up. In the page it takes the lite engine's
 * place, session and all; beside a worker the lite engine owns the session.
 */
import { since } from '../words/clock.js';
import { NearhandError, told, wrap } from '../words/errors.js';
import type { CatalogDelta, Consent, Info, LoadOptions } from '../words/types.js';
import { costsOf } from '../files/costs.js';
import { aborted, isModule, throwIfAborted } from '../files/fetch.js';
import { hasModel, needsTract } from '../files/has-model.js';
import type { Binary, Engine, Glue, MakeGlue, OpenOptions, RawSlate } from './engine.js';
import type { EngineHost } from './engine-host.js';
import { fallBack } from './in-thread.js';
import type { FullTier, Opened, Start } from './served.js';
import { type Compile, hostOf, OPEN_MS, type Parts, type Visit, type WasmOnce, type WorkerHost } from './worker-host.js';
import type { Request } from './worker-protocol.js';

/** Up to here a slate is answered in the page's thread: a message to a worker and back takes as long on a busy page. */
export const QUICK_MS = 2;
/** What takes a whole frame has no place in the page's thread, not even until a worker stands. */
export const FRAME_MS = 16;
/** A slate slower than that counts against the page's thread; so many more of them than of others, and a worker takes over. There is no way back. */
export const SLOW_MS = 2 * QUICK_MS;
export const SLOW_SLATES = 12;
/** Larger files are copied, and larger graphs are planned, in steps that the page would feel. */
const PAGE_BYTES = 4 << 20;
const PAGE_GRAPH = 1 << 20;
/** So long a bundle is opened without a turn of the event loop. */
const TURN_MS = 5;

/** What the full tier finds where it comes in. */
export interface Seat {
  readonly platform: Omit<Parts, 'rescue'> & { readonly rescue: () => Promise<typeof import('../failing/advice.js') & Partial<typeof import('../failing/rescue.js')>> };
  readonly options: LoadOptions;
  /** Nobody is served before the full tier stands. */
  readonly pinned: boolean;
  /** Ends all. */
  readonly signal: AbortSignal;
  /** Ends what may come after the shop stands. */
  readonly rest: AbortController;
  readonly start: Start;
  readonly fetching: Promise<Uint8Array>;
  /** The second file of a bundle in two. */
  readonly fetchingModel: Promise<Uint8Array | undefined>;
  readonly openOptions: () => OpenOptions;
  readonly deltas: readonly CatalogDelta[];
  readonly memory: { readonly consent: Consent; readonly snapshot: Uint8Array | undefined };
  /** Compiled in this thread. */
  readonly modules: Partial<Record<Binary, WebAssembly.Module>>;
  readonly once: WasmOnce;
  readonly now: () => number;
  readonly timings: Record<string, number>;
  readonly compile: Compile;
  readonly base: () => string | undefined;
}

/** `lite` is on its way, unless who waits may do without it. */
export const besideOf =
  (glue: MakeGlue) =>
  (seat: Seat, lite?: Promise<EngineHost>): Promise<Opened> =>
    new Tier(seat, glue).open(lite);

type Counted = Pick<Info, 'monitor'> & { readonly counts: Pick<Info['counts'], 'events' | 'unknownItems'> };

const sums = (now: readonly number[], before: readonly number[]): number[] => now.map((count, at) => count + before[at]!);

/** Where a bundle belongs that is not for the page's thread. */
type Elsewhere = 'off' | 'tract' | 'worker';

class Tier implements FullTier {
  readonly #seat: Seat;
  readonly #glue: MakeGlue;
  readonly #auto: boolean;
  readonly #began = performance.now();
  readonly #served: Omit<Opened, 'host'> & Partial<Pick<Opened, 'host'>> = { full: { state: 'loading' }, beside: this };
  #worker: WorkerHost | undefined;
  /** Whether the host is the full tier. */
  #here = false;
  #closed = false;
  /** How many more slates were slow than not. */
  #slow = 0;
  /** What the lite engine had counted. */
  #counted: Counted = { counts: { events: 0, unknownItems: 0 } };

  constructor(seat: Seat, glue: MakeGlue) {
    this.#seat = seat;
    this.#glue = glue;
    this.#auto = (seat.options.thread ?? 'auto') === 'auto';
    const { signal, rest } = seat;
    rest.signal.addEventListener('abort', () => this.#halt(aborted(rest.signal)));
    signal.addEventListener('abort', () => {
      this.#closed = true;
      this.#worker?.close();
      this.#served.host?.free();
    });
  }

  async open(lite: Promise<EngineHost> | undefined): Promise<Opened> {
    const { pinned, start, fetching } = this.#seat;
    const served = this.#served as Opened;
    // Who waits for the full tier alone has no other, where the page's thread will do; else what is for the worker comes ahead.
    let elsewhere: Elsewhere | undefined;
    if (!lite) {
      if (this.#mayBeHere) elsewhere = await this.#enter();
      else if (this.#worker ??= this.#hire()) this.#worker.prepare().catch(() => {});
      if (this.#here) return served;
      lite = start('lite');
    }
    served.host = await lite;
    if (elsewhere === 'off' || !hasModel(await fetching)) {
      this.#worker?.close();
      served.full = { state: 'off', reason: 'no-model' };
      delete served.beside;
      return served;
    }
    const settling = this.#settle(elsewhere);
    served.settled = settling.catch(() => {});
    if (pinned) await settling;
    return served;
  }

  /** Settles when the tier serves, or rejects with why it cannot. */
  async #settle(elsewhere: Elsewhere | undefined): Promise<void> {
    try {
      const { fetching, rest } = this.#seat;
      const bundle = await fetching;
      const binary = needsTract(bundle) && !this.#auto ? 'tract' : 'full';
      if (!elsewhere && this.#mayBeHere && !this.#refused(bundle, undefined, binary)) await this.#enter(binary);
      if (this.#here) return;
      throwIfAborted(rest.signal);
      await this.#send();
    } catch (error) {
      await this.#giveUp(wrap(error));
      throw error;
    }
  }

  /** Whether the page's thread is asked for, or may be; and its binary is at hand. */
  get #mayBeHere(): boolean {
    const { thread, wasm, worker } = this.#seat.options;
    // Who names a worker script may have the binary beside that one alone.
    return thread === 'page' || (this.#auto && (wasm?.full !== undefined || !worker));
  }

  /** What keeps a bundle out of the page's thread, before anything has run. */
  #refused(bundle: Uint8Array, model?: Uint8Array, binary?: Binary): Elsewhere | undefined {
    if (!hasModel(bundle)) return 'off';
    // It holds the thread for longer, and weighs more.
    if (needsTract(bundle) && binary !== 'tract') return 'tract';
    if (!this.#auto) return undefined;
    // Before its header is searched, which may be as long as the file.
    if (bundle.length + (model?.length ?? 0) > PAGE_BYTES) return 'worker';
    const { graph, goldens } = costsOf(bundle, model);
    return graph > PAGE_GRAPH || !goldens ? 'worker' : undefined;
  }

  /** Opens the full tier in this thread, and puts it in the lite one's place where a slate is quick enough. */
  async #enter(binary: 'full' | 'tract' = 'full'): Promise<Elsewhere | undefined> {
    const { start, rest, timings, options, once, modules } = this.#seat;
    // What a worker was given compiled can be read only once, perhaps.
    const given = await once[binary]?.catch(() => undefined);
    if (isModule(given)) modules[binary] ??= given;
    const steps: number[] = [];
    let goldens = 0;
    let elsewhere: Elsewhere | undefined;
    const ms = options.timeouts?.fullMs ?? OPEN_MS;
    const late = setTimeout(() => rest.abort(new NearhandError('load-timeout', `the full tier did not stand within ${ms} ms`, { ms })), ms);
    try {
      const starting = start(
        binary,
        (bundle, model) => {
          elsewhere = this.#refused(bundle, model, binary);
          if (elsewhere) throw new Error(elsewhere);
          goldens = costsOf(bundle, model).goldens;
          return 'full';
        },
        {
          glue: () => this.#watched(this.#glue(), steps),
          stop: rest.signal,
          turn: turns(rest.signal),
          stands: (host) => {
            // A golden is a slate and more; the first one compiles.
            const slate = Math.min(...steps.slice(-goldens));
            if (goldens) timings['slate'] = round(slate);
            if (this.#auto && slate > FRAME_MS) {
              host.free();
              elsewhere = 'worker';
              return;
            }
            this.#take(host);
            if (this.#auto && slate > QUICK_MS) this.#move();
          },
        },
      );
      // Not everything that is waited for hears of an abort.
      await Promise.race([starting, new Promise((_, reject) => rest.signal.addEventListener('abort', () => reject(aborted(rest.signal))))]);
    } catch (error) {
      if (!elsewhere) throw error;
    } finally {
      clearTimeout(late);
    }
    return elsewhere === 'tract' && !this.#auto ? this.#enter('tract') : elsewhere;
  }

  /** One step: what was told since the engine began to open is in it, and nobody asks in between. */
  #take(host: EngineHost): void {
    const { memory, now, timings, rest } = this.#seat;
    throwIfAborted(rest.signal);
    const served = this.#served;
    const nowMs = now();
    const engine = host.call((e) => {
      e.setConsent(memory.consent);
      if (memory.snapshot) e.restore(memory.snapshot, nowMs);
      return e.runsOn?.();
    });
    // Not there where nobody has been served.
    if (served.host) {
      this.#counted = served.host.call((e) => e.info());
      served.host.free();
    }
    served.host = host;
    served.full = { state: 'ready', thread: 'page', ...(engine && { engine }) };
    const lite = (): Promise<EngineHost> => this.#seat.start('lite');
    served.fallBack = async (...of) => {
      const fell = await fallBack(lite, ...of);
      this.#here &&= !fell;
      return fell;
    };
    this.#here = true;
    timings['full'] = since(this.#began);
  }

  /** A full engine whose steps and slates are timed, and which counts on where the lite one was. */
  #watched(glue: Glue, steps: number[]): Glue {
    const watch = (engine: Engine): Engine => {
      const plain = { replay: engine.replay.bind(engine), recommend: engine.recommend.bind(engine), info: engine.info.bind(engine) };
      const timed = <R>(act: () => R, tell: (ms: number) => void): R => {
        const from = performance.now();
        const result = act();
        tell(performance.now() - from);
        return result;
      };
      return Object.assign(engine, {
        replay: () => timed(plain.replay, (ms) => steps.push(ms)),
        recommend: (widgets: Parameters<Engine['recommend']>[0], nowMs: number) =>
          timed(
            () => plain.recommend(widgets, nowMs),
            (ms) => this.#felt(ms / widgets.length),
          ),
        info: () => {
          const info = plain.info();
          const { counts, monitor } = info;
          const { counts: before, monitor: usual } = this.#counted;
          return {
            ...info,
            counts: { ...counts, events: counts.events + before.events, unknownItems: counts.unknownItems + before.unknownItems },
            // Of one bundle, so of one reference.
            ...(monitor && usual && { monitor: { ...monitor, bins: sums(monitor.bins, usual.bins), rates: sums(monitor.rates, usual.rates) } }),
          };
        },
      });
    };
    return { ...glue, Engine: { open: (...given) => watch(glue.Engine.open(...given)) } };
  }

  /** A page that is slow for once stays as it is; one that is slow again and again asks a worker. */
  #felt(ms: number): void {
    if (!this.#auto || this.#worker || (globalThis.document as { hidden?: boolean } | undefined)?.hidden) return;
    this.#slow = ms > SLOW_MS ? this.#slow + 1 : Math.max(0, this.#slow - 1);
    if (this.#slow >= SLOW_SLATES) this.#move();
  }

  /** From the page's thread to a worker, which takes over when it stands. Where none can be had, the page goes on. */
  #move(): void {
    this.#send().catch(() => {});
  }

  #hire(): WorkerHost {
    const { platform, options, compile, base, once, modules } = this.#seat;
    // What this thread has compiled is not fetched once more.
    if (modules.full) once.full = Promise.resolve(modules.full);
    return hostOf(platform, options, compile, base(), once);
  }

  async #send(): Promise<void> {
    const { fetching, fetchingModel, openOptions, deltas, now, timings } = this.#seat;
    const worker = (this.#worker ??= this.#hire());
    worker.serves(await fetching);
    if (this.#closed) worker.close();
    await worker.start(
      Promise.all([fetching, fetchingModel]).then(([bundle, model]) => (): Request => ({ op: 'open', bundle, model, options: openOptions(), deltas, nowMs: now() })),
    );
    timings['full'] ??= since(this.#began);
  }

  async #giveUp(error: NearhandError): Promise<void> {
    // A worker tells its own.
    if (this.#worker || this.#closed) return;
    const served = this.#served;
    served.full = { state: 'failed', ...told(error) };
    const room = await this.#seat.platform.rescue().catch(() => undefined);
    // The cause, where the page can find it, and what to do. What the host has fetched itself has no address to ask.
    const why = error.details['url'] === 'wasm' ? undefined : await room?.explain?.(error).catch(() => undefined);
    if (!this.#closed) served.full = { state: 'failed', ...told(why ?? room?.advise(error) ?? error) };
  }

  get ready(): boolean {
    return this.#worker?.ready ?? false;
  }

  info(): Info['full'] {
    const worker = this.#worker?.info();
    if (worker?.state === 'ready') return { ...worker, thread: 'worker' };
    const { full } = this.#served;
    if (!worker) return full;
    return this.#here ? { ...full, ...(worker.error && { error: worker.error }) } : worker;
  }

  async slates(visit: Visit, notes: string[], current: () => FullTier | undefined): Promise<RawSlate[] | undefined> {
    const worker = this.#worker;
    if (worker && (worker.ready || !this.#here)) {
      return worker.slates(visit, notes, () => {
        const now = current();
        return now === this ? worker : now;
      });
    }
    if (!this.#here) notes.push(this.#served.full.state === 'failed' ? 'full-failed' : 'full-loading');
    return undefined;
  }

  updateCatalog(delta: CatalogDelta): void {
    this.#worker?.updateCatalog(delta);
  }

  setConsent(consent: Consent): void {
    this.#worker?.setConsent(consent);
  }

  /** Ends what still loads; what serves goes on. */
  #halt(error: NearhandError): void {
    this.#worker?.halt(error);
    const served = this.#served;
    if (served.full.state === 'loading') served.full = { state: 'failed', ...told(error) };
  }
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** A tab that is not seen has its timers once a second; messages come at once. */
function turns(signal: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > TURN_MS) {
      const { port1, port2 } = new MessageChannel();
      await new Promise((turn) => {
        port1.onmessage = turn;
        port2.postMessage(0);
      });
      port1.close();
      last = performance.now();
    }
    throwIfAborted(signal);
  };
}

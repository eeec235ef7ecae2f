/** One engine in this thread, started anew after a trap with everything it knew. */
import type { Engine, Glue, MakeGlue, OpenOptions } from './engine.js';
import { isTrap, NearhandError, wrap } from './errors.js';
import type { CatalogDelta, Tier } from './types.js';
import { version } from './version.js';

export interface EngineSource {
  readonly tier: Tier;
  readonly glue: MakeGlue;
  readonly module: WebAssembly.Module;
  readonly bundle: Uint8Array;
}

/** What an engine needs besides its bundle to stand where another stood. */
export interface EngineState {
  readonly open: OpenOptions;
  readonly deltas: readonly CatalogDelta[];
  readonly snapshot: Uint8Array | undefined;
}

/** Traps in a row after which the instance is not started again. */
const MAX_RESTARTS = 3;

export class EngineHost {
  readonly #source: EngineSource;
  readonly #state: () => EngineState;
  readonly #now: () => number;
  #engine: Engine | undefined;
  #restarts = 0;

  private constructor(source: EngineSource, state: () => EngineState, now: () => number, engine: Engine) {
    this.#source = source;
    this.#state = state;
    this.#now = now;
    this.#engine = engine;
  }

  /** `state` is read at the start and again at every restart. */
  static async start(source: EngineSource, state: () => EngineState, now: () => number): Promise<EngineHost> {
    return new EngineHost(source, state, now, await openEngine(source, state(), now()));
  }

  /** Calls the engine. After a trap the error is `engine-trapped` and a new engine stands ready. */
  call<T>(act: (engine: Engine) => T): T {
    try {
      // An engine that could not be started anew is tried again: memory may be there now.
      const engine = (this.#engine ??= this.#restart());
      const result = act(engine);
      this.#restarts = 0;
      return result;
    } catch (error) {
      if (isTrap(error)) {
        this.#engine = undefined;
        try {
          this.#engine = this.#restart();
        } catch {
          // The trap is what the caller needs to hear.
        }
      }
      throw wrap(error);
    }
  }

  get tier(): Tier {
    return this.#source.tier;
  }

  free(): void {
    this.#engine?.free();
    this.#engine = undefined;
    this.#restarts = MAX_RESTARTS;
  }

  #restart(): Engine {
    if (this.#restarts++ >= MAX_RESTARTS) {
      throw new NearhandError('engine-trapped', `the engine stopped ${MAX_RESTARTS} times in a row and is not started again`);
    }
    const glue = this.#source.glue();
    glue.initSync({ module: this.#source.module });
    return openWith(glue, this.#source, this.#state(), this.#now());
  }
}

/** A fresh instance with an engine in it. */
export async function openEngine(source: EngineSource, state: EngineState, nowMs: number): Promise<Engine> {
  const glue = source.glue();
  try {
    // Lite is small enough to be instantiated at once, without a turn of the event loop.
    if (source.tier === 'lite') glue.initSync({ module: source.module });
    else await glue.default({ module_or_path: source.module });
    return openWith(glue, source, state, nowMs);
  } catch (error) {
    throw error instanceof WebAssembly.LinkError ? mismatch(error.message) : wrap(error);
  }
}

function openWith(glue: Glue, source: EngineSource, state: EngineState, nowMs: number): Engine {
  if (glue.version() !== version) throw mismatch(`it says ${glue.version()}`);
  const engine = glue.Engine.open(source.bundle, state.open);
  const { tier } = engine.info();
  if (tier !== source.tier) throw mismatch(`it is the ${tier} tier's, not the ${source.tier} one's`);
  for (const delta of state.deltas) engine.updateCatalog(delta);
  if (state.snapshot) engine.restore(state.snapshot, nowMs);
  return engine;
}

/** Glue and binary are made together; a copy of another release would fail later and darker. */
const mismatch = (found: string): NearhandError =>
  new NearhandError('wasm-mismatch', `the wasm binary is not the one of nearhand ${version}: ${found}`, { expected: version, found });

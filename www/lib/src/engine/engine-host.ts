/** One engine in this thread, started anew after a trap with everything it knew. */
import type { Binary, Engine, EngineTier, Glue, MakeGlue, OpenOptions } from './engine.js';
import { isTrap, NearhandError, shut, told, wrap } from '../words/errors.js';
import type { CatalogDelta, Info } from '../words/types.js';
import { version } from '../words/version.js';

export interface EngineSource {
  readonly binary: Binary;
  /** The tier it answers in: the full one's binary is a lite engine over a bundle without a model. */
  readonly serves: EngineTier;
  readonly glue: MakeGlue;
  readonly module: WebAssembly.Module;
  readonly bundle: Uint8Array;
  /** The second file of a bundle in two; the full tier's alone. */
  readonly model?: Uint8Array | undefined;
}

/** Lets others have their turn, or throws. */
export type Turn = () => Promise<void> | void;

/** What an engine needs besides its bundle to stand where another stood. */
export interface EngineState {
  readonly open: OpenOptions;
  readonly deltas: readonly CatalogDelta[];
  readonly snapshot: Uint8Array | undefined;
}

/** Restarts after which the instance is not started again, unless it ran well in between. */
const MAX_RESTARTS = 3;
/** Calls without a trap after which the earlier ones are forgiven: an engine that traps at every other call must stop too. */
const FORGIVEN_AFTER = 20;

export interface EngineHost {
  /** Calls the engine. After a trap the error is `engine-trapped`, and the next call finds a new engine. */
  call<T>(act: (engine: Engine) => T): T;
  /** How often an engine was started in place of one that trapped, and why the last one did. */
  readonly restarts: Info['restarts'];
  readonly tier: EngineTier;
  free(): void;
}

/** `state` is read at the start and again at every restart. `stands` is told in the step that has read it last. */
export async function startEngine(
  source: EngineSource,
  state: () => EngineState,
  now: () => number,
  between: Turn,
  stands?: (host: EngineHost) => void,
): Promise<EngineHost> {
  let engine: Engine | undefined;
  /** Traps that are not forgiven yet. */
  let strikes = 0;
  let callsSince = 0;
  let restarts = 0;
  /** A call has not come to its end: still under way, or cut off by a stack that the page has filled. */
  let busy = false;
  let lastTrap: NearhandError | undefined;

  const restart = (): Engine => {
    // For good: freed, or for what has stopped it last.
    if (strikes > MAX_RESTARTS) throw lastTrap ?? shut();
    callsSince = 0;
    const glue = source.glue();
    glue.initSync({ module: source.module });
    const engine = begin(glue, source, state());
    while (engine.replay());
    finish(engine, source, state(), now());
    restarts++;
    return engine;
  };

  const host: EngineHost = {
    call(act) {
      // The glue holds for good what was cut off, and even the `catch` below may have had no room.
      if (busy) engine = undefined;
      busy = true;
      try {
        // An engine that could not be started anew is tried again: memory may be there now.
        const result = act((engine ??= restart()));
        busy = false;
        if (++callsSince >= FORGIVEN_AFTER) strikes = 0;
        return result;
      } catch (error) {
        // An engine that could not be started anew, for whatever reason, is as good as one that has stopped.
        const told = engine ? wrap(error) : new NearhandError('engine-trapped', wrap(error).message);
        // What is no error of the engine's own has left it half way: the next call starts another.
        if (told !== error) {
          lastTrap = told;
          engine = undefined;
          // The page's own stack was full; the engine is none the worse.
          if (!/stack|recursion/.test(told.message)) strikes++;
        }
        busy = false;
        throw told;
      }
    },
    get restarts() {
      return { count: restarts, ...told(lastTrap) };
    },
    tier: source.serves,
    free() {
      if (!busy) engine?.free();
      engine = undefined;
      strikes = Infinity;
    },
  };
  await openEngine(source, state, now, between, (opened) => {
    engine = opened;
    stands?.(host);
  });
  return host;
}

/** A fresh instance with an engine in it. The bundle is opened step by step, with `between` before and between the steps. */
export async function openEngine(
  source: EngineSource,
  state: () => EngineState,
  now: () => number,
  between: Turn,
  opened?: (engine: Engine) => void,
): Promise<Engine> {
  const glue = source.glue();
  try {
    await between();
    await glue.default({ module_or_path: source.module });
  } catch (error) {
    if ((error as Error).name === 'LinkError') throw mismatch((error as Error).message);
    // Before any code of ours has run, a RangeError is the platform refusing the instance its memory.
    if ((error as Error).name === 'RangeError') throw new NearhandError('out-of-memory', `no memory: ${(error as Error).message}`, {}, error);
    throw wrap(error);
  }
  try {
    const engine = begin(glue, source, state());
    while (engine.replay()) await between();
    finish(engine, source, state(), now());
    opened?.(engine);
    return engine;
  } catch (error) {
    if (!isTrap(error)) throw wrap(error);
    const bytes = source.bundle.byteLength + (source.model?.byteLength ?? 0);
    const { code, message } = wrap(error);
    throw new NearhandError(code, message, { bytes, tier: source.serves }, error);
  }
}

function begin(glue: Glue, source: EngineSource, state: EngineState): Engine {
  if (glue.version() !== version) throw mismatch(glue.version());
  return glue.Engine.open(source.bundle, state.open, source.model);
}

function finish(engine: Engine, source: EngineSource, state: EngineState, nowMs: number): void {
  const { tier } = engine.info();
  if (tier !== source.serves) throw mismatch(tier);
  for (const delta of state.deltas) engine.updateCatalog(delta);
  if (state.snapshot) engine.restore(state.snapshot, nowMs);
}

/** Glue and binary are made together; a copy of another release would fail later and darker. */
const mismatch = (found: string): NearhandError =>
  new NearhandError('wasm-mismatch', `the wasm binary is not the one of nearhand ${version}: ${found}`, { expected: version, found });

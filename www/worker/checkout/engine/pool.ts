/**
 * Engines that hold windows, few for many objects. Each is a wasm instance of its own, and an isolate has 128 MB: so an object has one
 * while it is asked, and its state makes room, as bytes beside, for whoever comes. Nothing here waits, so nobody meets another's state.
 */
import type { Assessor } from 'nearhand/assess';
import { MOST_ASIDE, SLOTS } from '../words/limits.js';

/** Whose windows: a card's, a terminal's, or those of a hot terminal's shard. */
export type Counting = 'card' | 'terminal' | 'shard';

export class Pool {
  /** Of an engine that has counted nothing. */
  readonly #empty: Uint8Array;
  readonly #idle: Assessor[];
  readonly #held = new Map<number, Assessor>();
  readonly #aside = new Map<number, Uint8Array>();
  #bytes = 0;
  #size = 1;
  /** Somebody had to make room since the last one was added. */
  #tight = false;

  /** One engine, and how another one is opened. */
  constructor(
    first: Assessor,
    private readonly open: () => Promise<Assessor>,
  ) {
    this.#idle = [first];
    this.#empty = first.snapshot();
  }

  /** Adds an engine where those that are here were too few. */
  async grow(): Promise<void> {
    if (!this.#tight || this.#size >= SLOTS) return;
    this.#tight = false;
    this.#size += 1;
    try {
      this.#idle.push(await this.open());
    } catch {
      // Those that are here do as well.
      this.#size -= 1;
    }
  }

  /** The engine with an owner's state; `undefined` where the state is not in memory. */
  held(owner: number): Assessor | undefined {
    const engine = this.#held.get(owner);
    if (engine) {
      this.#held.delete(owner);
      this.#held.set(owner, engine);
      return engine;
    }
    const state = this.#aside.get(owner);
    return state && this.begun(owner, state);
  }

  /** An engine with a state that is the owner's from now on. Throws what `restore` throws; the owner has none then. */
  begun(owner: number, state = this.#empty): Assessor {
    this.drop(owner);
    const engine = this.#idle.pop() ?? this.#freed();
    try {
      engine.restore(state);
    } catch (error) {
      this.#idle.push(engine);
      throw error;
    }
    this.#held.set(owner, engine);
    return engine;
  }

  /** Forgets an owner's state. */
  drop(owner: number): void {
    const engine = this.#held.get(owner);
    if (engine) this.#idle.push(engine);
    this.#held.delete(owner);
    this.#bytes -= this.#aside.get(owner)?.length ?? 0;
    this.#aside.delete(owner);
  }

  close(): void {
    for (const engine of [...this.#idle, ...this.#held.values()]) engine.close();
  }

  /** The engine of whoever was asked least recently, its state put aside. */
  #freed(): Assessor {
    this.#tight = true;
    for (const [owner, engine] of this.#held) {
      this.#held.delete(owner);
      const state = engine.snapshot();
      this.#aside.set(owner, state);
      this.#bytes += state.length;
      for (const [oldest, { length }] of this.#aside) {
        if (this.#bytes <= MOST_ASIDE) break;
        this.#aside.delete(oldest);
        this.#bytes -= length;
      }
      return engine;
    }
    throw new Error('no engine holds windows');
  }
}

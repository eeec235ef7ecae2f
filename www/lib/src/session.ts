/** The session between the engine that owns it, the face's copy for a restart, and the storage. */
import type { Engine } from './engine.js';
import { isTrap, wrap } from './errors.js';
import type { Served } from './served.js';
import type { Found, SessionStore } from './storage.js';
import type { CatalogDelta, Consent } from './types.js';

/** What the face remembers so that any engine can be replaced. */
export interface Memory {
  consent: Consent;
  /** As the host told them; an engine has them as they fit its bundle. */
  deltas: CatalogDelta[];
  /** The latest one the engine gave. */
  snapshot: Uint8Array | undefined;
}

export class SessionKeeper {
  readonly #memory: Memory;
  readonly #store: SessionStore;
  readonly #now: () => number;
  /** Its first engine owns the session. */
  served: Served;
  /** The snapshot of a visitor who has done nothing yet. */
  empty: Uint8Array = new Uint8Array();

  constructor(served: Served, memory: Memory, store: SessionStore, now: () => number) {
    this.served = served;
    this.#memory = memory;
    this.#store = store;
    this.#now = now;
  }

  /** What a server has begun, and an earlier page's session. */
  begin(snapshot: Uint8Array | undefined): void {
    this.empty = this.#call((e) => e.snapshot());
    this.#store.use(this.#memory.consent);
    const found = this.#store.read();
    if (snapshot) this.#call((e) => e.restore(snapshot, this.#now()));
    if (found !== 'dropped') this.#take(found, snapshot ? 'merge' : 'restore');
    if (snapshot) this.keep();
    else this.remember();
  }

  /** The session as it stands, others' changes included. */
  current(): Uint8Array {
    this.sync();
    return this.#memory.snapshot ?? this.remember();
  }

  /**
   * Acts with another session in the engine and puts the shop's own back. One step: nobody sees the engine in between. After
   * a trap the engine started anew has the shop's own.
   */
  aside<R>(snapshot: Uint8Array, act: (engine: Engine, nowMs: number) => R): R {
    const nowMs = this.#now();
    const own = this.#memory.snapshot ?? this.remember();
    return this.#call((engine) => {
      let trapped = false;
      try {
        engine.restore(snapshot, nowMs);
        return act(engine, nowMs);
      } catch (error) {
        trapped = isTrap(error);
        throw error;
      } finally {
        if (!trapped) engine.restore(own, nowMs);
      }
    });
  }

  /**
   * Another tab's events join this one's; another tab's `forget` holds here too. A page that comes back (`stale`) takes what
   * is stored as it is, unless it could not store its own.
   */
  sync(stale = false): void {
    const found = this.#store.read();
    if (found === 'nothing') return;
    this.#take(found, stale && this.#store.info().error === undefined ? 'restore' : 'merge');
    this.remember();
  }

  /** After a change: the copy for a restart, and the storage. */
  keep(): void {
    this.#store.write(this.remember());
  }

  remember(): Uint8Array {
    return (this.#memory.snapshot = this.#call((e) => e.snapshot()));
  }

  move(consent: Consent): void {
    // First, so that it holds for an engine started anew, too.
    this.#memory.consent = consent;
    if (consent === 'none') this.#memory.snapshot = undefined;
    this.#store.use(consent);
    this.#call((e) => e.setConsent(consent));
    this.sync();
    this.keep();
  }

  /** Another bundle goes on with the session as it stands. */
  handOver(next: Served): void {
    const { consent, snapshot } = this.#memory;
    next.host.call((e) => {
      e.setConsent(consent);
      if (snapshot) e.restore(snapshot, this.#now());
      else e.forget(this.#now());
    });
    this.served.stop.abort();
    this.served = next;
  }

  forget(): void {
    // First, so that it happens even when the engine is broken.
    this.#store.clear();
    this.#memory.snapshot = undefined;
    const forget = (e: Engine): void => e.forget(this.#now());
    try {
      this.#call(forget);
    } catch (error) {
      // The engine started anew must know when: what is dated before is still to come.
      this.#call(forget);
      throw error;
    } finally {
      this.remember();
    }
  }

  #call<R>(act: (engine: Engine) => R): R {
    return this.served.host.call(act);
  }

  #take(found: Found, how: 'restore' | 'merge'): void {
    if (found === 'nothing') return;
    if (found === 'dropped') return this.#call((e) => e.forget(this.#now()));
    try {
      this.#call((e) => e[how](found.snapshot, this.#now()));
    } catch (error) {
      this.#store.drop(wrap(error));
    }
  }
}

/** The session between the engine that owns it, the face's copy for a restart, and the storage. */
import type { Engine } from '../engine/engine.js';
import { NearhandError } from '../words/errors.js';
import type { Served } from '../engine/served.js';
import type { Found, SessionStore } from './storage.js';
import type { CatalogDelta, Consent, Updated } from '../words/types.js';

/** What the face remembers so that any engine can be replaced. */
export interface Memory {
  consent: Consent;
  /** As the host told them; an engine has them as they fit its bundle. */
  deltas: CatalogDelta[];
  /** What came of the delta that `load` was given. */
  catalog?: Updated;
  /** The latest one the engine gave. */
  snapshot: Uint8Array | undefined;
}

export interface SessionKeeper {
  /** Its first engine owns the session. */
  served: Served;
  /** The snapshot of a visitor who has done nothing yet. */
  readonly empty: Uint8Array;
  /** The session as it stands, others' changes included. */
  current(): Uint8Array;
  /**
   * Acts with another session in the engine and puts the shop's own back. One step: nobody sees the engine in between. After
   * a trap the engine started anew has the shop's own.
   */
  aside<R>(snapshot: Uint8Array, act: (engine: Engine, nowMs: number) => R): R;
  /**
   * Another tab's events join this one's; another tab's `forget` holds here too. A page that comes back (`stale`) takes what
   * is stored as it is, unless it could not store its own.
   */
  sync(stale?: boolean): void;
  /** After a change: the copy for a restart, and the storage. */
  keep(): void;
  move(consent: Consent): void;
  /** Another bundle goes on with the session as it stands. */
  handOver(next: Served): void;
  forget(): void;
}

/** Begins with what a server has begun (`snapshot`), and an earlier page's session. */
export function keeperOf(first: Served, memory: Memory, store: SessionStore, now: () => number, snapshot?: Uint8Array): SessionKeeper {
  const call = <R>(act: (engine: Engine) => R): R => self.served.host.call(act);
  const remember = (): Uint8Array => (memory.snapshot = call((e) => e.snapshot()));
  // The clock is the host's code, and is read outside the engine.
  const forget = (): void => {
    const nowMs = now();
    call((e) => e.forget(nowMs));
  };
  const take = (found: Found, how: 'restore' | 'merge'): void => {
    if (!found) return;
    if (found === 'dropped') return forget();
    const nowMs = now();
    try {
      call((e) => e[how](found, nowMs));
    } catch (error) {
      store.drop(error);
      // What others stored in between is kept; they would take a removal for the visitor's `forget`.
      self.keep();
    }
  };

  const self: SessionKeeper = {
    served: first,
    empty: first.host.call((e) => e.snapshot()),
    current() {
      self.sync();
      return memory.snapshot ?? remember();
    },
    aside(snapshot, act) {
      const nowMs = now();
      const own = memory.snapshot ?? remember();
      return call((engine) => {
        let trapped = false;
        try {
          engine.restore(snapshot, nowMs);
          return act(engine, nowMs);
        } catch (error) {
          trapped = !(error instanceof NearhandError);
          throw error;
        } finally {
          if (!trapped) engine.restore(own, nowMs);
        }
      });
    },
    sync(stale) {
      const found = store.read();
      if (!found) return;
      take(found, stale && store.info().error === undefined ? 'restore' : 'merge');
      store.write(remember(), true);
    },
    keep: () => store.write(remember()),
    move(consent) {
      // First, so that it holds for an engine started anew, too.
      memory.consent = consent;
      if (consent === 'none') memory.snapshot = undefined;
      store.use(consent);
      call((e) => e.setConsent(consent));
      self.sync();
      self.keep();
    },
    handOver(next) {
      const { consent, snapshot } = memory;
      const nowMs = now();
      next.host.call((e) => {
        e.setConsent(consent);
        if (snapshot) e.restore(snapshot, nowMs);
        else e.forget(nowMs);
      });
      self.served.stop.abort();
      self.served = next;
    },
    forget() {
      // First, so that it happens even when the engine is broken.
      store.clear();
      memory.snapshot = undefined;
      try {
        forget();
      } catch (error) {
        // The engine started anew must know when: what is dated before is still to come.
        forget();
        throw error;
      } finally {
        remember();
      }
    },
  };

  store.use(memory.consent);
  const found = store.read();
  const begun = now();
  if (snapshot) call((e) => e.restore(snapshot, begun));
  if (found !== 'dropped') take(found, snapshot ? 'merge' : 'restore');
  if (snapshot) self.keep();
  else remember();
  return self;
}

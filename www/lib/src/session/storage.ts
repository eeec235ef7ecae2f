/**
 * Where the session's snapshot is kept between pages. Blocked, full or corrupt storage never throws: the session
 * then lives in memory, and `error` says why. The store knows bytes only; what they mean is the engine's.
 */
import { short, wrap } from '../words/errors.js';
import type { Consent, Info } from '../words/types.js';

export type StoredKind = 'session' | 'persistent';
/** The runtime's storage of a kind. May throw (a blocked cookie jar) or give nothing (no storage at all). */
export type StorageArea = (kind: StoredKind) => Storage | undefined;

/** What a read found: another's snapshot, that another has dropped the session, or nothing new. */
export type Found = Uint8Array | 'dropped' | undefined;

/** What earlier versions wrote behind the key: nobody reads it any more, so it must not stay. */
const EARLIER = '@1';
/** Characters: a session has 2048 bytes at most. */
const LONGEST = 4_096;

export interface SessionStore {
  /** Moves to another kind. What lies in a kind that the consent does not cover is removed. */
  use(consent: Consent): void;
  /** Looks for what someone else (an earlier page, another tab) has stored since the last look. */
  read(): Found;
  /**
   * A tab in a process of its own sees a write some milliseconds late, and may have written over it. `again`, after a read: what
   * is stored may lack something of this snapshot, and it is put back; once, or two tabs that keep different things would write
   * for ever; and only where something is stored, or a `forget` of the other would be undone.
   */
  write(snapshot: Uint8Array, again?: boolean): void;
  /** Bytes that cannot be read: keeps the reason for `info()`. Those of a later version stay as they are until the visitor forgets. */
  drop(reason: unknown): void;
  clear(): void;
  /** The `storage` event of another tab concerns this session. */
  concerns(event: Partial<StorageEvent>): boolean;
  info(): Info['storage'];
}

export function storeOf(key: string, areas: StorageArea): SessionStore {
  let kept: Consent = 'memory';
  let area: Storage | undefined;
  let error: string | undefined;
  let failing = false;
  /** A later version's session, which is not written over. */
  let later: string | null | undefined;
  /** What this store last saw under its key. */
  let seen: string | null = null;
  /** What it last wrote itself. */
  let written: string | undefined;

  const fail = (reason: unknown): void => {
    failing = true;
    error = short(reason);
  };
  const tried = (act: () => void, failed: (reason: unknown) => void): void => {
    try {
      act();
    } catch (reason) {
      failed(reason);
    }
  };
  /** What cannot be reached cannot hold a session either. */
  const quietly = (act: () => void): void => tried(act, () => {});
  const loudly = (act: () => void): void =>
    tried(() => {
      act();
      if (failing) error = undefined;
      failing = false;
    }, fail);

  const self: SessionStore = {
    use(consent) {
      for (const kind of ['session', 'persistent'] as const) {
        quietly(() => {
          const area = areas(kind);
          area?.removeItem(key + EARLIER);
          if (kind !== consent) area?.removeItem(key);
        });
      }
      kept = consent;
      area = error = undefined;
      seen = null;
      if (consent === 'none' || consent === 'memory') return;
      loudly(() => {
        area = areas(consent);
        if (!area) throw new Error(`this runtime has no ${consent === 'session' ? 'sessionStorage' : 'localStorage'}`);
      });
    },
    read() {
      let stored = seen;
      tried(() => {
        if (area) stored = area.getItem(key);
      }, fail);
      if (stored === seen) return undefined;
      seen = stored;
      if (stored === null) return 'dropped';
      // What is no base64, or too long for a session, is told as what it is: no session.
      let found = new Uint8Array();
      if (stored.length < LONGEST) quietly(() => (found = Uint8Array.from(atob(stored!), (c) => c.charCodeAt(0))));
      return found;
    },
    write(snapshot, again) {
      const text = btoa(String.fromCharCode(...snapshot));
      if (!area || seen === later || (again && (!seen || text === written))) return;
      // Tried anew each time: a full storage may have room again.
      loudly(() => {
        area!.setItem(key, text);
        seen = written = text;
      });
    },
    drop(reason) {
      const { code, message } = wrap(reason);
      if (/version$/.test(code)) later = seen;
      error = `a stored session could not be read: ${message}`;
    },
    clear() {
      quietly(() => area?.removeItem(key));
      seen = null;
    },
    concerns: ({ storageArea, key: changed }) => !!area && storageArea === area && (changed === key || changed === null),
    info() {
      const kind = kept !== 'none' && (!area || failing || seen === later) ? 'memory' : kept;
      return { kind, ...(error !== undefined && { error }) };
    },
  };
  return self;
}

/**
 * Where the session's snapshot is kept between pages. Blocked, full or corrupt storage never throws: the session
 * then lives in memory, and `error` says why. The store knows bytes only; what they mean is the engine's.
 */
import { short, wrap } from './errors.js';
import type { Consent, Info } from './types.js';

export type StoredKind = 'session' | 'persistent';
/** The runtime's storage of a kind. May throw (a blocked cookie jar) or give nothing (no storage at all). */
export type StorageArea = (kind: StoredKind) => Storage | undefined;

/** What a read found: another's snapshot, that another has dropped the session, or nothing new. */
export type Found = { readonly snapshot: Uint8Array } | 'dropped' | 'nothing';

/** What earlier versions wrote behind the key: nobody reads it any more, so it must not stay. */
const EARLIER = '@1';

export class SessionStore {
  #consent: Consent = 'memory';
  #area: Storage | undefined;
  #error: string | undefined;
  /** What this store last saw under its key. */
  #seen: string | null = null;
  readonly key: string;
  readonly #areas: StorageArea;

  constructor(key: string, areas: StorageArea) {
    this.key = key;
    this.#areas = areas;
  }

  /** Moves to another kind. What lies in a kind that the consent does not cover is removed. */
  use(consent: Consent): void {
    for (const kind of ['session', 'persistent'] as const) {
      this.#quietly(() => {
        const area = this.#areas(kind);
        area?.removeItem(this.key + EARLIER);
        if (kind !== consent) area?.removeItem(this.key);
      });
    }
    this.#consent = consent;
    this.#area = undefined;
    this.#error = undefined;
    this.#seen = null;
    if (consent === 'none' || consent === 'memory') return;
    this.#loudly(() => {
      this.#area = this.#areas(consent);
      if (!this.#area) throw new Error(`this runtime has no ${consent === 'session' ? 'sessionStorage' : 'localStorage'}`);
    });
  }

  /** Looks for what someone else (an earlier page, another tab) has stored since the last look. */
  read(): Found {
    const area = this.#area;
    if (!area) return 'nothing';
    let stored: string | null;
    try {
      stored = area.getItem(this.key);
    } catch (error) {
      this.#fail(error);
      return 'nothing';
    }
    if (stored === this.#seen) return 'nothing';
    this.#seen = stored;
    if (stored === null) return 'dropped';
    try {
      return { snapshot: Uint8Array.from(atob(stored), (c) => c.charCodeAt(0)) };
    } catch (error) {
      this.drop(error);
      return 'nothing';
    }
  }

  write(snapshot: Uint8Array): void {
    const area = this.#area;
    if (!area) return;
    const text = btoa(String.fromCharCode(...snapshot));
    // Tried anew each time: a full storage may have room again.
    if (this.#loudly(() => area.setItem(this.key, text))) this.#seen = text;
  }

  /** Removes bytes that cannot be read, and keeps the reason for `info()`. */
  drop(reason: unknown): void {
    this.clear();
    this.#error = `dropped a stored session that could not be read: ${wrap(reason).message}`;
  }

  clear(): void {
    this.#quietly(() => this.#area?.removeItem(this.key));
    this.#seen = null;
  }

  /** The `storage` event of another tab concerns this session. */
  concerns(event: StorageEvent): boolean {
    return this.#area !== undefined && event.storageArea === this.#area && (event.key === this.key || event.key === null);
  }

  info(): Info['storage'] {
    const error = this.#error;
    const kind = this.#consent !== 'none' && (!this.#area || this.#failing) ? 'memory' : this.#consent;
    return error === undefined ? { kind } : { kind, error };
  }

  #failing = false;

  #loudly(act: () => void): boolean {
    try {
      act();
      if (this.#failing) this.#error = undefined;
      this.#failing = false;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#failing = true;
    this.#error = short(error);
  }

  #quietly(act: () => void): void {
    try {
      act();
    } catch {
      // What cannot be reached cannot hold a session either.
    }
  }
}

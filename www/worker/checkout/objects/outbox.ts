/**
 * What an object has to tell others, after its answer: written in one transaction with what it is about, sent at once, and again until it
 * arrives. So it arrives at least once; whoever is told takes it once.
 */
import { codeOf } from '../words/refused.js';
import { within } from './within.js';

interface Letter extends Record<string, SqlValue> {
  key: string;
  kind: string;
  body: string;
  tries: number;
}

interface Kept extends Letter {
  due: number;
}

/** `done`: it arrived, or never will. `later`: whoever it is for does not know yet what it is about, or the settings do not let it be sent. */
export type Delivered = 'done' | 'later';

/** Tries after which `later` is given up: some two hours, a quarter of an hour for what is soon late. */
const MOST_LATER = 32;
/** How long whoever is told may take, milliseconds. */
const LONGEST_SEND = 10_000;
/** Longest time between two tries, milliseconds. */
const LONGEST_WAIT = 300_000;
/** The same for what is counted by its time, and is late some minutes after it. */
const LONGEST_WAIT_OBSERVE = 30_000;

/** What an object with an outbox has to have. */
export const OUTBOX = 'CREATE TABLE IF NOT EXISTS outbox (key TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL);';

export class Outbox {
  #busy = false;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly send: (kind: string, body: never) => Promise<Delivered>,
  ) {}

  put(kind: string, id: string, body: unknown, now: number): void {
    this.storage.sql.exec('INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, 0, ?)', `${kind}\n${id}`, kind, JSON.stringify(body), now);
  }

  /** All that waits, to be put again where the tables are new. */
  waiting(): Kept[] {
    return this.storage.sql.exec<Kept>('SELECT * FROM outbox ORDER BY due, rowid').toArray();
  }

  again(letters: readonly Kept[]): void {
    for (const { key, kind, body, tries, due } of letters) this.storage.sql.exec('INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, ?)', key, kind, body, tries, due);
  }

  /** When the next one is due. */
  due(): number | undefined {
    return this.storage.sql.exec<{ due: number | null }>('SELECT MIN(due) AS due FROM outbox').toArray()[0]?.due ?? undefined;
  }

  /** Sends what is due, in the order in which it was put. Never throws. */
  async deliver(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let letter = this.#next(); letter; letter = this.#next()) {
        const { key, kind, body, tries } = letter;
        const sent = this.send(kind, JSON.parse(body) as never).catch((error: unknown): Delivered => {
          if (codeOf(error) !== 'settings-invalid') throw error;
          return 'later';
        });
        const delivered = await within(LONGEST_SEND, sent);
        const longest = kind === 'observe' ? LONGEST_WAIT_OBSERVE : LONGEST_WAIT;
        if (delivered === 'done' || (delivered === 'later' && tries >= MOST_LATER)) this.storage.sql.exec('DELETE FROM outbox WHERE key = ?', key);
        else this.storage.sql.exec('UPDATE outbox SET tries = tries + 1, due = ? WHERE key = ?', Date.now() + Math.min(longest, 500 * 2 ** Math.min(tries, 20)), key);
      }
    } catch {
      // The storage fails, or was deleted meanwhile: what is left is sent by the alarm.
    } finally {
      this.#busy = false;
    }
  }

  #next(): Letter | undefined {
    return this.storage.sql.exec<Letter>('SELECT key, kind, body, tries FROM outbox WHERE due <= ? ORDER BY due, rowid LIMIT 1', Date.now()).toArray()[0];
  }
}

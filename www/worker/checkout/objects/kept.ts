/**
 * What an object keeps of its key's value: a log of what it was told, in order, and a snapshot of the windows over the log's first rows.
 * The windows in memory are nothing but both, replayed; whoever loses them (a restart, a kill, an eviction, another isolate) makes them
 * again. A row that may still change, as the issuer's answer comes later, is not yet in the snapshot.
 */
import { about, codeOf } from '../words/refused.js';
import { FOLD, MOST_AUDITED, MOST_OPEN, PART, SETTLE } from '../words/limits.js';
import type { Asked, Features, Numbered, Told } from '../words/types.js';
import type { Engine, KeyWindows } from '../engine/engine.js';
import type { Counting } from '../engine/pool.js';
import { hourly } from './alarm.js';

/** A row of the log. */
export interface Row extends Record<string, SqlValue> {
  seq: number;
  kind: string;
  id: string;
  body: string;
  received: number;
}

/** An event's row. `features`: what was answered, `null` where nothing was. */
export interface Recorded {
  readonly asked: Asked;
  readonly features: Features | null;
  readonly failure: string | null;
}

/** What an object with windows has to have. */
export const TABLES = `
CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, received INTEGER NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS snapshot (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL);`;

let born = 0;

export class Kept {
  /** The number of this instance among the isolate's: a state in memory is its own. */
  readonly #self = ++born;
  #engine: Engine | undefined;
  /** What was read of `meta`. */
  readonly #meta = new Map<string, string | undefined>();

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly counting: () => Counting,
    /** Whether there are tables. */
    private readonly made: () => boolean,
  ) {}

  meta(name: string): string | undefined {
    if (!this.made()) return undefined;
    if (!this.#meta.has(name)) this.#meta.set(name, this.storage.sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', name).toArray()[0]?.value);
    return this.#meta.get(name);
  }

  setMeta(name: string, value: string): void {
    this.storage.sql.exec('INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value);
    this.#meta.set(name, value);
  }

  row(kind: string, id: string): Row | undefined {
    if (!this.made()) return undefined;
    return this.storage.sql.exec<Row>('SELECT * FROM log WHERE kind = ? AND id = ?', kind, id).toArray()[0];
  }

  /** Adds a row. Gives its place. */
  append(kind: string, id: string, body: unknown, received: number): number {
    const rows = this.storage.sql.exec<{ seq: number }>('INSERT INTO log (kind, id, body, received) VALUES (?, ?, ?, ?) RETURNING seq', kind, id, JSON.stringify(body), received).toArray();
    return rows[0]?.seq ?? 0;
  }

  /** The windows as they stand behind the log's last row. They are this object's until it waits for something: ask again then. */
  windows(engine: Engine): KeyWindows {
    this.#engine = engine;
    return engine.held(this.counting(), this.#self) ?? this.#replayed(engine, this.#self, Number.MAX_SAFE_INTEGER);
  }

  /** What is in memory is not what the storage says any more. */
  forget(): void {
    this.#engine?.drop(this.counting(), this.#self);
    this.#meta.clear();
  }

  /** What became known of an event: a row once, however often it is told, and none where something later is there. `unknown`: the event is not in the log. */
  tell(engine: Engine | undefined, told: Numbered, received: number): 'known' | 'same' | 'unknown' {
    if (!this.row('event', told.id)) return 'unknown';
    const fresh = this.#fresh(told);
    if (!fresh) return 'same';
    this.changing(() => {
      // Before the row is there: windows that have to be made first are made of the rows before it.
      const windows = engine && this.windows(engine);
      this.append(told.kind, `${told.id}\n${told.no}`, fresh, received);
      if (windows) tell(windows, fresh);
    });
    return 'known';
  }

  /** What is new of something that is told: of a label all or nothing, of an outcome the flags that nothing later has told. */
  #fresh(told: Numbered): Numbered | undefined {
    // No id has a control character: these are the rows of this one.
    const rows = this.storage.sql.exec<{ body: string }>('SELECT body FROM log WHERE kind = ? AND id > ? AND id < ?', told.kind, `${told.id}\n`, `${told.id}\v`).toArray();
    const later = rows.map(({ body }) => JSON.parse(body) as Numbered).filter(({ no }) => no >= told.no);
    if (later.length === 0) return told;
    if (told.kind === 'label') return undefined;
    const taken = new Set(later.flatMap((one) => (one.kind === 'outcome' ? Object.keys(one.flags) : [])));
    const flags = Object.fromEntries(Object.entries(told.flags).filter(([flag]) => !taken.has(flag)));
    return Object.keys(flags).length > 0 ? { ...told, flags } : undefined;
  }

  /** Takes an event back that never was, also where it comes only now. What is in the snapshot stays counted. */
  retract(id: string, digest: string, received: number): void {
    const row = this.row('event', id);
    if (row && ((JSON.parse(row.body) as Recorded).asked.digest !== digest || row.seq <= this.#folded())) return;
    this.changing(() => {
      if (row) this.storage.sql.exec('DELETE FROM log WHERE seq = ?', row.seq);
      if (!this.retracted(id, digest)) this.append('retract', `${id}\n${digest}`, { id }, received);
    });
    if (row) this.forget();
  }

  /** Whether an event was taken back. */
  retracted(id: string, digest: string): boolean {
    return this.row('retract', `${id}\n${digest}`) !== undefined;
  }

  /** Storage and windows change together or not at all: where either fails, the windows are made again from what is stored. */
  changing<T>(change: () => T): T {
    try {
      return this.storage.transactionSync(change);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** When `fold` is to be called next; `undefined` where nothing is kept. */
  due(keep: number): number | undefined {
    const { rows, oldest } = this.#open();
    if (rows > MOST_OPEN) return 0;
    if (rows >= FOLD) return oldest + SETTLE;
    const first = this.storage.sql.exec<{ received: number }>('SELECT received FROM log ORDER BY seq LIMIT 1').toArray()[0]?.received;
    if (first !== undefined) return hourly(first + keep);
    const until = this.meta('until');
    return until === undefined ? undefined : hourly(Number(until));
  }

  /** Folds settled rows into the snapshot and deletes rows that are older than `keep`. Gives whether all that was kept is gone. */
  fold(engine: Engine, now: number, keep: number): boolean {
    const folded = this.#folded();
    const { rows, oldest } = this.#open();
    if (rows >= FOLD || (rows > 0 && oldest < now - keep)) {
      const settled = this.storage.sql.exec<{ seq: number | null }>('SELECT MAX(seq) AS seq FROM log WHERE seq > ? AND received <= ?', folded, now - SETTLE).toArray()[0]?.seq ?? 0;
      const beyond = rows > MOST_OPEN ? (this.storage.sql.exec<{ seq: number }>('SELECT seq FROM log ORDER BY seq DESC LIMIT 1 OFFSET ?', FOLD).toArray()[0]?.seq ?? 0) : 0;
      const until = Math.max(settled, beyond);
      if (until > folded) this.#snap(engine, until);
    }
    const last = this.storage.sql.exec<{ received: number }>('SELECT received FROM log ORDER BY seq DESC LIMIT 1').toArray()[0]?.received;
    if (last === undefined && this.meta('until') === undefined) return true;
    // Windows that look back further than rows are kept outlive them in the snapshot.
    if (last !== undefined) this.setMeta('until', String(last + Math.max(keep, engine.declared.reach + engine.lateness)));
    // In the order of the log, so that no more is read than goes.
    const cut = this.storage.sql.exec<{ seq: number }>('SELECT seq FROM log WHERE received >= ? ORDER BY seq LIMIT 1', now - keep).toArray()[0]?.seq ?? Number.MAX_SAFE_INTEGER;
    this.storage.sql.exec('DELETE FROM log WHERE seq < ? AND seq <= ?', cut, this.#folded());
    return Number(this.meta('until') ?? now) < now;
  }

  /** What is kept: rows behind one of them, whether there are more, the windows as they stand, how far the stored snapshot reaches, why windows began anew, and which row they could not take, if any. */
  audit(engine: Engine, after: number): { rows: Row[]; more: boolean; snapshot: Uint8Array; folded: number; rebuilt: string | null; skipped: string | null } {
    const rows = this.made() ? this.storage.sql.exec<Row>('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?', after, MOST_AUDITED + 1).toArray() : [];
    const more = rows.length > MOST_AUDITED;
    const snapshot = this.windows(engine).snapshot();
    return { rows: rows.slice(0, MOST_AUDITED), more, snapshot, folded: this.#folded(), rebuilt: this.meta('rebuilt') ?? null, skipped: this.meta('skipped') ?? null };
  }

  #snap(engine: Engine, until: number): void {
    // The instance's own place is used for it; its windows come back from the new snapshot and the rows behind it.
    this.forget();
    const bytes = this.#replayed(engine, this.#self, until).snapshot();
    this.forget();
    this.storage.transactionSync(() => {
      this.storage.sql.exec('DELETE FROM snapshot');
      for (let part = 0; part * PART < bytes.length; part++) this.storage.sql.exec('INSERT INTO snapshot VALUES (?, ?)', part, bytes.slice(part * PART, (part + 1) * PART));
      this.setMeta('folded', String(until));
    });
  }

  /** The windows of the snapshot and the rows behind it, up to one of them. */
  #replayed(engine: Engine, owner: number, until: number): KeyWindows {
    this.#engine = engine;
    let from = this.#folded();
    let windows: KeyWindows | undefined;
    if (from) {
      try {
        windows = engine.begun(this.counting(), owner, this.#snapshot());
      } catch (error) {
        // Of another version, of another bundle's windows, or broken: what is still in the log begins anew. Any other failure is not the snapshot's.
        if (!codeOf(error).startsWith('features-snapshot-')) throw error;
        this.setMeta('rebuilt', codeOf(error));
        this.storage.sql.exec('DELETE FROM snapshot');
        this.setMeta('folded', '0');
        from = 0;
      }
    }
    windows ??= engine.begun(this.counting(), owner);
    if (!this.made()) return windows;
    let skipped: string | undefined;
    for (const { seq, kind, body } of this.storage.sql.exec<Row>('SELECT * FROM log WHERE seq > ? AND seq <= ? ORDER BY seq', from, until)) {
      try {
        if (kind === 'event') windows.observe((JSON.parse(body) as Recorded).asked);
        else if (kind !== 'retract') tell(windows, JSON.parse(body) as Told);
      } catch (error) {
        // A row of another bundle's time that this one cannot count, as in a currency that it has not, does not brick the object.
        if (!about(error)) throw error;
        skipped = `${seq}: ${codeOf(error)}`;
      }
    }
    if (skipped !== undefined && this.meta('skipped') !== skipped) this.setMeta('skipped', skipped);
    return windows;
  }

  #snapshot(): Uint8Array {
    const parts = this.storage.sql.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM snapshot ORDER BY part').toArray().map(({ bytes }) => new Uint8Array(bytes));
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #folded(): number {
    return Number(this.meta('folded') ?? 0);
  }

  #open(): { rows: number; oldest: number } {
    const folded = this.#folded();
    const first = this.storage.sql.exec<{ received: number }>('SELECT received FROM log WHERE seq > ? ORDER BY seq LIMIT 1', folded).toArray()[0];
    if (!first) return { rows: 0, oldest: 0 };
    // By their numbers, which have gaps where one was taken back: nobody counts a thousand rows for each that comes.
    const last = this.storage.sql.exec<{ seq: number }>('SELECT MAX(seq) AS seq FROM log').toArray()[0]?.seq ?? folded;
    return { rows: last - folded, oldest: first.received };
  }
}

function tell(windows: KeyWindows, told: Told): void {
  if (told.kind === 'label') windows.label(told.id, told.fraud, told.at);
  else windows.amend(told.id, told.flags);
}

/** What is kept of a reference's reports: a sum a period, the sum of all, and by which numbers reports are known. */
import { KNOWN, MOST_FORGOTTEN } from '../words/limits.js';
import type { Period } from '../words/types.js';

const TABLES = `
CREATE TABLE IF NOT EXISTS sums (begin INTEGER PRIMARY KEY, reports INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS whole (one INTEGER PRIMARY KEY CHECK (one = 1), reports INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS known (name BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS known_at ON known (at);`;

export interface Row extends Record<string, SqlValue> {
  begin: number;
  reports: number;
  body: ArrayBuffer;
}

export class Store {
  #made = false;

  constructor(private readonly storage: DurableObjectStorage) {}

  /** Whether there is something stored: who only asks makes no table. */
  get made(): boolean {
    this.#made ||= this.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'whole'").toArray().length > 0;
    return this.#made;
  }

  known(name: Uint8Array): boolean {
    return this.made && this.storage.sql.exec('SELECT 1 FROM known WHERE name = ?', name).toArray().length > 0;
  }

  /** Takes note of reports, in one transaction with the sums that they are in. */
  put(names: readonly Uint8Array[], now: number, period: { readonly begin: number; readonly reports: number; readonly body: Uint8Array }, whole: { readonly reports: number; readonly body: Uint8Array }): void {
    const { sql } = this.storage;
    this.storage.transactionSync(() => {
      if (!this.made) sql.exec(TABLES);
      for (const name of names) sql.exec('INSERT INTO known (name, at) VALUES (?, ?)', name, now);
      sql.exec('INSERT INTO sums (begin, reports, body) VALUES (?1, ?2, ?3) ON CONFLICT (begin) DO UPDATE SET reports = ?2, body = ?3', period.begin, period.reports, period.body);
      sql.exec('INSERT INTO whole (one, reports, body) VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET reports = ?1, body = ?2', whole.reports, whole.body);
    });
    this.#made = true;
  }

  whole(): { reports: number; body: ArrayBuffer } | undefined {
    return this.made ? this.storage.sql.exec<{ reports: number; body: ArrayBuffer }>('SELECT reports, body FROM whole').toArray()[0] : undefined;
  }

  period(begin: number): Row | undefined {
    return this.made ? this.storage.sql.exec<Row>('SELECT begin, reports, body FROM sums WHERE begin = ?', begin).toArray()[0] : undefined;
  }

  /** Those that began after `after` and before `before`, in their order, each as it is asked for: together they may be more than memory has. */
  between(after: number, before: number): Iterable<Row> {
    return this.made ? this.storage.sql.exec<Row>('SELECT begin, reports, body FROM sums WHERE begin > ? AND begin < ? ORDER BY begin', after, before) : [];
  }

  periods(open: number): Period[] {
    if (!this.made) return [];
    const rows = this.storage.sql.exec<{ begin: number; reports: number }>('SELECT begin, reports FROM sums ORDER BY begin').toArray();
    return rows.map(({ begin, reports }) => ({ begin, reports, closed: begin < open }));
  }

  /** When the newest period began. */
  newest(): number | undefined {
    return this.made ? (this.storage.sql.exec<{ begin: number | null }>('SELECT MAX(begin) AS begin FROM sums').toArray()[0]?.begin ?? undefined) : undefined;
  }

  /** Lets go of what is too old, of names a few at a time; whether anything is left, and whether more of it is too old. */
  prune(now: number, keep: number): { readonly left: boolean; readonly more: boolean } {
    if (!this.made) return { left: false, more: false };
    const { sql } = this.storage;
    const any = (query: string, ...values: number[]): boolean => sql.exec(query, ...values).toArray().length > 0;
    sql.exec('DELETE FROM known WHERE name IN (SELECT name FROM known WHERE at < ? ORDER BY at LIMIT ?)', now - KNOWN, MOST_FORGOTTEN);
    sql.exec('DELETE FROM sums WHERE begin < ?', now - keep);
    return { left: any('SELECT 1 WHERE EXISTS (SELECT 1 FROM sums) OR EXISTS (SELECT 1 FROM known)'), more: any('SELECT 1 FROM known WHERE at < ? LIMIT 1', now - KNOWN) };
  }

  async clear(): Promise<void> {
    this.#made = false;
    await this.storage.deleteAll();
  }
}

/** The transactions of a tenant that wait for a person, and what was decided. A verdict is a label, known from then on. */
import { DurableObject } from 'cloudflare:workers';
import { keyOf, registerOf as registerName } from '../door/names.js';
import { type Env, settingsOf } from '../door/settings.js';
import { MOST_WAITING } from '../words/limits.js';
import type { Refusal } from '../words/refused.js';
import type { Told, Verdict, Waiting } from '../words/types.js';
import { Alarm, hourly } from './alarm.js';
import { type Delivered, OUTBOX, Outbox } from './outbox.js';
import { Owner } from './owner.js';
import { registerOf } from './stubs.js';

interface Row extends Record<string, SqlValue> {
  place: number;
  id: string;
  body: string;
  verdict: string | null;
  reviewer: string | null;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS queue (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, received INTEGER NOT NULL, verdict TEXT, reviewer TEXT, note TEXT, closed INTEGER);
CREATE INDEX IF NOT EXISTS queue_open ON queue (verdict, place);
CREATE INDEX IF NOT EXISTS queue_received ON queue (received);`;

export class Queue extends DurableObject<Env> {
  readonly #owner = new Owner(this.ctx.storage, TABLES + OUTBOX);
  readonly #outbox = new Outbox(this.ctx.storage, (_, body) => this.#send(body));
  readonly #alarm = new Alarm(this.ctx.storage);
  /** How many wait, once they have been counted: nobody counts ten thousand for each that comes. */
  #waiting: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.#alarm.open());
  }

  async push(tenant: string, waiting: Waiting): Promise<void> {
    if (!this.#owner.is(tenant)) return;
    const now = Date.now();
    const before = this.#open();
    this.#waiting = this.ctx.storage.transactionSync(() => {
      const fresh = this.ctx.storage.sql.exec('INSERT OR IGNORE INTO queue (id, body, received) VALUES (?, ?, ?) RETURNING place', waiting.id, JSON.stringify(waiting), now).toArray().length;
      const beyond = Math.max(before + fresh - MOST_WAITING, 0);
      if (beyond > 0) this.ctx.storage.sql.exec("UPDATE queue SET verdict = 'expired', closed = ? WHERE place IN (SELECT place FROM queue WHERE verdict IS NULL ORDER BY place LIMIT ?)", now, beyond);
      return before + fresh - beyond;
    });
    this.#alarm.by(hourly(now + settingsOf(this.env).keep));
  }

  async list(tenant: string, after: number, limit: number): Promise<{ waiting: (Waiting & { place: number })[]; open: number; expired: number }> {
    if (!this.#owner.holds(tenant)) return { waiting: [], open: 0, expired: 0 };
    const rows = this.ctx.storage.sql.exec<Row>('SELECT place, id, body, verdict, reviewer FROM queue WHERE verdict IS NULL AND place > ? ORDER BY place LIMIT ?', after, limit).toArray();
    const expired = this.ctx.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM queue WHERE verdict = 'expired'").toArray()[0]?.n ?? 0;
    return { waiting: rows.map(({ place, body }) => ({ ...(JSON.parse(body) as Waiting), place })), open: this.#open(), expired };
  }

  async find(tenant: string, id: string): Promise<{ verdict: Verdict | 'expired' | null; reviewer: string | null } | null> {
    const row = this.#owner.holds(tenant) ? this.#row(id) : undefined;
    return row ? { verdict: row.verdict as Verdict | null, reviewer: row.reviewer } : null;
  }

  /** Closes a transaction. The first verdict stands: a second one that says the same is no error, another one is refused. */
  async close(tenant: string, id: string, verdict: Verdict, reviewer: string, note: string): Promise<{ refusal?: Refusal }> {
    const row = this.#owner.holds(tenant) ? this.#row(id) : undefined;
    if (!row) return { refusal: { code: 'id-unknown', message: 'no such transaction waits here', field: 'id', value: id } };
    if (row.verdict === verdict) return {};
    if (row.verdict !== null && row.verdict !== 'expired') {
      return { refusal: { code: 'review-closed', message: `${row.reviewer ?? 'somebody'} has decided: ${row.verdict}. What is known better comes by POST /label`, field: 'verdict', value: row.verdict } };
    }
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('UPDATE queue SET verdict = ?, reviewer = ?, note = ?, closed = ? WHERE id = ?', verdict, reviewer, note, now, id);
      const told: Told = { kind: 'label', id, fraud: verdict === 'fraud', at: now, by: 'review' };
      this.#outbox.put('label', id, { tenant, told }, now);
    });
    if (row.verdict === null && this.#waiting !== undefined) this.#waiting -= 1;
    this.#alarm.by(now + 1000);
    this.ctx.waitUntil(this.#outbox.deliver().then(() => this.#wake()));
    return {};
  }

  alarm(): Promise<void> {
    return this.#alarm.rung(
      async () => {
        if (!this.#owner.made) return;
        await this.#outbox.deliver();
        const { rowsWritten } = this.ctx.storage.sql.exec('DELETE FROM queue WHERE received < ?', Date.now() - settingsOf(this.env).keep);
        if (rowsWritten > 0) this.#waiting = undefined;
      },
      () => this.#wake(),
    );
  }

  #wake(): void {
    if (!this.#owner.made) return;
    const due = this.#outbox.due();
    this.#alarm.by(due === undefined ? undefined : due + 1000);
    const first = this.ctx.storage.sql.exec<{ received: number | null }>('SELECT MIN(received) AS received FROM queue').toArray()[0]?.received;
    if (typeof first === 'number') this.#alarm.by(hourly(first + settingsOf(this.env).keep));
  }

  async #send(body: never): Promise<Delivered> {
    const { tenant, told } = body as { tenant: string; told: Told };
    const name = await registerName(await keyOf(settingsOf(this.env)), tenant, told.id);
    return (await registerOf(this.env, name).tell(tenant, told)) === 'unknown' ? 'later' : 'done';
  }

  #open(): number {
    this.#waiting ??= this.ctx.storage.sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM queue WHERE verdict IS NULL').toArray()[0]?.n ?? 0;
    return this.#waiting;
  }

  #row(id: string): Row | undefined {
    return this.ctx.storage.sql.exec<Row>('SELECT place, id, body, verdict, reviewer FROM queue WHERE id = ?', id).toArray()[0];
  }
}

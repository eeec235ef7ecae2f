/**
 * Which id belongs to which transaction: a share of a tenant's ids. It is asked while the terminal counts, so that one id is one
 * transaction whatever card it comes with; and it knows where labels go, which come weeks later with nothing but the id.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Env, settingsOf } from '../door/settings.js';
import { type Refusal, reused } from '../words/refused.js';
import type { Numbered, Told } from '../words/types.js';
import { Alarm, hourly } from './alarm.js';
import { type Delivered, OUTBOX, Outbox } from './outbox.js';
import { Owner } from './owner.js';
import { cardOf, type Claim, FOREIGN, terminalOf } from './stubs.js';

interface Row extends Record<string, SqlValue> {
  id: string;
  digest: string;
  card: string;
  terminal: string;
  label: number | null;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS ids (id TEXT PRIMARY KEY, digest TEXT NOT NULL, card TEXT NOT NULL, terminal TEXT NOT NULL, received INTEGER NOT NULL, label INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ids_received ON ids (received);
CREATE TABLE IF NOT EXISTS outcomes (id TEXT PRIMARY KEY, flags TEXT NOT NULL) WITHOUT ROWID;`;

export class Register extends DurableObject<Env> {
  readonly #owner = new Owner(this.ctx.storage, TABLES + OUTBOX);
  readonly #outbox = new Outbox(this.ctx.storage, (kind, body) => this.#send(kind, body));
  readonly #alarm = new Alarm(this.ctx.storage);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.#alarm.open());
  }

  async claim({ tenant, id, digest, card, terminal, received }: Claim): Promise<{ refusal?: Refusal }> {
    if (!this.#owner.is(tenant)) return { refusal: FOREIGN };
    const known = this.#row(id);
    if (known && known.digest !== digest) return { refusal: reused(id) };
    if (!known) {
      this.ctx.storage.sql.exec('INSERT INTO ids VALUES (?, ?, ?, ?, ?, NULL)', id, digest, card, terminal, received);
      this.#alarm.by(hourly(received + settingsOf(this.env).keep));
    }
    return {};
  }

  async find(tenant: string, id: string): Promise<{ card: string; terminal: string; label: boolean | null } | null> {
    const row = this.#owner.holds(tenant) ? this.#row(id) : undefined;
    return row ? { card: row.card, terminal: row.terminal, label: row.label === null ? null : row.label === 1 } : null;
  }

  /** Takes note of what became known, and tells card and terminal after the answer. */
  async tell(tenant: string, told: Told): Promise<'accepted' | 'changed' | 'same' | 'unknown'> {
    const row = this.#owner.holds(tenant) ? this.#row(told.id) : undefined;
    if (!row) return 'unknown';
    const before = told.kind === 'outcome' ? this.#outcome(told.id) : {};
    if (told.kind === 'label' ? row.label === Number(told.fraud) : Object.entries(told.flags).every(([flag, set]) => before[flag] === set)) return 'same';
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      if (told.kind === 'label') this.ctx.storage.sql.exec('UPDATE ids SET label = ? WHERE id = ?', Number(told.fraud), told.id);
      else this.ctx.storage.sql.exec('INSERT OR REPLACE INTO outcomes VALUES (?, ?)', told.id, JSON.stringify({ ...before, ...told.flags }));
      const no = this.#number();
      const numbered: Numbered = { ...told, no };
      this.#outbox.put('card', `${told.id}\n${no}`, { tenant, to: row.card, told: numbered }, now);
      this.#outbox.put('terminal', `${told.id}\n${no}`, { tenant, to: row.terminal, told: numbered }, now);
    });
    this.#alarm.by(now + 1000);
    this.ctx.waitUntil(this.#outbox.deliver().then(() => this.#wake()));
    const changed = told.kind === 'label' ? row.label !== null : Object.keys(told.flags).some((flag) => flag in before);
    return changed ? 'changed' : 'accepted';
  }

  alarm(): Promise<void> {
    return this.#alarm.rung(
      async () => {
        if (!this.#owner.made) return;
        await this.#outbox.deliver();
        const until = Date.now() - settingsOf(this.env).keep;
        this.ctx.storage.sql.exec('DELETE FROM outcomes WHERE id IN (SELECT id FROM ids WHERE received < ?)', until);
        this.ctx.storage.sql.exec('DELETE FROM ids WHERE received < ?', until);
      },
      () => this.#wake(),
    );
  }

  #wake(): void {
    if (!this.#owner.made) return;
    const due = this.#outbox.due();
    this.#alarm.by(due === undefined ? undefined : due + 1000);
    const first = this.ctx.storage.sql.exec<{ received: number | null }>('SELECT MIN(received) AS received FROM ids').toArray()[0]?.received;
    if (typeof first === 'number') this.#alarm.by(hourly(first + settingsOf(this.env).keep));
  }

  async #send(kind: string, body: never): Promise<Delivered> {
    const { tenant, to, told } = body as { tenant: string; to: string; told: Numbered };
    const heard = await (kind === 'card' ? cardOf(this.env, to) : terminalOf(this.env, to)).tell(tenant, told);
    // The transaction may be on its way there still.
    return heard === 'unknown' ? 'later' : 'done';
  }

  /** The number of the next letter: it grows, over all ids. */
  #number(): number {
    const rows = this.ctx.storage.sql.exec<{ value: string }>("INSERT INTO meta VALUES ('letters', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value").toArray();
    return Number(rows[0]?.value ?? 0);
  }

  /** The flags that were told of a transaction. */
  #outcome(id: string): Record<string, boolean> {
    const rows = this.ctx.storage.sql.exec<{ flags: string }>('SELECT flags FROM outcomes WHERE id = ?', id).toArray();
    return JSON.parse(rows[0]?.flags ?? '{}') as Record<string, boolean>;
  }

  #row(id: string): Row | undefined {
    return this.ctx.storage.sql.exec<Row>('SELECT id, digest, card, terminal, label FROM ids WHERE id = ?', id).toArray()[0];
  }
}

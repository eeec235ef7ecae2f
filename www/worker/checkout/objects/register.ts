/**
 * Which id belongs to which transaction: a share of a tenant's ids. It is asked while the terminal counts, so that one id is one
 * transaction whatever card it comes with; and it knows where labels go, which come weeks later with nothing but the id.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Env, settingsOf } from '../door/settings.js';
import { type Refusal, reused } from '../words/refused.js';
import type { Told } from '../words/types.js';
import { Alarm } from './alarm.js';
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
CREATE INDEX IF NOT EXISTS ids_received ON ids (received);`;

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
      this.#alarm.by(received + settingsOf(this.env).keep);
    }
    return {};
  }

  async find(tenant: string, id: string): Promise<{ card: string; terminal: string; label: boolean | null } | null> {
    const row = this.#owner.is(tenant) ? this.#row(id) : undefined;
    return row ? { card: row.card, terminal: row.terminal, label: row.label === null ? null : row.label === 1 } : null;
  }

  /** Takes note of what became known, and tells card and terminal after the answer. */
  async tell(tenant: string, told: Told): Promise<'accepted' | 'changed' | 'same' | 'unknown'> {
    const row = this.#owner.is(tenant) ? this.#row(told.id) : undefined;
    if (!row) return 'unknown';
    if (told.kind === 'label' && row.label === Number(told.fraud)) return 'same';
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      if (told.kind === 'label') this.ctx.storage.sql.exec('UPDATE ids SET label = ? WHERE id = ?', Number(told.fraud), told.id);
      const what = told.kind === 'label' ? `${told.id}\n${told.at}\n${told.fraud}` : `${told.id}\n${told.flags.join(' ')}`;
      this.#outbox.put('card', what, { tenant, to: row.card, told }, now);
      this.#outbox.put('terminal', what, { tenant, to: row.terminal, told }, now);
    });
    this.#alarm.by(now + 1000);
    this.ctx.waitUntil(this.#outbox.deliver().then(() => this.#wake()));
    return told.kind === 'label' && row.label !== null ? 'changed' : 'accepted';
  }

  alarm(): Promise<void> {
    return this.#alarm.rung(
      async () => {
        this.#owner.ready();
        await this.#outbox.deliver();
        this.ctx.storage.sql.exec('DELETE FROM ids WHERE received < ?', Date.now() - settingsOf(this.env).keep);
      },
      () => this.#wake(),
    );
  }

  #wake(): void {
    const due = this.#outbox.due();
    this.#alarm.by(due === undefined ? undefined : due + 1000);
    const first = this.ctx.storage.sql.exec<{ received: number | null }>('SELECT MIN(received) AS received FROM ids').toArray()[0]?.received;
    if (typeof first === 'number') this.#alarm.by(first + settingsOf(this.env).keep);
  }

  async #send(kind: string, body: never): Promise<Delivered> {
    const { tenant, to, told } = body as { tenant: string; to: string; told: Told };
    const heard = await (kind === 'card' ? cardOf(this.env, to) : terminalOf(this.env, to)).tell(tenant, told);
    // The transaction may be on its way there still.
    return heard === 'unknown' ? 'later' : 'done';
  }

  #row(id: string): Row | undefined {
    return this.ctx.storage.sql.exec<Row>('SELECT id, digest, card, terminal, label FROM ids WHERE id = ?', id).toArray()[0];
  }
}

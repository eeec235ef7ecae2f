/**
 * One card: its windows, its answers, and the order of its transactions.
 *
 *   1 the intent is written down            4 one transaction: the event is counted, its answer recorded, the intent gone
 *   2 the register is told whose id it is   5 the answer goes out
 *   3 the terminal counts it (2 ∥ 3)        6 the queue is told
 *
 * Each step may be done again: register and terminal know the id. Whatever is killed between 1 and 4 is done again from 2 on, by the
 * caller's retry, the card's next transaction or the alarm, and nothing is counted twice. Of two requests of a card the second one begins
 * when the first has its answer.
 */
import { DurableObject } from 'cloudflare:workers';
import { keyOf, reference, registerOf as registerName } from '../door/names.js';
import { type Env, settingsOf } from '../door/settings.js';
import { answered } from '../engine/answered.js';
import { type Engine, engineOf, type Judge, plainly } from '../engine/engine.js';
import { MOST_IN_LINE } from '../words/limits.js';
import { about, codeOf, type Refusal, refusalOf, reused } from '../words/refused.js';
import type { Answer, Asked, Assessed, Features, Numbered } from '../words/types.js';
import { Alarm } from './alarm.js';
import { audited } from './audited.js';
import { Kept, type Recorded, TABLES } from './kept.js';
import { type Delivered, OUTBOX, Outbox } from './outbox.js';
import { Owner } from './owner.js';
import { type Audit, FOREIGN, type Heard, queueOf, registerOf, terminalOf } from './stubs.js';
import { within } from './within.js';

/** What the log has of a transaction. */
interface Judged extends Recorded {
  readonly answer: Answer;
  /** Its place in the terminal's log. */
  readonly place: number | null;
}

const INTENTS = 'CREATE TABLE IF NOT EXISTS intents (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, asked TEXT NOT NULL);';

/** When the alarm takes an intent up that nobody has finished, milliseconds. */
const LEFT = 5000;

export class Card extends DurableObject<Env> {
  readonly #owner = new Owner(this.ctx.storage, `${TABLES}${OUTBOX}${INTENTS}`);
  readonly #kept = new Kept(this.ctx.storage, () => 'card', () => this.#owner.made);
  readonly #outbox = new Outbox(this.ctx.storage, (kind, body) => this.#send(kind, body));
  readonly #alarm = new Alarm(this.ctx.storage);
  #line: Promise<unknown> = Promise.resolve();
  #inLine = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.#alarm.open());
  }

  /** The answer. One that is recorded is given at once; else it waits for its turn. */
  async assess(asked: Asked): Promise<Assessed> {
    try {
      if (this.#owner.foreign(asked.tenant)) return { refusal: FOREIGN };
      const known = this.#known(asked);
      if (known) return known;
      if (this.#inLine >= MOST_IN_LINE) return { refusal: { code: 'overloaded', message: `${MOST_IN_LINE} transactions of this card are waiting`, retry: 1 } };
      return await this.#inTurn(async () => {
        await this.#leftovers();
        return this.#known(asked) ?? (await this.#judged(asked));
      });
    } catch (error) {
      // Storage or engine has failed: there is an answer all the same, and it says that nothing is written down.
      return this.#unrecorded(asked, error);
    }
  }

  async known(asked: Asked): Promise<Assessed | null> {
    return this.#owner.foreign(asked.tenant) ? { refusal: FOREIGN } : (this.#known(asked) ?? null);
  }

  async tell(tenant: string, told: Numbered): Promise<Heard> {
    if (!this.#owner.holds(tenant)) return 'unknown';
    return this.#inTurn(async () => {
      await this.#leftovers();
      const engine = await engineOf(this.env).catch(() => undefined);
      return this.#kept.tell(engine, told, Date.now());
    });
  }

  async recorded(tenant: string, id: string): Promise<{ answer: Answer; features: Features | null } | null> {
    const row = this.#owner.holds(tenant) && this.#kept.row('event', id);
    if (!row) return null;
    const { answer, features } = JSON.parse(row.body) as Judged;
    return { answer, features };
  }

  async audit(tenant: string, after: number): Promise<Audit | null> {
    if (this.#owner.foreign(tenant)) return null;
    return this.#inTurn(async () => {
      await this.#leftovers();
      return audited(this.#kept.audit(await engineOf(this.env), after));
    });
  }

  /** Deletes all that is kept of the card here. What it still has to tell others is told first, or kept until it is. */
  async forget(tenant: string): Promise<boolean> {
    if (this.#owner.foreign(tenant)) return false;
    return this.#inTurn(async () => {
      if (!this.#owner.made) return true;
      await this.#leftovers();
      const letters = this.#outbox.waiting();
      this.#kept.forget();
      this.#alarm.clear();
      await this.#owner.clear();
      if (letters.length > 0) {
        this.#owner.is(tenant);
        this.#outbox.again(letters);
        this.#after();
      }
      return true;
    });
  }

  alarm(): Promise<void> {
    return this.#alarm.rung(
      async () => {
        if (!this.#owner.made) return;
        await this.#inTurn(() => this.#leftovers());
        await this.#outbox.deliver();
        const gone = this.#kept.fold(await engineOf(this.env), Date.now(), settingsOf(this.env).keep);
        if (gone && this.#inLine === 0 && this.#outbox.due() === undefined) {
          this.#kept.forget();
          await this.#owner.clear();
        }
      },
      () => this.#wake(),
    );
  }

  /** One after another, in the order in which they came. */
  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.#inLine += 1;
    const turn = this.#line.then(act);
    this.#line = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#inLine -= 1;
    }
  }

  /** The recorded answer, or the refusal of an id that is another transaction's. */
  #known({ id, digest }: Asked): Assessed | undefined {
    const row = this.#kept.row('event', id);
    if (!row) return undefined;
    const { asked, answer } = JSON.parse(row.body) as Judged;
    return asked.digest === digest ? { answer } : { refusal: reused(id) };
  }

  /** Finishes what a killed object has left: whoever has the turn is the only one who has an intent. */
  async #leftovers(): Promise<void> {
    if (!this.#owner.made) return;
    const left = this.ctx.storage.sql.exec<{ asked: string }>('SELECT asked FROM intents ORDER BY seq').toArray();
    for (const { asked } of left) {
      const one = JSON.parse(asked) as Asked;
      try {
        await this.#finish(one);
      } catch (error) {
        // What cannot be counted any more, as under another bundle, holds nobody up.
        if (!about(error)) throw error;
        this.ctx.storage.transactionSync(() => {
          this.#settled(one.id);
          this.#outbox.put('retract', one.id, one, Date.now());
        });
      }
    }
  }

  async #judged(asked: Asked): Promise<Assessed> {
    const engine = await engineOf(this.env).catch(() => undefined);
    if (engine) {
      // Refused before anybody is asked to count it.
      const { outcome } = this.#kept.windows(engine).peek(asked);
      if (outcome === 'late') return { refusal: { code: 'time-late', message: `more than ${engine.lateness / 1000} seconds older than the card's latest transaction`, field: 'time' } };
      if (outcome !== 'peeked') return { refusal: reused(asked.id) };
    }
    // First the alarm: should nothing come of it, as the register refuses or the disk is full, it deletes what holds nothing.
    this.#alarm.by(Date.now() + LEFT);
    if (!this.#owner.is(asked.tenant)) return { refusal: FOREIGN };
    this.ctx.storage.sql.exec('INSERT INTO intents (id, asked) VALUES (?, ?)', asked.id, JSON.stringify(asked));
    return this.#finish(asked);
  }

  /** From the intent to the answer. */
  async #finish(asked: Asked): Promise<Assessed> {
    const settings = settingsOf(this.env);
    const { patience } = settings;
    const [claimed, heard] = await Promise.all([within(patience, this.#claim(asked)), within(patience, terminalOf(this.env, asked.terminal.object).observe(asked))]);
    // The register decides whose an id is: where the terminal has another card's payment by it still, this one is counted there later.
    const counted = claimed && !claimed.refusal && heard?.refusal?.code === 'id-reused' ? undefined : heard;
    const refusal = claimed?.refusal ?? counted?.refusal;
    if (refusal) {
      this.ctx.storage.transactionSync(() => {
        this.#settled(asked.id);
        if (!counted?.refusal) this.#outbox.put('retract', asked.id, asked, Date.now());
      });
      this.#after();
      return { refusal };
    }
    let engine: Engine | undefined;
    let judge: Judge | undefined;
    let failure: string | undefined;
    try {
      engine = await engineOf(this.env);
      const tenant = settings.tenants.get(asked.tenant);
      judge = tenant && (await engine.judge(tenant, settings));
    } catch (error) {
      failure = codeOf(error);
    }
    // From here on nothing is waited for: windows, answer and what is to be told stand in one transaction.
    const answer = this.#kept.changing(() => {
      const seen = engine && this.#kept.windows(engine).observe(asked);
      failure ??= counted === undefined ? 'terminal-unavailable' : (counted.failure ?? undefined);
      if (seen && !seen.features) failure ??= `event-${seen.outcome}`;
      const features = counted?.features && seen?.features ? { ...counted.features, ...plainly(seen.features) } : null;
      const by = answered(asked, judge, features, Boolean(seen?.capped || counted?.capped), failure, settings.fallback);
      // Judged, by an id that may turn out to be another one's.
      const made: Answer = claimed ? by : { ...by, failure: by.failure ?? 'register-unavailable' };
      const judged: Judged = { asked, features, failure: made.failure, answer: made, place: counted?.seq ?? null };
      const now = Date.now();
      this.#kept.append('event', asked.id, judged, asked.received);
      this.#settled(asked.id);
      if (made.decision === 'review') this.#outbox.put('review', asked.id, { tenant: asked.tenant, id: asked.id, time: asked.time, amount: asked.amount, currency: asked.currency, answer: made }, now);
      if (!counted) this.#outbox.put('observe', asked.id, asked, now);
      if (!claimed) this.#outbox.put('claim', asked.id, asked, now);
      return made;
    });
    this.#after();
    if (engine) this.ctx.waitUntil(engine.grow());
    return { answer };
  }

  async #claim({ tenant, id, digest, card, terminal, received }: Asked): Promise<{ refusal?: Refusal }> {
    const name = await registerName(await keyOf(settingsOf(this.env)), tenant, id);
    return registerOf(this.env, name).claim({ tenant, id, digest, card, terminal: terminal.object, received });
  }

  #settled(id: string): void {
    this.ctx.storage.sql.exec('DELETE FROM intents WHERE id = ?', id);
  }

  /** What comes after an answer, and never before it. */
  #after(): void {
    this.#wake();
    if (this.#outbox.due() !== undefined) this.ctx.waitUntil(this.#outbox.deliver().then(() => this.#wake()));
  }

  #wake(): void {
    if (!this.#owner.made) return;
    const left = this.ctx.storage.sql.exec('SELECT 1 FROM intents LIMIT 1').toArray().length > 0;
    const due = this.#outbox.due();
    this.#alarm.by(left ? Date.now() + LEFT : undefined);
    this.#alarm.by(due === undefined ? undefined : due + 1000);
    this.#alarm.by(this.#kept.due(settingsOf(this.env).keep));
  }

  async #send(kind: string, body: never): Promise<Delivered> {
    const asked = body as Asked;
    if (kind === 'review') {
      const { tenant, ...waiting } = body as Parameters<ReturnType<typeof queueOf>['push']>[1] & { tenant: string };
      await queueOf(this.env, await reference(await keyOf(settingsOf(this.env)), 'queue', tenant, '')).push(tenant, waiting);
    } else if (kind === 'observe') {
      const { refusal } = await terminalOf(this.env, asked.terminal.object).observe(asked);
      // Another card's payment by this id is there until it is taken back.
      if (refusal?.code === 'id-reused') return 'later';
    } else if (kind === 'retract') await terminalOf(this.env, asked.terminal.object).retract(asked.tenant, asked.id, asked.digest);
    else if (kind === 'claim') {
      const { refusal } = await this.#claim(asked);
      if (refusal?.code === 'id-reused') this.#disowned(asked);
    }
    return 'done';
  }

  /** The id is another payment's, as the register says only now: what was counted by it is taken back here and at the terminal, and the log says so. */
  #disowned(asked: Asked): void {
    const now = Date.now();
    this.#kept.retract(asked.id, asked.digest, now);
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('DELETE FROM outbox WHERE key = ?', `observe\n${asked.id}`);
      this.#outbox.put('retract', asked.id, asked, now);
    });
  }

  async #unrecorded(asked: Asked, error: unknown): Promise<Assessed> {
    if (about(error)) return { refusal: refusalOf(error) };
    const { code } = refusalOf(error);
    console.error('checkout: not recorded:', (error as Error | null)?.message);
    const settings = settingsOf(this.env);
    const tenant = settings.tenants.get(asked.tenant);
    const judge = tenant && (await engineOf(this.env).then((engine) => engine.judge(tenant, settings), () => undefined));
    return { answer: { ...answered(asked, judge, null, false, code === 'failed' ? 'state-failed' : code, settings.fallback), recorded: false } };
  }
}

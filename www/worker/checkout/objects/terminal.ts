/**
 * One terminal, or one shard of a hot one: its windows over all cards, or over those that are its own. It counts a transaction once, by its
 * id, and gives the answer of then to whoever asks again. Between reading and writing nothing is waited for, so requests come one after
 * another by themselves.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Env, settingsOf } from '../door/settings.js';
import { type Engine, engineOf, plainly } from '../engine/engine.js';
import { codeOf, reused } from '../words/refused.js';
import type { Asked, Counted, Features, Numbered } from '../words/types.js';
import { Alarm } from './alarm.js';
import { audited } from './audited.js';
import { Kept, type Recorded, TABLES } from './kept.js';
import { Owner } from './owner.js';
import { type Audit, FOREIGN, type Heard, terminalOf } from './stubs.js';
import { within } from './within.js';

/** What the log has of a transaction here. */
interface Seen extends Recorded {
  readonly capped: boolean;
}

/** The part of the patience that siblings may take. */
const SIBLINGS = 0.6;

/** When the alarm looks whether anything came of a transaction that made the tables, milliseconds. */
const EMPTY = 5000;

/** The answer to a tenant that is not its own. */
const UNSEEN: Counted = { features: null, capped: false, failure: null, refusal: FOREIGN };

/** What siblings have counted, and when they were asked. */
interface Siblings {
  readonly at: number;
  readonly parts: readonly Features[];
  readonly capped: boolean;
}

export class Terminal extends DurableObject<Env> {
  readonly #owner = new Owner(this.ctx.storage, TABLES);
  readonly #kept = new Kept(this.ctx.storage, () => (this.#shard || this.#kept.meta('shard') ? 'shard' : 'terminal'), () => this.#owner.made);
  readonly #alarm = new Alarm(this.ctx.storage);
  #siblings: Siblings | undefined;
  /** Known by who asks, also where nothing is stored yet. */
  #shard = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.#alarm.open());
  }

  async observe(asked: Asked): Promise<Counted> {
    if (this.#owner.foreign(asked.tenant)) return UNSEEN;
    const known = this.#known(asked);
    if (known) return known;
    let engine: Engine | undefined;
    let failure: string | null = null;
    try {
      engine = await engineOf(this.env);
    } catch (error) {
      failure = codeOf(error);
    }
    const shard = asked.terminal.siblings.length > 0;
    const siblings = shard ? await this.#others(asked) : undefined;
    // Whoever came meanwhile with the same id has been counted.
    const meanwhile = this.#known(asked);
    if (meanwhile) return meanwhile;
    // Should nothing come of it, the alarm deletes what holds nothing.
    if (!this.#owner.made) this.#alarm.by(Date.now() + EMPTY);
    if (!this.#owner.is(asked.tenant)) return UNSEEN;
    const counted = this.#kept.changing(() => {
      if (shard && !this.#kept.meta('shard')) this.#kept.setMeta('shard', '1');
      const seen = engine && this.#kept.windows(engine).observe(asked);
      let features = seen?.features ?? null;
      if (seen && !features) failure = `event-${seen.outcome}`;
      if (features && shard) {
        // Of a payment that cannot be added up the own part is counted all the same.
        features = siblings && engine?.parts ? engine.parts.merge(features, siblings.parts.map(numbers), asked.amount) : null;
        if (!features) failure = 'shard-unavailable';
      }
      const kept: Seen = { asked, features: features && plainly(features), failure, capped: Boolean(seen?.capped || siblings?.capped) };
      return { features: kept.features, capped: kept.capped, failure, seq: this.#kept.append('event', asked.id, kept, asked.received) };
    });
    this.#wake();
    if (engine) this.ctx.waitUntil(engine.grow());
    return counted;
  }

  /** What this shard has counted until the time of a transaction of a sibling's. Nothing is counted. */
  async parts(asked: Asked): Promise<Counted> {
    if (this.#owner.foreign(asked.tenant)) return UNSEEN;
    this.#shard = true;
    if (this.#owner.made && !this.#kept.meta('shard')) this.#kept.setMeta('shard', '1');
    const { outcome, features, capped } = this.#kept.windows(await engineOf(this.env)).peek(asked);
    return { features: features && plainly(features), capped, failure: features ? null : `event-${outcome}` };
  }

  async retract(tenant: string, id: string, digest: string): Promise<void> {
    if (!this.#owner.is(tenant)) return;
    this.#kept.retract(id, digest, Date.now());
    this.#wake();
  }

  async tell(tenant: string, told: Numbered): Promise<Heard> {
    if (!this.#owner.holds(tenant)) return 'unknown';
    const engine = await engineOf(this.env).catch(() => undefined);
    const heard = this.#kept.tell(engine, told, Date.now());
    this.#wake();
    return heard;
  }

  async audit(tenant: string, after: number): Promise<Audit | null> {
    return this.#owner.foreign(tenant) ? null : audited(this.#kept.audit(await engineOf(this.env), after));
  }

  alarm(): Promise<void> {
    return this.#alarm.rung(
      async () => {
        if (!this.#owner.made) return;
        if (this.#kept.fold(await engineOf(this.env), Date.now(), settingsOf(this.env).keep)) {
          this.#kept.forget();
          await this.#owner.clear();
        }
      },
      () => this.#wake(),
    );
  }

  /** The recorded answer, or the refusal of an id that is another transaction's. */
  #known({ id, digest }: Asked): Counted | undefined {
    const row = this.#kept.row('event', id);
    if (!row && !this.#kept.retracted(id, digest)) return undefined;
    const seen = row && (JSON.parse(row.body) as Seen);
    if (!row || seen?.asked.digest !== digest) return { features: null, capped: false, failure: null, refusal: reused(id) };
    return { features: seen.features, capped: seen.capped, failure: seen.failure, seq: row.seq };
  }

  /** What the siblings have counted, as it was at most `HOT_MS` ago; `undefined` where one of them does not say it in time. */
  async #others(asked: Asked): Promise<Siblings | undefined> {
    const { hotFresh, patience } = settingsOf(this.env);
    const now = Date.now();
    if (this.#siblings && now - this.#siblings.at < hotFresh) return this.#siblings;
    // A part of what the card waits for: so there is time left to say that a shard was not there.
    const told = await within(patience * SIBLINGS, Promise.all(asked.terminal.siblings.map((name) => terminalOf(this.env, name).parts(asked))));
    const parts = told?.flatMap(({ features }) => (features ? [features] : [])) ?? [];
    if (parts.length !== asked.terminal.siblings.length) return undefined;
    this.#siblings = { at: now, parts, capped: told?.some(({ capped }) => capped) ?? false };
    return this.#siblings;
  }

  #wake(): void {
    if (!this.#owner.made) return;
    this.#alarm.by(this.#kept.due(settingsOf(this.env).keep));
  }
}

const numbers = (features: Features): Record<string, number> => Object.fromEntries(Object.entries(features).map(([name, value]) => [name, value ?? Number.NaN]));

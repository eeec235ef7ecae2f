/** A bundle opened in this isolate: what judges, and what counts. */
import { type Assessor, createAssessor, type Observed, type Transaction } from 'nearhand/assess';
import { keyOf, reference } from '../door/names.js';
import { type Env, type Settings, settingsOf, type Tenant } from '../door/settings.js';
import { decimalOf } from '../words/money.js';
import { Refused } from '../words/refused.js';
import type { Answer, Asked, Decision, Features } from '../words/types.js';
import { type Declared, declaredOf } from './declared.js';
import { Parts, withWindows } from './parts.js';
import { bundleOf } from './bundle.js';
import { Once } from './once.js';
import { type Counting, Pool } from './pool.js';

/** The windows of one value of a key. */
export interface KeyWindows {
  observe(asked: Asked): Observed;
  peek(asked: Asked): Observed;
  label(id: string, fraud: boolean, at: number): void;
  amend(id: string, flags: Readonly<Record<string, boolean>>): void;
  snapshot(): Uint8Array;
}

const only = new Once<Engine>((engine) => !engine.dead, (engine) => engine.close());

/** The isolate's engine. */
export const engineOf = (env: Env): Promise<Engine> => only.get(() => Engine.open(env));

export class Engine {
  /** Something in it has trapped: its memory may be half written, and nobody asks it again. */
  dead = false;
  /** By tenant. */
  readonly #judges = new Map<string, Once<Judge>>();

  private constructor(
    readonly declared: Declared,
    readonly sha256: string,
    /** How late an event may come, and how far ahead of the clock it may lie, milliseconds. */
    readonly lateness: number,
    readonly skew: number,
    private readonly bundle: Uint8Array,
    private readonly pools: Readonly<Record<'card' | 'terminal', Pool> & Partial<Record<'shard', Pool>>>,
    /** How shards add up; there where some tenant has a hot terminal. */
    readonly parts: Parts | undefined,
  ) {}

  static async open(env: Env): Promise<Engine> {
    const bundle = await bundleOf(env);
    const opened = (bytes: Uint8Array, key: string): Promise<Assessor> => createAssessor({ bundle: bytes, keys: [key], now: null, answers: 0 });
    const first = await createAssessor({ bundle, keys: ['card'], now: null, answers: 0, ...(env.BUNDLE_SHA256 && { sha256: env.BUNDLE_SHA256 }) });
    const declared = declaredOf(bundle);
    const hot = [...settingsOf(env).tenants.values()].some((tenant) => tenant.hot.size > 0);
    const parts = hot ? new Parts(declared) : undefined;
    const spread = parts && (await withWindows(bundle, declared.windows, parts.features));
    const pools = {
      card: new Pool(first, () => opened(bundle, 'card')),
      terminal: new Pool(await opened(bundle, 'terminal'), () => opened(bundle, 'terminal')),
      ...(spread && { shard: new Pool(await opened(spread, 'terminal'), () => opened(spread, 'terminal')) }),
    };
    const { bundle: file, latenessMs, skewMs } = first.info();
    return new Engine(declared, file.sha256, latenessMs ?? 0, skewMs ?? 0, bundle, pools, parts);
  }

  close(): void {
    for (const pool of Object.values(this.pools)) pool.close();
  }

  /** Told of whatever was thrown: after a trap the engine is dead. */
  failed(error: unknown): void {
    const { name, code } = (error ?? {}) as { name?: string; code?: string };
    if (code === 'engine-trapped' || code === 'closed' || name === 'RuntimeError' || name === 'RangeError') this.dead = true;
  }

  /** Whatever one of its instances is asked for; a failure is noted. */
  readonly noting = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      this.failed(error);
      throw error;
    }
  };

  /** More instances for windows, where those that are here have had to make room for each other. For after an answer: it takes a while. */
  async grow(): Promise<void> {
    for (const pool of Object.values(this.pools)) await pool.grow();
  }

  held(counting: Counting, owner: number): KeyWindows | undefined {
    const engine = this.noting(() => this.#pool(counting).held(owner));
    return engine && this.#windows(engine);
  }

  begun(counting: Counting, owner: number, state?: Uint8Array): KeyWindows {
    return this.#windows(this.noting(() => this.#pool(counting).begun(owner, state)));
  }

  drop(counting: Counting, owner: number): void {
    this.#pool(counting).drop(owner);
  }

  /** What judges for a tenant, with its lists. */
  judge(tenant: Tenant, settings: Settings): Promise<Judge> {
    let once = this.#judges.get(tenant.name);
    if (!once) {
      once = new Once<Judge>((judge) => !judge.failed, (judge) => judge.close());
      this.#judges.set(tenant.name, once);
    }
    return once.get(async () => new Judge(this, await createAssessor({ bundle: this.bundle, keys: [], lists: await this.#lists(tenant, settings), now: null, answers: 0 })));
  }

  /** The bundle's lists with a tenant's keys. Cards and terminals are known by their references alone, so lists of them are as well. */
  async #lists({ name, lists }: Tenant, settings: Settings): Promise<Record<string, string[]>> {
    const known = this.declared.lists;
    const strange = Object.keys(lists).find((list) => !known.has(list));
    if (strange !== undefined) throw new Refused('settings-invalid', `the bundle has no such list; it has ${[...known.keys()].join(', ')}`, { field: `TENANTS.${name}.lists.${strange}` });
    const key = await keyOf(settings);
    const keys: Record<string, string[]> = {};
    for (const [list, { of, keys: own }] of known) {
      const given = lists[list] ?? own;
      keys[list] = of === 'card' || of === 'terminal' ? await Promise.all(given.map((one) => reference(key, of, name, one))) : [...given];
    }
    return keys;
  }

  /** A transaction by the names of the declaration. One of another bundle's time may have fields and flags that this one does not know. */
  transaction({ id, time, card, terminal, amount, currency, fields, flags }: Asked): Transaction {
    const own = Object.fromEntries(Object.entries(fields).filter(([name]) => this.declared.fields.includes(name)));
    const set = Object.fromEntries(this.#known(flags).map((flag) => [flag, true]));
    return { id, time, card, terminal: terminal.ref, amount: decimalOf(amount, this.declared.currencies.get(currency) ?? 2), currency, ...own, ...set };
  }

  #known(flags: readonly string[]): string[] {
    return flags.filter((flag) => this.declared.flags.includes(flag));
  }

  #pool(counting: Counting): Pool {
    const pool = this.pools[counting];
    if (!pool) throw new Refused('settings-invalid', 'no tenant has a hot terminal any more, and this is a shard of one', { field: 'TENANTS' });
    return pool;
  }

  #windows(engine: Assessor): KeyWindows {
    const { noting } = this;
    return {
      observe: (asked) => noting(() => engine.observe(this.transaction(asked))),
      peek: (asked) => noting(() => engine.peek(this.transaction(asked))),
      label: (id, fraud, at) => void noting(() => engine.label(id, fraud, at)),
      amend: (id, flags) => {
        const set = Object.fromEntries(this.#known(Object.keys(flags)).map((flag) => [flag, flags[flag] ?? false]));
        if (Object.keys(set).length > 0) noting(() => engine.amend(id, set));
      },
      snapshot: () => noting(() => engine.snapshot()),
    };
  }
}

/** What judges the transactions of one tenant. */
export class Judge {
  /** A golden transaction was answered otherwise than recorded: its model decides nothing any more, and another judge takes its place. */
  failed = false;
  /** Features that come with a transaction. */
  readonly #given: readonly string[];

  constructor(
    private readonly engine: Engine,
    private readonly assessor: Assessor,
  ) {
    this.#given = assessor.info().given;
  }

  close(): void {
    this.assessor.close();
  }

  /** The answer to a transaction whose features are all there. */
  answer(asked: Asked, features: Features, capped: boolean): Answer {
    const { decision, by, risk, score, rules, reasons, failure } = this.#assess(asked, features, 'severe');
    this.failed ||= failure === 'golden-mismatch';
    return {
      id: asked.id,
      decision,
      by,
      risk,
      score,
      rules,
      reasons: reasons.map(({ code, text, feature, value, contribution }) => ({ code, text, feature, value: plain(value), contribution })),
      capped,
      failure: failure ?? null,
      bundle: this.engine.sha256,
      recorded: true,
    };
  }

  /** The answer where features are missing: rules that look at none decide, else the declared fallback. */
  without(asked: Asked, failure: string): Answer {
    const { declared, sha256 } = this.engine;
    const zeros = Object.fromEntries(this.#given.map((name) => [name, 0]));
    const rules = this.#assess(asked, zeros, 'never').rules.filter(({ code }) => declared.plain.has(code));
    const { decision, by } = decided(rules, declared.fallback);
    return { id: asked.id, decision, by, risk: null, score: null, rules, reasons: [], capped: false, failure, bundle: sha256, recorded: true };
  }

  /** Refuses a transaction that could not be counted or judged, whatever its features. Nothing is counted. */
  check(asked: Asked): void {
    this.without(asked, '');
  }

  #assess(asked: Asked, features: Features, explain: 'severe' | 'never') {
    const given = Object.fromEntries(Object.entries(features).map(([name, value]) => [name, value ?? Number.NaN]));
    return this.engine.noting(() => this.assessor.assess(this.engine.transaction(asked), { features: given, explain }));
  }
}

/** As the library has it: decline, then approve, then review where that is more severe, then the fallback. */
function decided(rules: readonly { code: string; then: Decision }[], fallback: Decision): Pick<Answer, 'decision' | 'by'> {
  for (const then of ['decline', 'approve', 'review'] as const) {
    const rule = rules.find((one) => one.then === then);
    if (rule && !(then === 'review' && fallback !== 'approve')) return { decision: then, by: { rule: rule.code } };
  }
  return { decision: fallback, by: 'fallback' };
}

/** A number as JSON has it. */
export const plain = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Features as they are stored and sent. */
export const plainly = (features: Readonly<Record<string, number>>): Features => Object.fromEntries(Object.entries(features).map(([name, value]) => [name, plain(value)]));

/** What `nearhand/assess` offers: a bundle of `nearhand pack-assess` in, transactions judged out, with their windows counted beside. */
import type { Trusting, WasmSource } from '../words/types.js';

export { NearhandError } from '../words/errors.js';
export type { ErrorDetails } from '../words/errors.js';
export type { Trusted, Trusting, WasmSource } from '../words/types.js';
export { version } from '../words/version.js';

type Given = string | URL | ArrayBufferLike | ArrayBufferView | Response;
/** A URL (in Node also a path), the bytes or a response of a bundle that `nearhand pack-assess` made; a promise of any of them is as good. */
export type BundleSource = Given | Promise<Given>;

/** From the mildest to the most severe. */
export type Decision = 'approve' | 'review' | 'decline';

/**
 * An amount. A number or a text is a decimal of the currency, as a log has it: `129.99`, `'129.99'`. A bigint is a whole number of minor units:
 * `12999n`. More decimals than the currency has are refused, never rounded; so are negative ones, NaN, and what is beyond 10¹⁵ minor units.
 */
export type Amount = number | string | bigint;

/** What one field holds. `null`, `undefined` and `''` are nothing. */
export type FieldValue = Amount | boolean | Date | null | undefined;

/**
 * A transaction by the names that the bundle declares (`info().fields`), as a row of a log has it. Names of the windows and of rules and costs are one
 * namespace: a name that both declare is one field.
 *
 * Of the bundle that ships: `{ id, time, card, terminal, amount, currency, declined }`. A time is Unix milliseconds or a `Date`. Ids and keys are
 * texts, or whole numbers and bigints that stand for their digits. `amount`
 * and `currency` are those that costs and rules look at. A flag (`declined`) is a boolean, `false` where it is left out: what is not known yet is told later,
 * by `amend`. A field that nobody declares is refused with the list of those that are.
 */
export type Transaction = Readonly<Record<string, FieldValue>>;

/** Features by name; `NaN` where one is missing. */
export type Features = Readonly<Record<string, number>>;

/** When reasons are made, which takes most of the time: `severe` unless it is approved. */
export type Explain = 'never' | 'severe' | 'always';

export interface AssessorOptions {
  /** The bundle. */
  readonly bundle: BundleSource;
  /**
   * The bundle's digest that is expected, hex: `info().bundle.sha256`, as packing and `nearhand inspect` tell it (SHA-256 of the file with these digits of its
   * own as zeros). Refused with `bundle-digest-mismatch` when it differs.
   */
  readonly sha256?: string;
  /** Keys of the bundle's lists, in the place of those that it has. */
  readonly lists?: Readonly<Record<string, Iterable<string>>>;
  /**
   * The keys whose windows are counted here. Default: all that the bundle declares. One part of the state may hold the windows of cards
   * (`['card']`), another those of terminals; `[]` counts nothing. What is not counted here comes by `features` of `assess`.
   */
  readonly keys?: readonly string[];
  /** A state to go on with, of `snapshot`, of the same windows and keys. */
  readonly state?: ArrayBufferLike | ArrayBufferView;
  /** Answers that are kept by id, for transactions that come again, 0 to 1,000,000. Default 4,096; the oldest goes first. */
  readonly answers?: number;
  /** Largest bundle accepted, bytes. Default 64 MiB, at most 2 GiB. */
  readonly maxBytes?: number;
  /** The clock, by which a transaction may lie too far ahead. Default `Date.now`; `null`: not looked at. */
  readonly now?: (() => number) | null;
  /** An own copy of `nearhand-assess.wasm`: its URL, its bytes or the compiled module. */
  readonly wasm?: WasmSource;
  /** Ends the download; once `createAssessor` has resolved it does nothing any more. */
  readonly signal?: AbortSignal;
  /**
   * Whose signature the bundle must have: `trusted({ keys, name })` of `nearhand/trust`. The bundle is the signed statement then, unless `statement` is given there;
   * without a signature nothing is opened. See docs/signing.md.
   */
  readonly trust?: Trusting;
}

export interface AssessOptions {
  /** Default `severe`. */
  readonly explain?: Explain;
  /**
   * Features that are not counted here, all of them (`info().given`); those that are counted here are ignored. `null`, as `observe` says it where an
   * event is late, ahead or repeated: there are none, rules decide, and `failure` is `features-unavailable`.
   */
  readonly features?: Features | null;
  /** The transaction's id, where the windows declare no field for it: by it a transaction that comes again is known. */
  readonly id?: string;
}

/**
 * What became of an event in the windows. `observed`: counted. `duplicate`: its id was there, features of then. `repeated`: its id was there,
 * its features are gone. `late`: older than the newest one by more than the declared lateness. `ahead`: ahead of the clock by more than the declared
 * skew. `peeked`: looked at, not counted. Only `observed` changes anything.
 */
export type Outcome = 'observed' | 'duplicate' | 'repeated' | 'late' | 'ahead' | 'peeked';

/** An event's features. */
export interface Observed {
  readonly outcome: Outcome;
  /** The limits made the windows forget events that one of these features would have needed. */
  readonly capped: boolean;
  /** Those of the keys that are counted here; `null` where the outcome has none: `repeated`, `late`, `ahead`. */
  readonly features: Features | null;
}

/** What the model says. */
export interface Judged {
  /** As the model answers it. */
  readonly score: number;
  /** Calibrated: the probability of a fraud, 0 to 1. */
  readonly risk: number;
  /** What would be done without rules. */
  readonly decision: Decision;
  /** Where costs decide: what each decision is expected to cost, minor units. */
  readonly costs?: { readonly approve: number; readonly review?: number; readonly decline: number };
}

/** A rule that holds. */
export interface Rule {
  readonly code: string;
  readonly text: string;
  readonly then: Decision;
}

/** What raises the score. */
export interface Reason {
  readonly code: string;
  readonly text: string;
  /** The feature of this code that adds most, and its value. */
  readonly feature: string;
  readonly value: number;
  /** What the features of this code add, in the unit of `explained`. */
  readonly contribution: number;
}

/** The decision about a transaction, and why. Frozen. */
export interface Assessment {
  readonly decision: Decision;
  /** What decided. `fallback`: there was no score, and no rule decided. */
  readonly by: 'model' | 'fallback' | { readonly rule: string };
  /** Those of `model`; `null` where there is no score. */
  readonly risk: number | null;
  readonly score: number | null;
  readonly model: Judged | null;
  /**
   * Why there is no score: the model's error (`score-not-finite`, …), or `event-too-old`, `event-in-future`, `event-repeated` where the windows have
   * no features for it (`late`, `ahead`, `repeated`), `features-unavailable` where the host had none to give. Rules decide then, else the bundle's fallback.
   */
  readonly failure?: string;
  /** The rules that hold, in the order of the declaration. */
  readonly rules: readonly Rule[];
  /** What raises the score, the strongest first. Empty where no reasons were asked for or the bundle has none. */
  readonly reasons: readonly Reason[];
  /** What base and contributions add up to, before the link; where reasons are told. */
  readonly explained?: { readonly base: number; readonly sum: number; readonly link: 'identity' | 'logistic' };
  /** All features as they were, in the order of the declaration; `null` where the windows have none for it. */
  readonly features: Features | null;
  /** What became of it in the windows; `null` where there are none here. Of a transaction that comes again it is that of then. */
  readonly outcome: Outcome | null;
  readonly capped: boolean;
  /** The transaction came before, by its id, and its answer was kept: all else is the answer of then. */
  readonly repeated: boolean;
}

/**
 * What became of a label. `known`: it counts. `waiting`: it will for events at or after its time. `same`: it was known. `changed`: it takes the place of
 * another. `unknown`: no event of this id is remembered. `full`: more labels wait than the limits allow; nothing is recorded.
 */
export type LabelOutcome = 'known' | 'waiting' | 'same' | 'changed' | 'unknown' | 'full';

/** What became of flags. `unknown`: no event of this id is remembered. */
export type AmendOutcome = 'changed' | 'same' | 'unknown';

export interface AssessorInfo {
  /** Of the package. */
  readonly version: string;
  /** Of the bundle. */
  readonly bundle: {
    readonly name: string;
    readonly version: string;
    readonly createdAt: string;
    readonly licence: string;
    readonly attribution: string;
    readonly card: string;
    readonly sha256: string;
    readonly bytes: number;
  };
  /** Features of the model and the rules, in order. */
  readonly features: readonly string[];
  /** Those of them that are not counted here, and that `assess` wants each time. */
  readonly given: readonly string[];
  /** Fields of a transaction, each once. */
  readonly fields: readonly string[];
  /** The field of the id and that of the time; `null` where the bundle has no windows, or they no ids. */
  readonly id: string | null;
  readonly time: string | null;
  /** Keys that the windows declare, and those whose windows are counted here. */
  readonly keys: readonly string[];
  readonly counted: readonly string[];
  /** Fields that `amend` sets. */
  readonly flags: readonly string[];
  readonly currencies: readonly string[];
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  /** How decisions are made. */
  readonly decides: 'costs' | 'capacity' | 'thresholds';
  /** How far events may come late, and lie ahead of the clock, milliseconds; `null` without windows. */
  readonly latenessMs: number | null;
  readonly skewMs: number | null;
  /** What has happened so far in the windows; `null` without any. */
  readonly counts: {
    readonly observed: number;
    readonly outOfOrder: number;
    readonly duplicates: number;
    readonly late: number;
    readonly ahead: number;
    readonly labels: number;
    readonly labelsRefused: number;
    readonly keysForgotten: number;
    readonly eventsForgotten: number;
    readonly idsForgotten: number;
  } | null;
  /** Answers that are kept by id. */
  readonly answers: number;
  /** Why the model decides nothing any more: a golden transaction that was due again was not answered as recorded. Open another assessor. */
  readonly failed?: 'golden-mismatch';
  /** Bytes of wasm memory. */
  readonly memoryBytes: number;
}

/**
 * Judges transactions by one bundle, in a wasm instance of its own. All calls are synchronous; they throw `closed` after `close`, and
 * `engine-trapped` once the engine has stopped: open another then, with the last snapshot. What is refused has changed nothing.
 */
export interface Assessor {
  /**
   * Counts a transaction, and judges it by its features: those of events and labels at or before its time, to the bit as `nearhand features` has
   * them. One that comes again, by its id, gets the answer of then and is not counted twice, whatever else it says.
   *
   * Throws `transaction-invalid`, `currency-unknown`, `schema-mismatch`, `feature-invalid`, `features-event-invalid`, `unknown-option`, `invalid-option`.
   */
  assess(transaction: Transaction, options?: AssessOptions): Assessment;
  /** Counts an event and gives its features, without judging it. `assess` of the same id judges by these features and counts nothing. */
  observe(event: Transaction): Observed;
  /** The features that an event would have; nothing is counted. */
  peek(event: Transaction): Observed;
  /** A label, as it becomes known: counts for events at or after `at` (Unix milliseconds or a `Date`). */
  label(id: string, fraud: boolean, at: number | Date): LabelOutcome;
  /** Sets flags of an event that came out after it was counted: `amend('t17', { declined: true })`. Those that are not named stay. */
  amend(id: string, flags: Readonly<Record<string, boolean>>): AmendOutcome;
  /** Windows and answers as bytes, the same for the same state; they carry a version, and the digest of the windows. */
  snapshot(): Uint8Array;
  /**
   * Goes on with a state. Throws `features-snapshot-version`, `features-snapshot-other-spec`, `features-snapshot-malformed`; the state is as before then.
   */
  restore(state: ArrayBufferLike | ArrayBufferView): void;
  /** Puts other keys in the place of a list's: at most 1,048,576, of 1 to 256 bytes. */
  setList(name: string, keys: Iterable<string>): void;
  /** Whether a key is in a list. */
  listed(name: string, key: string): boolean;
  info(): AssessorInfo;
  /** Lets go of the instance. A second call does nothing. */
  close(): void;
}

/**
 * Fetches, checks and opens a bundle: its digest, and its recorded transactions, which must be answered as recorded. Rejects with `fetch-failed`, `aborted`,
 * `body-used`, any `bundle-…`, `manifest-…`, `model-…` or `features-…` code, `golden-mismatch`, `out-of-memory`, with what the wasm itself fails for
 * (`wasm-unsupported`, `wasm-missing`, `wasm-mismatch`), `invalid-option` and `unknown-option`.
 */
export type CreateAssessor = (options: AssessorOptions) => Promise<Assessor>;
export declare const createAssessor: CreateAssessor;

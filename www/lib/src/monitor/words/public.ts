/** What `nearhand/monitor` offers: whether a model still answers as it did, what visitors did with it, and whether another one would do better. */
import type { Consent, EngineCounts, WasmSource } from '../../words/types.js';

export { NearhandError } from '../../words/errors.js';
export type { ErrorDetails } from '../../words/errors.js';
export type { Consent, EngineCounts, WasmSource } from '../../words/types.js';
export { version } from '../../words/version.js';

/** Bytes of their own memory, whatever TypeScript calls them: `sendBeacon` and `fetch` take them. */
export type Bytes = ReturnType<Uint8Array['slice']>;

type Given = string | URL | ArrayBufferLike | ArrayBufferView | Response;
/** A URL (in Node also a path), the bytes or a response of a reference that `nearhand monitor-reference` or `learnReference` made; a promise of any of them is as good. */
export type ReferenceSource = Given | Promise<Given>;

/** A shop whose bundle has a reference, or whatever tells as much of itself. */
export interface WithReference {
  info(): { readonly monitor?: EngineCounts };
}

/**
 * How much an alert asks for. `notice`: something has changed, and it is sure. `warn`: more than is tolerated, somebody should look. `fallback`: answers may
 * be garbage. `stop`: the bundle may not be served.
 */
export type Level = 'notice' | 'warn' | 'fallback' | 'stop';
export type AlertCode = 'input-drift' | 'score-drift' | 'slate-drift' | 'schema' | 'units' | 'rate-high' | 'slow' | 'same-for-all' | 'stale' | 'expired' | 'clock-wrong' | 'golden' | 'calibration' | 'change';

/** A bin of a stream, then and now. */
export interface MovedBin {
  /** What falls into it: `to 12`, `12 to 40`, `above 40`, a name, `others`, `missing`. */
  readonly values: string;
  /** Its share in the reference, 0 to 1. */
  readonly reference: number;
  /** Its share now. */
  readonly current: number;
}

/** One thing that is wrong: told once when it begins, and once more when its level rises. */
export interface Alert {
  readonly code: AlertCode;
  /** The stream or rate; `''` for the bundle as a whole. Of `calibration`: `high` for probabilities above their mean, `low` for the others. Of `change` also `squared-error`. */
  readonly subject: string;
  readonly level: Level;
  /** What was measured: for drift the divergence from the reference in nats, for schema, units, rates and slates a share, for calibration the share that happened, for a change the mean since, for age milliseconds. */
  readonly value: number;
  /** What it may be at this level, in the same unit. */
  readonly threshold: number;
  /** After how many observations. */
  readonly seen: number;
  /** Natural logarithm of the evidence against "nothing is wrong", where there are bets. */
  readonly evidence: number | null;
  /** Population stability index of a stream. */
  readonly psi: number | null;
  /** Of `units`: how many times as large as the reference's median that of the last numbers is, at most 16; `null` of fewer than 5, where either is not above 0 or the answer not finite, and where most are one value and the reference's are not. */
  readonly ratio: number | null;
  /** The factor that units differ by which `ratio` is, where only one is it: 24, 60, 100, 1,000, 3,600, 86,400, 1e6 or 1e9, or 1 / those. Else `null`. */
  readonly factor: number | null;
  /** The bins of a stream that moved most, at most three. */
  readonly moved: readonly MovedBin[];
  /** What to look at first. */
  readonly advice: string;
}

/** Three levels: for a notice, a warning and a fallback, rising. */
export type Levels = readonly [notice: number, warn: number, fallback: number];

/** What is told beside a report. */
export interface ReportAbout {
  readonly bytes: number;
  /** As `MonitorOptions.epsilon`; `null` where counts are as they were counted. */
  readonly epsilon: number | null;
}

/** Takes a report, of 1,024 bytes at most. What is `false`, or is thrown, means that it could not be sent: it is handed over again the next time. */
export type Sink = (report: Bytes, about: ReportAbout) => unknown;

export interface MonitorOptions {
  /** What was usual: a reference, or a shop that has one in its bundle. Without one it is learnt. */
  readonly reference?: ReferenceSource | WithReference;
  /** Observations of a stream or rate after which what was seen is the reference, 100 to 100,000. Default 2,000. Only without `reference`. */
  readonly learn?: number;
  /** Is handed what was learnt, to be kept. */
  readonly onReference?: (reference: Bytes) => unknown;
  /** Called once an alert. What it throws, or rejects with, is counted (`info().callbacksFailed`) and breaks nothing. */
  readonly onAlert?: (alert: Alert) => unknown;
  /**
   * Whose answers come here. `one` visitor's are alike, and nothing is bet on his streams: they are counted for whoever sums many, and rates, times and
   * age are watched. `many`: all is. Default `one` in a page, `many` in Node and workers.
   */
  readonly visitors?: 'one' | 'many';
  /** Probability of any false alarm at all, for as long as it runs. In (0, 0.5]. Default 0.05. */
  readonly alpha?: number;
  /** No verdict before so many observations, 1 to 1,000,000, but for `schema` and `units`. Default 100. */
  readonly least?: number;
  /** By how much the most important stream may drift, PSI. Default 0, 0.05, 0.25. */
  readonly tolerances?: Levels;
  /** By how much a rate, or values that are missing, unknown or beyond, may exceed what was usual, as a share of what is left to 1. Default 0, 0.05, 0.25. */
  readonly rateTolerances?: Levels;
  /** A call that takes longer is a slow one, milliseconds. Default: not watched. */
  readonly slowAfterMs?: number;
  /** Shares of calls that may be slow. Default 0.02, 0.05, 0.25. */
  readonly slowShares?: Levels;
  /** Shares of contexts that may get one slate. Default 0.5, 0.75, 0.95. */
  readonly sameShares?: Levels;
  /**
   * How many times the odds of what happens may be what a probability says, or what it says what they are. From 1 on. Default 1.1, 1.25, 2. `null`: what
   * foretells is no probability, and there are no alarms of it. They have an `alpha` of their own, as large, and hold where `visitors` is `many`.
   */
  readonly calibrationFactors?: Levels | null;
  /**
   * Streams of numbers whose changes of level are told as notices, by ADWIN and the Page–Hinkley test, where `visitors` is `many`; `squared-error` is that of labelled
   * probabilities. Default none: `alpha` does not hold for them.
   */
  readonly changes?: readonly string[];
  /** When the bundle was made, Unix milliseconds, a `Date` or a text that `Date` reads (`shop.info().bundle.createdAt`); its age is watched. */
  readonly made?: number | Date | string;
  /** The age at which somebody should know, milliseconds. Default two days. */
  readonly warnAfterMs?: number;
  /** When it may no longer serve. Default never. */
  readonly expires?: number | Date | string;
  /** Looks by itself after so many answers, 1 to 1,000,000, and at once for `schema` and `units`. Default 50. */
  readonly every?: number;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  /**
   * `none`: nothing is counted, and what was counted is forgotten. `memory` (default): counted here, and nothing leaves the page. `session`, `persistent`:
   * reports go to the sink. Nothing is ever stored on the device. See docs/telemetry.md.
   */
  readonly consent?: Consent;
  /** Where reports go. Without one there are none. */
  readonly sink?: Sink;
  /**
   * Makes reports deniable: each tells of every rate one occasion, picked by chance, turned round with probability 1 / (1 + e^ε), and nothing else. Above 0 to 10.
   * See docs/telemetry.md.
   */
  readonly epsilon?: number;
  /** An own copy of `nearhand-monitor.wasm`: its URL, its bytes or the compiled module. */
  readonly wasm?: WasmSource;
  /** Ends the download. */
  readonly signal?: AbortSignal;
}

/** What is read of a shop's slate. */
export interface SeenSlate {
  readonly items: readonly { readonly item: string; readonly score: number; readonly category?: string }[];
  readonly tier: string;
  readonly source: string;
  readonly notes: readonly string[];
  /** Events of the session that were used. */
  readonly events: number;
  readonly tookMs: number;
}

/** What is read of an assessor's answer. */
export interface SeenDecision {
  readonly decision: string;
  readonly by: unknown;
  readonly risk: number | null;
  readonly features?: Readonly<Record<string, number>> | null;
}

/** What is read of a completion. */
export interface SeenCompletion {
  readonly finishReason: string;
  readonly usage: { readonly completion: number };
  readonly score?: number;
  readonly scored?: number;
  readonly tookMs: number;
}

/** Where a shop, an assessor or a completer tells that a golden was not answered as recorded any more. */
export interface SeenFailing {
  readonly restarts?: { readonly error?: { readonly message: string } };
  readonly full?: { readonly error?: { readonly message: string } };
  readonly failed?: string;
}

/** What is read of `shop.info()`. */
export interface SeenInfo extends SeenFailing {
  readonly counts: { readonly events: number; readonly unknownItems: number };
}

/** The same, of a bundle with a reference. */
export interface CountedInfo extends SeenFailing {
  readonly monitor?: EngineCounts;
}

/** What is read of `assessor.info()` of `nearhand/assess`. */
export interface SeenWindows extends SeenFailing {
  readonly counts: { readonly observed: number; readonly late: number; readonly ahead: number; readonly duplicates: number; readonly labels: number } | null;
}

/** What is read of `completer.info()` of `nearhand/complete`. */
export interface SeenModel {
  readonly restarts: number;
  readonly failed?: string;
}

export interface WatchedStream {
  readonly name: string;
  readonly role: 'input' | 'score' | 'slate';
  /** How much the model cares for it, as a share of the most important one of its role. */
  readonly weight: number;
  readonly state: 'waiting' | 'quiet' | Level;
}

export interface WatchedRate {
  readonly name: string;
  readonly state: 'waiting' | 'quiet' | Level;
}

/** A change of the mean of the squared error. */
export interface FoundChange {
  /** After how many labels. */
  readonly at: number;
  readonly by: 'adwin' | 'page-hinkley';
  readonly before: number;
  /** The mean of the last sixteen or so. */
  readonly since: number;
}

/** What came of what was foretold. */
export interface Quality {
  /** Of calibration. */
  readonly state: 'waiting' | 'quiet' | Level;
  readonly labelled: number;
  /** Mean probability of the labelled, 0 to 1; `null` before the first, as all that follows. */
  readonly foretold: number | null;
  /** Share of them that happened. */
  readonly rate: number | null;
  /** Expected calibration error on ten bins, 0 to 1. By chance it is above 0: of n a bin by about √(rate (1 − rate) / n). */
  readonly calibrationError: number | null;
  /** Brier score, 0 to 1. */
  readonly brier: number | null;
  /** Of each tenth of 0 to 1 that has some: mean probability, share that happened, how many. */
  readonly reliability: readonly { readonly foretold: number; readonly rate: number; readonly count: number }[];
  /**
   * How often it happens among all that were foretold, labelled or not, and its interval, which holds it with probability 0.95 about (prediction-powered). `trust`: how
   * much predictions were trusted, 0 to 1. `null` before ten happened, ten did not and two are left without a label. Labels must be chosen as by chance.
   */
  readonly estimate: { readonly rate: number; readonly low: number; readonly high: number; readonly trust: number } | null;
  /** The first 64. */
  readonly changes: readonly FoundChange[];
}

export interface MonitorInfo {
  readonly version: string;
  /** `learning`: there is no reference yet. `failed`: it has stopped, and `error` says why; the calls of a monitor that failed do nothing. */
  readonly state: 'learning' | 'watching' | 'failed' | 'closed';
  readonly error?: { readonly code: string; readonly message: string };
  /** The highest level that stands. */
  readonly standing: Level | null;
  readonly streams: readonly WatchedStream[];
  readonly rates: readonly WatchedRate[];
  /** `null` before anything was foretold or labelled. */
  readonly quality: Quality | null;
  /** Observations by names that the reference does not have: the first 32. */
  readonly unknown: Readonly<Record<string, number>>;
  /** Answers that could not be read, and texts where a stream has numbers, which count as missing as well. */
  readonly refused: number;
  readonly callbacksFailed: number;
  readonly consent: Consent;
  /** Reports handed over, and those that wait to be handed over again. */
  readonly telemetry: { readonly sent: number; readonly waiting: number; readonly lost: number };
}

/** None of the calls that tell it something ever throws: what cannot be read is counted, so that watching never breaks serving. */
export interface Monitor {
  /** A value of a stream: a number, a name, or nothing where it is missing. */
  observe(name: string, value: number | string | boolean | null | undefined): void;
  /** An occasion of a rate, and whether it happened. */
  happened(name: string, yes: boolean): void;
  /** How long a call took, milliseconds. */
  took(ms: number): void;
  /**
   * A slate. `context`: what it answers (a visitor, his last item), so that one slate for all is seen; of one context the last one counts. Slates that no event
   * speaks for are alike by their nature, and are left out of that.
   */
  saw(slate: SeenSlate, context?: string): void;
  /**
   * An answer whose outcome is not known yet: its probability, or what else foretells it (a click a purchase: 0 or 1). Each once; `decided` does so with its risk.
   */
  foretold(probability: number): void;
  /**
   * What came of one that was foretold, with the same probability. Not before it would be known of the other outcome as well, and in the order of the answers: neither who
   * is labelled nor when may depend on the outcome.
   */
  labelled(probability: number, happened: boolean): void;
  /** A decision of `nearhand/assess`; its features are streams by their names, and its risk is foretold. */
  decided(answer: SeenDecision): void;
  /** A completion. */
  completed(result: SeenCompletion): void;
  /**
   * What `shop.info()` has counted since the last time: unknown items. Of `assessor.info()`: events that came late or from ahead, repeated ones, and as one
   * occasion a call whether events came and no label did; so call it as often as some label should have come, a hundred times before a verdict.
   * Of `completer.info()`: whether a golden has failed.
   */
  counted(info: SeenInfo | SeenWindows | SeenModel): void;
  /** Alerts that have begun or risen since the last look. Each was handed to `onAlert` as well. */
  look(): readonly Alert[];
  /**
   * What others have counted, once each; whether anything was new. A report, or a shop's `info()`: what its engine has counted since the last time, in the
   * place of `saw`. Throws where it is not of this reference.
   */
  absorb(counted: ArrayBufferLike | ArrayBufferView | CountedInfo): boolean;
  /** Hands what was counted to the sink, as far as consent allows; how many reports were handed over. A page does so by itself when it is hidden. */
  flush(): number;
  setConsent(consent: Consent): void;
  /** The reference, `null` while it is learnt. */
  reference(): Bytes | null;
  info(): MonitorInfo;
  /** Ends it. What was counted and not reported is gone: `flush` first. */
  close(): void;
}

export type CreateMonitor = (options?: MonitorOptions) => Promise<Monitor>;

/** A stream by a sample. */
export interface StreamSample {
  readonly values: readonly (number | string | boolean | null | undefined)[] | Float32Array | Float64Array;
  /** Default `input`. */
  readonly role?: 'input' | 'score' | 'slate';
  /** How much the model cares for it, on any scale from 0 on. Default 1. */
  readonly importance?: number;
}

export interface Samples {
  readonly streams?: Readonly<Record<string, StreamSample | StreamSample['values']>>;
  readonly rates?: Readonly<Record<string, { readonly events: number; readonly of: number }>>;
  readonly wasm?: WasmSource;
}

/** A reference of samples, as bytes. */
export type LearnReference = (samples: Samples) => Promise<Bytes>;

export interface CollectorOptions {
  readonly reference: ReferenceSource | WithReference;
  /** That of the clients; counts are put right for it. */
  readonly epsilon?: number;
  /** How much a report may have counted of anything: one with more is refused (`monitor-report-implausible`). A page's has 16,384 at most. Default: whatever it says. */
  readonly most?: number;
  /** What an earlier collector's `report` gave: it goes on from there. Which reports are in it, it no longer knows. */
  readonly sum?: ArrayBufferLike | ArrayBufferView;
  readonly wasm?: WasmSource;
  readonly signal?: AbortSignal;
}

/** A share with its interval, which holds it with probability 0.95 about. */
export interface Share {
  readonly name: string;
  readonly of: number;
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Sums the reports of many clients, each once. */
export interface Collector {
  /** Whether it was new. Throws `monitor-report-malformed`, `monitor-report-implausible`, `monitor-reference-other`, `monitor-version-unsupported`, `monitor-sources-too-many`; then nothing is added. */
  add(report: ArrayBufferLike | ArrayBufferView): boolean;
  /**
   * The sum as a report, which `absorb`, `sum` and `nearhand monitor --reports` read; `null` of nothing. `source`: who tells it, a whole number below 2⁵³. Sums of several
   * periods are told apart by it, and are added in its order.
   */
  report(source: number): Bytes | null;
  rates(): readonly Share[];
  /** Counts of a stream's bins, in their order. */
  streams(): readonly { readonly name: string; readonly bins: readonly { readonly values: string; readonly count: number }[] }[];
  /** Milliseconds. */
  times(): { readonly count: number; readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
}

export type CreateCollector = (options: CollectorOptions) => Promise<Collector>;

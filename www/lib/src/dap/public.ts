/** What `nearhand/dap` offers: a monitor's counts, summed over many clients by two aggregators of which neither sees one client's. See docs/dap.md. */
import type { NearhandError } from '../words/errors.js';
import type { Consent } from '../words/types.js';
import type { Bytes, ReferenceSource } from '../monitor/words/public.js';

export { NearhandError } from '../words/errors.js';
export type { ErrorDetails } from '../words/errors.js';
export type { Consent } from '../words/types.js';
export type { Bytes, ReferenceSource } from '../monitor/words/public.js';
export { version } from '../words/version.js';

/** What a task has to be created with at both aggregators. Any other length or chunk length, and they drop every report, often without a word. */
export interface TaskPlan {
  /** The stream's or rate's name in the reference; of times of calls `times`, if nothing of the reference is called so. */
  readonly name: string;
  readonly kind: 'stream' | 'rate' | 'times';
  /** The reference's digest, 16 hex digits: of another one's bins a sum is none. */
  readonly reference: string;
  readonly vdaf: { readonly type: 'Prio3Histogram'; readonly length: number; readonly chunkLength: number };
  /** What each number of the sum counts: `to 12`, `12 to 40`, `others`, `missing`; of a rate `no`, `yes`; of times milliseconds. */
  readonly buckets: readonly string[];
}

export interface TasksOptions {
  readonly reference: ReferenceSource;
  readonly signal?: AbortSignal;
}
export type DapTasks = (options: TasksOptions) => Promise<readonly TaskPlan[]>;

/** A task by its id, 32 bytes as 43 characters of base64url; with `chunkLength` where its creator has set another than the plan's, and with the plan's `reference`, so that counts on other bins never come to it: `createDap` refuses (`monitor-reference-other`). */
export type TaskOption = string | { readonly id: string; readonly chunkLength?: number; readonly reference?: string };

/** How the client's protocol is brought: `@divviup/dap`, whole. */
export type DapClient = () => unknown;

export interface DapOptions {
  /** The monitor's. */
  readonly reference: ReferenceSource;
  /** Where reports are sent, and whose keys they are sealed for. https, but for this machine; two origins, as the promise is that they are two parties. */
  readonly leader: string | URL;
  readonly helper: string | URL;
  /** That of the tasks: times of reports are rounded down to it. */
  readonly timePrecisionSeconds: number;
  /** By the names of streams and rates, and `times`. What has no task is not told. */
  readonly tasks: Readonly<Record<string, TaskOption>>;
  /** As the monitor's: with `none` and `memory`, which it is until told, nothing is loaded, asked or sent. */
  readonly consent?: Consent;
  /** How many observations a task may get from here. Default 1: a page is one voice. */
  readonly most?: number;
  /** Default `() => import('@divviup/dap')`: for pages without a bundler. */
  readonly client?: DapClient;
  /** What went wrong: once a report that is lost, and once for whatever keeps all from being sent. Its own errors are swallowed. */
  readonly onError?: (error: NearhandError) => void;
  /** Unix milliseconds. Default Date.now. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

export interface TaskInfo {
  readonly name: string;
  readonly id: string;
  /** `stopped`: the leader does not know the task, or wants something of its clients that this one has not. */
  readonly state: 'open' | 'stopped';
  /** Observations that the leader has, that wait, and that are lost. */
  readonly sent: number;
  readonly waiting: number;
  readonly lost: number;
}

export interface DapInfo {
  readonly version: string;
  /** Of the protocol. */
  readonly protocol: 'dap-09';
  readonly state: 'open' | 'failed' | 'closed';
  readonly consent: Consent;
  readonly tasks: readonly TaskInfo[];
  /** Reports of the monitor that could not be read. */
  readonly refused: number;
  /** The last thing that went wrong. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Dap {
  /** Give it to `createMonitor`. Takes one observation of each task out of a report, by chance, and lets go of the rest. Never throws. */
  readonly sink: (report: ArrayBufferLike | ArrayBufferView) => true;
  /** Withdrawn: what waits is forgotten, what is on its way is cut off. */
  setConsent(consent: Consent): void;
  /** Tries at once what waits. Resolves when all of it has been tried; never rejects. */
  flush(): Promise<void>;
  info(): DapInfo;
  close(): void;
}

/**
 * Throws `invalid-option`, `unknown-option`, what a reference is refused for, and what keeps it from being fetched. All that comes later is told to `onError`:
 * `dap-client-missing`, `dap-client-other`, `dap-keys-invalid`, `dap-unreachable`, `dap-refused`.
 */
export type CreateDap = (options: DapOptions) => Promise<Dap>;

export interface SumOptions {
  readonly reference: ReferenceSource;
  /** What the collector got, by the names of streams and rates, and `times`: a number a bucket. */
  readonly sums: Readonly<Record<string, readonly number[]>>;
  /** Who tells it: a whole number below 2⁵³, the same for all of one collector. Default drawn anew. */
  readonly source?: number;
  /** Which of his it is, rising with time: as the batch's hour. Default 0. */
  readonly sequence?: number;
  readonly signal?: AbortSignal;
}

/** Sums as a report that `absorb`, a collector's `add` and `nearhand monitor --reports` read. Throws as `createDap`. */
export type DapSum = (options: SumOptions) => Promise<Bytes>;

export declare const createDap: CreateDap;
export declare const dapTasks: DapTasks;
export declare const dapSum: DapSum;

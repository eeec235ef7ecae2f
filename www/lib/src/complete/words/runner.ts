/** What runs a model: this thread, in turns (`in-thread.ts`), or a worker. Everything that crosses is plain data. */
import type { Accepted, Adapting, Completed, CompleterInfo, Likelihood } from './completer-types.js';
import type { Golden } from './golden-types.js';
import type { Settings } from './settings.js';

/** Settings that were checked: lists for `stop` and `specials`, nothing undefined. The deadline counts from the call on. */
export interface RunOptions extends Omit<Settings, 'stop' | 'specials'> {
  readonly stop?: readonly string[];
  readonly specials?: readonly (readonly [start: number, end: number])[];
}

/** Adapting that was checked, with the text to begin with. What nobody said has the engine's default. */
export interface RunAdapting extends Adapting {
  readonly ngram: boolean;
  readonly bias: boolean;
  readonly prime: string;
}

/** What only the runner knows of `info`. */
export type RunnerInfo = Pick<CompleterInfo, 'vocabulary' | 'running' | 'memoryBytes' | 'keptBytes' | 'restarts' | 'failed' | 'place' | 'worker'>;

/** Once closed, whatever is on its way ends as `cancelled` with what it has, and every call rejects with `closed`. */
export interface Runner {
  /** Told pieces are whole characters. When the signal says so it resolves as `cancelled`, with what it has. */
  run(prompt: string, options: RunOptions, told: (piece: string) => void, signal?: AbortSignal): Promise<Completed>;
  best(prompt: string, n: number, options: RunOptions, signal?: AbortSignal): Promise<readonly Completed[]>;
  count(text: string): Promise<number>;
  adapt(adapting: RunAdapting | null): Promise<void>;
  /** `learn`: and adapts to it. */
  likelihood(accepted: Accepted, learn: boolean): Promise<Likelihood>;
  forget(): Promise<void>;
  info(): Promise<RunnerInfo>;
  close(): void;
}

/** A golden with its prompt as the model reads it. */
export interface RunGolden extends Omit<Golden, 'specials' | 'turn'>, Pick<RunOptions, 'specials' | 'stop'> {}

/** What a model is beside its files. */
export interface ModelSettings {
  readonly context: number;
  readonly begin?: string;
  readonly ends: readonly string[];
  readonly padded: boolean;
  readonly goldens?: readonly RunGolden[];
}

export interface Files {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly tokenizer: Uint8Array<ArrayBuffer>;
}

/** All that a runner needs. */
export interface Opening {
  /** `nearhand-complete.wasm`, compiled. */
  readonly module: WebAssembly.Module;
  /** Read once for the first instance, and again for one that takes the place of another: whoever has the files need not hold them. */
  readonly files: () => Promise<Files>;
  readonly settings: ModelSettings;
  /** Bytes. */
  readonly maxMemory: number;
}

/** `now`: milliseconds, for deadlines; it crosses to no worker, which has its own. */
export type OpenRunner = (opening: Opening, now: () => number, signal?: AbortSignal) => Promise<Runner>;

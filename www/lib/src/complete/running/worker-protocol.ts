/** What the page and the worker of a completer say to each other. Every request is answered once, by its id. */
import type { WireError } from '../../words/errors.js';
import type { Accepted } from '../words/completer-types.js';
import type { Files, ModelSettings, RunAdapting, RunOptions } from '../words/runner.js';

export type Request =
  /** First of all, before any file is given away: the answer is the version. */
  | { readonly op: 'hello' }
  | { readonly op: 'open'; readonly module: WebAssembly.Module; readonly files: Files; readonly settings: ModelSettings; readonly maxMemory: number }
  /** `sent`: by the clock that page and worker share, from which a deadline counts. */
  | { readonly op: 'run'; readonly prompt: string; readonly options: RunOptions; readonly sent: number }
  | { readonly op: 'best'; readonly prompt: string; readonly n: number; readonly options: RunOptions; readonly sent: number }
  | { readonly op: 'count'; readonly text: string }
  | { readonly op: 'adapt'; readonly adapting: RunAdapting | null }
  | { readonly op: 'likelihood'; readonly accepted: Accepted; readonly learn: boolean }
  | { readonly op: 'forget' }
  | { readonly op: 'info' }
  /** Whether it is heard. */
  | { readonly op: 'ping' }
  /** Whatever is on its way ends with what it has. */
  | { readonly op: 'close' };

export type Message =
  | (Request & { readonly id: number })
  /** Ends a completion; its own answer follows. */
  | { readonly op: 'stop'; readonly of: number }
  /** The answer to `wants`. */
  | { readonly op: 'files'; readonly files: Files | WireError };

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly id: number; readonly piece: string }
  /** The files once more, for an instance in the place of another. */
  | { readonly wants: 'files' };

/** Milliseconds by a clock that page and worker share. */
export const sharedNow = (): number => performance.timeOrigin + performance.now();

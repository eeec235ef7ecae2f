/** What the page and the worker of the full tier say to each other. Every request is answered once, by its id. */
import type { OpenOptions } from './engine.js';
import type { WireError } from '../words/errors.js';
import type { CatalogDelta, Consent, Widget } from '../words/types.js';

/** The binary in a form that a message can carry. Absent: the one beside the worker script. */
export type WorkerWasm = WebAssembly.Module | string | Uint8Array | undefined;

export type Request =
  /** First of all. What fails here, fails `open` too. */
  | { readonly op: 'prepare'; readonly wasm: WorkerWasm }
  | {
      readonly op: 'open';
      readonly bundle: Uint8Array;
      /** The second file of a bundle in two. */
      readonly model: Uint8Array | undefined;
      readonly options: OpenOptions;
      readonly deltas: readonly CatalogDelta[];
      readonly nowMs: number;
    }
  /** The session travels with every request, so a worker that dies takes nothing along. */
  | { readonly op: 'recommend'; readonly snapshot: Uint8Array; readonly widgets: readonly Widget[]; readonly nowMs: number }
  | { readonly op: 'updateCatalog'; readonly delta: CatalogDelta }
  | { readonly op: 'setConsent'; readonly consent: Consent };

export type Message = Request & { readonly id: number };
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: WireError };

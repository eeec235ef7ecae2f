/** What differs between runtimes. Each entry file says it in a few lines; nothing else knows where it runs. */
import type { Binary, EngineTier, MakeGlue } from '../engine/engine.js';
import type { Guard } from '../session/guard.js';
import type { Seat } from '../engine/beside.js';
import type { inThread } from '../engine/in-thread.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { Opened } from '../engine/served.js';
import type { Shops } from './share.js';
import type { StorageArea } from '../session/storage.js';
import type { Consent, TierChoice, WasmSource } from '../words/types.js';

export type { Binary } from '../engine/engine.js';

export interface Platform {
  readonly tier: TierChoice;
  readonly consent: Consent;
  /** Engines this entry can run in its own thread. */
  readonly glue: Partial<Readonly<Record<Binary, MakeGlue>>>;
  /** The packaged binaries. Absent in `slim`: the host passes them. The one with tract, at an edge, likewise. */
  readonly wasm?: Readonly<Record<EngineTier, () => WasmSource> & Partial<Record<'tract', () => WasmSource>>>;
  /** The packaged worker script. With it the full tier runs in a worker. */
  readonly worker?: () => Worker;
  /** Fetched where the full tier stands beside the lite one: it picks the thread, and speaks to the worker. */
  readonly fullHost?: () => Promise<{ beside(seat: Seat, lite?: Promise<EngineHost>): Promise<Opened> }>;
  /** Opens the full tier in this thread, where there may be no worker. */
  readonly inThread?: typeof inThread;
  readonly storage: StorageArea;
  /** Reads paths and file: URLs, where there are files; one with more than `maxBytes` is refused unread. */
  readonly readFile?: (source: string | URL, maxBytes?: number) => Promise<Uint8Array> | undefined;
  /** Where one process serves many visitors: tells a shop that is used for two at once. */
  readonly guard?: () => Guard;
  /** Where `storage` events of other tabs arrive. */
  readonly tabs?: EventTarget;
  /** The shops of the page, for whoever loads the same again. Absent: every load has a shop of its own. */
  readonly shops?: () => Shops | undefined;
  /** Fetched when something fails: what says the way out and, for pages, finds the cause, and with it the shop without an engine. */
  readonly rescue: () => Promise<typeof import('../failing/advice.js') & Partial<typeof import('../failing/rescue.js')>>;
}

/** The web's storage by our names. Throws where the browser blocks it; only pages have one (newer Nodes merely warn). */
export const webStorage: StorageArea = (kind) => {
  if (!('document' in globalThis)) return undefined;
  return kind === 'session' ? globalThis.sessionStorage : globalThis.localStorage;
};

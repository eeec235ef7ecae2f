/** A platform made of fakes: storage, worker, tabs, wasm. */
import { guard } from '../../../www/lib/src/session/guard.js';
import { besideOf } from '../../../www/lib/src/engine/beside.js';
import { inThread } from '../../../www/lib/src/engine/in-thread.js';
import { createLoad } from '../../../www/lib/src/shop/load.js';
import type { Platform } from '../../../www/lib/src/shop/platform.js';
import type { Shops } from '../../../www/lib/src/shop/share.js';
import type { Shop, LoadOptions } from '../../../www/lib/src/words/types.js';
import { serve } from '../../../www/lib/src/engine/worker-serve.js';
import { fakeGlue, type Faults } from './fake.js';

/** The smallest wasm module. */
export const EMPTY = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
export const BUNDLE = new Uint8Array([1, 2, 3, 4]);

/** A file with a manifest in its header, as the packer writes it, and so many bytes behind. */
export function manifested(manifest: object, { parts = {}, bytes: behind = 4 }: { parts?: object; bytes?: number } = {}): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: { nearhand: JSON.stringify({ sha256: '0'.repeat(64), ...manifest }) }, ...parts }));
  const bytes = new Uint8Array(8 + header.length + behind);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  return bytes;
}

export type StorageMode = 'normal' | 'full' | 'blocked';

/** A Storage that can be full; events reach the other tabs, as in a browser. */
export class FakeStorage {
  mode: StorageMode = 'normal';
  readonly data = new Map<string, string>();
  readonly tabs: EventTarget[] = [];
  getItem(key: string): string | null {
    return this.data.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.mode === 'full') throw new DOMException('no room', 'QuotaExceededError');
    this.data.set(key, value);
  }
  removeItem(key: string): void {
    this.data.delete(key);
  }
  tell(tab: EventTarget, key: string): void {
    tab.dispatchEvent(Object.assign(new Event('storage'), { key, storageArea: this }));
  }
}

/** What a tab in a process of its own sees of a shared storage: its own writes at once, others' when they are delivered. */
export class LateStorage extends FakeStorage {
  static shared(...tabs: EventTarget[]): { views: LateStorage[]; deliver(): void } {
    const told: [LateStorage, string][] = [];
    const views = tabs.map(() => new LateStorage((view, key) => told.push([view, key])));
    const deliver = (): void => {
      // The last write of a key is what all come to see; the writer hears nothing of it.
      const last = new Map(told.splice(0).map(([view, key]) => [key, view]));
      for (const [key, writer] of last) {
        const value = writer.data.get(key);
        views.forEach((view, i) => {
          if (view === writer) return;
          if (value === undefined) view.data.delete(key);
          else view.data.set(key, value);
          view.tell(tabs[i]!, key);
        });
      }
    };
    return { views, deliver };
  }
  private constructor(readonly told: (view: LateStorage, key: string) => void) {
    super();
  }
  override setItem(key: string, value: string): void {
    super.setItem(key, value);
    this.told(this, key);
  }
  override removeItem(key: string): void {
    // As in a browser, what is not there is not removed.
    if (this.data.delete(key)) this.told(this, key);
  }
}

export type WorkerMode = 'normal' | 'silent' | 'dies' | 'missing';

/** Speaks the real protocol to the real worker side, over a fake engine. */
export class FakeWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  terminated = false;
  readonly #listeners: ((event: MessageEvent) => void)[] = [];

  constructor(
    readonly mode: () => WorkerMode,
    readonly faults: Faults,
  ) {
    if (mode() === 'missing') queueMicrotask(() => this.#die());
    const reply = (data: unknown): void => void setTimeout(() => this.terminated || this.onmessage?.({ data: structuredClone(data) } as MessageEvent));
    serve(
      { postMessage: reply, addEventListener: (_, listener) => void this.#listeners.push(listener) },
      fakeGlue('full', faults),
      () => EMPTY,
    );
  }
  postMessage(message: { op: string }): void {
    const mode = this.mode();
    if (mode === 'missing') return;
    if (message.op === 'recommend' && mode === 'silent') return;
    if (message.op === 'recommend' && mode === 'dies') return this.#die();
    const data = structuredClone(message);
    setTimeout(() => this.#listeners.forEach((listener) => listener({ data } as MessageEvent)));
  }
  terminate(): void {
    this.terminated = true;
  }
  #die(): void {
    this.onerror?.({ message: 'out of memory', filename: 'worker.js' } as ErrorEvent);
  }
}

export interface World {
  readonly load: (options?: LoadOptions, bundle?: Parameters<ReturnType<typeof createLoad>>[0]) => Promise<Shop>;
  readonly lite: Faults;
  readonly full: Faults;
  readonly session: FakeStorage;
  readonly persistent: FakeStorage;
  readonly workers: FakeWorker[];
  worker: WorkerMode;
  readonly tab: EventTarget;
}

export interface WorldOptions {
  /** With a worker, as in a browser, or both tiers in process, as in Node. */
  readonly kind?: 'browser' | 'node';
  readonly persistent?: FakeStorage;
  readonly tab?: EventTarget;
  readonly blocked?: boolean;
  /** The page that several loads, or several copies of the package, have in common. */
  readonly shops?: Shops;
  /** With the code that is fetched when something fails, as in a page. */
  readonly rescue?: boolean;
}

export function world({ kind = 'browser', persistent = new FakeStorage(), blocked = false, shops, rescue = false, tab = new EventTarget() }: WorldOptions = {}): World {
  const lite: Faults = { opened: [] };
  const full: Faults = { opened: [] };
  const session = new FakeStorage();
  const workers: FakeWorker[] = [];
  const browser = kind === 'browser';
  const platform: Platform = {
    tier: browser ? 'progressive' : 'full',
    consent: 'memory',
    glue: browser ? { lite: fakeGlue('lite', lite) } : { lite: fakeGlue('lite', lite), full: fakeGlue('full', full) },
    wasm: { lite: () => EMPTY, full: () => EMPTY },
    storage: (which) => {
      if (blocked) throw new DOMException('The operation is insecure.', 'SecurityError');
      return browser ? ((which === 'session' ? session : persistent) as unknown as Storage) : undefined;
    },
    tabs: tab,
    ...(!browser && { guard, inThread }),
    ...(shops && { shops: () => shops }),
    rescue: () => (rescue ? import('../../../www/lib/src/failing/rescue.js') : import('../../../www/lib/src/failing/advice.js')),
    ...(browser && {
      fullHost: async () => ({ beside: besideOf(fakeGlue('full', full)) }),
      worker: () => {
        const worker = new FakeWorker(() => self.worker, full);
        workers.push(worker);
        return worker as unknown as Worker;
      },
    }),
  };
  const load = createLoad(platform);
  const self: World = {
    load: (options, bundle = BUNDLE) => load(bundle, options),
    lite,
    full,
    session,
    persistent,
    workers,
    worker: 'normal',
    tab,
  };
  return self;
}

/** `assert.rejects` and `assert.throws` take this: the code, and the prefix every message has. */
export const code =
  (expected: string) =>
  (error: unknown): boolean => {
    const { name, code: got, message } = error as { name: string; code: string; message: string };
    if (name !== 'NearhandError' || got !== expected || !message.startsWith('nearhand: ')) {
      throw new Error(`expected code ${expected}, got ${name} ${got}: ${message}`, { cause: error });
    }
    return true;
  };

/** The worker's side of the protocol: one engine, no state that the page could not give again. */
import type { Engine, MakeGlue } from './engine.js';
import { openEngine } from './engine-host.js';
import { isTrap, NearhandError, toWire } from '../words/errors.js';
import { compile } from '../files/fetch.js';
import type { Info, WasmSource } from '../words/types.js';
import type { Message, Reply, WorkerWasm } from './worker-protocol.js';

/** Anything that can be spoken to like a worker's global scope. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

export function serve(port: Port, glue: MakeGlue, defaultWasm: (tract: boolean) => WasmSource): void {
  let module: Promise<WebAssembly.Module> | undefined;
  let opened: Engine | undefined;
  let queue = Promise.resolve();

  function prepare(wasm: WorkerWasm, tract: boolean): Promise<WebAssembly.Module> {
    return (module = compile(wasm ?? defaultWasm(tract), {}));
  }

  async function open(message: Extract<Message, { op: 'open' }>): Promise<Info['full']['engine']> {
    const { bundle, model, options, deltas, nowMs } = message;
    const source = { binary: 'full', serves: 'full', glue, module: await (module ?? prepare(undefined, false)), bundle, model } as const;
    opened = await openEngine(source, () => ({ open: options, deltas, snapshot: undefined }), () => nowMs, () => {});
    return opened.runsOn?.();
  }

  function act(engine: Engine, message: Exclude<Message, { op: 'open' | 'prepare' }>): unknown {
    switch (message.op) {
      case 'recommend':
        engine.restore(message.snapshot, message.nowMs);
        return engine.recommend(message.widgets, message.nowMs);
      case 'updateCatalog':
        return engine.updateCatalog(message.delta);
      case 'setConsent':
        return engine.setConsent(message.consent);
    }
  }

  async function answer(message: Message): Promise<unknown> {
    if (message.op === 'prepare') return void (await prepare(message.wasm, message.tract));
    if (message.op === 'open') return open(message);
    if (!opened) throw new NearhandError('engine-trapped', 'this worker has no engine to call');
    try {
      return act(opened, message);
    } catch (error) {
      // The page replaces this worker; until then nobody calls a broken instance.
      if (isTrap(error)) opened = undefined;
      throw error;
    }
  }

  port.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    const { id } = data;
    const reply = (r: Reply): void => port.postMessage(r);
    // In order: what is said while the engine still opens waits for it.
    queue = queue
      .then(() => answer(data))
      .then(
        (value) => reply({ id, value }),
        (error: unknown) => reply({ id, error: toWire(error) }),
      );
  });
}

/** The module worker of the full tier. */
import glue from '#glue/full';
import { type Port, serve } from './engine/worker-serve.js';

serve(globalThis as unknown as Port, glue, (tract) =>
  tract ? new URL('./nearhand-tract.wasm', import.meta.url) : new URL('./nearhand.wasm', import.meta.url),
);

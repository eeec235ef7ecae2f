/** The module worker of the full tier. */
import glue from '#glue/full';
import { type Port, serve } from './engine/worker-serve.js';

serve(globalThis as unknown as Port, glue, () => new URL('./nearhand.wasm', import.meta.url));

/** The module worker of a completer. */
import glue from '#glue/complete';
import { inThread } from './complete/in-thread.js';
import { type Port, serve } from './complete/worker-serve.js';

serve(globalThis as unknown as Port, inThread(glue));

/** The module worker of a completer. */
import glue from '#glue/complete';
import { inThread } from './complete/running/in-thread.js';
import { type Port, serve } from './complete/running/worker-serve.js';

serve(globalThis as unknown as Port, inThread(glue));

// A page with a monitor whose counts are summed by aggregators, as a bundler makes it.
import { createDap } from 'nearhand/dap';
import { createMonitor } from 'nearhand/monitor';

Object.assign(globalThis, { createDap, createMonitor });

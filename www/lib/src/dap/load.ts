/** What `nearhand/dap` makes, of one runtime. */
import { throwIfAborted, type FetchOptions } from '../files/fetch.js';
import { readReference } from '../monitor/reading/reference.js';
import { hostClock } from '../words/clock.js';
import { Sampler } from './dap.js';
import { checkDap, checkTasks } from './options.js';
import { planOf } from './plan.js';
import type { CreateDap, DapSum, DapTasks, ReferenceSource } from './public.js';
import { type Reference, referenceOf } from './reference.js';

export interface Makers {
  readonly createDap: CreateDap;
  readonly dapTasks: DapTasks;
  readonly dapSum: DapSum;
}

/** `readFile`: where the runtime has files. */
export function makers(readFile?: FetchOptions['readFile']): Makers {
  const read = async ({ reference, signal }: { readonly reference: ReferenceSource; readonly signal?: AbortSignal }, path: string): Promise<Reference> =>
    referenceOf(await readReference(reference, { signal, readFile }, `${path}.reference`));
  return {
    createDap: async (given) => {
      const options = checkDap(given);
      const now = hostClock(options.now, 'createDap.now');
      const reference = await read(options, 'createDap');
      throwIfAborted(options.signal);
      return new Sampler(options, reference, now).handle();
    },
    dapTasks: async (given) => planOf(await read(checkTasks(given), 'dapTasks')),
    dapSum: async (given) => (await import('./dap-sum.js')).dapSum(given, read),
  };
}

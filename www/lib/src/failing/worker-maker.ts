/** How a worker is made: the plain way, and where that is refused (a script of another origin, Trusted Types) the one that `rescue` knows. */
import type { NearhandError } from '../words/errors.js';

export interface Making {
  readonly make: () => Worker | Promise<Worker>;
  /** Finds the cause of what kept the worker from serving. */
  readonly explain?: (error: NearhandError) => Promise<NearhandError>;
}

/** What is fetched when something has failed. */
export type Rescuing = () => Promise<Partial<Pick<typeof import('./rescue.js'), 'worker' | 'explain'>>>;

/** `packaged`: the worker beside the script. `worker`: the host's own, or the URL of its script. */
export function makerOf(packaged: () => Worker, rescue: Rescuing | undefined, worker: (() => Worker) | string | URL | { toJSON(): string } | undefined): Making {
  if (typeof worker === 'function') return { make: worker };
  const plain = worker === undefined ? packaged : () => new Worker(worker as string, { type: 'module' });
  if (!rescue) return { make: plain };
  let refused: NearhandError | undefined;
  return {
    make() {
      try {
        if (refused) throw refused;
        return plain();
      } catch (error) {
        return rescue().then((r) => r.worker!(plain, error as Error)).catch(() => Promise.reject(error));
      }
    },
    async explain(error) {
      const why = await (await rescue()).explain!(error, plain);
      if (why.details['reason'] === 'origin') refused = why;
      return why;
    },
  };
}

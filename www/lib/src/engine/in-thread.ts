/** The full tier in the thread that asks, where an entry has it: lite takes its place when it does not open, or stops for good. */
import { advise } from '../failing/advice.js';
import type { EngineHost } from './engine-host.js';
import { told, wrap } from '../words/errors.js';
import { hasModel } from '../files/has-model.js';
import type { EngineTier } from './engine.js';
import type { Served } from './served.js';

/** Starts an engine; the full one's binary is a lite engine over a bundle that `has` nothing for it. */
export type Start = (tier: EngineTier, has?: (bundle: Uint8Array) => boolean) => Promise<EngineHost>;

export async function inThread(start: Start, pinned: boolean): Promise<Pick<Served, 'host' | 'full' | 'fallBack'>> {
  const lite = (): Promise<EngineHost> => start('lite');
  try {
    const host = await start('full', hasModel);
    if (host.tier !== 'full') return { host, full: { state: 'off', reason: 'no-model' } };
    return { host, full: { state: 'ready' }, fallBack: (...of) => fallBack(lite, ...of) };
  } catch (error) {
    if (pinned) throw error;
    // A bad bundle fails twice, and the second failure is the one told.
    return { host: await lite(), full: { state: 'failed', ...told(advise(wrap(error))) } };
  }
}

async function fallBack(lite: () => Promise<EngineHost>, ...[served, failure, notes]: Parameters<NonNullable<Served['fallBack']>>): Promise<boolean> {
  if (failure.code !== 'engine-trapped' || served.full.state !== 'ready') return false;
  const host = await lite().catch(() => undefined);
  // A swap came between: the new bundle's engine answers.
  if (served.stop.signal.aborted) {
    host?.free();
    return true;
  }
  if (!host) return false;
  served.host.free();
  served.host = host;
  served.full = { state: 'failed', ...told(failure) };
  notes.push('full-failed');
  return true;
}

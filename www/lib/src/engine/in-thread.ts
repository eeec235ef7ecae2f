/** The full tier in the thread that asks, where an entry has it: lite takes its place when it does not open, or stops for good. */
import { advise } from '../failing/advice.js';
import type { EngineHost } from './engine-host.js';
import { told, wrap } from '../words/errors.js';
import { hasModel, needsTract } from '../files/has-model.js';
import type { EngineTier } from './engine.js';
import type { Opened, Served, Start } from './served.js';

export async function inThread(start: Start, pinned: boolean, bundle: Promise<Uint8Array>): Promise<Opened> {
  const lite = (): Promise<EngineHost> => start('lite');
  try {
    const host = await fullest(start, bundle);
    if (host.tier !== 'full') return { host, full: { state: 'off', reason: 'no-model' } };
    const engine = host.call((e) => e.runsOn?.());
    return { host, full: { state: 'ready', ...(engine && { engine }) }, fallBack: (...of) => fallBack(lite, ...of) };
  } catch (error) {
    if (pinned) throw error;
    // A bad bundle fails twice, and the second failure is the one told.
    return { host: await lite(), full: { state: 'failed', ...told(advise(wrap(error))) } };
  }
}

/** The engine of the full tier. Its binary comes beside the bundle, which then says whether the one with tract has to come instead. */
async function fullest(start: Start, bundle: Promise<Uint8Array>): Promise<EngineHost> {
  const tierOf = (opened: Uint8Array): EngineTier => (hasModel(opened) ? 'full' : 'lite');
  try {
    return await start('full', (opened) => {
      // It would be refused.
      if (needsTract(opened)) throw new Error('of the other binary');
      return tierOf(opened);
    });
  } catch (error) {
    // Also where the host has passed the other binary alone.
    if (!needsTract(await bundle)) throw error;
    return start('tract', tierOf);
  }
}

export async function fallBack(lite: () => Promise<EngineHost>, ...[served, failure, notes]: Parameters<NonNullable<Served['fallBack']>>): Promise<boolean> {
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

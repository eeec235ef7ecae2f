/** Alerts as the engine tells them, as plain frozen objects. */
import { deepFreeze } from '../../words/freeze.js';
import { binOf } from '../reading/bins.js';
import type { Told, ToldAlert } from '../running/glue.js';
import type { Alert } from '../words/public.js';

export function alertOf(alert: ToldAlert, { streams }: Told): Alert {
  const stream = streams.find(({ name }) => name === alert.subject);
  const moved = alert.moved.map(({ bin, reference, current }) => ({ values: stream ? binOf(stream, bin) : String(bin), reference, current }));
  return deepFreeze({ ...(alert as unknown as Alert), moved });
}

/** The engine's settings in their order; NaN where it has its own default. */
export function settingsOf(options: { readonly [K in 'alpha' | 'least' | 'slowAfterMs' | 'made' | 'warnAfterMs' | 'expires']?: number } & { readonly [K in 'tolerances' | 'rateTolerances' | 'slowShares' | 'sameShares']?: readonly number[] }): Float64Array {
  const none = [NaN, NaN, NaN];
  const { alpha = NaN, least = NaN, slowAfterMs = NaN, made = NaN, warnAfterMs = NaN, expires = NaN } = options;
  const { tolerances = none, rateTolerances = none, slowShares = none, sameShares = none } = options;
  return Float64Array.of(alpha, least, ...tolerances, ...rateTolerances, slowAfterMs * 1000, ...slowShares, ...sameShares, made, warnAfterMs, expires);
}

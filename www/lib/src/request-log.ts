/**
 * `nearhand/request-log`: a share of the answers that were served, each with what it was made of, as rows that `nearhand parity` computes anew.
 * JavaScript alone, the same file in every runtime; nothing is fetched, and nothing is written until there are a sink and consent.
 *
 * ```ts
 * const log = createRequestLog({ consent: 'session', share: 0.01, sink: (rows) => navigator.sendBeacon('/rows', rows) });
 * const slate = await log.recommend(shop, { k: 5, source: '85123A' }); // the shop's, whatever becomes of its row
 * ```
 */
import { requestLog } from './request-log/log.js';
import type { RequestLog, RequestLogOptions } from './request-log/public.js';

export type { About, Answered, Judges, LoggedLifetimes, LogInfo, RequestLog, RequestLogOptions, RowsAbout, Serves, SlatesAbout, Visits } from './request-log/public.js';
export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

/** Throws `invalid-option` and `unknown-option`. */
export function createRequestLog(options?: RequestLogOptions): RequestLog {
  return requestLog(options);
}

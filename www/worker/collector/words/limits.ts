/** How much of anything there may be. Each is a promise to whoever runs the worker: README.md. */

/** Bytes of a report. A page's has 1,024 at most. */
export const MOST_BODY = 1024;
/** What a report may have counted of anything: a page hands over what it has before it is that much. */
export const MOST_COUNT = 16_384;
/** Reports of a period; what comes beyond is refused. */
export const MOST_REPORTS = 2_000_000;
/** Periods that are kept: all of them are bet on when an object starts. */
export const MOST_PERIODS = 20_000;
/** How long a report is known by its number, milliseconds. */
export const KNOWN = 2 * 86_400_000;
/** Reports that are written down together. */
export const MOST_AT_ONCE = 100;
/** Of those that are known no longer, let go of at a time: none waits for more. */
export const MOST_FORGOTTEN = 2_000;
/** Senders whose pace is remembered, in each isolate. */
export const MOST_SENDERS = 10_000;
/** Reports a second and at once that an isolate lets through, whoever sends them. */
export const ALL_RATE = 500;
export const ALL_BURST = 1000;
/** Alerts that are remembered. */
export const MOST_ALERTS = 200;

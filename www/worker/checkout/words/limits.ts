/** How much of anything there may be. Each is a promise to whoever runs the worker: docs in README.md. */

/** Bytes of a body. */
export const MOST_BODY = 16_384;
/** Bytes of an id, a card, a terminal, a field. */
export const LONGEST = 256;
/** Transactions that wait for one card. */
export const MOST_IN_LINE = 64;
/** Rows of a log since its snapshot, from which on it is folded in. */
export const FOLD = 256;
/** Rows since the snapshot beyond which even those are folded in that could still be taken back. */
export const MOST_OPEN = 1024;
/** How long a row may still be taken back, milliseconds: until both objects and the register have agreed on its id. */
export const SETTLE = 60_000;
/** Most engines that hold the windows of a key; the state of the object that was asked least recently makes room. */
export const SLOTS = 4;
/** Bytes of such states that are kept in memory for when their objects are asked again. */
export const MOST_ASIDE = 24 * 1024 * 1024;
/** Bytes of a part of a snapshot: a row holds 2 MB at most. */
export const PART = 1_000_000;
/** Transactions that a page of the queue shows. */
export const MOST_SHOWN = 200;
/** Rows of a log that an audit shows at once. */
export const MOST_AUDITED = 5000;
/** Transactions in the queue; beyond it the oldest are closed as `expired`. */
export const MOST_WAITING = 10_000;
/** Shards of a hot terminal. */
export const MOST_SHARDS = 32;
/** Registers of a tenant, by id. */
export const REGISTERS = 64;

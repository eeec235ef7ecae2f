/** Bytes that were made here and that nobody else has: they may be transferred to a worker, where the host's own are copied. */

/** On the bytes themselves: they are made in one script and given away in another, which knows nothing of its modules. */
const OWN = Symbol.for('nearhand.own');

export const own = <B extends Uint8Array>(bytes: B): B => Object.defineProperty(bytes, OWN, { value: true });

export const transferable = (bytes: Uint8Array): boolean => OWN in bytes && bytes.byteLength === bytes.buffer.byteLength;

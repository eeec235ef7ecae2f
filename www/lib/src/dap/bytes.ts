/** Bytes by whole numbers, in the frame that references and reports share: four letters, a version, the body, its digest (crates/monitor/src/bytes.rs). */
import { NearhandError } from '../words/errors.js';

const HEAD = 5;
const TAIL = 8;
/** The only version that is read and written. */
const VERSION = 1;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const letters = new TextEncoder();

/** FNV-1a (Fowler, Noll, Vo), 64 bits as two halves: a product of numbers where one of big integers takes a hundred times as long. */
export function digest(bytes: Uint8Array): bigint {
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (let at = 0; at < bytes.length; at++) {
    low = (low ^ bytes[at]!) >>> 0;
    // Times 2⁴⁰ + 0x1b3: the low half's bits that pass over, then the high half's.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 0x100) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** What bytes are, and the code of those that contradict themselves. */
export interface Format {
  readonly letters: string;
  readonly malformed: string;
  readonly most: number;
}

export class Reader {
  readonly #view: DataView;
  readonly #end: number;
  readonly #malformed: string;
  #at = HEAD;

  /** The body of bytes, once frame and digest are right. */
  constructor(bytes: Uint8Array, format: Format) {
    this.#malformed = format.malformed;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length - TAIL;
    if (bytes.length > format.most) throw this.broken('there are more bytes than any such part has');
    if (this.#end < HEAD || String.fromCharCode(...bytes.subarray(0, 4)) !== format.letters) throw this.broken('the bytes begin otherwise, or end early');
    if (bytes[4] !== VERSION) throw new NearhandError('monitor-version-unsupported', 'the bytes are of another version of the format: use the release that wrote them, or make them anew', { have: bytes[4], want: VERSION });
    if (digest(bytes.subarray(0, this.#end)) !== this.#view.getBigUint64(this.#end, true)) throw this.broken('bytes have changed, or they end early: take another copy');
  }

  broken(why: string): NearhandError {
    return new NearhandError(this.#malformed, why, { at: this.#at });
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw this.broken('the bytes end early');
    this.#at += count;
    return at;
  }

  /** A whole number of at most so much, and of 2⁵³ at most; written the one way. */
  count(most = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    for (let unit = 1; unit < 2 ** 53; unit *= 128) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte & 127) * unit;
      if (byte === 0 && unit > 1) break;
      if (byte < 128) {
        if (value > most) break;
        return value;
      }
    }
    throw this.broken('a number is larger than it may be, or not written the one way');
  }

  text(most: number): string {
    const length = this.count(most);
    const at = this.#take(length);
    try {
      return utf8.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
    } catch {
      throw this.broken('a text is not UTF-8');
    }
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  pass(bytes: number): void {
    this.#take(bytes);
  }

  eight(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** As many counts as there are bins: a run of zeros is a zero and how many more follow. */
  sparse(bins: number, most: number): number[] {
    const out: number[] = [];
    for (let zeros = false; out.length < bins; ) {
      const value = this.count(most);
      if (value > 0) out.push(value);
      else {
        const more = this.count(bins - out.length - 1);
        if (zeros) throw this.broken('zeros are not written the one way');
        for (let at = 0; at <= more; at++) out.push(0);
      }
      zeros = value === 0;
    }
    return out;
  }

  end(): void {
    if (this.#at !== this.#end) throw this.broken('bytes follow behind the end');
  }
}

export class Writer {
  readonly #bytes: number[];

  constructor(format: Format) {
    this.#bytes = [...letters.encode(format.letters), VERSION];
  }

  count(value: number): void {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.#bytes.push((left % 128) | 128);
    this.#bytes.push(left);
  }

  eight(value: bigint): void {
    for (let shift = 0n; shift < 64n; shift += 8n) this.#bytes.push(Number((value >> shift) & 255n));
  }

  sparse(counts: readonly number[]): void {
    let zeros = 0;
    const told = (): void => {
      if (zeros) [0, zeros - 1].forEach((value) => this.count(value));
      zeros = 0;
    };
    for (const count of counts) {
      if (count === 0) zeros += 1;
      else {
        told();
        this.count(count);
      }
    }
    told();
  }

  /** All bytes, with their digest. */
  end(): Uint8Array<ArrayBuffer> {
    this.eight(digest(Uint8Array.from(this.#bytes)));
    return Uint8Array.from(this.#bytes);
  }
}

/**
 * The session as a signed cookie: kept by the visitor, readable by nobody else's server, refused when changed.
 *
 * `v1.<body>.<mac>`, both base64url. The body is the time of signing (seconds, 32 bits) and the snapshot: an old cookie cannot
 * come back for longer than it was given. The MAC (HMAC-SHA-256) stands for version, name, shop and host as well, so that
 * what was signed for another shop, host or purpose with the same key is no session.
 */
import { NearhandError } from '../src/words/errors.js';
import { concat, fromBase64Url, toBase64Url, utf8 } from './bytes.js';

const VERSION = 'v1';
/** Browsers drop larger cookies without a word. */
const MAX_LENGTH = 4096;
/** HMAC-SHA-256 gains nothing from a shorter key, and loses. */
const MIN_KEY_BYTES = 32;
/** A header may hold thousands of cookies of one name; so many are looked at. */
const MAX_TRIED = 8;
const TIME = 4;
/** Two machines' clocks may differ by so much. */
const AHEAD_S = 60;

/** What a cookie is good for. */
export interface Scope {
  readonly name: string;
  readonly shop: string;
  readonly host: string;
}

export type Key = string | Uint8Array;

/** Signs with the first key, takes what any of them signed. */
export class Signer {
  readonly #raw: readonly Uint8Array<ArrayBuffer>[];
  #keys: CryptoKey[] | undefined;

  constructor(keys: readonly Key[]) {
    this.#raw = keys.map((key, i) => {
      const bytes = typeof key === 'string' ? utf8(key) : Uint8Array.from(key);
      if (bytes.length >= MIN_KEY_BYTES) return bytes;
      const option = `keys[${i}]`;
      throw new NearhandError('key-too-short', `${option} has ${bytes.length} bytes and needs at least ${MIN_KEY_BYTES}: openssl rand -base64 32`, { option, bytes: bytes.length });
    });
  }

  /** The snapshot of the first genuine cookie that is no older than `maxAgeS`. */
  async open(header: string | undefined, scope: Scope, nowS: number, maxAgeS: number): Promise<Uint8Array | undefined> {
    let tried = 0;
    for (const value of cookies(header, scope.name)) {
      if (value.length > MAX_LENGTH) continue;
      const [version, text = '', mac = '', more] = value.split('.');
      const [body, tag] = [fromBase64Url(text), fromBase64Url(mac)];
      if (version !== VERSION || more !== undefined || !body || body.length < TIME || !tag) continue;
      const age = nowS - new DataView(body.buffer).getUint32(0);
      if (age > maxAgeS || age < -AHEAD_S) continue;
      const signed = message(scope, text);
      // `verify` compares in constant time.
      for (const key of await this.#imported()) if (await crypto.subtle.verify('HMAC', key, tag, signed)) return body.slice(TIME);
      if (++tried === MAX_TRIED) break;
    }
    return undefined;
  }

  /** The value of `Set-Cookie`. Undefined when it would be too long to be kept. */
  async seal(snapshot: Uint8Array, scope: Scope, nowS: number, maxAgeS: number, sameSite: string): Promise<string | undefined> {
    const issued = new Uint8Array(TIME);
    new DataView(issued.buffer).setUint32(0, nowS);
    const body = toBase64Url(concat([issued, snapshot]));
    const [key] = await this.#imported();
    const mac = toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key!, message(scope, body))));
    const cookie = setCookie(scope.name, `${VERSION}.${body}.${mac}`, maxAgeS, sameSite);
    return cookie.length > MAX_LENGTH ? undefined : cookie;
  }

  /** Kept once they are there. Nobody waits for another request's promise, which edge runtimes forbid. */
  async #imported(): Promise<CryptoKey[]> {
    return (this.#keys ??= await Promise.all(
      this.#raw.map((bytes) => crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])),
    ));
  }
}

/** As JSON: no part can reach into the next. */
const message = ({ name, shop, host }: Scope, body: string): Uint8Array<ArrayBuffer> =>
  utf8(JSON.stringify(['nearhand', VERSION, name, shop, host, body]));

export const setCookie = (name: string, value: string, maxAgeS: number, sameSite: string): string =>
  `${name}=${value}; Path=/; Max-Age=${Math.floor(maxAgeS)}; HttpOnly; Secure; SameSite=${sameSite}`;

/**
 * All values of a name, as the browser understood it: only space and tab are no part of it. `trim` takes any blank of
 * Unicode, and with it a cookie that the browser did not hold to the rules of `__Host-`.
 */
export function* cookies(header: string | undefined, name: string): Generator<string> {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && bare(part.slice(0, at)) === name) yield bare(part.slice(at + 1));
  }
}

/** By hand: an expression for both ends takes the square of a long run of blanks. */
function bare(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text[from])) from++;
  while (to > from && isBlank(text[to - 1])) to--;
  return text.slice(from, to);
}

const isBlank = (c: string | undefined): boolean => c === ' ' || c === '\t';

/**
 * The session as a signed cookie: kept by the visitor, readable by nobody else's server, refused when changed.
 *
 * `v1.<snapshot>.<mac>`, both base64url; the MAC is HMAC-SHA-256 over name, version and snapshot, so that a value
 * signed for another purpose with the same key is no session.
 */

/** `__Host-`: a browser takes it from this host over https only, never from a sibling domain. */
export const NAME = '__Host-nearhand';
const VERSION = 'v1';
/** Browsers drop larger cookies without a word. */
const MAX_LENGTH = 4096;
/** HMAC-SHA-256 gains nothing from a shorter key, and loses. */
const MIN_KEY_BYTES = 32;

export interface Signer {
  /** The snapshot of a genuine cookie; undefined for none, a changed, an oversized or a foreign one. */
  open(cookies: string | null): Promise<Uint8Array | undefined>;
  /** The value of `Set-Cookie`. Undefined when it would be too long to be kept. */
  seal(snapshot: Uint8Array, maxAgeS: number): Promise<string | undefined>;
}

/** Undefined without a key of at least 32 bytes: unsigned sessions are not accepted, so there is none. */
export async function signer(secret: string | undefined): Promise<Signer | undefined> {
  const bytes = new TextEncoder().encode(secret ?? '');
  if (bytes.length < MIN_KEY_BYTES) return undefined;
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const signed = (snapshot: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${NAME}\n${VERSION}\n${snapshot}`);

  return {
    async open(cookies) {
      const value = read(cookies, NAME);
      if (!value || value.length > MAX_LENGTH) return undefined;
      const [version, snapshot, mac, ...rest] = value.split('.');
      if (version !== VERSION || !snapshot || !mac || rest.length) return undefined;
      const tag = fromBase64Url(mac);
      const body = fromBase64Url(snapshot);
      if (!tag || !body) return undefined;
      // `verify` compares in constant time.
      return (await crypto.subtle.verify('HMAC', key, tag, signed(snapshot))) ? body : undefined;
    },
    async seal(snapshot, maxAgeS) {
      const body = toBase64Url(snapshot);
      const mac = toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, signed(body))));
      const cookie = `${NAME}=${VERSION}.${body}.${mac}; Path=/; Max-Age=${maxAgeS}; HttpOnly; Secure; SameSite=Lax`;
      return cookie.length > MAX_LENGTH ? undefined : cookie;
    },
  };
}

/** Takes the session from the visitor's browser. */
export const expired = (): string => `${NAME}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`;

/** The first cookie of that name. */
export function read(cookies: string | null, name: string): string | undefined {
  for (const part of (cookies ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/**
 * References in the place of cards and terminals: HMAC-SHA-256 under the worker's secret, 128 bits of it. The tenant is part of what is
 * signed, so no caller can name another tenant's object, and the same card of two tenants has two references. Nothing that is stored, or
 * that an object is named by, can be turned back into a card number without the secret; with it, numbers can be tried out, so guard it.
 */
import type { Place } from '../words/types.js';
import { REGISTERS } from '../words/limits.js';
import type { Settings, Tenant } from './settings.js';

const utf8 = new TextEncoder();
let held: { secret: string; key: CryptoKey } | undefined;

export async function keyOf({ namesKey }: Settings): Promise<CryptoKey> {
  if (held?.secret === namesKey) return held.key;
  const key = await crypto.subtle.importKey('raw', utf8.encode(namesKey), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  held = { secret: namesKey, key };
  return key;
}

/** A reference: what kind of thing, of which tenant, which one. Lengths are signed along, so that no two triples are one text. */
export async function reference(key: CryptoKey, kind: string, tenant: string, value: string): Promise<string> {
  const text = utf8.encode(`${kind.length}:${kind}${tenant.length}:${tenant}${value}`);
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, text)).subarray(0, 16));
}

/** Where a terminal counts a transaction of this card. A card of a hot terminal has one shard, always: so different cards add up over shards. */
export async function placeOf(key: CryptoKey, tenant: Tenant, terminal: string, card: string): Promise<Place> {
  const ref = await reference(key, 'terminal', tenant.name, terminal);
  const shards = tenant.hot.get(terminal);
  if (shards === undefined) return { object: ref, ref, siblings: [] };
  const own = first(card) % shards;
  const names = Array.from({ length: shards }, (_, shard) => `${ref}.${shards}.${shard}`);
  return { object: names[own] ?? ref, ref, siblings: names.filter((_, shard) => shard !== own) };
}

/** Name of the register that knows an id. */
export async function registerOf(key: CryptoKey, tenant: string, id: string): Promise<string> {
  const register = first(await reference(key, 'id', tenant, id)) % REGISTERS;
  return reference(key, 'register', tenant, String(register));
}

/** 24 bits of a reference. */
const first = (ref: string): number => {
  const [a = 0, b = 0, c = 0] = Uint8Array.from(atob(ref.slice(0, 4).replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return (a << 16) | (b << 8) | c;
};

export const base64url = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** 128 bits of the SHA-256 of a text. */
export async function digestOf(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text))).subarray(0, 16));
}

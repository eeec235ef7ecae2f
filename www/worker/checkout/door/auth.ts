/**
 * Who calls. A bearer token a tenant: what is asked is idempotent by its id, so a request that is played back does nothing, and TLS holds
 * the body together; a signature over body and time would add a clock that can be wrong and buy little. Settings have SHA-256 of tokens
 * alone. Digests are compared, each with all of them and in constant time, so neither length nor place of a match shows.
 */
import { Refused } from '../words/refused.js';
import type { Scope, Settings, Tenant } from './settings.js';

export async function callerOf(request: Request, settings: Settings, scope: Scope): Promise<Tenant> {
  const token = /^Bearer ([\x21-\x7e]{16,512})$/.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) throw new Refused('unauthorised', 'send Authorization: Bearer and the token of a tenant');
  const sent = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
  let found: { tenant: Tenant; scopes: readonly Scope[] } | undefined;
  for (const tenant of settings.tenants.values()) {
    for (const { sha256, scopes } of tenant.tokens) {
      if (crypto.subtle.timingSafeEqual(sent, sha256)) found = { tenant, scopes };
    }
  }
  if (!found) throw new Refused('unauthorised', 'no tenant has this token');
  if (!found.scopes.includes(scope)) throw new Refused('forbidden', `this token may not ${scope}`, { field: 'scopes', value: found.scopes.join(' ') });
  return found.tenant;
}

/**
 * Who may do it. A page has no secret: it may report by the origin that its browser names, which a script elsewhere can make up, so that is no proof and pace
 * and plausibility are what guards the sum. Whoever reads has a token, compared by its digest, all of them, in constant time.
 */
import { Refused } from '../../checkout/words/refused.js';
import type { Scope, Settings } from './settings.js';

async function scopesOf(request: Request, { tokens }: Settings): Promise<readonly Scope[] | undefined> {
  const token = /^Bearer ([\x21-\x7e]{16,512})$/.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) return undefined;
  const sent = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
  let found: readonly Scope[] | undefined;
  for (const { sha256, scopes } of tokens) if (crypto.subtle.timingSafeEqual(sent, sha256)) found = scopes;
  return found ?? [];
}

export async function mayRead(request: Request, settings: Settings): Promise<void> {
  const scopes = await scopesOf(request, settings);
  if (!scopes?.length) throw new Refused('unauthorised', 'send Authorization: Bearer and a token that may read');
  if (!scopes.includes('read')) throw new Refused('forbidden', 'this token may not read', { field: 'scopes', value: scopes.join(' ') });
}

/** The origin that is answered, or nothing where a server has reported by its token. */
export async function mayReport(request: Request, settings: Settings): Promise<string | undefined> {
  const origin = request.headers.get('origin');
  if (origin !== null && (settings.origins?.has(origin) ?? true)) return origin;
  const scopes = await scopesOf(request, settings);
  if (scopes?.includes('report')) return undefined;
  if (scopes && !scopes.length) throw new Refused('unauthorised', 'nobody has this token');
  throw new Refused('forbidden', 'a page of ORIGINS may report, and a token with the scope report', { field: 'origin', value: origin ?? '' });
}

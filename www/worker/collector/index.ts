/**
 * Reports of many clients in; their sum, what it is bet on and what stands, out. State lies in a Durable Object, one a reference.
 * What is where and why: README.md.
 */
import { json, refused } from '../checkout/door/body.js';
import { Refused, refusalOf } from '../checkout/words/refused.js';
import { metricsOf } from './answers/metrics.js';
import { bytesOf, digestOf } from './door/body.js';
import { mayRead, mayReport } from './door/caller.js';
import { senderOf, spend } from './door/pace.js';
import { type Env, referencesOf, type Settings, settingsOf, sumOf } from './door/settings.js';

export { Sum } from './objects/sum.js';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      const url = new URL(request.url);
      const settings = settingsOf(env);
      if (url.pathname === '/health' && request.method === 'GET') return json({ references: (await referencesOf(env)).map(({ digest }) => digest) });
      if (url.pathname === '/report' && request.method === 'OPTIONS') return asked(request, settings);
      if (url.pathname === '/report' && request.method === 'POST') return await reported(request, env, settings);
      const act = READ[url.pathname];
      if (!act) throw new Refused('path-unknown', 'no such path');
      if (request.method !== 'GET') throw new Refused('method-unknown', `${url.pathname} has no ${request.method}`);
      await mayRead(request, settings);
      return await act(url.searchParams, env, await wanted(url.searchParams, env));
    } catch (error) {
      return answered(error);
    }
  },
};

type Read = (given: URLSearchParams, env: Env, digest: string) => Promise<Response>;

const READ: Readonly<Record<string, Read>> = {
  '/report': async (given, env, digest) => {
    const begin = given.has('begin') ? whole(given, 'begin') : undefined;
    const report = await sumOf(env, digest).report(digest, begin);
    if (!report) throw new Refused('id-unknown', begin === undefined ? 'no period is closed yet' : 'there is no such closed period: GET /periods has them', { field: 'begin', value: String(begin ?? '') });
    return new Response(report as Uint8Array<ArrayBuffer>, { headers: { ...HEADERS, 'content-type': 'application/octet-stream' } });
  },
  '/periods': async (_, env, digest) => json({ reference: digest, periods: await sumOf(env, digest).periods(digest) }),
  '/standing': async (_, env, digest) => json(await sumOf(env, digest).standing(digest)),
  '/metrics': async (_, env, digest) => new Response(metricsOf(await sumOf(env, digest).sums(digest)), { headers: { ...HEADERS, 'content-type': METRICS } }),
};

/** The reference that is asked for: the current one, the `previous`, or one by its digest. */
async function wanted(given: URLSearchParams, env: Env): Promise<string> {
  const [current, previous] = await referencesOf(env);
  const name = given.get('reference') ?? 'current';
  const found = name === 'current' ? current : name === 'previous' ? previous : [current, previous].find((one) => one?.digest === name);
  if (!found) throw new Refused('path-unknown', 'current, previous, or the digest of either', { field: 'reference', value: name.slice(0, 100) });
  return found.digest;
}

function whole(given: URLSearchParams, name: string): number {
  const value = Number(given.get(name) || NaN);
  if (!Number.isSafeInteger(value) || value < 0) throw new Refused('path-unknown', 'Unix milliseconds, as GET /periods has them', { field: name, value: given.get(name)?.slice(0, 100) ?? '' });
  return value;
}

/** What a browser asks before it sends bytes elsewhere with a header of its own. */
function asked(request: Request, { origins }: Settings): Response {
  const origin = request.headers.get('origin') ?? '';
  if (!(origins?.has(origin) ?? true)) throw new Refused('forbidden', 'no page of this origin reports here', { field: 'origin', value: origin.slice(0, 100) });
  return new Response(null, { status: 204, headers: { ...HEADERS, ...allowed(origin), 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type', 'access-control-max-age': '86400' } });
}

/** A beacon comes with its cookies, which nobody here looks at: without the second header a browser keeps one back that has a type of its own. */
const allowed = (origin: string): Record<string, string> => ({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'origin' });

async function reported(request: Request, env: Env, settings: Settings): Promise<Response> {
  const origin = await mayReport(request, settings);
  const response = await taken(request, env, settings).catch(answered);
  // A page reads refusals as well: what is refused for good need not come again.
  if (origin !== undefined) for (const [name, value] of Object.entries(allowed(origin))) response.headers.set(name, value);
  return response;
}

async function taken(request: Request, env: Env, settings: Settings): Promise<Response> {
  // Who is not told apart shares one pace.
  spend(senderOf(request.headers.get(settings.senderHeader) ?? ''), settings.rate, settings.burst, Date.now());
  const report = await bytesOf(request);
  const digest = digestOf(report);
  const known = (await referencesOf(env)).some((one) => one.digest === digest);
  if (!known) return refused({ code: 'monitor-reference-other', message: 'reports on this reference are not summed here', field: 'reference', value: digest });
  const added = await sumOf(env, digest).add(digest, report);
  return added.refusal ? refused(added.refusal) : json({ new: added.fresh }, added.fresh ? 202 : 200);
}

function answered(thrown: unknown): Response {
  const error = away(thrown) ?? thrown;
  const refusal = refusalOf(error);
  // What is not a refusal is ours to mend: its kind is logged, never what was sent.
  if (refusal.code === 'failed') console.error('collector:', (error as Error | null)?.stack ?? 'failed');
  return refused(refusal);
}

/** What the platform throws where the object is not to be reached, or has more to do than it can: the same bytes may come again. */
function away(error: unknown): Refused | undefined {
  const { remote, retryable, overloaded } = (typeof error === 'object' && error !== null ? error : {}) as { remote?: unknown; retryable?: unknown; overloaded?: unknown };
  if (overloaded === true) return new Refused('overloaded', 'more reports than are taken at once', { retry: 30 });
  return remote === true || retryable === true ? new Refused('unavailable', 'the sum is not to be reached: send it again', { retry: 5 }) : undefined;
}

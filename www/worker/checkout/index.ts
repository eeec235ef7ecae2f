/**
 * A card transaction in; approve, review or decline out, with the reasons. State lies in Durable Objects, one a card and one a terminal.
 * What is where and why: README.md.
 */
import { health } from './answers/health.js';
import { judged } from './answers/judged.js';
import { only, text, wrong } from './asked/read.js';
import { labelOf, outcomeOf, verdictOf } from './asked/told.js';
import { callerOf } from './door/auth.js';
import { json, readJson, refused } from './door/body.js';
import { keyOf, placeOf, reference, registerOf as registerName } from './door/names.js';
import { spend } from './door/rate.js';
import { type Env, type Scope, type Settings, settingsOf, type Tenant } from './door/settings.js';
import { engineOf } from './engine/engine.js';
import { cardOf, queueOf, registerOf, terminalOf } from './objects/stubs.js';
import { pay } from './pages/demo.js';
import { pageOf } from './pages/pages.js';
import { MOST_SHOWN } from './words/limits.js';
import { Refused, refusalOf } from './words/refused.js';
import type { Told } from './words/types.js';

export { Card } from './objects/card.js';
export { Queue } from './objects/queue.js';
export { Register } from './objects/register.js';
export { Terminal } from './objects/terminal.js';

/** A request with what every answer to it needs. */
interface Call {
  readonly request: Request;
  readonly env: Env;
  readonly settings: Settings;
  /** What stands behind the path's first word. */
  readonly rest: string;
  readonly now: number;
}

type Act = (call: Call, tenant: Tenant) => Promise<Response>;

/** Method and path, who may ask, and what is done. A path that ends in `/` has something behind it. */
const ROUTES: Readonly<Record<string, readonly [Scope, Act]>> = {
  'POST /assess': ['assess', async ({ request, env, settings, now }, tenant) => judged(await readJson(request), tenant, env, settings, now)],
  'GET /assess/': ['assess', recorded],
  'POST /label': ['label', async (call, tenant) => told(call, tenant, labelOf(await readJson(call.request), call.now))],
  'POST /outcome': ['label', async (call, tenant) => told(call, tenant, outcomeOf(await readJson(call.request), (await engineOf(call.env)).declared))],
  'GET /queue': ['review', waiting],
  'POST /queue/': ['review', reviewed],
  'POST /audit': ['admin', audit],
  'POST /forget': ['admin', forget],
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      const { pathname } = new URL(request.url);
      const settings = settingsOf(env);
      const page = request.method === 'GET' && pageOf(pathname, settings);
      if (page) return page;
      if (request.method === 'GET' && pathname === '/health') return await health(env);
      const now = Date.now();
      if (pathname === '/demo/pay' && request.method === 'POST') return await pay(request, env, settings, now);
      const [, word = '', rest] = /^\/([a-z]+)(?:\/(.+))?$/.exec(pathname) ?? [];
      const path = `/${word}${rest === undefined ? '' : '/'}`;
      const route = ROUTES[`${request.method} ${path}`];
      if (!route) {
        const known = Object.keys(ROUTES).some((one) => one.endsWith(` ${path}`));
        throw known ? new Refused('method-unknown', `${path} has no ${request.method}`) : new Refused('path-unknown', 'no such path');
      }
      const [scope, act] = route;
      const tenant = await callerOf(request, settings, scope);
      spend(tenant, now);
      return await act({ request, env, settings, rest: decoded(rest ?? ''), now }, tenant);
    } catch (error) {
      const refusal = refusalOf(error);
      // What is not a refusal is ours to mend: its kind is logged, never what was sent.
      if (refusal.code === 'failed') console.error('checkout:', (error as Error | null)?.stack ?? 'failed');
      return refused(refusal);
    }
  },
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refused('path-unknown', 'no such path');
  }
}

/** What was answered to a transaction, with its features, its label and what a person decided. */
async function recorded({ env, settings, rest }: Call, tenant: Tenant): Promise<Response> {
  const key = await keyOf(settings);
  const found = await registerOf(env, await registerName(key, tenant.name, rest)).find(tenant.name, rest);
  const answered = found && (await cardOf(env, found.card).recorded(tenant.name, rest));
  if (!answered) throw unknown(rest);
  const review = await queueOf(env, await reference(key, 'queue', tenant.name, '')).find(tenant.name, rest);
  return json({ ...answered.answer, features: answered.features, label: found.label, review });
}

/** Labels and outcomes: taken note of, and told to card and terminal after the answer. */
async function told({ env, settings }: Call, tenant: Tenant, what: Told): Promise<Response> {
  const name = await registerName(await keyOf(settings), tenant.name, what.id);
  const outcome = await registerOf(env, name).tell(tenant.name, what);
  if (outcome === 'unknown') throw unknown(what.id);
  return json({ id: what.id, [what.kind]: outcome }, outcome === 'same' ? 200 : 202);
}

const unknown = (id: string): Refused => new Refused('id-unknown', 'no transaction of this id is kept: it never came, or is older than transactions are kept', { field: 'id', value: id });

async function waiting({ request, env, settings }: Call, tenant: Tenant): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const queue = queueOf(env, await reference(await keyOf(settings), 'queue', tenant.name, ''));
  const { declared } = await engineOf(env);
  const list = await queue.list(tenant.name, whole(searchParams, 'after', 0, Number.MAX_SAFE_INTEGER), whole(searchParams, 'limit', 50, MOST_SHOWN));
  return json({ ...list, decimals: Object.fromEntries(declared.currencies) });
}

/** A whole number of the address. */
function whole(given: URLSearchParams, name: string, otherwise: number, most: number): number {
  const value = Number(given.get(name) ?? otherwise);
  if (!Number.isInteger(value) || value < 0 || value > most) throw wrong(name, `a whole number from 0 to ${most}`, given.get(name));
  return value;
}

async function reviewed({ request, env, settings, rest }: Call, tenant: Tenant): Promise<Response> {
  const { verdict, reviewer, note } = verdictOf(await readJson(request));
  const queue = queueOf(env, await reference(await keyOf(settings), 'queue', tenant.name, ''));
  const { refusal } = await queue.close(tenant.name, rest, verdict, reviewer, note);
  return refusal ? refused(refusal) : json({ id: rest, verdict });
}

/** All that is kept of a card or a terminal, of a hot terminal by shards. By a body: addresses are logged, and a card has no place there. */
async function audit({ request, env, settings }: Call, tenant: Tenant): Promise<Response> {
  const body = await readJson(request);
  only(body, ['card', 'terminal', 'after']);
  const { after = 0 } = body;
  if (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0) throw wrong('after', 'the place of a row', after);
  if ((body['card'] === undefined) === (body['terminal'] === undefined)) throw wrong('card', 'ask for one card or one terminal');
  const key = await keyOf(settings);
  if (body['card'] !== undefined) {
    return json(await cardOf(env, await reference(key, 'card', tenant.name, text(body, 'card'))).audit(tenant.name, after));
  }
  const { object, siblings } = await placeOf(key, tenant, text(body, 'terminal'), 'AAAA');
  const audits = await Promise.all([object, ...siblings].map((name) => terminalOf(env, name).audit(tenant.name, after)));
  return json(siblings.length ? { shards: audits } : audits[0]);
}

/** Deletes what the card's object keeps. The terminals' logs know the card by its reference alone, until they are as old as anything is kept. */
async function forget({ request, env, settings }: Call, tenant: Tenant): Promise<Response> {
  const card = text(await readJson(request), 'card');
  return json({ forgotten: await cardOf(env, await reference(await keyOf(settings), 'card', tenant.name, card)).forget(tenant.name) });
}

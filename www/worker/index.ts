/**
 * The edge worker: the origin's product page comes in, and goes out with its slate in the HTML. No script runs in
 * the page and no request follows. The session travels in a signed cookie and is kept nowhere else.
 *
 * It fails open: whatever goes wrong, the visitor gets the origin's page as it was, and `Server-Timing` says why.
 */

import { type CatalogDelta, type Consent, load, type Shop } from 'nearhand';
import { type Visitors, visitors } from 'nearhand/server';
import { vouched } from 'nearhand/trust';
import bundle from '../../models/online-retail/online-retail.safetensors';
import { Follower, isFirst, Opened, type Signed } from './follow.js';

export interface Env extends Signed {
  /** The shop behind this worker. Without it the request goes where it was going. */
  readonly ORIGIN?: { fetch: typeof fetch };
  /** Signs the session, at least 32 bytes. Without it there is no session, and slates go by the page alone. */
  readonly SESSION_KEY?: string;
  /** The key before this one: sessions it signed go on. */
  readonly SESSION_KEY_OLD?: string;
  /** What holds until the visitor's cookie `nearhand-consent` says otherwise. Default `memory`: no cookie is written. */
  readonly CONSENT?: Consent;
  /** A catalog delta as JSON: prices, stock, titles newer than the bundle. */
  readonly CATALOG_DELTA?: string;
  /** Default `lite`: small start-up cost. `full` runs the ONNX model. */
  readonly TIER?: 'lite' | 'full';
  /** `1`: the session and the slates go into the page as well, for a script that goes on from there. */
  readonly HEAD_START?: string;
}

/** Where the page's script sends the session (`sendSession` of nearhand/head-start). */
const SESSION_PATH = '/nearhand/session';

let shop: Visitors | undefined;
/** For the next bundle to come into. */
const shops = new Opened();
const follower = new Follower(vouched);

interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}

async function open(env: Env): Promise<Shop> {
  // Read first: a delta that is no JSON costs no engine.
  const delta = env.CATALOG_DELTA ? (JSON.parse(env.CATALOG_DELTA) as CatalogDelta) : undefined;
  const opening = (bytes: ArrayBuffer | Uint8Array): Promise<Shop> => load(bytes, { tier: env.TIER ?? 'lite' });
  const opened = await (isFirst(env) ? follower.first(env, opening) : opening(bundle));
  try {
    // A row that is refused costs that row.
    if (delta) await opened.updateCatalog(delta);
    return shops.add(opened);
  } catch (error) {
    opened.close();
    throw error;
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: Waiting): Promise<Response> {
    let site: Visitors | undefined;
    let why = '';
    try {
      site = of(env);
    } catch (error) {
      // Something is wrong with the settings: the shop goes on as if there were no worker.
      why = (error as { code?: string }).code ?? 'failed';
    }
    // Beside the answer, which does not wait for it.
    const { serving } = shops;
    if (serving && follower.due(env)) ctx.waitUntil(follower.look(serving, env));
    if (new URL(request.url).pathname === SESSION_PATH) return site?.receive(request) ?? told(new Response(null, { status: 503 }), why);
    let response: Response;
    try {
      response = await (env.ORIGIN ? env.ORIGIN.fetch(readable(request)) : fetch(readable(request)));
    } catch {
      return told(new Response(null, { status: 502 }), 'origin-failed');
    }
    return site?.fill(request, response, { headStart: env.HEAD_START === '1' }) ?? told(new Response(response.body, response), why);
  },
};

function told(response: Response, why: string): Response {
  response.headers.append('server-timing', `nearhand;desc="${why}"`);
  return response;
}

function of(env: Env): Visitors {
  const keys = [env.SESSION_KEY, env.SESSION_KEY_OLD].filter((key) => key !== undefined);
  return (shop ??= visitors({ open: () => open(env), keys, consent: env.CONSENT ?? 'memory' }));
}

/** The origin is asked for no encoding that this runtime does not read. */
function readable(request: Request): Request {
  const wanted = request.headers.get('accept-encoding')?.split(/\s*,\s*/) ?? [];
  const known = wanted.filter((one) => /^(gzip|br|identity)\b/i.test(one));
  if (known.length === wanted.length) return request;
  const headers = new Headers(request.headers);
  headers.set('accept-encoding', known.join(', ') || 'identity');
  return new Request(request, { headers });
}

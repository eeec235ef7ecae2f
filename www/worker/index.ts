/**
 * The edge worker: the origin's product page comes in, and goes out with its slate in the HTML. No script runs in
 * the page and no request follows. The session travels in a signed cookie and is kept nowhere else.
 *
 * It fails open: whatever goes wrong, the visitor gets the origin's page as it was, and `Server-Timing` says why.
 */

import { type CatalogDelta, load, type Shop } from 'nearhand';
import bundle from '../../models/online-retail/online-retail.safetensors';
import { expired, NAME, read, signer } from './cookie.js';
import { pool } from './pool.js';
import { rewrite } from './rewrite.js';

export interface Env {
  /** The shop behind this worker. Without it the request goes where it was going. */
  readonly ORIGIN?: { fetch: typeof fetch };
  /** Signs the session, at least 32 bytes. Without it there is no session, and slates go by the page alone. */
  readonly SESSION_KEY?: string;
  /** A catalog delta as JSON: prices, stock, titles newer than the bundle. */
  readonly CATALOG_DELTA?: string;
  /** Default `lite`: small start-up cost. `full` runs the ONNX model. */
  readonly TIER?: 'lite' | 'full';
}

const IDLE_TIMEOUT_MS = 1_800_000;
/** Larger pages pass untouched: a page is held in memory until it is known to be whole. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const CONSENT = 'nearhand-consent';

let borrow: ReturnType<typeof pool> | undefined;

async function open(env: Env): Promise<Shop> {
  // Read first: a delta that is no JSON costs no engine.
  const delta = env.CATALOG_DELTA ? (JSON.parse(env.CATALOG_DELTA) as CatalogDelta) : undefined;
  const shop = await load(bundle, { tier: env.TIER ?? 'lite', consent: 'memory', idleTimeoutMs: IDLE_TIMEOUT_MS });
  try {
    if (delta) shop.updateCatalog(delta);
    return shop;
  } catch (error) {
    shop.close();
    throw error;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const response = await (env.ORIGIN ? env.ORIGIN.fetch(request) : fetch(request));
    if (!isPage(request, response)) return response;
    const body = await response.arrayBuffer();
    try {
      if (body.byteLength > MAX_PAGE_BYTES) return untouched(response, body, 'page-too-large');
      borrow ??= pool(() => open(env));
      return await borrow((shop) => answer(request, response, body, shop, env));
    } catch (error) {
      return untouched(response, body, reason(error));
    }
  },
};

async function answer(request: Request, response: Response, body: ArrayBuffer, shop: Shop, env: Env): Promise<Response> {
  const cookies = request.headers.get('cookie');
  const refused = read(cookies, CONSENT) === 'none';
  const session = refused ? undefined : await signer(env.SESSION_KEY);
  if (refused) shop.setConsent('none');
  const snapshot = await session?.open(cookies);
  if (snapshot) resume(shop, snapshot);

  const seen = new Set<string>();
  const viewed = (item: string): void => {
    if (!session || seen.has(item)) return;
    seen.add(item);
    shop.observe({ kind: 'view', item });
  };
  const locale = response.headers.get('content-language') ?? 'en';
  const { html, sources } = await rewrite(new Response(body, response), shop, { locale, viewed });
  if (!sources.length) return untouched(response, body, 'no-slate-asked');

  const headers = changed(response.headers);
  headers.append('server-timing', `nearhand;desc="${sources[0]}"`);
  const cookie = refused ? read(cookies, NAME) && expired() : await session?.seal(shop.snapshot(), IDLE_TIMEOUT_MS / 1000);
  if (cookie) headers.append('set-cookie', cookie);
  return new Response(html, { status: response.status, statusText: response.statusText, headers });
}

/** A genuine snapshot of an older engine may still be refused: that visitor begins anew. */
function resume(shop: Shop, snapshot: Uint8Array): void {
  try {
    shop.restore(snapshot);
  } catch {
    shop.forget();
  }
}

function isPage(request: Request, response: Response): boolean {
  return request.method === 'GET' && response.status === 200 && (response.headers.get('content-type') ?? '').startsWith('text/html');
}

/** The page is now one visitor's own: no shared cache may keep it, and the origin's validators do not describe it. */
function changed(from: Headers): Headers {
  const headers = new Headers(from);
  for (const name of ['content-length', 'content-encoding', 'etag', 'last-modified', 'expires', 'age']) headers.delete(name);
  headers.set('cache-control', 'private, no-store');
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.append('vary', 'Cookie');
  return headers;
}

function untouched(response: Response, body: ArrayBuffer, why: string): Response {
  const headers = new Headers(response.headers);
  headers.append('server-timing', `nearhand;desc="${why}"`);
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

/** The error's stable code; its message stays inside. */
function reason(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[a-z0-9-]{1,40}$/.test(code) ? code : 'failed';
}

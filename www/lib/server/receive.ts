/**
 * What the page tells its server when it is left: the session, with dwell and cart, so that the next page is made of it.
 * The body is the visitor's own snapshot, or nothing after `forget`. It is taken from the shop's own pages alone.
 */
import type { Page, SessionEvent, Shop } from '../src/words/types.js';
import { concat } from './bytes.js';
import { setCookie } from './cookie.js';
import { header, type HeadersLike, reason } from './headers.js';
import type { Known, Visitor } from './visitor.js';

/** A `Request`, or as much of one as other servers have. */
export interface Posted {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: HeadersLike;
  /** A stream of either kind, Node's request itself, or the bytes. */
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array | object | null | undefined;
}

/** A snapshot has at most 1 KB. Nor are there more pieces than bytes: empty ones cost time as well. */
const MAX_BYTES = 2048;
/** So long a body may take. */
const BODY_MS = 5_000;

export const answer = (status: number, why?: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: { 'cache-control': 'no-store', ...(why && { 'server-timing': `nearhand;desc="${why}"` }), ...headers } });

/** Another site's page can send neither this content type unasked nor these two headers. */
export function refused({ method, headers }: Posted, host: string): Response | undefined {
  if (method !== 'POST') return answer(405, 'post-only', { allow: 'POST' });
  const [site, origin] = [header(headers, 'sec-fetch-site'), header(headers, 'origin')];
  const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
  if (site === undefined ? !own : site !== 'same-origin') return answer(403, 'other-origin');
  return header(headers, 'content-type') === 'application/octet-stream' ? undefined : answer(415, 'not-a-session');
}

export async function received(posted: Posted, { cookieHeader, shop, scope, sameSite }: Known, now: Visitor): Promise<Response> {
  const body = await read(posted).catch(() => answer(400, 'body-broken'));
  if (body instanceof Response) return body;
  const done = answer(204);
  if (!body.length) {
    if (cookieHeader?.includes(scope.name)) done.headers.append('set-cookie', setCookie(scope.name, '', 0, sameSite));
    return done;
  }
  try {
    for (const cookie of await now.cookies(joined(shop, now.page, body))) done.headers.append('set-cookie', cookie);
    return done;
  } catch (error) {
    return answer(400, reason(error));
  }
}

/**
 * The page's word, and what it cannot know of: views in other tabs, and what has come after its last event. The page that
 * follows is answered before the one that is left has said its last.
 */
function joined(shop: Shop, held: Page, posted: Uint8Array): Page {
  const page = shop.page(posted);
  const events = page.session();
  const newest = events.at(-1)?.at ?? 0;
  const same = (a: SessionEvent, b: SessionEvent): boolean => a.kind === b.kind && a.item === b.item && a.at === b.at;
  for (const event of held.session()) {
    const { kind, item, at, dwellMs, quantity } = event;
    if (!item || (kind !== 'view' && at <= newest) || events.some((one) => same(one, event))) continue;
    try {
      page.observe({ kind, item, at, ...(dwellMs && { dwellMs }), ...(quantity && { quantity }) });
    } catch {
      // Too old to stand beside what the page has told.
    }
  }
  return page;
}

/** The bytes, or why there are none. The bounds hold while reading. */
async function read({ body, headers }: Posted): Promise<Uint8Array | Response> {
  const said = header(headers, 'content-length');
  const chunks: Uint8Array[] = [];
  let size = 0;
  let fits = true;
  const add = (chunk: Uint8Array): void => {
    fits = (size += chunk.length) <= MAX_BYTES && chunks.push(chunk) <= MAX_BYTES;
  };
  // A server that has not read it is not a visitor who forgets.
  let unread = Number(said) > 0;
  if (body instanceof Uint8Array) add(body);
  else if (body && Symbol.asyncIterator in body) {
    const each = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((done) => (timer = setTimeout(() => done(), BODY_MS)));
    try {
      while (fits) {
        const next = await Promise.race([each.next(), late]);
        if (!next) return answer(408, 'body-slow');
        if (next.done) break;
        if (!ArrayBuffer.isView(next.value)) throw next;
        add(next.value);
      }
    } finally {
      clearTimeout(timer);
      // Not waited for: it may be as slow.
      each.return?.().catch(() => {});
    }
  } else {
    // Some servers say "nothing" by an empty object; it may also be one that they could not read.
    unread ||= body ? said !== '0' : !!header(headers, 'transfer-encoding');
  }
  if (!fits) return answer(413, 'session-too-large');
  return !size && unread ? answer(400, 'body-missing') : concat(chunks);
}

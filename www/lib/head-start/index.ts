/**
 * `nearhand/head-start`: the page goes on from where the server left off. What the server wrote is shown as it stands, so
 * that nothing is drawn twice; what the visitor does then goes back with `sendSession`.
 *
 * ```ts
 * const start = readHeadStart();
 * const shop = await load(url, { ...(start?.session && { session: start.session }) });
 * signals(onward(shop, start));
 * sendSession(shop, '/nearhand/session', start?.session);
 * ```
 */
import type { Shop, ShopEvent, Slate } from '../src/words/types.js';

export interface HeadStart {
  /** For `load({ session })`. Absent under the consent `none`. */
  readonly session?: Uint8Array;
  /** The item whose view the server has counted for this page. */
  readonly viewed?: string;
  /** What stands in the page already, by name. */
  readonly slates: Readonly<Record<string, Slate>>;
}

const SELECTOR = 'script[type="application/json"][data-nearhand="head-start"]';
/** No server of ours writes more. */
const MAX_LENGTH = 262_144;

/** What the server wrote into the page; undefined where it wrote nothing, or nothing that can be read. */
export function readHeadStart(root: ParentNode | undefined = globalThis.document): HeadStart | undefined {
  try {
    const text = root && find(root)?.textContent;
    if (!text || text.length > MAX_LENGTH) return undefined;
    const { session, viewed, slates } = JSON.parse(text) as Record<string, unknown>;
    const named = Object.entries(slates ?? {}).filter(([, slate]) => Array.isArray((slate as Partial<Slate> | null)?.items));
    return {
      ...(typeof session === 'string' && { session: fromBase64Url(session) }),
      ...(typeof viewed === 'string' && { viewed }),
      slates: Object.fromEntries(named),
    };
  } catch {
    return undefined;
  }
}

/** By the prototype: an `<img name="querySelector">` of the page stands before the document's own. */
function find(root: ParentNode): Element | null {
  for (const { prototype } of [Document, Element]) {
    try {
      return prototype.querySelector.call(root as never, SELECTOR);
    } catch {
      // It is of another kind.
    }
  }
  return root.querySelector(SELECTOR);
}

const fromBase64Url = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/**
 * Where signals go: `signals(onward(shop, start))`. The server has counted the view of the page's item as it wrote the page;
 * the page's own report of it is the same view, with the dwell that only the page can tell.
 */
export function onward(shop: Pick<Shop, 'observe' | 'session'>, start: HeadStart | undefined): (event: ShopEvent) => void {
  const counted = start?.session && start.viewed && shop.session().filter(({ kind }) => kind === 'view').at(-1);
  let first: ShopEvent | undefined;
  return (event) => {
    if (event.kind === 'view') first ??= event;
    const same = counted && first && event.kind === 'view' && event.at === first.at && event.item === first.item && event.item === start.viewed;
    shop.observe(same ? { ...event, at: counted.at } : event);
  };
}

const EVERY_MS = 1000;

/**
 * Sends the session to `visitors().receive` of the page's own server whenever it has changed: within a second, when a finger or key
 * goes down (a navigation may follow), and when the page is left, dwell included. An emptied session says `forget`.
 * `known` is what the server has already. Returns what stops it.
 */
export function sendSession(shop: Pick<Shop, 'session' | 'snapshot'>, url: string | URL, known?: Uint8Array): () => void {
  let last = known ? String(known) : undefined;
  const send = (): void => {
    try {
      const bytes = shop.snapshot();
      if (String(bytes) === last) return;
      const empty = !shop.session().length;
      // What never was is not forgotten.
      if (empty && last === undefined) return;
      const body = new Blob(empty ? [] : [bytes.slice()], { type: 'application/octet-stream' });
      if (navigator.sendBeacon(url, body)) last = String(bytes);
    } catch {
      // The page lives without it, and a closed shop has nothing to say.
    }
  };
  const timer = setInterval(send, EVERY_MS);
  const events = ['pagehide', 'visibilitychange', 'pointerdown', 'keydown'];
  for (const name of events) addEventListener(name, send, true);
  return () => {
    send();
    clearInterval(timer);
    for (const name of events) removeEventListener(name, send, true);
  };
}

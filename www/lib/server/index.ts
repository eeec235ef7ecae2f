/**
 * `nearhand/server`: one engine for many visitors, each with a session of his own in a signed cookie. In workerd it fills
 * pages on their way (`fill`); other servers take the words (`slateHtml`, `headStart`) into their templates.
 *
 * ```ts
 * const shop = visitors({ open: () => load(bundle, { tier: 'lite' }), keys: [env.SESSION_KEY], consent: 'session' });
 * export default { fetch: async (request) => shop.fill(request, await fetch(request)) };
 * ```
 */
import { NearhandError } from '../src/words/errors.js';
import type { Consent, Shop } from '../src/words/types.js';
import { type Key, type Scope, Signer } from './cookie.js';
import type { fill as Fill, FillOptions } from './fill.js';
import { header, type HeadersLike, reason } from './headers.js';
import { headStartHtml, type Say, slateHtml, type SlateHtmlOptions } from './html.js';
import { opening } from './opening.js';
import { answer, type Posted, received, refused } from './receive.js';
import { consentOf, type Known, type Visitor, visitor } from './visitor.js';

export { NearhandError } from '../src/words/errors.js';
export type { Key } from './cookie.js';
export type { FillOptions } from './fill.js';
export type { HeadersLike } from './headers.js';
export { headStartHtml, type Say, slateHtml, type SlateHtmlOptions };
export type { Posted } from './receive.js';
export type { Visitor } from './visitor.js';

export interface VisitorsOptions {
  /** Opens the shop when the first visitor comes, and again after a failure. `() => load(bundle, { tier: 'lite' })`. */
  readonly open: () => Promise<Shop>;
  /**
   * Secrets of at least 32 bytes. The first signs, all are taken: to rotate, put a new one first. None: no cookie. One that
   * is undefined, as a secret is while a site is built, is told when somebody visits (`key-missing`).
   */
  readonly keys?: readonly (Key | undefined)[];
  /**
   * What holds until the visitor's cookie `nearhand-consent` says otherwise. `session`: a cookie that lasts as long as the
   * idle time. `persistent`: one that lasts `maxAgeMs`. Default `memory`: no cookie is written.
   */
  readonly consent?: Consent;
  /** Name of the session cookie. Default `__Host-nearhand`, which a browser takes from this host over https only. */
  readonly cookie?: string;
  /** Default `Lax`: the session is there when the visitor comes by a link from elsewhere. */
  readonly sameSite?: 'Lax' | 'Strict';
  /** The public host, where the server behind a proxy is told another. Default: the request's `Host`. */
  readonly host?: string;
  /** Whose sessions these are. Default: the bundle's name. */
  readonly name?: string;
  /** Milliseconds, as in `load`. Default 1 800 000. */
  readonly idleTimeoutMs?: number;
  /** With the consent `persistent`, milliseconds. Default 30 days. */
  readonly maxAgeMs?: number;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
}

/** A `Request`, or the headers alone. */
export interface Asking {
  readonly headers: HeadersLike;
  readonly url?: string | undefined;
}

export interface Visitors {
  /** Who asks, and with which session. Rejects when there is no shop to ask: the page then goes without a slate. */
  visit(request: Asking): Promise<Visitor>;
  /** Fills `[data-nearhand-slate]` of a page. Never rejects for reasons of its own: the page then goes out as it is. */
  fill(request: Request, response: Response, options?: FillOptions): Promise<Response>;
  /** The endpoint of `sendSession` (`nearhand/head-start`). */
  receive(request: Posted): Promise<Response>;
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export function visitors(options: VisitorsOptions): Visitors {
  const { keys = [], consent = 'memory', cookie = '__Host-nearhand', sameSite = 'Lax', idleTimeoutMs = 1_800_000, maxAgeMs = 2_592_000_000, now = Date.now } = options ?? {};
  const check = (good: boolean, option: string, must: string): void => {
    if (!good) throw new NearhandError('invalid-option', `${option} must be ${must}`, { option });
  };
  check(typeof options?.open === 'function', 'open', 'a function');
  check(Array.isArray(keys), 'keys', 'a list');
  check(typeof cookie === 'string' && TOKEN.test(cookie), 'cookie', 'a name of a cookie');
  const there = keys.filter((key): key is Key => typeof key === 'string' || ArrayBuffer.isView(key));
  const signer = there.length ? new Signer(there) : undefined;
  const shopOf = opening(options.open);
  let name = options.name;
  let fill: typeof Fill | undefined;

  const hostOf = ({ headers, url = '' }: Asking): string =>
    (options.host ?? header(headers, 'host') ?? (URL.canParse(url) ? new URL(url).host : '')).toLowerCase();

  const know = async (request: Asking): Promise<Known> => {
    if (there.length < keys.length) throw new NearhandError('key-missing', 'keys has an entry that is no text and no bytes: is the secret set?', { option: 'keys' });
    const shop = await shopOf();
    name ??= shop.info().bundle.name;
    const cookieHeader = header(request.headers, 'cookie');
    const given = consentOf(cookieHeader, consent);
    // A browser sends its cookies to every port.
    const scope: Scope = { name: cookie, shop: name, host: hostOf(request).replace(/:\d+$/, '') };
    const ahead = ['sec-purpose', 'purpose'].some((one) => /prefetch|prerender/.test(header(request.headers, one) ?? ''));
    const maxAgeS = Math.floor((given === 'persistent' ? maxAgeMs : idleTimeoutMs) / 1000);
    return { shop, signer, scope, cookieHeader, consent: given, maxAgeS, sameSite, nowS: () => now() / 1000, ahead };
  };
  const visit = async (request: Asking): Promise<Visitor> => visitor(await know(request));

  return Object.freeze<Visitors>({
    visit,
    async fill(request, response, more = {}) {
      // The function is kept, and no promise of another request's.
      fill ??= (await import('./fill.js')).fill;
      return fill(request, response, () => visit(request), slateHtml, more);
    },
    async receive(posted) {
      const no = refused(posted, hostOf(posted));
      if (no) return no;
      try {
        const known = await know(posted);
        return await received(posted, known, await visitor(known));
      } catch (error) {
        return answer(503, reason(error));
      }
    },
  });
}

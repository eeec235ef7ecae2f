/** One request's visitor: who it is by the cookie, what may be kept by the consent, and what the answer carries back. */
import type { Consent, Page, Shop, Slate } from '../src/words/types.js';
import { cookies, type Scope, setCookie, type Signer } from './cookie.js';
import { reason } from './headers.js';
import { headStartHtml } from './html.js';

export interface Visitor {
  /** The visitor's consent, by the cookie `nearhand-consent`, else by `visitors({ consent })`. */
  readonly consent: Consent;
  readonly page: Page;
  /** Records that the item of the page is viewed, once; not under the consent `none`, nor for a page that the browser asks for ahead. */
  view(item: string | undefined): void;
  /** The values of `Set-Cookie` for this answer, as the session stands: none or one. */
  cookies(of?: Page): Promise<string[]>;
  /** The head start for the page's HTML. Under the consent `none` it has the slates alone. */
  headStart(slates?: Readonly<Record<string, Slate>>): string;
}

export interface Known {
  readonly shop: Shop;
  readonly signer: Signer | undefined;
  readonly scope: Scope;
  readonly cookieHeader: string | undefined;
  readonly consent: Consent;
  /** Of the cookie, under this consent. */
  readonly maxAgeS: number;
  readonly sameSite: string;
  readonly nowS: () => number;
  /** The browser asks ahead: nobody has seen the page, and perhaps nobody will. */
  readonly ahead: boolean;
}

const CONSENTS: readonly Consent[] = ['none', 'memory', 'session', 'persistent'];

/** Where several cookies say different things, the least of them holds. */
export function consentOf(header: string | undefined, fallback: Consent): Consent {
  const said = [...cookies(header, 'nearhand-consent')];
  return CONSENTS.find((one) => said.includes(one)) ?? fallback;
}

/** What is said of an item that is none. */
const REFUSED = /^(event|invalid)-/;

/** `memory` lasts as long as the page, and a server keeps none: without a cookie there is nothing to go on from. */
const kept = (consent: Consent): boolean => consent === 'session' || consent === 'persistent';

export async function visitor(known: Known): Promise<Visitor> {
  const { shop, signer, scope, cookieHeader, consent, maxAgeS, sameSite, nowS, ahead } = known;
  const may = kept(consent) && signer;
  const page = begun(shop, may ? await signer.open(cookieHeader, scope, nowS(), maxAgeS) : undefined);
  let viewed: string | undefined;
  return Object.freeze<Visitor>({
    consent,
    page,
    view(item) {
      if (!item || item === viewed || consent === 'none' || ahead) return;
      // After one that has stopped an engine stands ready that is as good.
      for (let tries = 2; tries--; ) {
        try {
          page.observe({ kind: 'view', item });
          viewed = item;
          return;
        } catch (error) {
          const code = reason(error);
          // An address is written by whoever writes it: a page of no item has a slate all the same.
          if (REFUSED.test(code)) return;
          if (code !== 'engine-trapped' || !tries) throw error;
        }
      }
    },
    async cookies(of = page) {
      if (ahead) return [];
      const sealed = may && of.session().length ? await signer.seal(of.snapshot(), scope, nowS(), maxAgeS, sameSite) : undefined;
      if (sealed) return [sealed];
      // Whatever of that name there is: it holds nothing that counts.
      return [...cookies(cookieHeader, scope.name)].length ? [setCookie(scope.name, '', 0, sameSite)] : [];
    },
    headStart: (slates = {}) => headStartHtml(consent === 'none' ? undefined : page.snapshot(), slates, viewed),
  });
}

/** A genuine snapshot of an older engine may still be refused: that visitor begins anew. */
function begun(shop: Shop, snapshot: Uint8Array | undefined): Page {
  try {
    return shop.page(snapshot);
  } catch {
    return shop.page();
  }
}

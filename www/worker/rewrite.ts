/**
 * Fills `[data-nearhand-slate="ITEM"]` of a page. Attributes beside it: `data-nearhand-k` (1 to 20, default 5),
 * `data-nearhand-href` (an address with `{item}`), `data-nearhand-currency`, `data-nearhand-placement` (docs/rules.md).
 * No item stands twice on a page. The element's own content stays where there is no slate.
 */

import type { Placement, Shop, SlateSource } from 'nearhand';
import { renderSlate } from './render.js';

export interface Rewritten {
  readonly html: string;
  /** Sources of the slates put in, in page order. Empty: the page asks for none. */
  readonly sources: readonly SlateSource[];
}

const DEFAULT_K = 5;
const MAX_K = 20;

export interface RewriteOptions {
  /** For prices, BCP 47. */
  readonly locale: string;
  /** Records that the page's item was looked at. Called for every slate of the page. */
  readonly viewed: (item: string) => void;
}

export async function rewrite(page: Response, shop: Shop, { locale, viewed }: RewriteOptions): Promise<Rewritten> {
  const sources: SlateSource[] = [];
  const shown: string[] = [];
  const rewriter = new HTMLRewriter().on('[data-nearhand-slate]', {
    async element(element) {
      const item = element.getAttribute('data-nearhand-slate') || undefined;
      if (item) viewed(item);
      // The page's author wrote it; a word that nobody knows is refused, and the page goes out as it was.
      const placement = element.getAttribute('data-nearhand-placement') as Placement | null;
      const slate = await shop.recommend({
        k: length(element.getAttribute('data-nearhand-k')),
        excludeItems: shown,
        ...(item && { source: item }),
        ...(placement && { placement }),
      });
      shown.push(...slate.items.map((one) => one.item));
      const href = element.getAttribute('data-nearhand-href');
      const currency = element.getAttribute('data-nearhand-currency');
      const markup = renderSlate(slate, { locale, ...(href && { href }), ...(currency && { currency }) });
      if (markup) element.setInnerContent(markup, { html: true });
      sources.push(slate.source);
    },
  });
  // Read to the end here: an error within a handler must come up before the first byte goes out.
  return { html: await rewriter.transform(page).text(), sources };
}

function length(text: string | null): number {
  const k = Number(text);
  return Number.isInteger(k) && k >= 1 ? Math.min(k, MAX_K) : DEFAULT_K;
}

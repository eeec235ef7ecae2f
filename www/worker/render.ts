/** The slate as HTML. Every value is escaped: titles come from a catalog, and a catalog comes from anywhere. */

import type { Reason, Slate, SlateItem } from 'nearhand';

export interface RenderOptions {
  /** Where an item lives, with `{item}` for its id; for items without a URL of their own. */
  readonly href?: string;
  /** ISO 4217, for prices. Without it prices are left out. */
  readonly currency?: string;
  /** BCP 47, for prices. */
  readonly locale?: string;
}

const SAYS: Record<Reason['kind'], string> = {
  'this-page': 'Goes with',
  'viewed': 'Because you viewed',
  'in-cart': 'Goes with',
  'purchased': 'Because you bought',
  'searched': 'Because you looked for',
  'similar': 'Similar to',
  'popular': 'Popular now',
  'trending': 'On the rise',
  'curated': 'Our choice',
  'rule': 'Our choice',
};

/** An ordered list; empty text for an empty slate. */
export function renderSlate(slate: Slate, options: RenderOptions = {}): string {
  if (!slate.items.length) return '';
  const price = prices(options);
  const items = slate.items.map((item) => renderItem(item, options, price)).join('');
  return `<ol class="nearhand-slate" data-nearhand-source="${escape(slate.source)}">${items}</ol>`;
}

function renderItem(item: SlateItem, options: RenderOptions, price: (value: number) => string): string {
  const href = address(item, options.href);
  const title = `<span class="nearhand-title">${escape(item.title)}</span>`;
  const cost = item.price === undefined ? '' : price(item.price);
  return (
    `<li class="nearhand-item" data-nearhand-impression="${escape(item.item)}">` +
    (href ? `<a href="${escape(href)}">${title}</a>` : title) +
    (cost && `<span class="nearhand-price">${escape(cost)}</span>`) +
    `<span class="nearhand-reason">${escape(reasonText(item.reasons))}</span></li>`
  );
}

function reasonText(reasons: readonly Reason[]): string {
  const reason = reasons.find(({ title }) => title);
  return reason ? `${SAYS[reason.kind]} ${reason.title}` : SAYS[reasons[0]?.kind ?? 'popular'];
}

/** Only http, https and paths: a `javascript:` address of a catalog stays out of the page. */
function address({ item, url }: SlateItem, template: string | undefined): string | undefined {
  const href = url ?? template?.replaceAll('{item}', encodeURIComponent(item));
  if (!href) return undefined;
  try {
    return /^https?:$/.test(new URL(href, 'https://host.invalid/').protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

function prices({ currency, locale }: RenderOptions): (value: number) => string {
  if (!currency) return () => '';
  try {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
    return (value) => format.format(value);
  } catch {
    // No such currency or language: a page without prices, not without a slate.
    return () => '';
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

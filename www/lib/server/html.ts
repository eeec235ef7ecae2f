/** A slate as HTML. Every value is escaped: titles come from a catalog, and a catalog comes from anywhere. */
import { slateId } from '../src/words/slate-id.js';
import type { Reason, Slate, SlateItem } from '../src/words/types.js';
import { toBase64Url } from './bytes.js';

export interface SlateHtmlOptions {
  /** Where an item lives, with `{item}` for its id; for items without a URL of their own. */
  readonly href?: string | undefined;
  /** ISO 4217, for prices. Without it prices are left out. */
  readonly currency?: string | undefined;
  /** BCP 47, for prices, and for `say`. Default: English. */
  readonly locale?: string | undefined;
  /** Your words for an item's reasons: docs/reasons.md has one to copy. Default, and where it fails: English. */
  readonly say?: Say | undefined;
}

/** Words for an item's reasons, in a language (BCP 47). What it says is text and is escaped. */
export type Say = (reasons: readonly Reason[], language: string) => string;

const SAYS: Readonly<Record<string, string>> = {
  'this-page': 'Goes with',
  'viewed': 'Because you viewed',
  'in-cart': 'Goes with',
  'purchased': 'Because you bought',
  'searched': 'Because you looked for',
  'similar': 'Similar to',
  'popular': 'Popular now',
  'trending': 'On the rise',
};

function english(reasons: readonly Reason[]): string {
  const reason = reasons.find((one) => one.title) ?? reasons[0];
  return reason ? `${SAYS[reason.kind] ?? 'Our choice'} ${reason.title ?? ''}`.trim() : '';
}

/** A slot is not lost for want of words. */
function said(reasons: readonly Reason[], { say, locale = 'en' }: SlateHtmlOptions): string {
  try {
    const text = say?.(reasons, locale);
    if (typeof text === 'string') return text;
  } catch {
    // English, then.
  }
  return english(reasons);
}

/** An ordered list; empty text for an empty slate. */
export function slateHtml(slate: Slate, given?: SlateHtmlOptions): string {
  const options = given ?? {};
  if (!slate.items.length) return '';
  const price = prices(options);
  const items = slate.items.map((item) => itemHtml(item, options, price)).join('');
  const placement = slate.placement ? ` data-nearhand-placement="${escape(slate.placement)}"` : '';
  return `<ol class="nearhand-slate" data-nearhand-slate="${escape(slateId(slate))}" data-nearhand-source="${escape(slate.source)}"${placement}>${items}</ol>`;
}

function itemHtml(item: SlateItem, options: SlateHtmlOptions, price: (value: number) => string): string {
  const href = address(item, options.href);
  const title = `<span class="nearhand-title">${escape(item.title)}</span>`;
  const cost = item.price === undefined ? '' : price(item.price);
  const id = escape(item.item);
  // What `nearhand/signals` reads: which item was seen or clicked, and where it stood.
  const stood = `data-nearhand-impression="${id}" data-nearhand-rank="${+item.rank}"${item.propensity < 1 ? ` data-nearhand-propensity="${+item.propensity}"` : ''}`;
  return (
    `<li class="nearhand-item" ${stood}>` +
    (href ? `<a href="${escape(href)}" data-nearhand-click="${id}">${title}</a>` : title) +
    (cost && `<span class="nearhand-price">${escape(cost)}</span>`) +
    `<span class="nearhand-reason">${escape(said(item.reasons ?? [], options))}</span></li>`
  );
}

/** Only http, https and paths: a `javascript:` address of a catalog stays out of the page. */
function address({ item, url }: SlateItem, template: string | undefined): string | undefined {
  try {
    const href = url ?? template?.replaceAll('{item}', encodeURIComponent(item));
    return href && /^https?:$/.test(new URL(href, 'https://host.invalid/').protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

/** The last one is kept: making it takes longer than all else here, and a shop has one currency. */
let last: { readonly of: string; readonly price: (value: number) => string } | undefined;

function prices({ currency, locale }: SlateHtmlOptions): (value: number) => string {
  if (!currency) return () => '';
  try {
    const of = `${locale} ${currency}`;
    if (last?.of === of) return last.price;
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
    last = { of, price: (value) => format.format(value) };
    return last.price;
  } catch {
    // No such currency or language: a page without prices, not without a slate.
    return () => '';
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: unknown): string => String(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** Larger ones cost the page more than they save it. */
const MAX_HEAD_START = 65_536;

/**
 * What the page begins with: the session and the slates as the server saw them, for `readHeadStart`. No character of a title
 * can end the script. Empty text where it would be too large. `viewed`: the item whose view the session has counted.
 */
export function headStartHtml(session: Uint8Array | undefined, slates: Readonly<Record<string, Slate>>, viewed?: string): string {
  const json = JSON.stringify({ ...(session && { session: toBase64Url(session) }), viewed, slates }).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return json.length > MAX_HEAD_START ? '' : `<script type="application/json" data-nearhand="head-start">${json}</script>`;
}

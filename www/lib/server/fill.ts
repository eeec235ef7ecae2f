/**
 * Fills `[data-nearhand-slate]` of a page on its way to the visitor. It fails open: whatever goes wrong, the visitor gets the
 * origin's page as it was, and `Server-Timing` says why.
 */
import type { Slate } from '../src/words/types.js';
import type { Asked } from './attributes.js';
import { concat } from './bytes.js';
import { personal, reason, told } from './headers.js';
import type { Say, slateHtml as SlateHtml } from './html.js';
import { asItComes, begin } from './reading.js';
import { marked, type Rewriter } from './rewriter.js';
import { Splice } from './splice.js';
import { streamed } from './stream.js';
import type { Visitor } from './visitor.js';

export interface FillOptions {
  /** Puts the head start into the page, for a script that goes on from there. Default false. */
  readonly headStart?: boolean;
  /** The item of the page, where its address tells: a page that comes slowly is then counted as viewed as well. */
  readonly item?: string | undefined;
  /** For prices and reasons, BCP 47. Default: the page's `Content-Language`, else English. */
  readonly locale?: string | undefined;
  /** Your words for an item's reasons. Default: English. */
  readonly say?: Say | undefined;
  /** Larger pages pass untouched. Default 4 MiB. */
  readonly maxBytes?: number;
  /** So long after its first byte a page is waited for; a slower one is filled as it comes. Default 50 ms. */
  readonly windowMs?: number;
  /** Default: the runtime's own `HTMLRewriter`. */
  readonly rewriter?: unknown;
}

const SLATE = /data-nearhand-slate/i;

/** `slateHtml` comes along, because it stands in the file that asks for this one. */
export async function fill(
  request: Request,
  response: Response,
  visit: () => Promise<Visitor>,
  slateHtml: typeof SlateHtml,
  options: FillOptions,
): Promise<Response> {
  const { maxBytes = 4_194_304, windowMs = 50, headStart: tail = false } = options;
  const Rewriter = (options.rewriter ?? (globalThis as { HTMLRewriter?: unknown }).HTMLRewriter) as Rewriter | undefined;
  const { body } = response;
  if (!body || !isPage(request, response)) return response;
  const pass = (page: BodyInit, why: string): Response => {
    const headers = told(new Headers(response.headers), why);
    // The runtime compresses it anew.
    if (headers.has('content-encoding')) headers.delete('content-length');
    return new Response(page, { status: response.status, statusText: response.statusText, headers });
  };
  if (!Rewriter) return pass(body, 'rewriter-missing');
  if (Number(response.headers.get('content-length')) > maxBytes) return pass(body, 'page-too-large');

  const begun = await begin(body, maxBytes, windowMs);
  if (begun.state === 'large') return pass(asItComes(begun), 'page-too-large');
  if (begun.state === 'broken') return pass(asItComes(begun), 'page-broken-off');
  const whole = begun.state === 'whole';
  const bytes = concat(begun.chunks);
  const original = (): BodyInit => (whole ? bytes : asItComes(begun));
  const says = charset(response, bytes);
  const text = whole && (!says || isUtf8(says)) ? decode(bytes) : undefined;
  // Without a word of the page's own, only a page that is there as a whole shows what it is.
  if (whole ? text === undefined : !says || !isUtf8(says)) return pass(original(), 'not-utf-8');
  if (text !== undefined && !SLATE.test(text)) return pass(bytes, 'no-slate-asked');

  try {
    const found: Asked[] = [];
    // A look ahead where the page is not whole: which item it is about is told with its headers.
    const early = whole ? undefined : new Splice(() => undefined);
    if (early) await drain(marked(Rewriter, bytes, early, found, false)).catch(() => {});
    const ahead = found.splice(0);
    let visitor: Visitor | undefined;
    const slates: Record<string, Slate> = Object.create(null) as Record<string, Slate>;
    const shown: string[] = [];
    // A page may be for readers of several.
    const locale = options.locale ?? response.headers.get('content-language')?.split(',')[0]!.trim() ?? 'en';
    let [failed, filled] = ['no-slate-asked', ''];

    const splice = new Splice(async (mark, index) => {
      if (mark === 't') return tail && visitor && filled ? visitor.headStart(slates) : undefined;
      const one = found[index]!;
      try {
        const slate = await visitor!.page.recommend({ ...one.options, excludeItems: shown });
        const { href, currency } = one;
        const html = slateHtml(slate, { href, currency, say: options.say, locale });
        if (!html) return undefined;
        shown.push(...slate.items.map(({ item }) => item));
        let name = one.name;
        for (let i = 2; name in slates; i++) name = `${one.name}-${i}`;
        slates[name] = slate;
        filled ||= slate.source;
        return html;
      } catch (error) {
        failed = reason(error);
        return undefined;
      }
    });
    const begins = async (asks: readonly Asked[]): Promise<void> => {
      visitor = await visit();
      visitor.view(options.item ?? asks.find(({ options: { source, placement = 'product' } }) => source && placement === 'product')?.options.source);
    };
    const headers = personal(response.headers);
    if (!says) headers.set('content-type', 'text/html; charset=utf-8');
    const answer = async (page: () => BodyInit, why: string): Promise<Response> => {
      for (const cookie of await visitor!.cookies()) headers.append('set-cookie', cookie);
      return new Response(page(), { status: response.status, statusText: response.statusText, headers: told(headers, why) });
    };

    if (!whole) {
      await begins(ahead);
      return await answer(() => streamed(begun, maxBytes, splice, (page) => marked(Rewriter, page, splice, found, tail)), 'streamed');
    }
    const page = await drain(marked(Rewriter, bytes, splice, found, tail));
    if (!found.length) return pass(bytes, failed);
    await begins(found);
    const out: Uint8Array[] = [];
    await splice.push(page, out);
    await splice.end(out, true);
    return filled ? await answer(() => concat(out), filled) : pass(bytes, failed);
  } catch (error) {
    return pass(original(), reason(error));
  }
}

const drain = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

/** A whole page in bytes that can be read. The edge runtime undoes these two encodings and puts them on again. */
function isPage(request: Request, { status, headers }: Response): boolean {
  const encoding = headers.get('content-encoding');
  return (
    request.method === 'GET' &&
    !request.headers.has('range') &&
    status === 200 &&
    /^text\/html\s*(;|$)/i.test(headers.get('content-type') ?? '') &&
    (!encoding || (/^(gzip|br)$/i.test(encoding) && globalThis.navigator?.userAgent === 'Cloudflare-Workers'))
  );
}

const isUtf8 = (label: string): boolean => /^(utf-?8|unicode-1-1-utf-8)$/i.test(label);

/** What the page says it is written in: a mark at its start, its header, its own first words, in the order that browsers go by. */
function charset({ headers }: Response, bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, 1024));
  if (start.startsWith('\ufeff')) return 'utf-8';
  return (
    /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? /<meta[^>]+charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(start)?.[1]
  );
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}


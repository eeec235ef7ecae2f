/** The runtime's rewriter finds the elements and their ends; what it writes are marks. */
import { asked, type Asked } from './attributes.js';
import type { Splice } from './splice.js';

export interface RewriterElement {
  readonly tagName: string;
  getAttribute(name: string): string | null;
  prepend(content: string, options?: { html?: boolean }): unknown;
  onEndTag(handler: (end: { readonly name: string; before(content: string, options?: { html?: boolean }): unknown }) => void): void;
}

/** As Cloudflare's runtime and Bun have it. */
export type Rewriter = new () => {
  on(selector: string, handlers: { element(element: RewriterElement): void }): unknown;
  transform(response: Response): Response;
};

/** Slates of a page; what is more stays as the author wrote it, for one page must not hold everybody else's. */
export const MAX_SLATES = 16;

/** What is in them is text: a slate would break a script and be read as a title. */
const TEXT = /^(script|style|title|textarea|iframe|noembed|noframes|xmp|plaintext)$/i;

/** Marks the slates of `page` and adds them to `found`. */
export function marked(Rewriter: Rewriter, page: BodyInit, splice: Splice, found: Asked[], tail: boolean): Response {
  const rewriter = new Rewriter();
  let open = false;
  rewriter.on('[data-nearhand-slate]', {
    element(element) {
      // One within another goes with it.
      if (open || found.length === MAX_SLATES || TEXT.test(element.tagName)) return;
      const slate = asked((name) => element.getAttribute(name));
      if (!slate) return;
      const { tagName } = element;
      const index = found.length;
      try {
        element.onEndTag((end) => {
          open = false;
          // Closed by the end of something around it: there was no end tag.
          if (end.name === tagName) end.before(splice.mark('e', index), { html: true });
        });
      } catch {
        // It can have no content.
        return;
      }
      open = true;
      found.push(slate);
      element.prepend(splice.mark('b', index), { html: true });
    },
  });
  if (tail) {
    rewriter.on('body', {
      element(element) {
        element.onEndTag((end) => {
          if (end.name === 'body') end.before(splice.mark('t'), { html: true });
        });
      },
    });
  }
  return rewriter.transform(new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }));
}

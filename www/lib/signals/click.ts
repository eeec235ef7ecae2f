/**
 * What the visitor does by hand, by attributes: a click on or inside `[data-nearhand-cart-add="ID"]`, `-cart-remove`, `-dismiss` or
 * `-click` (a card of a slate is opened). The innermost one counts, and it alone: the basket button in a card is no click on
 * the card. An empty value tells nothing and ends the search, for a button that has nothing to do with the item.
 */

import { attribute, controlOf, listen, matches, nameOf as nameOfElement, outwards, pathOf } from './dom.js';
import { type Emit, itemOf } from './report.js';
import { placeOf } from './slate.js';

export interface ClickOptions {
  /** Where clicks are listened to. Default `document`. */
  readonly root?: EventTarget;
  readonly now?: () => number;
}

export type ClickKind = 'cart-add' | 'cart-remove' | 'dismiss' | 'slate-click';

/** Where one element has several, the first counts. */
const KINDS: readonly ClickKind[] = ['cart-add', 'cart-remove', 'dismiss', 'slate-click'];
const nameOf = (kind: ClickKind): string => `data-nearhand-${kind === 'slate-click' ? 'click' : kind}`;

/** Listens to clicks of these kinds. Returns what ends it. */
export function clicks(emit: Emit, { root = globalThis.document, now = () => Date.now() }: ClickOptions = {}, kinds = KINDS): () => void {
  const onClick = (event: Event): void => {
    const { button = 0, detail = 0 } = event as MouseEvent;
    const middle = button === 1;
    if (button > 1) return;
    const inner: Element[] = [];
    for (const element of pathOf(event)) {
      inner.push(element);
      const kind = kinds.find((each) => attribute(element, nameOf(each)) !== undefined);
      if (kind) return told(kind, element, inner);
      if ((element as EventTarget) === root) return;
    }

    function told(kind: ClickKind, element: Element, path: readonly Element[]): void {
      const item = itemOf(attribute(element, nameOf(kind)));
      // The middle button opens a card in another tab; it puts nothing into the basket. The second click of a double one
      // opens nothing anew, while it does put in another piece.
      const cart = kind === 'cart-add' || kind === 'cart-remove';
      if (!item || (middle && kind !== 'slate-click') || (detail > 1 && !cart)) return;
      if (path.some(isDisabled) || leadsOn(path, element)) return;
      const at = now();
      const place = placeOf(element);
      if (cart) emit({ kind, item, at, quantity: pieces(attribute(element, 'data-nearhand-quantity')), ...place });
      else emit({ kind, item, at, ...place });
    }
  };
  const ends = [listen(root, 'click', onClick)];
  if (kinds.includes('slate-click')) ends.push(listen(root, 'auxclick', (event) => (event as MouseEvent).button === 1 && onClick(event)));
  return () => {
    for (const end of ends) end();
  };
}

/** A disabled button tells nothing, though what is in it may be clicked. */
const isDisabled = (element: Element): boolean => matches(element, 'button:disabled, input:disabled, [aria-disabled="true"]');

/** Most labels that are asked for their control: a browser looks for it in all that is in the label. */
const MOST_LABELS = 16;

/** A click on a label is followed by one on its control: where both are inside, the second one counts. */
function leadsOn(path: readonly Element[], element: Element): boolean {
  const labels = path.filter((each) => nameOfElement(each) === 'label').slice(0, MOST_LABELS);
  const controls = new Set(labels.map((label) => controlOf(label) as Element | null | undefined));
  for (const control of controls) {
    if (!control || path.includes(control)) continue;
    for (const around of outwards(control)) if (around === element) return true;
  }
  return false;
}

/** 1 to 65 535; anything else counts as the nearest of these. */
export function pieces(quantity: unknown = 1): number {
  const n = Number(quantity);
  return Number.isNaN(n) ? 1 : Math.min(65_535, Math.max(1, Math.trunc(n)));
}

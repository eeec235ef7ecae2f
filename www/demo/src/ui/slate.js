// The slate: five things one may also like, each with its reason. Drawn when there is something to say, never an error.

import { find } from '../catalog.js';
import { failed, observe, onChange, recommend } from '../engine.js';
import { $, html, render } from '../html.js';
import { title } from '../words.js';
import { announce } from './announce.js';
import { card } from './card.js';

let newest;
/** The slate drawn last, for the explain drawer. */
export const newestSlate = () => newest;

const SAYS = { 'viewed': 'Because you viewed', 'in-cart': 'Goes with', 'purchased': 'Because you bought', 'searched': 'Because you looked for' };

/** One sentence for the strongest reason. `except`: the item of the page itself needs no name. */
export function reasonText({ reasons }, except) {
  const reason = reasons.find(({ kind }) => kind !== 'popular');
  if (!reason) return 'Popular now';
  if (reason.kind === 'viewed' && reason.item === except) return 'Goes well with this';
  const name = find(reason.item)?.name ?? (reason.title && title(reason.title));
  return name ? `${SAYS[reason.kind] ?? 'Because of'} ${name}` : 'Picked for you';
}

/**
 * Fills `place` and keeps it fresh; returns how to stop. `options()` gives the recommend options,
 * or undefined when no slate is wanted now.
 */
export function slate(place, { heading, intro, options = () => ({}), except }) {
  let turn = 0;
  let stopped = false;
  let before = '';
  render(place, html`<div class="slate-head"><h2>${heading}</h2></div><div class="slate-items" aria-hidden="true">${Array.from({ length: 5 }, () => html`<div class="card ghost"><span class="card-art"></span><span class="bone"></span><span class="bone short"></span></div>`)}</div>`);

  const draw = async () => {
    const wanted = options();
    if (!wanted) {
      place.hidden = true;
      return;
    }
    if (failed()) {
      place.hidden = true;
      return;
    }
    const mine = (turn += 1);
    const found = await recommend(wanted);
    // Only the answer to the newest question is shown.
    if (stopped || mine !== turn || !found) {
      if (failed()) place.hidden = true;
      return;
    }
    newest = { slate: found, heading, except };
    place.hidden = found.items.length === 0;
    place.dataset.source = found.source;
    place.dataset.tier = found.tier;
    const now = JSON.stringify(found.items.map((item) => [item.item, item.reasons]));
    if (now === before) return;
    const focused = place.contains(document.activeElement) && document.activeElement;
    render(place, html`
      <div class="slate-head">
        <h2>${heading}</h2>
        ${intro && html`<p>${intro}</p>`}
        <button class="quiet" type="button" data-explain>Why these?</button>
      </div>
      <ul class="slate-items" role="list">${found.items.map((entry) => html`<li>${card(find(entry.item), {
        from: 'slate',
        more: html`
          <p class="reason">${reasonText(entry, except)}</p>
          <button class="dismiss" type="button" data-dismiss="${entry.item}" aria-label="Not for me: ${find(entry.item).name}" title="Not for me"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg></button>`,
      })}</li>`)}</ul>`);
    // The new slate takes over the focus: on the same item where it is still there, else on its own button.
    const same = focused && focused.dataset.item && $(`[data-item="${CSS.escape(focused.dataset.item)}"]`, place);
    if (focused) (same || $('[data-explain]', place))?.focus();
    if (before) announce(`${heading}: ${found.items.length} suggestions updated`);
    before = now;
  };

  const onClick = (event) => {
    const item = event.target.closest('[data-dismiss]')?.dataset.dismiss;
    if (!item) return;
    $('[data-explain]', place)?.focus();
    observe({ kind: 'dismiss', item });
  };
  place.addEventListener('click', onClick);
  let queued = false;
  const again = () => {
    if (stopped || queued) return;
    // Several events of one moment are one new slate.
    queued = true;
    queueMicrotask(() => {
      queued = false;
      if (!stopped) draw();
    });
  };
  const off = onChange(again);
  draw();
  return () => {
    stopped = true;
    off();
    place.removeEventListener('click', onClick);
  };
}

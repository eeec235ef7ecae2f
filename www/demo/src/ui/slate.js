// Slates: rows of five things, each with its reason. Drawn when there is something to say, never an error.

import { hang } from '../art/hang.js';
import { find } from '../catalog.js';
import { canUndismiss, failed, observe, onChange, recommendPage, running, undismiss } from '../engine.js';
import { $, html, render } from '../html.js';
import { title } from '../words.js';
import { announce, note } from './announce.js';
import { card } from './card.js';

let newest = [];
/** The slates drawn last, in page order, for the explain drawer. */
export const newestSlates = () => newest;

const listeners = new Set();
/** Told when slates have answered: on a busy machine that is long after what they were asked for. */
export const onSlates = (listener) => listeners.add(listener);

const SAYS = { 'viewed': 'Because you viewed', 'in-cart': 'Goes with', 'purchased': 'Because you bought', 'searched': 'Because you looked for', 'similar': 'Similar to' };
const ALONE = { popular: 'Popular now', trending: 'On the rise', curated: 'Our choice', rule: 'Our choice' };

/** One sentence for the strongest reason. `except`: the item of the page itself needs no name. */
export function reasonText({ item, reasons }, except) {
  const reason = reasons[0];
  if (!reason || ALONE[reason.kind]) return ALONE[reason?.kind] ?? 'Popular now';
  if (reason.item === item) return reason.kind === 'viewed' ? 'You looked at it' : 'You know it';
  if (reason.item === except) return reason.kind === 'similar' ? 'Similar to this' : 'Goes well with this';
  const name = find(reason.item)?.name ?? (reason.title && title(reason.title));
  return name ? `${SAYS[reason.kind] ?? 'Because of'} ${name}` : 'Picked for you';
}

/**
 * Fills the places of a page and keeps them fresh; returns how to stop. Each widget is
 * `{ place, heading, intro, options, except }`; `options()` gives the recommend options, or undefined when no slate
 * is wanted now. One question answers them all, so that nothing stands on the page twice.
 */
export function slates(widgets) {
  let turn = 0;
  let stopped = false;
  const drawn = new Map();
  for (const { place, heading, intro } of widgets) if (!place.firstElementChild) render(place, ghosts({ heading, intro }));
  // A place that may stay empty keeps its room only where something is known of the visitor.
  for (const { place, options } of widgets) place.hidden = !options() && place.classList.contains('from-session') && (running() || !('known' in document.documentElement.dataset));

  const draw = async () => {
    const wanted = widgets.map((widget) => [widget, widget.options()]);
    for (const [{ place }, options] of wanted) if (failed() || (!options && running())) place.hidden = true;
    const asked = wanted.filter(([, options]) => options && !failed());
    if (!asked.length) return;
    const mine = (turn += 1);
    const found = await recommendPage(asked.map(([, options]) => options));
    // Only the answer to the newest question is shown.
    if (stopped || mine !== turn) return;
    if (!found) {
      if (failed()) for (const [{ place }] of asked) place.hidden = true;
      return;
    }
    newest = asked.map(([{ heading, except }], i) => ({ slate: found[i], heading, except })).filter(({ slate }) => slate.items.length > 0);
    asked.forEach(([widget], i) => show(widget, found[i], drawn));
    for (const listener of listeners) listener();
  };

  const offs = widgets.map(({ place }) => watch(place));
  let queued = false;
  const again = () => {
    if (stopped || queued) return;
    // Several events of one moment are one new page of slates.
    queued = true;
    queueMicrotask(() => {
      queued = false;
      if (!stopped) draw();
    });
  };
  offs.push(onChange(again));
  draw();
  return () => {
    stopped = true;
    for (const off of offs) off();
  };
}

/** The room of a slate before it has answered: as high as the slate will be. */
export const ghosts = ({ heading, intro }) => html`
  ${head(heading, intro, true)}
  <div class="slate-items" aria-hidden="true">${Array.from({ length: 5 }, () => html`<div class="card ghost"><span class="card-art"></span><span class="card-title"><span class="bone"></span></span><span class="price"><span class="bone short"></span></span><span class="reason"></span></div>`)}</div>`;

const head = (heading, intro, waits) => html`<div class="slate-head"><h2>${heading}</h2>${intro && html`<p>${intro}</p>`}${waits ? html`<span class="quiet waits" aria-hidden="true">Why these?</span>` : html`<button class="quiet" type="button" data-explain>Why these?</button>`}</div>`;

function show({ place, heading, intro, except }, found, drawn) {
  place.hidden = found.items.length === 0;
  place.dataset.source = found.source;
  place.dataset.tier = found.tier;
  const before = drawn.get(place);
  const now = JSON.stringify(found.items.map((item) => [item.item, reasonText(item, except)]));
  if (now === before) return;
  const focused = place.contains(document.activeElement) && document.activeElement;
  render(place, html`
    ${head(heading, intro)}
    <ul class="slate-items" role="list">${found.items.map((entry) => html`<li>${card(find(entry.item), {
      from: 'slate',
      more: html`
        <p class="reason">${reasonText(entry, except)}</p>
        <button class="dismiss" type="button" data-dismiss="${entry.item}" aria-label="Not for me: ${find(entry.item).name}" title="Not for me"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg></button>`,
    })}</li>`)}</ul>`);
  hang();
  // The new slate takes over the focus: on the same item where it is still there, else on its own button.
  const same = focused && focused.dataset.item && $(`[data-item="${CSS.escape(focused.dataset.item)}"]`, place);
  if (focused) (same || $('[data-explain]', place))?.focus();
  if (before) announce(`${heading}: ${found.items.length} suggestions updated`);
  drawn.set(place, now);
}

/** What is waved away is told. */
function watch(place) {
  const onClick = (event) => {
    const item = event.target.closest('[data-dismiss]')?.dataset.dismiss;
    if (!item) return;
    $('[data-explain]', place)?.focus();
    observe({ kind: 'dismiss', item });
    note(`${find(item)?.name ?? 'It'} is not suggested again.`, canUndismiss() && { text: 'Undo', act: () => undismiss(item) });
  };
  place.addEventListener('click', onClick);
  return () => place.removeEventListener('click', onClick);
}

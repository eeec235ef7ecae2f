// Suggestions for the search box, by nearhand/suggest; fetched when somebody turns to the box. Keys and roles are those of the
// ARIA practices' combobox, a list whose choice is the visitor's own: what is typed stays typed until an option is taken.

import { load } from 'nearhand/suggest';
import { matches, raised } from './why.js';

const WANTED = 7;
/** A screen reader hears of suggestions when the typing pauses, milliseconds. */
const PAUSE = 500;

/**
 * Opens the index and gives the field of `form` its suggestions. What it needs of the shop is handed to it (ui/search-box.js): this
 * file is no part of the page's script. Rejects where the index cannot be had; the search is then as it was.
 */
export async function start(form, shop) {
  const { $, html, render } = shop;
  const box = await load(shop.index);
  const input = $('input', form);
  const panel = document.createElement('div');
  panel.className = 'picks';
  panel.hidden = true;
  render(panel, html`
    <ul role="listbox" id="picks" aria-label="Suggestions" tabindex="-1"></ul>
    <p class="picks-none" hidden></p>
    <div class="picks-foot"><button type="button" class="picks-within" aria-pressed="false" hidden></button><span>Found on this device. Nothing is sent.</span></div>`);
  const status = document.createElement('span');
  status.className = 'sr';
  status.setAttribute('role', 'status');
  // Behind the field: a Tab comes to what narrows the list before it leaves.
  input.after(panel, status);
  const [list, none, within] = ['ul', '.picks-none', '.picks-within'].map((selector) => $(selector, panel));

  let items = [];
  let at = -1; // the option that the arrows have reached
  let typed; // what the suggestions are for; undefined: none are shown
  let stale = true; // the session has gone on
  let narrow = false; // only of the department that is open
  let events = [];
  let searched = [];
  let pause;

  const follow = () => {
    if (!stale) return;
    stale = false;
    // Without consent the shop has no session, and what was searched is forgotten with it.
    if (!shop.mayKnow()) searched = [];
    events = [...shop.session(), ...searched].filter(({ counts }) => counts === undefined || counts === 'interest' || counts === 'cart').sort((a, b) => a.at - b.at);
    box.setSession(events);
  };
  shop.onChange((why) => {
    // At the next key: a list that is being chosen from stays as it is.
    stale = true;
    if (why === 'forget' || !shop.mayKnow()) searched = [];
  });
  let stocked; // what the desk said of the stock when the box heard of it: at the next key, too, and before the engine has its feed
  const stock = () => {
    const said = shop.stock();
    if (said === stocked) return;
    stocked = said;
    box.setAllowed(shop.inStock());
  };

  function ask(text, options) {
    try {
      stock();
      follow();
      return box.suggest(text, options).items.filter(({ item, category }) => (item ? shop.find(item) : shop.department(category)));
    } catch (error) {
      // A department that the index does not have, an engine that has stopped: a box without suggestions is still a box.
      if (!['name-unknown', 'engine-trapped'].includes(error.code)) console.error(error);
      return [];
    }
  }

  function show() {
    if (document.activeElement !== input) return;
    typed = input.value;
    const place = shop.here();
    within.hidden = !place;
    within.textContent = place ? `Only in ${place}` : '';
    within.setAttribute('aria-pressed', String(narrow && Boolean(place)));
    items = typed.trim() ? ask(typed, { k: WANTED, ...(narrow && place && { category: place }) }) : [];
    render(list, html`${items.map((item, i) => option(item, i))}`);
    for (const [i, one] of [...list.children].entries()) $('.pick-art', one).replaceChildren(drawing(items[i]));
    shop.hang();
    const empty = Boolean(typed.trim()) && items.length === 0;
    none.hidden = !empty;
    none.textContent = empty ? `Nothing like “${typed.trim().slice(0, 40)}”${narrow && place ? ` in ${place}` : ''}. Enter searches all the same.` : '';
    turn(items.length > 0, empty || items.length > 0);
    say(items.length > 0 ? `${shop.plural(items.length, 'suggestion')}, down arrow for the first` : empty ? 'No suggestions' : '');
  }

  const option = (found, i) => {
    const { text, highlights, item, category } = found;
    const thing = item && shop.find(item);
    const why = raised(found, events, shop.find);
    let from = 0;
    const marked = highlights.map(([start, end]) => {
      const parts = [text.slice(from, start), html`<mark>${text.slice(start, end)}</mark>`];
      from = end;
      return parts;
    });
    return html`<li role="option" id="pick-${i}" aria-selected="false">
      <span class="pick-art" aria-hidden="true"></span>
      <span class="pick-words"><span class="pick-text">${marked}${text.slice(from)}</span>
      <span class="pick-more">${thing ? html`${shop.price(thing.price)} · ${category}` : 'Department'}</span>
      <span class="pick-why">${matches(found, typed)}${why && html`<span class="pick-raised"> · ${why}</span>`}</span></span></li>`;
  };

  /** Pictures stay from key to key. */
  const drawn = new Map();
  function drawing({ item, category }) {
    const thing = item ? shop.find(item) : shop.department(category).face;
    if (!drawn.has(thing.item)) {
      if (drawn.size > 100) drawn.clear();
      const place = document.createElement('span');
      render(place, html`${shop.picture(thing)}`);
      drawn.set(thing.item, place);
    }
    return drawn.get(thing.item);
  }

  function turn(open, withPanel = open) {
    at = -1;
    list.hidden = !open;
    panel.hidden = !withPanel;
    input.setAttribute('aria-expanded', String(open));
    mark();
    // Never behind a virtual keyboard: the list scrolls in what is left of the screen.
    if (withPanel) panel.style.maxHeight = `${Math.max(160, (globalThis.visualViewport?.height ?? innerHeight) - input.getBoundingClientRect().bottom - 16)}px`;
  }

  function mark() {
    for (const [i, one] of [...list.children].entries()) one.setAttribute('aria-selected', String(i === at));
    if (at < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', `pick-${at}`);
    list.children[at].scrollIntoView({ block: 'nearest' });
  }

  function hide() {
    typed = undefined;
    say('');
    turn(false);
  }

  function say(text) {
    clearTimeout(pause);
    if (!text) status.textContent = '';
    else pause = setTimeout(() => (status.textContent = text), PAUSE);
  }

  function move(step) {
    const places = items.length + 1;
    at = ((at + 1 + step + places) % places) - 1;
    mark();
  }

  function choose(i) {
    const found = items[i];
    if (!found) return;
    hide();
    input.value = '';
    if (found.item) shop.observe({ kind: 'search-click', item: found.item });
    location.hash = found.item ? shop.link.product(found.item) : shop.link.department(shop.department(found.category).slug);
  }

  input.addEventListener('input', show);
  input.addEventListener('click', () => typed === undefined && input.value.trim() && show());
  input.addEventListener('keydown', (event) => {
    const { key, isComposing, keyCode, altKey, ctrlKey, metaKey, shiftKey } = event;
    // An input method's own keys. 229: Safari ends a composition before the key that did it.
    if (isComposing || keyCode === 229 || ctrlKey || metaKey || shiftKey) return;
    const open = !list.hidden;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (!open) {
        show();
        // Alt opens and stays in the field.
        if (!list.hidden && !altKey) move(key === 'ArrowDown' ? 1 : -1);
      } else if (altKey) key === 'ArrowUp' && hide();
      else move(key === 'ArrowDown' ? 1 : -1);
    } else if (altKey) return;
    else if (key === 'Enter' && open && at >= 0) choose(at);
    // What is typed stays; a second Esc is the browser's, which empties a search field.
    else if (key === 'Escape' && !panel.hidden) hide();
    else {
      // Within the text again.
      if (at >= 0 && ['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key)) ((at = -1), mark());
      return;
    }
    event.preventDefault();
  });
  // The field keeps the focus, so that the list is still there when the click comes.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', ({ target }) => choose([...list.children].indexOf(target.closest('[role="option"]'))));
  within.addEventListener('click', () => {
    narrow = !narrow;
    input.focus();
    show();
  });
  form.addEventListener('focusout', ({ relatedTarget }) => relatedTarget === input || panel.contains(relatedTarget) || hide());
  form.addEventListener('submit', () => {
    const text = input.value.trim();
    if (text && shop.mayKnow()) searched = [...searched, { kind: 'search', text, at: Date.now() }].slice(-20);
    stale = true;
    hide();
  });
  addEventListener('hashchange', hide);
  if (input.value.trim()) show();

  return {
    /** What is like a text that no title has: ids, nearest first. */
    nearby: (text) => [...new Set(ask(text, { k: 20 }).map(({ item }) => item).filter(Boolean))],
    info: () => box.info(),
  };
}

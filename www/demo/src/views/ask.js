// A text box for who would rather say it in words of their own: what is written is looked for by its words, and a small language
// model on this device writes along in grey. The page stands without the model.

import { hang } from '../art/hang.js';
import { byWords, find } from '../catalog.js';
import { consent, observe, onChange, session, viewing } from '../engine.js';
import { $, html, ownWorkers, render } from '../html.js';
import { saveData, sheet } from '../later.js';
import { announce } from '../ui/announce.js';
import { grid } from '../ui/card.js';
import { plural } from '../words.js';

const MOST = 10;

/** What the build found: `{ path, bytes, about }` of a completer.json, or null. */
const MODEL = __COMPLETER__;

export function ask(main) {
  viewing();
  render(main, html`
    <header class="page-head"><p class="eyebrow">In your own words</p><h1 tabindex="-1">Say what you are looking for</h1></header>
    <div class="ask" id="ask">
      <form>
        <label for="ask-text">For whom, for what, in which colour?</label>
        <div class="ghosted"><div class="ghost" dir="auto" aria-hidden="true"></div><textarea id="ask-text" rows="4" maxlength="1000" dir="auto" autocomplete="off" aria-describedby="ask-keys" placeholder="I am looking for a …"></textarea></div>
        <p class="muted" id="ask-keys">When grey text stands behind yours, <kbd>Tab</kbd> takes it, <kbd>→</kbd> takes a word, <kbd>Esc</kbd> drops it. Otherwise Tab goes on, as always.</p>
        <div class="ask-row">
          <span class="ask-take" role="group" aria-label="Grey text"><button type="button" data-take="all" disabled>Take it</button><button type="button" data-take="word" disabled>One word</button><button type="button" data-take="none" disabled>Drop it</button></span>
          <button class="button" type="submit">Look for it</button>
        </div>
        <p class="sr" id="ask-status" role="status"></p>
      </form>
      <aside class="ask-about" aria-label="About the grey text"><p class="muted" id="ask-model" data-state="waits"></p><p class="muted" id="ask-adapted"></p></aside>
    </div>
    <section id="ask-found" aria-label="Found" hidden></section>`);

  const place = $('#ask-found', main);
  const lookFor = (text) => {
    const found = byWords(text).slice(0, MOST);
    place.hidden = !text;
    render(place, found.length ? html`<h2>Closest by its words</h2>${grid(found, { from: 'search' })}` : html`<p class="lead">Nothing on our shelves has these words. Name a thing, such as a lantern or a teapot.</p>`);
    hang();
    announce(!text ? '' : found.length ? `${plural(found.length, 'thing')} found below` : 'Nothing found');
  };
  place.addEventListener('click', ({ target }) => {
    const from = target.closest('[data-from="search"]');
    if (from) observe({ kind: 'search-click', item: from.dataset.item });
  });

  // Its own script: nobody else pays for it.
  let leave;
  let left = false;
  const shop = { $, html, render, plural, find, session, onChange, lookFor, saveData: saveData(), mayKnow: () => consent() !== 'none' };
  const model = MODEL && { ...MODEL, url: new URL(`../../${MODEL.path}`, import.meta.url).href };
  const plain = (event) => {
    event.preventDefault();
    lookFor($('#ask-text', main).value.trim());
  };
  const form = $('form', main);
  form.addEventListener('submit', plain);
  ownWorkers();
  Promise.all([import('apart:assistant'), sheet(new URL('apart.css', import.meta.url))]).then(
    ([{ start }]) => {
      form.removeEventListener('submit', plain);
      if (!left) leave = start($('#ask', main), shop, model);
    },
    () => {
      const said = $('#ask-model', main);
      if (said) said.textContent = 'The language model cannot be had just now: nothing is suggested while you write.';
    },
  );
  return {
    title: 'In your own words',
    leave: () => {
      left = true;
      leave?.();
    },
  };
}

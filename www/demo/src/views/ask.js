// A page for who would rather say it in words of their own. All but its heading is a script of its own (src/apart/assistant.js):
// nobody else pays for it.

import { hang } from '../art/hang.js';
import { all, find } from '../catalog.js';
import { consent, observe, onChange, session, viewing } from '../engine.js';
import { $, html, ownWorkers, render } from '../html.js';
import { saveData, sheet } from '../later.js';
import { announce } from '../ui/announce.js';
import { grid } from '../ui/card.js';
import { plural } from '../words.js';

/** What the build found: `{ path, bytes, about }` of a completer.json, or null. */
const MODEL = __COMPLETER__;

export function ask(main) {
  viewing();
  render(main, html`
    <header class="page-head"><p class="eyebrow">In your own words</p><h1 tabindex="-1">Say what you are looking for</h1></header>
    <div id="ask-page"></div>`);
  ownWorkers();
  const shop = { $, html, render, hang, grid, announce, plural, all, find, session, observe, onChange, saveData: saveData(), mayKnow: () => consent() !== 'none' };
  const model = MODEL && { ...MODEL, url: new URL(`../../${MODEL.path}`, import.meta.url).href };
  const place = $('#ask-page', main);
  let leave;
  let left = false;
  Promise.all([import('apart:assistant'), sheet(new URL('apart.css', import.meta.url))]).then(
    ([{ start }]) => {
      if (!left) leave = start(place, shop, model);
    },
    () => {
      if (!left) render(place, html`<p class="lead">This page cannot be had just now. The search above can.</p>`);
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

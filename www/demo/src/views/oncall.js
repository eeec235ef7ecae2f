// The page of who is on call. All but its heading is a script of its own (src/apart/oncall.js): nobody else pays for it.

import { all } from '../catalog.js';
import { viewing } from '../engine.js';
import { $, html, render } from '../html.js';
import { saveData, sheet } from '../later.js';
import { announce } from '../ui/announce.js';
import { plural } from '../words.js';

const bundle = (name) => new URL(`../../models/${name}.safetensors`, import.meta.url);

export function oncall(main) {
  viewing();
  render(main, html`
    <header class="page-head"><p class="eyebrow">On call</p><h1 tabindex="-1">Does the shop still answer as it did?</h1>
      <p class="lead">Engine, monitor, alarms and fallbacks are real and run in this page. The visitors are made up: they browse a second shop of this catalog, beside yours, and what breaks breaks there. Nothing is sent anywhere.</p></header>
    <div id="oncall-page"></div>`);
  const shop = { $, html, render, announce, plural, all, saveData: saveData(), still: matchMedia('(prefers-reduced-motion: reduce)').matches, seed: Date.now() };
  const place = $('#oncall-page', main);
  let leave;
  let left = false;
  Promise.all([import('apart:oncall'), sheet(new URL('oncall.css', import.meta.url))]).then(
    ([{ start }]) => {
      if (!left) leave = start(place, shop, { good: bundle('online-retail'), stale: bundle('sample') });
    },
    () => {
      if (!left) render(place, html`<p class="lead">This page cannot be had just now.</p>`);
    },
  );
  return {
    title: 'On call',
    leave: () => {
      left = true;
      leave?.();
    },
  };
}

// The shop window.

import { picture } from '../art/hang.js';
import { illustration } from '../art/index.js';
import { all, allDepartments } from '../catalog.js';
import { hasSession, viewing } from '../engine.js';
import { $, html, raw, render } from '../html.js';
import { link } from '../router.js';
import { grid } from '../ui/card.js';
import { ghosts, slates } from '../ui/slate.js';
import { plural } from '../words.js';

/** Three that look well side by side. */
const WINDOW = ['22423', '20725', '22727'];

/** Also drawn at build time, into the HTML. */
export function homeMarkup() {
  const items = all();
  const shown = WINDOW.map((id) => items.find((item) => item.item === id)).filter(Boolean);
  return html`
    <section class="hero">
      <div class="hero-words">
        <p class="eyebrow">Gifts, small and well made</p>
        <h1 tabindex="-1">A parcel for every occasion, and for no occasion at all.</h1>
        <p class="lead">${plural(items.length, 'thing', 'things')} to give and to keep: tea cups and tins, bunting and birdhouses, lanterns for the long evenings.</p>
        <a class="button" href="${link.department('tea-tableware')}">Start with tea</a> <a class="button plain" href="${link.ask()}">Say it in your own words</a>
      </div>
      <div class="hero-art">${shown.map((item) => html`<a href="${link.product(item.item)}" aria-label="${item.name}">${raw(illustration(item))}</a>`)}</div>
    </section>
    <section class="slate from-session" id="for-you">${ghosts(FOR_YOU)}</section>
    <section class="slate from-session" id="again">${ghosts(AGAIN)}</section>
    <section aria-labelledby="h-departments">
      <h2 id="h-departments">Departments</h2>
      <ul class="tiles" role="list">${allDepartments().map((d) => html`<li><a class="tile" href="${link.department(d.slug)}"><span class="tile-art">${picture(d.face)}</span><span>${d.name}</span></a></li>`)}</ul>
    </section>
    <section aria-labelledby="h-popular">
      <h2 id="h-popular">Popular now</h2>
      ${grid(items.slice(0, 10))}
    </section>`;
}

const FOR_YOU = { heading: 'For you', intro: 'From what you looked at in this session.' };
const AGAIN = { heading: 'Look again' };

export function home(main, _params, _query, drawn) {
  viewing();
  if (!drawn) render(main, homeMarkup());
  const leave = slates([
    { place: $('#for-you', main), ...FOR_YOU, options: () => (hasSession() ? { placement: 'home' } : undefined) },
    { place: $('#again', main), ...AGAIN, options: () => (hasSession() ? { placement: 'recently-viewed' } : undefined) },
  ]);
  return { title: '', leave };
}

// "Why these?": everything the engine knows and did, in the visitor's own words and numbers.

import { find } from '../catalog.js';
import { desk } from '../desk.js';
import * as engine from '../engine.js';
import { $, html, render } from '../html.js';
import { onRequest, requestsSinceLoad } from '../requests.js';
import { plural, title } from '../words.js';
import { announce } from './announce.js';
import { deskSection, startDesk } from './desk.js';
import { newestSlates, onSlates, reasonText } from './slate.js';

const SOURCES = {
  model: 'The ONNX model, blended with the table of what was bought together.',
  table: 'The table of what was bought together. The ONNX model is not needed for this one, or not loaded yet.',
  bought: 'The table of what was bought together.',
  vectors: 'Likeness: things that are looked at among the same others.',
  session: 'What was looked at in this session, newest first.',
  trending: 'Things on the rise.',
  popular: 'Popular items: there is nothing to go by yet.',
  curated: 'The shop\'s own order.',
};
/** What a note means to a visitor; the others speak for themselves. */
const NOTES = {
  'no-bought-table': 'this bundle has no table of purchases, so the main table speaks, for other departments',
  'filled-with-popular': 'filled with popular items',
  'filled-beyond-category': 'filled beyond the department',
  'below-min-relevance': 'the rest is not relevant enough',
  'pin-forbidden': 'the pinned thing may not be shown',
  'capped': 'no more from one department',
  'short': 'fewer than asked for',
  'full-loading': 'the full tier still loads',
};
const MOVED = { boost: 'boosted', bury: 'buried', pin: 'pinned', rotate: 'shown before', 'dismissed-like': 'like one waved away', diversity: 'for variety', explore: 'tried out' };
const KINDS = { 'view': 'Viewed', 'cart-add': 'Put in basket', 'cart-remove': 'Taken out', 'purchase': 'Bought', 'search-click': 'Found by search', 'impression': 'Seen', 'dismiss': 'Waved away' };
const PARTS = [['table', 'bought together'], ['model', 'model'], ['repeat', 'seen before'], ['popularity', 'popularity'], ['rules', 'rules']];

export function startExplain() {
  const dialog = $('#explain');
  const place = $('#explain-body');
  let opener;
  startDesk(dialog);

  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-explain]')) return;
    opener = event.target.closest('[data-explain]');
    draw(place);
    dialog.showModal();
  });
  dialog.addEventListener('click', (event) => {
    // A click beside the drawer closes it.
    if (event.target === dialog || event.target.closest('[data-close]')) dialog.close();
    if (event.target.closest('[data-forget]')) {
      engine.forget();
      announce('The session is forgotten.');
    }
  });
  dialog.addEventListener('change', (event) => {
    if (event.target.name !== 'consent') return;
    engine.setConsent(event.target.value);
    announce(`Kept now: ${engine.CONSENTS[event.target.value][0]}`);
  });
  // Redrawing slates may have replaced the button that opened the drawer.
  dialog.addEventListener('close', () => (opener?.isConnected ? opener : $('[data-explain]'))?.focus());
  // Once for all that changes in one moment; slates tell of themselves when they have answered.
  let due;
  const again = () => {
    clearTimeout(due);
    due = setTimeout(() => dialog.open && draw(place), 60);
  };
  engine.onChange(again);
  onSlates(again);
  onRequest(() => dialog.open && draw(place));
}

function draw(place) {
  const failure = engine.failed();
  const focus = place.contains(document.activeElement) ? document.activeElement.id : '';
  const shown = newestSlates();
  render(place, html`
    ${network()}
    ${failure && html`<section class="panel"><h3>No suggestions</h3><p>The recommender did not start; the shop does without.</p><p class="muted"><code>${failure.code}</code> ${failure.message}</p></section>`}
    ${!failure && shown.slice(0, 1).map(slateSection)}
    ${engine.running() && deskSection()}
    ${!failure && shown.slice(1).map((one, i) => slateSection(one, i + 1))}
    ${engine.running() && sessionSection()}
    ${engine.running() && consentSection()}
    ${engine.running() && engineSection()}`);
  if (focus) document.getElementById(focus)?.focus();
}

function network() {
  const { count, settled, names } = requestsSinceLoad();
  return html`
    <section class="panel network">
      <p class="number" id="request-count">${settled ? count : '…'}</p>
      <div><h3>${plural(count, 'request')} since the shop was loaded</h3>
      <p class="muted">Nothing you do here leaves this device. The number is counted by your browser while you watch.</p>
      ${names.length > 0 && html`<ul class="names">${names.slice(-5).map((name) => html`<li><code>${name}</code></li>`)}</ul>`}</div>
    </section>`;
}

function slateSection({ slate, heading, except }, at) {
  const most = Math.max(...slate.items.map(({ parts, score }) => (parts ? Object.values(parts).reduce((sum, part) => sum + Math.max(0, part), 0) : Math.max(0, score))), 1e-9);
  return html`
    <section aria-labelledby="x-slate-${at}"><h3 id="x-slate-${at}">${heading}</h3>
      <p><span class="chip" data-source="${slate.source}">${slate.source}</span> <span class="chip">${slate.tier}</span> ${SOURCES[slate.source]}</p>
      <ol class="scores">${slate.items.map((item) => html`
        <li><div class="score-line"><span>${title(item.title)}</span><span class="muted">${item.score.toFixed(3)}</span></div>
          ${item.parts && bar(item.parts, most)}
          <p class="muted">${reasonText(item, except)}${moves(item)}</p>
          <p class="muted contributions">${contributions(item)}</p></li>`)}</ol>
      <ul class="legend" role="list">${PARTS.map(([part, name]) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="part-${part}" width="10" height="10" rx="2"/></svg>${name}</li>`)}</ul>
      <p class="muted">${ms(slate.tookMs)} from question to answer, ${plural(slate.events, 'event')} used${slate.notes.length > 0 && `; ${slate.notes.map((note) => NOTES[note] ?? note).join(', ')}`}.</p>
      ${slate.effects?.length > 0 && html`<ul class="effects" role="list">${slate.effects.map(effect)}</ul>`}
    </section>`;
}

const effect = ({ rule, name, standing, items }) => html`<li><span class="chip">${name || rule}</span> ${standing === 'holds' ? plural(items, 'thing') : standing}</li>`;

/** What rules did to one item. */
function moves({ rules = [], propensity }) {
  const said = rules.map(({ rule, factor, from }) => [MOVED[rule] ?? rule, factor !== undefined && `× ${Number(factor.toFixed(2))}`, from !== undefined && `from place ${from}`].filter(Boolean).join(' '));
  if (propensity < 1) said.push(`here with probability ${propensity.toFixed(2)}`);
  return said.length > 0 && ` · ${said.join(' · ')}`;
}

/** The score as a sum of what each thing of the session adds. */
function contributions({ reasons, score }) {
  const named = reasons.map(({ kind, item, title: name, contribution }) => [item ? find(item)?.name ?? title(name ?? item) : kind, contribution]);
  const said = named.filter(([, n]) => Math.abs(n) >= 0.0005).slice(0, 4);
  const rest = score - said.reduce((sum, [, n]) => sum + n, 0);
  if (Math.abs(rest) >= 0.0005) said.push(['others', rest]);
  return said.map(([name, n], i) => `${n < 0 ? '− ' : i ? '+ ' : ''}${Math.abs(n).toFixed(3)} ${name}`).join(' ');
}

/** The score as a bar of its parts; drawn as SVG because the page allows no inline styles. */
function bar(parts, most) {
  let x = 0;
  const pieces = PARTS.map(([part]) => {
    const width = (100 * Math.max(0, parts[part])) / most;
    const piece = html`<rect class="part-${part}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="6"/>`;
    x += width;
    return piece;
  });
  const spoken = PARTS.filter(([part]) => parts[part] > 0).map(([part, name]) => `${name} ${parts[part].toFixed(3)}`).join(', ');
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${spoken || 'no parts'}">${pieces}</svg>`;
}

function sessionSection() {
  const events = visits(engine.session());
  return html`
    <section aria-labelledby="x-session"><h3 id="x-session">Your session</h3>
      ${events.length === 0 ? html`<p class="muted">No events are kept.</p>` : html`
        <ol class="events" reversed>${events.toReversed().slice(0, 12).map((event) => html`
          <li><span>${KINDS[event.kind]}</span> <strong>${find(event.item)?.name ?? event.item}</strong>
          <span class="muted">${[event.quantity > 1 && `× ${event.quantity}`, event.dwellMs > 0 && `looked at for ${Math.round(event.dwellMs / 1000)} s`, clock(event.at)].filter(Boolean).join(' · ')}</span></li>`)}</ol>
        ${events.length > 12 && html`<p class="muted">and ${events.length - 12} before these.</p>`}`}
      <p class="muted">${plural(engine.impressionsSeen(), 'suggestion')} were on screen for a second or more; ${desk().rotate ? 'kept while shown ones move down' : 'these are counted here and not kept'}.</p>
      <button class="button plain" type="button" id="forget" data-forget>Forget this session</button>
    </section>`;
}

/** A view is told twice, at once and with its dwell when it ends: one line here. */
function visits(events) {
  const same = (a, b) => a.kind === 'view' && b.kind === 'view' && a.item === b.item && Math.abs(a.at - b.at) < 1000;
  return events.filter((event, i) => !events.some((other, j) => i !== j && same(event, other) && ((other.dwellMs ?? 0) > (event.dwellMs ?? 0) || ((other.dwellMs ?? 0) === (event.dwellMs ?? 0) && j < i))));
}

function consentSection() {
  const { consent, storage } = engine.info();
  return html`
    <section><fieldset class="consent"><legend>What may be kept</legend>
      ${Object.entries(engine.CONSENTS).map(([key, [name, what]]) => html`<label><input type="radio" name="consent" id="consent-${key}" value="${key}"${key === consent ? html` checked` : ''}><span><strong>${name}</strong><span class="muted">${what}</span></span></label>`)}
      ${storage.error && html`<p class="muted">This browser refuses storage, so the session is kept for this page only (${storage.error}).</p>`}
    </fieldset></section>`;
}

function engineSection() {
  const { version, tier, full, bundle, counts, timings } = engine.info();
  const rows = [
    ['Engine', `nearhand ${version}, ${tier} tier`],
    ['Full tier', full.error ? `${full.state}: ${full.error.code}` : full.state],
    ['Bundle', `${bundle.name} ${bundle.version}, ${Math.round(bundle.bytes / 1024).toLocaleString('en-GB')} KB, ${plural(bundle.items, 'item')}`],
    ['Made', bundle.createdAt],
    ['Licence', bundle.licence],
    ['Attribution', bundle.attribution],
    ['SHA-256', bundle.digest],
    ['Counts', `${plural(counts.slates, 'slate')}, ${plural(counts.events, 'event')}, ${plural(counts.fallbacks, 'fallback')}, ${plural(counts.modelFailures, 'model failure')}, ${plural(counts.unknownItems, 'unknown item')}`],
    ...Object.entries(bundle.metrics).map(([name, value]) => [name, Number(value).toPrecision(4)]),
  ];
  return html`
    <section aria-labelledby="x-engine"><h3 id="x-engine">Engine and bundle</h3>
      <dl class="rows">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      <h4>Timings</h4>
      <dl class="rows">${Object.entries(timings).map(([name, value]) => html`<div><dt>${name}</dt><dd>${ms(value)}</dd></div>`)}</dl>
    </section>`;
}

const ms = (value) => (value < 1 ? `${Math.max(1, Math.round(value * 1000))} µs` : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);
const clock = (at) => new Date(at).toLocaleTimeString('en-GB');

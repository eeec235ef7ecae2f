// What the page shows: how it stands, what answers, what was told and why, streams and rates. Drawn from the state of `run` alone.

import { FAULTS } from './faults.js';
import { bars, line, moved, movement, percent } from './plots.js';
import { MOST_INCIDENTS, PROBATION } from './run.js';
import { ANSWERS } from './serving.js';
import { standing } from './standing.js';

export const SPEEDS = { 5: '5 visits a second', 25: '25 visits a second', 100: '100 visits a second', most: 'as fast as this device can' };

const STREAMS = {
  'dwell_ms': ['Time on the last thing', 'milliseconds'],
  'slate.events': ['Views that count', 'of a visit'],
  'slate.items': ['Things in a slate', ''],
  'slate.score': ['Score of the first suggestion', ''],
  'slate.spread': ['First score less the last', ''],
  'slate.source': ['What spoke for the slate', ''],
  'slate.category': ['Department of the first suggestion', ''],
};
const RATES = {
  'unknown-item': 'Visits with a thing that the bundle does not have',
  'next-item-missed': 'Visitors who went on to something that was not suggested',
  'fallback': 'Slates of a lower tier',
  'short': 'Slates that are too short',
  'filled': 'Slates filled up with popular things',
};
export const LEVELS = { quiet: 'as usual', waiting: 'too few yet', notice: 'changed', warn: 'drifting', fallback: 'alarm', stop: 'stopped' };
export const STEPS = { fallback: 'fell back to', helpless: 'that did not help: on to', mended: 'mended', cleared: 'called a false alarm', noted: 'noted, and watched anew', back: 'the model answers again' };

/** Who is on call and who reads it tomorrow need not be in one zone. `day`: with the date. */
const clock = ({ html }, when, day) => html`<time datetime="${new Date(when).toISOString()}">${new Date(when).toISOString().slice(day ? 0 : 11, 19).replace('T', ', ')} UTC</time>`;
/** Two bundles of one name and version are told apart by their digest; a whole one stands in the ticket. */
const bundleOf = ({ html }, { name, version, digest }) => html`${name} ${version}, <code title="${digest}">${digest.slice(0, 8)}</code>`;
export const number = (value) => (Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(3))));
export const named = (subject) => STREAMS[subject]?.[0] ?? RATES[subject] ?? (subject || 'The shop as a whole');
const chip = ({ html }, level) => html`<span class="chip level" data-level="${level}">${LEVELS[level]}</span>`;

/** What stays from the first moment on; the parts that change have an id. */
export const frame = ({ html }) => html`
  <section class="oncall-controls panel" aria-label="Visitors and faults">
    <div class="oncall-row">
      <button class="button" type="button" id="oncall-play">Pause</button>
      <label>Speed <select id="oncall-speed">${Object.entries(SPEEDS).map(([value, text]) => html`<option value="${value}"${value === '25' && html` selected`}>${text}</option>`)}</select></label>
    </div>
    <fieldset id="oncall-faults"><legend>Break something</legend>
      ${Object.entries(FAULTS).map(([id, { name, what, where }], at) => html`<label><input type="radio" name="fault" value="${id}"${at === 0 && html` checked`}><span><strong>${name}</strong><span class="muted">${what} As a rule it comes of ${where}.</span></span></label>`)}
    </fieldset>
    <div class="oncall-row"><button class="button" type="button" id="oncall-break" aria-disabled="true">Break it</button><p class="muted" id="oncall-fault"></p></div>
  </section>
  <section class="oncall-standing" id="oncall-standing" aria-labelledby="oncall-h-standing" data-state="learning"><h2 class="sr" id="oncall-h-standing">How it stands</h2><div id="oncall-figures"></div><div id="oncall-line"></div></section>
  <section class="oncall-incidents" aria-labelledby="oncall-h-alarms"><h2 id="oncall-h-alarms">Alarms and their evidence</h2><div id="oncall-incidents"></div></section>
  <section class="oncall-streams" aria-labelledby="oncall-h-streams"><h2 id="oncall-h-streams">What is watched</h2>
    <ul class="legend" role="list"><li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="plot-usual" width="12" height="12"/></svg> as it was usual</li><li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="plot-now" width="12" height="12"/></svg> the last 300 visits</li></ul>
    <div id="oncall-streams"></div></section>`;

export function figures(shop, state) {
  const { html, plural } = shop;
  const { learning, usual, line: points, mode, bundle, info, quiet, fault, last, seen, playing, unexplained } = state;
  const stands = standing(state);
  const closing = mode === 'model' ? 'note it, and the watch begins anew' : 'call it a false alarm';
  const words = {
    learning: ['Learning what is usual', learning && `${learning.seen} of ${learning.of} visits. Nothing can alarm before.`],
    quiet: ['As usual', fault ? `Broken ${plural(state.visits - fault.at, 'visit')} ago; nobody has told the monitor.` : 'Nothing has moved more than chance moves it.'],
    notice: ['Something has changed', `It is sure, and it is small. Nothing to do but to know it${unexplained ? `: ${closing}` : ''}.`],
    warn: ['Changed too much', `Look below at what has moved, and who has released something${unexplained ? `; if nothing is wrong, ${closing}` : ''}.`],
    fallback: ['Not to be trusted', mode === 'model' ? 'The shop falls back.' : `The shop has fallen back by itself. Read below what has moved${fault ? ', then mend it.' : `; if nothing is wrong, ${closing}.`}`],
    stop: ['The monitor has stopped', info.error?.message ?? ''],
    held: ['Quiet again, by the fallback', fault ? 'What was broken still is: read below what has moved, then mend it.' : 'If nothing is wrong, call it a false alarm.'],
    probation: ['On probation', `Quiet for ${quiet} of ${PROBATION} visits; then the model answers again.`],
  }[stands];
  const found = points.at(-1)?.share;
  return html`<div class="oncall-figures">
    <div><p class="eyebrow">Standing</p><p class="oncall-big">${words[0]}</p><p class="muted">${words[1]}</p>${seen && html`<p class="muted oncall-asof">${playing || learning ? 'As of' : 'Paused: nobody comes in, and nothing is looked at since'} ${clock(shop, seen)}.</p>`}</div>
    <div><p class="eyebrow">Who answers</p><p class="oncall-big">${ANSWERS[mode]}</p><p class="muted">Bundle ${bundleOf(shop, bundle)}, ${plural(bundle.items, 'thing')}. ${plural(state.visits, 'visit')} so far.</p></div>
    <div><p class="eyebrow">Found it in the slate</p><p class="oncall-big">${found === undefined ? '–' : percent(found)}</p><p class="muted">${usual === undefined ? '' : `of the last 100 visitors; usually ${percent(usual)}.`}</p></div>
    ${last && html`<div class="oncall-last"><p class="eyebrow">The last visitor</p><p>looked at <strong>${last.seen}</strong> and was offered ${last.offered.join(', ')}.</p></div>`}
  </div>`;
}

const KINDS = { broken: 'broken', fallback: 'fell back', mended: 'mended', back: 'the model again' };

export function course(shop, { line: points, incidents, usual, fault }) {
  if (points.length < 2) return shop.html``;
  const marks = incidents.flatMap(({ broke, steps }) => [...(broke === undefined ? [] : [{ at: broke, kind: 'broken' }]), ...steps.map(({ at, what }) => ({ at, kind: { helpless: 'fallback', cleared: 'mended', noted: 'mended' }[what] ?? what }))]);
  if (fault) marks.push({ at: fault.at, kind: 'broken' });
  const label = `Share of visitors who found what they went to, over the last ${points.at(-1).at - points[0].at} visits; now ${percent(points.at(-1).share)}, usually ${percent(usual)}`;
  return shop.html`<figure class="oncall-course"><figcaption>Visitors who found what they went to among the ten that were offered</figcaption>
    ${line(shop, points, marks, usual, label)}
    <ul class="legend" role="list"><li><svg viewBox="0 0 12 12" aria-hidden="true"><line class="line-usual" x1="0" x2="12" y1="6" y2="6"/></svg> usual</li>
    ${Object.entries(KINDS).map(([kind, text]) => shop.html`<li><svg viewBox="0 0 12 12" aria-hidden="true"><line class="mark mark-${kind}" x1="6" x2="6" y1="0" y2="12"/></svg> ${text}</li>`)}
    <li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="line-instead" width="12" height="12"/></svg> answered by something else</li></ul></figure>`;
}

/** `10¹⁸ to 1`: what was bet against "nothing is wrong", and won. `tens`: how a power of ten is written. */
export function odds(evidence, tens) {
  const power = Math.floor(evidence / Math.LN10);
  return [power < 4 ? number(Math.exp(evidence)) : tens(power), ' to 1'];
}

const told = (shop, { code, subject, level, value, threshold, evidence, psi, moved: bins, advice, at, when }, from) => shop.html`<li class="alert" data-code="${code}" data-subject="${subject}" data-level="${level}">
  <h4>${named(subject)} ${chip(shop, level)}</h4>
  <p>${advice}</p>
  <dl class="rows">
    <div><dt>Told</dt><dd><code>${code}</code>${subject && shop.html` of <code>${subject}</code>`}, ${shop.plural(at - from, 'visit')} after it began, ${clock(shop, when)}</dd></div>
    <div><dt>Value, bound</dt><dd>${number(value)}, may be ${number(threshold)}${psi !== null && `; PSI ${number(psi)}`}</dd></div>
    ${evidence !== null && shop.html`<div><dt>Evidence</dt><dd>${odds(evidence, (power) => shop.html`10<sup>${power}</sup>`)} against “nothing is wrong”</dd></div>`}
    ${bins.length > 0 && shop.html`<div><dt>Moved most by then</dt><dd>${bins.map(({ values, reference, current }) => shop.html`<span class="moved">${movement({ values, usual: reference, now: current })}</span>`)}</dd></div>`}
  </dl></li>`;

/** The newest first; they stay. */
export function alarms(shop, { incidents }) {
  const { html, plural } = shop;
  if (!incidents.length) return html`<p class="muted">None so far. Break something: what alarms, on what evidence and what the shop did about it is kept here.</p>`;
  return html`${incidents.map(({ at, when, broke, name, bundle, alerts, steps }, place) => {
    const from = broke ?? at;
    const graded = [...alerts].sort((a, b) => grade(b.level) - grade(a.level) || a.at - b.at);
    return html`<details class="incident panel" data-at="${at}"${place === 0 && html` open`}>
      <summary data-key="${at}"><h3>${name ?? 'An alarm, and nothing was broken'}</h3> <span class="muted">visit ${number(from)}</span></summary>
      <ol class="events" role="list">
        ${broke !== undefined && html`<li><strong>broken</strong><span class="muted">visit ${number(broke)}</span></li>`}
        <li><strong>first alarm</strong><span class="muted">after ${plural(at - from, 'visit')}, ${clock(shop, when, true)}, of the bundle ${bundleOf(shop, bundle)}</span></li>
        ${steps.map(({ at: later, when: then, what, answers }) => html`<li data-step="${what}"><strong>${STEPS[what]}${answers && ` ${ANSWERS[answers]}`}</strong><span class="muted">after ${plural(later - from, 'visit')}, ${clock(shop, then)}</span></li>`)}
      </ol>
      <ul class="alerts" role="list">${told(shop, graded[0], from)}</ul>
      ${graded.length > 1 && html`<details class="others" data-at="${at}+"><summary data-key="${at}+">${plural(graded.length - 1, 'more alarm')}</summary><ul class="alerts" role="list">${graded.slice(1).map((alert) => told(shop, alert, from))}</ul></details>`}
      <p class="incident-ticket"><button class="button plain" type="button" data-key="${at}c" data-ticket="${at}">Copy for a ticket</button></p>
    </details>`;
  })}${incidents.length === MOST_INCIDENTS && html`<p class="muted">The last ${MOST_INCIDENTS} are kept.</p>`}`;
}
export const grade = (level) => ['notice', 'warn', 'fallback', 'stop'].indexOf(level);

export function watched(shop, { counts, info }) {
  const { html } = shop;
  if (!counts) return html`<p class="muted">Shown once it is known what is usual.</p>`;
  const stateOf = (list, name) => list.find((one) => one.name === name)?.state ?? 'waiting';
  const streams = counts.streams.filter(({ bins }) => bins.filter(({ usual, now }) => usual > 0 || now > 0).length > 1);
  return html`<ul class="oncall-plots" role="list">${streams.map(({ name, bins }) => {
    const state = stateOf(info.streams, name);
    const most = moved(bins);
    const [title, unit] = STREAMS[name] ?? [name, ''];
    return html`<li class="panel" data-stream="${name}" data-level="${state}"><h3>${title}${unit && html` <span class="muted">${unit}</span>`}</h3>
      ${bars(shop, bins, `${title}: ${LEVELS[state]}${most ? `; moved most: ${movement(most)}` : ''}`)}
      <p>${chip(shop, state)}</p><p class="muted">${most ? movement(most) : 'too few yet'}</p></li>`;
  })}</ul>
  <table class="oncall-rates"><caption class="sr">Rates</caption><thead><tr><th scope="col">Rate</th><th scope="col">Usually</th><th scope="col">Now</th><th scope="col">State</th></tr></thead>
  <tbody>${counts.rates.map(({ name, usual, now }) => {
    const state = stateOf(info.rates, name);
    return html`<tr data-rate="${name}" data-level="${state}"><th scope="row">${RATES[name] ?? name}</th><td>${percent(usual ?? 0)}</td><td>${now === null ? '–' : percent(now)}</td><td>${chip(shop, state)}</td></tr>`;
  })}</tbody></table>`;
}

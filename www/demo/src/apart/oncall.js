// The page of who is on call: a shop of its own with simulated visitors, its monitor, and a way to break it.

import { load } from 'nearhand';
import { chance } from './oncall/crowd.js';
import { FAULTS } from './oncall/faults.js';
import { alarms, course, figures, frame, watched } from './oncall/page.js';
import { run } from './oncall/run.js';
import { ANSWERS } from './oncall/serving.js';
import { standing } from './oncall/standing.js';
import { ticket } from './oncall/ticket.js';

/** Milliseconds: of work at a stretch, between two, between two drawings. */
const SLICE = 9;
const GAP = 16;
const DRAWN = 250;

const bytes = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `shop`: what it needs of the shop; `bundles`: addresses of the good one and the old one. Returns what ends it. */
export function start(place, shop, bundles) {
  const { $, html, render, announce } = shop;
  const closing = [];
  let left = false;
  let playing = !shop.still;
  let speed = 25;
  let acts = [];
  /** What the button says that it does. */
  let offered = {};
  let sim;
  let last;
  /** What was drawn last, by its place: what has not changed is left alone. */
  const drawn = new Map();

  const at = (id) => $(`#oncall-${id}`, place);
  render(place, frame(shop));

  function told(what, more) {
    if (what === 'learnt') announce('What is usual is known. The visitors go on.');
    if (what === 'alert') announce(`Alarm: ${more.advice}`);
    if (what === 'fallback') announce(`The shop has fallen back to ${ANSWERS[more]}.`);
    if (what === 'back') announce('The model answers again.');
  }

  function draw() {
    if (left || !sim) return;
    const state = { ...sim.state(), last, playing };
    at('standing').dataset.state = standing(state);
    at('standing').dataset.answers = state.mode;
    at('standing').dataset.visits = state.visits;
    put('figures', figures(shop, state));
    put('line', course(shop, state));
    put('streams', watched(shop, state));
    // What a reader has opened or closed stays so, and he stays where he is.
    const was = new Map([...place.querySelectorAll('#oncall-incidents details')].map((one) => [one.dataset.at, one.open]));
    const key = at('incidents').contains(document.activeElement) && document.activeElement.dataset.key;
    if (put('incidents', alarms(shop, state))) {
      for (const one of place.querySelectorAll('#oncall-incidents details')) if (was.has(one.dataset.at)) one.open = was.get(one.dataset.at);
      if (key) $(`#oncall-incidents [data-key="${key}"]`, place)?.focus({ preventScroll: true });
    }
    offered = state;
    const { fault, learning, unexplained, mode } = state;
    hold(Boolean(learning) || acts.length > 0);
    at('break').textContent = fault ? 'Mend it' : !unexplained ? 'Break it' : mode === 'model' ? 'Noted' : 'It was a false alarm';
    at('faults').disabled = Boolean(fault);
    at('fault').textContent = learning ? 'Not before it is known what is usual.' : fault ? `Broken: ${fault.name}.` : unexplained ? `Nothing is broken, and ${mode === 'model' ? 'something has changed all the same' : 'the shop has fallen back'}.` : 'Nothing is broken.';
  }

  /** Draws a part, unless it stands so already or somebody has marked text in it; whether it did. */
  function put(id, markup) {
    const marked = getSelection();
    // What is marked in a field is no selection of the page's.
    const held = $('textarea:focus', at(id)) || (marked && !marked.isCollapsed && at(id).contains(marked.anchorNode));
    if (held || drawn.get(id) === String(markup)) return false;
    drawn.set(id, String(markup));
    render(at(id), markup);
    return true;
  }

  /** An incident goes to the clipboard; where a page may not, it is shown to be copied by hand. */
  async function copy(pressed) {
    const incident = sim.state().incidents.find((one) => String(one.at) === pressed.dataset.ticket);
    // What is drawn may be older than what is kept.
    if (!incident) return announce('This incident is no longer kept.');
    const text = ticket(incident);
    const drawnNow = () => $(`[data-ticket="${incident.at}"]`, place);
    try {
      await navigator.clipboard.writeText(text);
      announce('Copied.');
      const button = drawnNow();
      if (button) button.textContent = 'Copied';
    } catch {
      const button = drawnNow();
      if (!button) return;
      const by = $('textarea', button.parentElement) ?? button.parentElement.appendChild(Object.assign(document.createElement('textarea'), { readOnly: true, rows: 8, ariaLabel: 'The incident as text' }));
      by.value = text;
      by.select();
      announce('Copy the text that is marked.');
    }
  }

  // Not `disabled`: the button would lose the focus.
  const hold = (yes) => at('break').setAttribute('aria-disabled', String(yes));

  function toggle() {
    playing = !playing;
    at('play').textContent = playing ? 'Pause' : 'Let visitors in';
  }

  /** Visits as the clock and the speed want them, in slices between which the page lives. */
  async function go() {
    let due = 0;
    let before = performance.now();
    let looked = 0;
    while (!left) {
      const from = performance.now();
      const learning = sim.state().learning;
      due = learning || speed === 'most' ? Infinity : Math.min(due + ((from - before) / 1000) * speed, speed);
      before = from;
      for (const act of acts.splice(0)) await act();
      if (playing || learning) {
        while (due >= 1 && !left && performance.now() - from < SLICE) {
          last = await sim.visit();
          due -= 1;
        }
      } else due = 0;
      if (performance.now() - looked > DRAWN) {
        draw();
        looked = performance.now();
      }
      await wait(GAP);
      if (document.hidden && !left) await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
    }
  }

  async function open() {
    const [good, stale] = await Promise.all([bytes(bundles.good), bytes(bundles.stale)]);
    // A shop of its own, so that the visitor's session is not touched; in this thread, as a slate takes less than a worker's answer.
    const model = await load(good, { tier: shop.saveData ? 'lite' : 'full', thread: 'page', storageKey: 'plum:oncall' });
    closing.push(() => model.close());
    const spare = await load(good, { tier: 'lite', storageKey: 'plum:oncall-spare' });
    closing.push(() => spare.close());
    if (left) return;
    sim = await run(shop.all(), { shop: model, spare, good, stale }, chance(shop.seed), told);
    closing.push(() => sim.close());
    await go();
  }

  const end = () => {
    left = true;
    for (const close of closing.splice(0)) close();
  };

  at('play').textContent = playing ? 'Pause' : 'Let visitors in';
  at('play').addEventListener('click', toggle);
  at('speed').addEventListener('change', ({ target }) => (speed = target.value === 'most' ? 'most' : Number(target.value)));
  at('break').addEventListener('click', () => {
    if (at('break').getAttribute('aria-disabled') === 'true') return;
    const { fault, unexplained, mode } = offered;
    // Who notes a small change has not called a fallback a false alarm, which has come since that was drawn.
    if (unexplained && sim.state().mode !== mode) return draw();
    const chosen = $('input[name="fault"]:checked', place).value;
    acts.push(fault || unexplained ? sim.mend : () => sim.breakIt(chosen));
    hold(true);
    announce(fault ? `Mended: ${fault.name}.` : unexplained ? (mode === 'model' ? 'Noted. The watch begins anew.' : 'Called a false alarm. The model answers again once it has been quiet.') : `Broken: ${FAULTS[chosen].name}.`);
  });

  at('incidents').addEventListener('click', ({ target }) => target.dataset.ticket && copy(target));

  open().catch((error) => {
    if (left) return;
    console.error(error);
    end();
    render(place, html`<p class="lead">The watch cannot be kept here: ${error.code ?? ''} ${error.message}</p>`);
    // What was opened after somebody had left is closed as well.
  }).finally(end);
  return end;
}

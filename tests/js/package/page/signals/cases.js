// What a shop's page does to signals, run in the page itself so that every browser engine can: `await run()` gives
// [{ name, error? }]. The package's dist is served under /nearhand/. The page must be visible.
import { attributes, eventOf, signals, slateId } from '/nearhand/signals.js';

const stage = document.querySelector('#stage');
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const forMs = 150;
/** Long enough for a card to be seen, with the frames around it. */
const SEEN = 450;
/** Waits for so many signals, on a busy machine longer, and a moment for one too many. */
async function come(told, n) {
  for (let i = 0; i < 300 && told.length < n; i++) await wait(10);
  await wait(80);
}

function equal(got, wanted, what = '') {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} got ${a}, wanted ${b}`);
}

/** Signals whose telling is kept; `say` makes a line of each. */
function gather(options = {}, say = (s) => `${s.kind} ${s.item}`) {
  const told = [];
  const stop = signals((s) => told.push(s), { impressions: { forMs }, ...options });
  ended.push(stop);
  return { told, stop, lines: (kind) => (stop.flush(), told.filter((s) => !kind || s.kind === kind).map(say)) };
}
const ended = [];
const html = (text) => {
  stage.innerHTML = text;
  return stage;
};
const click = (selector, init, root = stage) => root.querySelector(selector).dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true, ...init }));
const card = (item, more = '') => `<div class="card" data-nearhand-impression="${item}" ${more}>${item}</div>`;

/** The page seems hidden, or prepared, until it is told otherwise. */
function seems(name, value, event) {
  Object.defineProperty(document, name, { configurable: true, get: () => value });
  document.dispatchEvent(new Event(event, { bubbles: name === 'visibilityState' }));
}
function isAgain(name, event) {
  delete document[name];
  document.dispatchEvent(new Event(event, { bubbles: name === 'visibilityState' }));
}

export const cases = {
  async 'a click counts once, for the innermost attribute, with where it happened'() {
    html(`<ul data-nearhand-slate="s1" data-nearhand-placement="product"><li data-nearhand-click="A" data-nearhand-rank="2" data-nearhand-propensity="0.25">
      <a href="#x"><b id="link">A</b></a><button id="buy" data-nearhand-cart-add="A" data-nearhand-quantity="2">buy</button>
      <button id="away" data-nearhand-dismiss="A">x</button><button id="other" data-nearhand-click="">compare</button></li></ul>`);
    const { told, lines } = gather();
    for (const id of ['link', 'buy', 'away', 'other']) click(`#${id}`);
    equal(lines(), ['slate-click A', 'cart-add A', 'dismiss A']);
    equal([told[0].slate, told[0].rank, told[0].placement, told[0].propensity], ['s1', 2, 'product', 0.25]);
    equal([told[1].quantity, told[1].slate, told[1].rank], [2, 's1', 2]);
    equal(new Set(told.map((s) => s.id)).size, 3, 'ids');
  },

  async 'a click is told at once, before the page hears of it'() {
    html('<button id="buy" data-nearhand-cart-add="A">buy</button>');
    const { told } = gather();
    let before;
    stage.firstElementChild.onclick = () => (before = told.length);
    click('#buy');
    equal(before, 1);
  },

  async 'open shadow roots: slotted, nested and made later, clicked and seen'() {
    html('<shop-card></shop-card><late-card></late-card>');
    const host = stage.firstElementChild;
    host.attachShadow({ mode: 'open' }).innerHTML = `<div data-nearhand-slate="s2"><div id="in"></div></div>`;
    const inner = host.shadowRoot.querySelector('#in').attachShadow({ mode: 'open' });
    inner.innerHTML = `<p data-nearhand-cart-add="A"><button><svg></svg></button></p>${card('A')}`;
    const { told, lines } = gather();
    click('svg', {}, inner);
    equal(lines('cart-add'), ['cart-add A']);
    equal(told[0].slate, 's2', 'the slate around the host');
    // A root after the element, cards after the root.
    stage.lastElementChild.attachShadow({ mode: 'open' });
    await wait(150);
    stage.lastElementChild.shadowRoot.innerHTML = card('B');
    await come(told, 3);
    equal(lines('impression').sort(), ['impression A', 'impression B']);
  },

  async 'an element defined after the page was read'() {
    html('<defined-later></defined-later>');
    const { lines, told } = gather();
    await wait(700);
    customElements.define('defined-later', class extends HTMLElement {
      constructor() {
        super();
        this.attachShadow({ mode: 'open' }).innerHTML = card('A');
      }
    });
    await come(told, 1);
    equal(lines('impression'), ['impression A']);
  },

  async 'disabled buttons tell nothing, nor does what is in them'() {
    html(`<button disabled data-nearhand-cart-add="A"><b id="a">A</b></button><fieldset disabled><button id="b" data-nearhand-cart-add="B">B</button></fieldset>
      <div role="button" aria-disabled="true" id="c" data-nearhand-cart-add="C">C</div><fieldset disabled><a id="d" data-nearhand-click="D">D</a></fieldset>`);
    const { lines } = gather();
    for (const id of ['a', 'b', 'c', 'd']) click(`#${id}`);
    equal(lines(), ['slate-click D']);
  },

  async 'a label and its control are one click'() {
    html('<div data-nearhand-cart-add="A"><label id="label"><input type="checkbox"> wrap it</label></div>');
    const { lines } = gather();
    stage.querySelector('#label').click();
    equal(lines(), ['cart-add A']);
  },

  async 'thousands of labels around a button cost nothing'() {
    let inner = document.createElement('button');
    inner.dataset.nearhandCartAdd = 'A';
    for (let i = 0; i < 3000; i++) {
      const label = document.createElement('label');
      label.append(inner);
      inner = label;
    }
    inner.insertAdjacentHTML('beforeend', '<input type="checkbox">');
    stage.append(inner);
    const { lines } = gather();
    const before = performance.now();
    // In the page's own phase browsers ask all labels for their control; the cost of the listener alone is meant.
    inner.addEventListener('click', (event) => event.preventDefault(), { once: true });
    stage.querySelector('button').dispatchEvent(new Event('click', { bubbles: true, composed: true, cancelable: true }));
    const ms = performance.now() - before;
    equal(lines(), ['cart-add A']);
    if (ms > 300) throw new Error(`${ms} ms`);
  },

  async 'the middle button opens a card and buys nothing; the right one does neither; a double click opens once and buys twice'() {
    html('<a id="a" data-nearhand-click="A">A</a><a id="b" data-nearhand-cart-add="B">B</a>');
    const { lines } = gather();
    for (const selector of ['#a', '#b']) {
      for (const button of [1, 2]) stage.querySelector(selector).dispatchEvent(new MouseEvent('auxclick', { bubbles: true, composed: true, button }));
      for (const detail of [1, 2]) click(selector, { detail });
    }
    equal(lines(), ['slate-click A', 'slate-click A', 'cart-add B', 'cart-add B']);
  },

  async 'seen once a page view, item and slate, whatever is drawn anew'() {
    html(card('A'));
    const { lines, stop, told } = gather({ impressions: { forMs: 800 } });
    // A framework that draws anew all the time, with a placeholder in between, never leaves a card alone for long enough.
    for (let i = 0; i < 40 && !told.length; i++) {
      await wait(80);
      html('');
      await wait(30);
      html(card('A'));
    }
    equal(lines('impression'), ['impression A']);
    stage.append(...new DOMParser().parseFromString(card('A') + card('A', 'data-nearhand-slate="other"'), 'text/html').body.children);
    await come(told, 2);
    equal(lines('impression'), ['impression A', 'impression A'], 'another slate is another showing');
    stop.page();
    await come(told, 4);
    equal(lines('impression').length, 4, 'another page view');
  },

  async 'an element used again for another item, an attribute that comes late, a card that moves'() {
    html(`${card('A')}<div class="card" id="late">B</div><div id="from">${card('C')}</div><div id="to"></div>`);
    const { lines, told } = gather();
    await come(told, 2);
    stage.firstElementChild.setAttribute('data-nearhand-impression', 'A2');
    stage.querySelector('#late').setAttribute('data-nearhand-impression', 'B');
    stage.querySelector('#to').append(stage.querySelector('#from').firstElementChild);
    await come(told, 4);
    equal(lines('impression').sort(), ['impression A', 'impression A2', 'impression B', 'impression C']);
  },

  async 'a reused element counts for the item it shows when the second is over'() {
    html(card('A'));
    const { lines, told } = gather();
    await wait(forMs / 2);
    stage.firstElementChild.setAttribute('data-nearhand-impression', 'B');
    await come(told, 1);
    equal(lines('impression'), ['impression B']);
  },

  async 'taller than the screen, by far, and one of which a corner shows'() {
    html(`<div data-nearhand-impression="tall" style="height:5000vh">tall</div>`);
    const { lines, told } = gather();
    await come(told, 1);
    equal(lines('impression'), ['impression tall']);
    html(`<div style="height:80vh"></div><div data-nearhand-impression="tip" style="height:500vh">tip</div>`);
    await wait(SEEN);
    equal(lines('impression'), ['impression tall']);
  },

  async 'a small card needs its half, a large one three tenths'() {
    const partly = (item, width, height, shown) =>
      `<div style="position:fixed;left:0;top:${shown - height}px;width:${width}px;height:${height}px" data-nearhand-impression="${item}"></div>`;
    html(partly('small', 200, 200, 80) + partly('small-half', 200, 200, 110) + partly('large', 600, 410, 140) + partly('large-less', 600, 410, 100));
    const { lines } = gather();
    await wait(SEEN);
    equal(lines('impression').sort(), ['impression large', 'impression small-half']);
  },

  async 'a card without a box of its own, and one whose picture comes late'() {
    html(`<div style="display:grid"><div style="display:contents" data-nearhand-impression="contents"><span style="display:contents"><p class="card">text</p></span><p class="card">text</p></div></div>
      <div style="height:0;width:0;position:relative" data-nearhand-impression="floating"><p class="card" style="position:absolute">text</p></div>
      <div style="width:0;height:0" data-nearhand-impression="empty"></div><div data-nearhand-impression="late" style="width:0"><img alt=""></div>`);
    const { lines, told } = gather();
    await wait(100);
    stage.querySelector('img').style = 'width:100px;height:100px;display:block';
    stage.querySelector('[data-nearhand-impression=late]').style.width = '';
    await come(told, 3);
    await wait(600);
    equal(lines('impression').sort(), ['impression contents', 'impression floating', 'impression late']);
  },

  async 'a hidden page shows nothing; back again, it does'() {
    html(card('A'));
    const { lines, told } = gather();
    await wait(forMs / 2);
    seems('visibilityState', 'hidden', 'visibilitychange');
    await wait(SEEN);
    equal(lines('impression'), []);
    isAgain('visibilityState', 'visibilitychange');
    await come(told, 1);
    equal(lines('impression'), ['impression A']);
  },

  async 'prerendered: nothing is told before the page is shown, and then as of then'() {
    seems('prerendering', true, 'x');
    html(`<main data-nearhand-view="P">${card('A')}</main>`);
    const { told, lines, stop } = gather();
    stop.cartAdd('early');
    await wait(SEEN);
    equal(lines(), []);
    const shown = Date.now();
    isAgain('prerendering', 'prerenderingchange');
    await come(told, 3);
    equal(lines().sort(), ['cart-add early', 'impression A', 'view P']);
    if (told.some((s) => s.at < shown)) throw new Error('dated before the page was shown');
  },

  async 'a tab in the background is viewed when it is looked at'() {
    seems('visibilityState', 'hidden', 'visibilitychange');
    html('<main data-nearhand-view="P"></main>');
    const { lines, stop } = gather();
    stop.view('Q');
    await wait(50);
    equal(lines(), []);
    stop.view('R');
    isAgain('visibilityState', 'visibilitychange');
    equal(lines(), ['view R']);
  },

  async 'back from the back/forward cache is another page view'() {
    html(`<main data-nearhand-view="P">${card('A')}</main>`);
    const { lines, told } = gather();
    await come(told, 2);
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    await come(told, 4);
    equal(lines().sort(), ['impression A', 'impression A', 'view P', 'view P']);
    const ids = told.filter((s) => s.kind === 'view').map((s) => s.id);
    equal(new Set(ids).size, 2, 'two happenings');
  },

  async 'paused until the visitor agrees: what is on the page then counts, what was clicked before does not'() {
    html(`<main data-nearhand-view="P">${card('A')}<button id="buy" data-nearhand-cart-add="B">buy</button></main>`);
    const { lines, stop, told } = gather({ paused: true });
    click('#buy');
    stop.cartAdd('C');
    await wait(SEEN);
    equal(lines(), []);
    stop.resume();
    await come(told, 2);
    equal(lines().sort(), ['impression A', 'view P']);
    stop.pause();
    click('#buy');
    stop.view('Q');
    equal(lines().length, 2);
    stop.resume();
    equal(lines().slice(2), ['view Q']);
  },

  async 'a view that comes late, changes and goes with the attribute'() {
    html('');
    const { lines } = gather();
    html('<main data-nearhand-view="P"></main>');
    await wait(0);
    stage.firstElementChild.setAttribute('data-nearhand-view', 'Q');
    await wait(0);
    html('<main data-nearhand-view="Q">drawn anew</main>');
    await wait(0);
    html('');
    await wait(0);
    html('<main data-nearhand-view="Q"></main>');
    await wait(0);
    equal(lines(), ['view P', 'view Q', 'view Q']);
  },

  async 'a view and its dwell are one happening'() {
    let clock = 0;
    html('');
    const { told, stop } = gather({ monotonic: () => clock });
    stop.view('P');
    clock = 4000;
    stop.view();
    stop.flush();
    equal(told.map((s) => [s.kind, s.dwellMs]), [['view', undefined], ['view', 4000]]);
    equal([told[1].id, told[1].at], [told[0].id, told[0].at]);
  },

  async 'forget: neither what waits nor the look that began is told'() {
    let clock = 0;
    html('');
    const { lines, stop } = gather({ monotonic: () => clock });
    stop.view('P');
    stop.forget();
    clock = 9000;
    dispatchEvent(new PageTransitionEvent('pagehide'));
    equal(lines(), []);
    dispatchEvent(new PageTransitionEvent('pageshow'));
    stop.view('Q');
    equal(lines(), ['view Q']);
  },

  async 'names in the page hide no method'() {
    const names = ['querySelector', 'querySelectorAll', 'getAttribute', 'matches', 'closest', 'children', 'parentNode', 'nodeType', 'addEventListener', 'isConnected'];
    const bait = document.createElement('div');
    for (const name of [...names, 'visibilityState', 'prerendering', 'body']) {
      bait.append(Object.assign(document.createElement('img'), { name, alt: '' }));
      bait.append(Object.assign(document.createElement('form'), { name }));
    }
    document.body.append(bait);
    try {
      if (document.visibilityState === 'visible') throw new Error('the bait does not work here');
      html(`<form class="card" data-nearhand-view="P" data-nearhand-impression="A" data-nearhand-cart-add="B" data-nearhand-slate="s">
        ${names.map((name) => `<input type="hidden" name="${name}">`).join('')}<button type="button" id="buy">buy</button></form>`);
      const { lines, told } = gather();
      click('#buy');
      await come(told, 3);
      equal(lines(), ['view P', 'cart-add B', 'impression A']);
      equal(told[2].slate, 's');
    } finally {
      bait.remove();
    }
  },

  async 'attributes of any content are taken, cut or left'() {
    const huge = 'x'.repeat(1_000_000);
    html('<div><button id="a">a</button><button id="b">b</button></div>');
    const [a, b] = stage.querySelectorAll('button');
    a.setAttribute('data-nearhand-cart-add', huge);
    b.setAttribute('data-nearhand-cart-add', '"><script>');
    for (const [name, value] of Object.entries({ slate: huge, rank: '-3', propensity: 'NaN', placement: huge, quantity: '1e999' })) {
      b.setAttribute(`data-nearhand-${name}`, value);
    }
    const { told, lines, stop } = gather();
    click('#a');
    click('#b');
    for (const odd of [null, undefined, {}, [], '', Symbol('x'), huge]) {
      stop.view(odd);
      stop.cartAdd(odd, odd === huge ? huge : 1);
    }
    equal(lines(), ['cart-add "><script>']);
    const { slate, rank, propensity, placement, quantity } = told[0];
    equal([slate.length, rank, propensity, placement.length, quantity], [128, undefined, undefined, 128, 65535]);
  },

  async 'a sink that throws or rejects breaks nothing and keeps the order'() {
    html('');
    const errors = [];
    const told = [];
    const stop = signals(
      (s) => {
        told.push(s.item);
        if (s.item === 'A') stop.cartAdd('B');
        if (s.item === 'C') throw new Error('no');
        if (s.item === 'D') return Promise.reject(new Error('later'));
      },
      { onError: (error, s) => errors.push(`${s.item} ${error.message}`) },
    );
    ended.push(stop);
    for (const item of ['A', 'C', 'D']) stop.cartAdd(item);
    await wait(50);
    stop.flush();
    equal(told.sort(), ['A', 'B', 'C', 'D']);
    equal(errors, ['C no', 'D later']);
  },

  async 'a clock put right: the order stays, and the dwell is what it was'() {
    html('');
    let at = 1_700_000_000_000;
    let clock = 0;
    const { told, stop } = gather({ now: () => at, monotonic: () => clock });
    stop.view('P');
    at -= 30_000;
    stop.cartAdd('P');
    clock = 2000;
    at -= 7_200_000;
    stop.view('Q');
    at = NaN;
    stop.cartAdd('Q');
    stop.flush();
    const start = 1_700_000_000_000;
    equal(told.slice(0, 4).map((s) => [s.kind, s.at - start, s.dwellMs ?? 0]), [
      ['view', 0, 0],
      ['cart-add', 0, 0],
      ['view', 0, 2000],
      ['view', -7_230_000, 0],
    ]);
    if (Math.abs(told[4].at - Date.now()) > 60_000) throw new Error(`dated ${told[4].at}`);
  },

  async 'attributes of a slate, and an event for the engine'() {
    const slate = { placement: 'home', source: 'table', tookMs: 1.25, events: 3, items: [{ item: 'A', rank: 1, score: 0.5, propensity: 0.2 }] };
    const id = slateId(slate);
    equal(slateId(JSON.parse(JSON.stringify(slate))), id, 'the same on the server');
    if (slateId({ ...slate, tookMs: 2 }) === id) throw new Error('two slates, one id');
    html('<a id="a" class="card">A</a>');
    for (const [name, value] of Object.entries(attributes(slate, slate.items[0]))) stage.firstElementChild.setAttribute(name, value);
    const { told, stop } = gather();
    click('#a');
    await come(told, 2);
    stop.flush();
    equal(told.map((s) => [s.kind, s.item, s.slate, s.rank, s.placement, s.propensity]), ['slate-click', 'impression'].map((kind) => [kind, 'A', id, 1, 'home', 0.2]));
    equal(eventOf(told[0]), undefined);
    equal(Object.keys(eventOf(told[1])).sort(), ['at', 'item', 'kind']);
  },
};

/** Runs all, or those whose name contains `only`. */
export async function run(only = '') {
  const results = [];
  const errors = [];
  const onError = (event) => errors.push(event.message ?? String(event.reason));
  for (const type of ['error', 'unhandledrejection']) addEventListener(type, onError);
  for (const [name, act] of Object.entries(cases)) {
    if (!name.includes(only)) continue;
    let error;
    try {
      await act();
      if (errors.length) throw new Error(`in the page: ${errors.splice(0).join(' | ')}`);
    } catch (caught) {
      error = String(caught?.message ?? caught);
    }
    for (const stop of ended.splice(0)) stop();
    delete document.visibilityState;
    delete document.prerendering;
    html('');
    results.push({ name, ...(error !== undefined && { error }) });
  }
  for (const type of ['error', 'unhandledrejection']) removeEventListener(type, onError);
  return results;
}
globalThis.run = run;

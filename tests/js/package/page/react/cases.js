// `nearhand/react` in a page, with React's own development build and StrictMode: `await run()` gives [{ name, error? }]. What
// React says on the console is an error, too.
import { createElement as h, StrictMode, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { load } from 'nearhand';
import { ShopProvider, useObserve, usePage, useShop, useShopState, useSignals, useSlate } from 'nearhand/react';
import { App, Slate } from './app.js';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** What React does is done some turns later, on a busy machine many. */
async function until(test) {
  for (let i = 0; i < 500 && !test(); i++) await wait(10);
}
function equal(got, wanted, what = '') {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} got ${a}, wanted ${b}`);
}

/** What was to happen has happened: React's work, and a few answers after it. */
async function settled() {
  await wait(30);
  for (let i = 0; i < 3; i++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

/** A shop that counts what it is asked. */
function fake({ fail, delay = 0 } = {}) {
  const shop = { asked: [], events: [], closed: 0, consent: 'memory' };
  const slate = (options) => {
    const n = shop.asked.push(options);
    const item = `${options.source ?? 'any'}-${n}`;
    return { items: [{ item, title: item, rank: 1, score: 1, propensity: 1, reasons: [] }], source: 'table', tier: 'lite', notes: [], tookMs: n, events: 0, more: false };
  };
  return Object.assign(shop, {
    async recommend(options) {
      const made = slate(options);
      await wait(delay);
      if (fail) throw new Error('no slate');
      return made;
    },
    recommendPage: async (widgets) => widgets.map(slate),
    observe(event) {
      if (event.item === 'bad') throw new Error('refused');
      shop.events.push(event);
    },
    info: () => ({ consent: shop.consent }),
    session: () => shop.known ?? [],
    setConsent: (consent) => (shop.consent = consent),
    forget: () => shop.events.push({ kind: 'forget' }),
    close: () => shop.closed++,
  });
}

const lite = { tier: 'lite', wasm: { lite: new URL('/nearhand/nearhand-lite.wasm', location.href) } };
/** A shop that goes on from a server, which has counted the view of 85123A. */
async function served() {
  const before = await load('/shop.safetensors', lite);
  before.observe({ kind: 'view', item: '85123A', at: Date.now() - 700 });
  const headStart = { session: before.snapshot(), viewed: '85123A', slates: {} };
  before.close();
  return { headStart, shop: await load('/shop.safetensors', { ...lite, session: headStart.session }) };
}

const roots = [];
/** Renders in StrictMode; gives what renders it again. */
async function mount(element) {
  const root = createRoot(document.querySelector('#root'));
  const render = async (e) => {
    root.render(h(StrictMode, null, e));
    await settled();
  };
  roots.push(root);
  await render(element);
  return { render, unmount: () => root.unmount() };
}
const text = (id = 'slate') => document.querySelector(`#${id}`).textContent;
const status = (id = 'slate') => document.querySelector(`#${id}`).dataset.status;
const pointer = (type, id = 'slate') => document.querySelector(`#${id}`).dispatchEvent(new PointerEvent(type, { bubbles: true, relatedTarget: document.body }));

export const cases = {
  async 'a real bundle in StrictMode: one load, a slate, the view of the page, closed in the end'() {
    const before = performance.getEntriesByType('resource').length;
    const told = [];
    let shop;
    const Page = () => {
      shop = useShop() ?? shop;
      useSignals({ view: '85123A', onSignal: (s) => told.push(s) });
      return h(Slate, { options: { placement: 'product', source: '85123A', k: 4 } });
    };
    const options = () => ({ tier: 'lite', wasm: { lite: new URL('/nearhand/nearhand-lite.wasm', location.href) } });
    const app = () => h(ShopProvider, { bundle: '/shop.safetensors', options: options() }, h(Page));
    const { unmount, render } = await mount(app());
    await until(() => status() === 'ready');
    await render(app());
    equal(document.querySelectorAll('#slate a').length, 4);
    const fetched = performance.getEntriesByType('resource').slice(before).filter(({ name }) => name.endsWith('.safetensors'));
    equal(fetched.length, 1, 'bundles fetched');
    await until(() => told.length);
    equal([told.map((s) => `${s.kind} ${s.item}`), shop.session().map((e) => `${e.kind} ${e.item}`)], [['view 85123A'], ['view 85123A']]);
    unmount();
    await wait(50);
    let code;
    try {
      shop.session();
    } catch (error) {
      code = error.code;
    }
    equal(code, 'closed');
  },

  async 'options written in the markup are compared by value'() {
    const shop = fake();
    const app = (source) => h(ShopProvider, { shop }, h(Slate, { options: { source, where: { price: { lt: 20 } } } }));
    const { render } = await mount(app('A'));
    await until(text);
    await settled();
    const asked = shop.asked.length;
    if (asked < 1 || asked > 2) throw new Error(`asked ${asked} times`);
    for (let i = 0; i < 5; i++) await render(app('A'));
    equal(shop.asked.length, asked);
    await render(app('B'));
    await until(() => text().startsWith('B'));
    equal(text(), `B-${asked + 1}`);
  },

  async 'gone before the load is done: the shop is closed when it comes'() {
    const shop = fake();
    let calls = 0;
    const { unmount } = await mount(h(ShopProvider, { shop: () => (calls++, wait(150).then(() => shop)) }, h(Slate)));
    unmount();
    await wait(250);
    equal([calls, shop.closed, shop.asked.length], [1, 1, 0]);
  },

  async 'a bundle that is not to be loaded yet, and none at all'() {
    const real = { bundle: '/shop.safetensors', options: { tier: 'lite', wasm: { lite: '/nearhand/nearhand-lite.wasm' } } };
    const { render } = await mount(h(ShopProvider, { ...real, bundle: null }, h(Slate)));
    equal(status(), 'loading');
    await render(h(ShopProvider, real, h(Slate)));
    await until(() => status() === 'ready');
    equal(status(), 'ready');
    roots.pop().unmount();
    let state;
    await mount(h(ShopProvider, {}, h(Slate, { onState: (s) => (state = s) })));
    await until(() => state.status === 'failed');
    equal(state.error.code, 'invalid-option');
  },

  async 'a shop of the host is not closed'() {
    const shop = fake();
    const { unmount } = await mount(h(ShopProvider, { shop: Promise.resolve(shop) }, h(Slate)));
    await until(() => status() === 'ready');
    equal(status(), 'ready');
    unmount();
    await wait(50);
    equal(shop.closed, 0);
  },

  async 'under the pointer a slate stays, until the pointer leaves or the next page is viewed'() {
    const shop = fake();
    let observe;
    const Grab = () => ((observe = useObserve()), null);
    await mount(h(ShopProvider, { shop }, h(Slate, { options: { source: 'A' } }), h(Grab)));
    await until(text);
    const first = text();
    pointer('pointerover');
    observe({ kind: 'cart-add', item: 'X' });
    await settled();
    equal(text(), first, 'held');
    pointer('pointerout');
    await settled();
    await until(() => text() !== first);
    const second = text();
    if (second === first) throw new Error('the cart changed nothing after the pointer left');
    observe({ kind: 'view', item: 'A' });
    observe({ kind: 'view', item: 'A', dwellMs: 3000 });
    observe({ kind: 'impression', item: 'B' });
    observe({ kind: 'slate-click', item: 'B' });
    await settled();
    equal(text(), second, 'the page it stands on, a dwell and what is only counted');
    pointer('pointerover');
    observe({ kind: 'view', item: 'B' });
    await settled();
    await until(() => text() !== second);
    if (text() === second) throw new Error('the next view changed nothing');
    const third = text();
    document.querySelector('#slate a').focus();
    pointer('pointerout');
    observe({ kind: 'cart-add', item: 'Y' });
    await settled();
    equal(text(), third, 'the focus is in it');
    document.querySelector('#slate a').blur();
    await settled();
    await until(() => text() !== third);
    if (text() === third) throw new Error('still held without focus');
  },

  async 'what the visitor does to an item of the slate changes it at once, under the pointer and the focus'() {
    const shop = fake();
    let refresh;
    const List = () => {
      useSignals();
      const { slate, hold, ...rest } = useSlate();
      refresh = rest.refresh;
      return h('ul', { id: 'slate', ...hold }, slate?.items.map(({ item }) => h('li', { key: item }, item, h('button', { 'data-nearhand-dismiss': item }))));
    };
    await mount(h(ShopProvider, { shop }, h(List)));
    await until(text);
    await settled();
    const first = text();
    pointer('pointerover');
    const button = document.querySelector('#slate button');
    button.focus();
    button.click();
    await until(() => text() !== first);
    const second = text();
    if (second === first) throw new Error('the dismissed card stays');
    equal(shop.events.map(({ kind, item }) => `${kind} ${item}`), [`dismiss ${first}`]);
    // The focus went with the card, and nobody was told of a blur.
    pointer('pointerout');
    document.querySelector('#slate').insertAdjacentHTML('afterend', '<button id="far" data-nearhand-cart-add="X">');
    document.querySelector('#far').click();
    await until(() => text() !== second);
    const third = text();
    if (third === second) throw new Error('held by a button that is gone');
    pointer('pointerover');
    document.querySelector('#far').click();
    await settled();
    equal(text(), third, 'another item waits');
    refresh();
    await until(() => text() !== third);
    if (text() === third) throw new Error('refresh() waits for the pointer');
    document.querySelector('#far').remove();
  },

  async 'the view that the server has counted is not counted twice; another one is'() {
    const { shop: made, headStart } = await served();
    const seen = [];
    let observe;
    const Page = () => ((observe = useObserve()), useSignals({ view: '85123A', onSignal: (s) => seen.push(s) }), h(Slate));
    await mount(h(ShopProvider, { shop: made, headStart }, h(Page)));
    await until(() => seen.length);
    const views = () => made.session().map(({ kind, item, dwellMs }) => `${kind} ${item} ${dwellMs ?? '-'}`);
    equal([views(), seen.length], [['view 85123A -'], 1]);
    observe({ ...seen[0], dwellMs: 1500 });
    equal(views(), ['view 85123A 1500'], 'the dwell is that of the counted view');
    observe({ kind: 'view', item: '85123A' });
    observe({ kind: 'view', item: '22423' });
    observe({ kind: 'view', item: '85123A', at: Date.now() + 5 });
    equal(views().length, 4, views().join());
    roots.pop().unmount();
    made.close();
  },

  async 'a consent that is withdrawn: storage, session and reasons are gone; one that is given keeps what was seen'() {
    const made = await load('/shop.safetensors', lite);
    made.forget(); // the shop of the case before outlives its handle a little
    await wait(5);
    let observe;
    let slate;
    const Grab = () => ((observe = useObserve()), useSignals(), null);
    const app = (consent) => h(ShopProvider, { shop: made, options: { consent } }, h(Slate, { onState: (s) => (slate = s.slate) }), h(Grab));
    const { render } = await mount(app('memory'));
    await until(() => slate);
    observe({ kind: 'view', item: '85123A' });
    await render(app('persistent'));
    equal([made.session().map(({ kind, item }) => `${kind} ${item}`), Object.keys(localStorage).length], [['view 85123A'], 1]);
    await render(app('session'));
    equal([made.session().length, Object.keys(localStorage).length, Object.keys(sessionStorage).length], [1, 0, 1]);
    await until(() => slate.items[0].reasons[0].kind === 'viewed');
    await render(app('memory'));
    await until(() => slate.items[0].reasons[0].kind === 'popular');
    equal([made.session(), Object.keys(sessionStorage), slate.items[0].reasons[0].kind], [[], [], 'popular']);
    observe({ kind: 'view', item: '22423' });
    equal(made.session().length, 1, 'what comes after is in memory');
    roots.pop().unmount();
    made.close();
  },

  async 'options that are none fail with an error, in a real shop'() {
    const made = await load('/shop.safetensors', lite);
    const cyclic = {};
    cyclic.self = cyclic;
    const getter = { get where() { throw new Error('mine'); } };
    for (const options of [{ where: cyclic }, { k: 5n }, getter, null, 5]) {
      let state;
      await mount(h(ShopProvider, { shop: made, fallback: [{ item: 'A', title: 'A' }] }, h(Slate, { options, onState: (s) => (state = s) })));
      await until(() => state.status !== 'loading');
      equal([state.status, Boolean(state.error)], ['failed', true], Object.keys(Object(options)).join());
      roots.pop().unmount();
    }
    let page;
    const Page = () => ((page = usePage(null, null)), useSlate({}, null), null);
    await mount(h(ShopProvider, { shop: made }, h(Page)));
    await until(() => page.status !== 'loading');
    equal(page.status, 'failed');
    roots.pop().unmount();
    made.close();
  },

  async 'an answer that comes when the pointer is there waits as well'() {
    const shop = fake({ delay: 80 });
    let observe;
    const Grab = () => ((observe = useObserve()), null);
    await mount(h(ShopProvider, { shop }, h(Slate), h(Grab)));
    await until(text);
    await wait(150);
    const first = text();
    observe({ kind: 'cart-add', item: 'X' });
    pointer('pointerover');
    await wait(150);
    equal(text(), first);
    pointer('pointerout');
    await until(() => text() !== first);
    if (text() === first) throw new Error('never shown');
  },

  async 'frozen it stays, whatever happens'() {
    const shop = fake();
    let observe;
    const Grab = () => ((observe = useObserve()), null);
    const app = (freeze, source) => h(ShopProvider, { shop }, h(Slate, { freeze, options: { source } }), h(Grab));
    const { render } = await mount(app(true, 'A'));
    await until(text);
    const first = text();
    if (!first) throw new Error('a frozen slate has a first one');
    observe({ kind: 'view', item: 'B' });
    await render(app(true, 'C'));
    equal(text(), first);
    await render(app(false, 'C'));
    await until(() => text().startsWith('C-'));
    if (!text().startsWith('C-')) throw new Error(`thawed: ${text()}`);
  },

  async 'a load that fails: the fallback, the error, and nothing thrown'() {
    const errors = [];
    const fallback = [{ item: 'A', title: 'A' }, { item: 'B', title: 'B' }, { item: 'C', title: 'C' }];
    let state;
    const State = () => ((state = useShopState()), null);
    const provider = { bundle: '/no-such-file', options: { tier: 'lite', wasm: { lite: '/nearhand/nearhand-lite.wasm' } }, fallback, onError: (e) => errors.push(e.code) };
    await mount(h(ShopProvider, provider, h(Slate, { options: { source: 'B', k: 2 } }), h(State)));
    await until(() => status() === 'failed');
    equal([text(), status(), state.status, state.error.code, errors], ['AC', 'failed', 'failed', 'fetch-failed', ['fetch-failed']]);
  },

  async 'a slate that fails, an event that is refused, options that cannot be written down, no provider'() {
    const errors = [];
    let observe;
    const Grab = () => ((observe = useObserve()), null);
    const cyclic = {};
    cyclic.where = cyclic;
    await mount(h(ShopProvider, { shop: fake({ fail: true }), onError: (e) => (errors.push(e.message), wait.nothing()) }, h(Slate, { options: cyclic }), h(Grab)));
    observe({ kind: 'view', item: 'bad' });
    observe(null);
    await settled();
    await until(() => status() === 'failed');
    equal([text(), status(), errors[0]], ['', 'failed', 'refused']);
    roots.pop().unmount();
    let state;
    await mount(h(Slate, { onState: (s) => (state = s) }));
    equal([state.status, state.error.code], ['failed', 'no-provider']);
  },

  async 'a page of widgets is one call'() {
    const shop = fake();
    const Page = () => h('p', { id: 'slate' }, usePage([{ source: 'A' }, { placement: 'home' }]).slates.map((slate) => slate.items[0].title).join());
    await mount(h(ShopProvider, { shop }, h(Page)));
    await until(text);
    equal(/^A-\d,any-\d$/.test(text()), true, text());
  },

  async 'signals in StrictMode and in two components: one happening, one event, nothing before consent'() {
    const shop = fake();
    const told = [];
    const onSignal = (s) => told.push(`${s.kind} ${s.item}`);
    // The inner one is mounted first and knows nothing of consent.
    const Inner = () => (useSignals(), h('button', { id: 'buy', 'data-nearhand-cart-add': 'A' }, 'buy'));
    const Outer = ({ paused }) => (useSignals({ paused, view: 'A', onSignal }), h(Inner));
    const app = (paused) => h(ShopProvider, { shop, options: { consent: paused ? 'memory' : 'persistent' } }, h(Outer, { paused }));
    const { render, unmount } = await mount(app(true));
    document.querySelector('#buy').click();
    await wait(1100);
    equal([told, shop.events.length, shop.consent], [[], 0, 'memory']);
    await render(app(false));
    document.querySelector('#buy').click();
    equal([told, shop.events.map((e) => `${e.kind} ${e.item}`), shop.consent], [['view A', 'cart-add A'], ['view A', 'cart-add A'], 'persistent']);
    unmount();
    await settled();
    document.querySelector('#root').innerHTML = '<button id="buy" data-nearhand-cart-add="B">';
    document.querySelector('#buy').click();
    equal(told.length, 2);
  },

  async 'rendered on the server, taken over without a flash'() {
    const { html, headStart } = await (await fetch('/rendered')).json();
    const container = document.querySelector('#root');
    container.innerHTML = html;
    const before = [...container.querySelectorAll('a')];
    equal(before.length, 2);
    const shop = fake();
    let refresh;
    let observe;
    const Grab = () => ((observe = useObserve()), null);
    const child = () => [h(Slate, { key: 1, options: { source: 'A', k: 2 }, name: 'also', onState: (s) => (refresh = s.refresh) }), h(Grab, { key: 2 })];
    const faults = [];
    roots.push(hydrateRoot(container, h(App, { shop, headStart }, child()), { onRecoverableError: (error) => faults.push(error.message) }));
    await wait(150);
    equal(faults, []);
    equal([...container.querySelectorAll('a')].every((a, i) => a === before[i]), true, 'the same elements');
    // The page's own item: the server knew it.
    observe({ kind: 'view', item: 'P' });
    await settled();
    equal(shop.asked.length, 0, 'asked nothing');
    refresh();
    await until(() => text() === 'A-1');
    equal(text(), 'A-1');
  },

  async 'useSlate keeps its functions, and a state change elsewhere asks nothing'() {
    const shop = fake();
    const seen = new Set();
    let again;
    const Page = () => {
      const [, set] = useState(0);
      again = () => set((n) => n + 1);
      const { refresh, hold } = useSlate({ k: 1 });
      seen.add(refresh).add(hold);
      return null;
    };
    await mount(h(ShopProvider, { shop }, h(Page)));
    await until(() => shop.asked.length);
    await settled();
    const { size } = seen;
    const asked = shop.asked.length;
    again();
    await settled();
    equal([seen.size, shop.asked.length], [size, asked]);
  },
};

export async function run(only = '') {
  const results = [];
  const said = [];
  const real = console.error;
  console.error = (...args) => said.push(args.map(String).join(' '));
  const onError = (event) => said.push(event.message ?? String(event.reason));
  for (const type of ['error', 'unhandledrejection']) addEventListener(type, onError);
  for (const [name, act] of Object.entries(cases)) {
    if (!name.includes(only)) continue;
    let error;
    try {
      await act();
      if (said.length) throw new Error(`said: ${said.join(' | ').slice(0, 500)}`);
    } catch (caught) {
      error = String(caught?.message ?? caught);
    }
    for (const root of roots.splice(0)) root.unmount();
    await wait(10);
    document.querySelector('#root').innerHTML = '';
    said.length = 0;
    results.push({ name, ...(error !== undefined && { error }) });
  }
  console.error = real;
  for (const type of ['error', 'unhandledrejection']) removeEventListener(type, onError);
  return results;
}
globalThis.run = run;

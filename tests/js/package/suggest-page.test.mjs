// nearhand/suggest in Chromium: the recorded answers, what comes when, policies and traps; and the element of docs/suggest-box.md as a
// visitor meets it, by keys, by an input method, without JavaScript.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as vite from 'vite';
import { trapping } from './broken-wasm.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const wasm = readFileSync(`${dist}/nearhand-suggest.wasm`);
const index = readFileSync(`${here}/suggest/shop.suggest`);
const answers = JSON.parse(readFileSync(`${here}/suggest/answers.json`, 'utf8'));
const right = answers.map(({ items }) => items);

const doc = readFileSync(`${root}/docs/suggest-box.md`, 'utf8');
const block = (language) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(doc)[1];
const [form, element, css] = ['html', 'js element', 'css'].map(block);
const ICON = '<meta charset="utf-8"><title>suggest</title><link rel="icon" href="data:,"><script type="importmap">{"imports":{"nearhand/suggest":"/dist/suggest.js"}}</script>';
const PAGE = (script) => `<!doctype html><html lang="en">${ICON}<script type="module">${script}</script></html>`;
const ELEMENT = `<!doctype html><html lang="en">${ICON}<style>${css}</style><body>${form}<script type="module" src="/element.js"></script></body></html>`;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const script = (body) => ({ type: 'text/javascript', body });
const USUAL = {
  '/suggest.bin': { type: 'application/octet-stream', body: index },
  '/element.js': script(element),
  '/answered.mjs': script(readFileSync(`${here}/suggest/answered.mjs`)),
  '/answers.json': { type: 'application/json', body: JSON.stringify(answers) },
  '/search': { body: `<!doctype html><html lang="en">${ICON}<p>results</p></html>` },
};

/** Opens a page of a site and gives it to `act`, with the paths that were asked for; the console stays empty unless `loud`. */
async function visit(files, act, { headers = {}, loud = false, ...options } = {}) {
  const paths = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    paths.push(request.url);
    const known = { ...USUAL, ...files }[pathname];
    const type = { js: 'text/javascript', wasm: 'application/wasm' }[pathname.split('.').at(-1)];
    try {
      await known?.late;
      const { status = 200, body, type: own = 'text/html' } = known ?? { body: readFileSync(`${dist}${pathname.replace(/^\/dist/, '')}`), type };
      response.writeHead(status, { 'content-type': own, ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const context = await browser.newContext(options);
  try {
    const page = await openPage(context);
    await page.goto(`http://localhost:${server.address().port}/`);
    const told = await act(page, paths);
    if (!loud) assert.deepEqual(page.faults, []);
    return told;
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}

test('suggest in a page: the recorded answers; one binary for all boxes, and nothing is fetched before `load`', async () => {
  await visit({ '/': { body: PAGE("import { load } from 'nearhand/suggest'; globalThis.load = load;") } }, async (page, paths) => {
    await page.waitForFunction(() => globalThis.load);
    assert.deepEqual(paths, ['/', '/dist/suggest.js']);
    const told = await page.evaluate(async () => {
      const { answered, NOW } = await import('/answered.mjs');
      const answers = await (await fetch('/answers.json')).json();
      const [box, other] = await Promise.all([load('/suggest.bin', { now: () => NOW }), load(new URL('/suggest.bin', location))]);
      other.close();
      return answered(box, answers);
    });
    assert.deepEqual(told, right);
    assert.equal(paths.filter((path) => path.endsWith('.wasm')).length, 1);
  });
});

test('suggest in a page: built by Vite, the binary beside the script', async () => {
  const out = `${here}/dist-suggest-page`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/main.js`, "import { load } from 'nearhand/suggest';\nglobalThis.box = await load('/suggest.bin');\n");
  writeFileSync(`${out}/index.html`, '<!doctype html><html lang="en"><meta charset="utf-8"><title>v</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script></html>');
  await vite.build({ root: out, logLevel: 'error', build: { outDir: `${out}/vite`, emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022' } });
  const built = (path, type) => ({ type, body: readFileSync(`${out}/vite${path}`) });
  const html = readFileSync(`${out}/vite/index.html`, 'utf8');
  const main = /src="([^"]+)"/.exec(html)[1];
  const files = Object.fromEntries(readdirSync(`${out}/vite/assets`).map((name) => [`/assets/${name}`, built(`/assets/${name}`, name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript')]));
  assert.ok(files[main]);
  await visit({ ...files, '/': { body: html } }, async (page) => {
    await page.waitForFunction(() => globalThis.box);
    assert.equal(await page.evaluate(() => box.suggest('lunchbag').items[0].text), 'lunch bag');
  });
});

test('suggest in a page: what does not come, and a policy that forbids it, are said by a code', async () => {
  const ends = async (page) => {
    await page.waitForFunction(() => globalThis.load);
    return page.evaluate(async () => {
      const end = (...args) => load(...args).then(() => 'none', ({ code, details }) => `${code} ${details.reason ?? ''}`.trim());
      const late = new AbortController();
      const aborted = end('/suggest.bin', { signal: late.signal });
      late.abort();
      return [await end('/none.bin'), await end('/search'), await end('/suggest.bin', { wasm: '/none.wasm' }), await aborted, await end(new Uint8Array(9))];
    });
  };
  const page = { '/': { body: PAGE("import { load } from 'nearhand/suggest'; globalThis.load = load;") } };
  assert.deepEqual(await visit(page, ends, { loud: true }), ['fetch-failed', 'fetch-failed', 'fetch-failed missing', 'aborted', 'suggest-foreign']);
  const headers = { 'content-security-policy': "default-src 'self' data:; script-src 'self' 'unsafe-inline'" };
  assert.equal((await visit(page, ends, { headers, loud: true }))[4], 'wasm-unsupported csp');
});

test('suggest in a page: a trap is an error of its call; the page and other boxes go on', async () => {
  const files = { '/': { body: PAGE("import { load } from 'nearhand/suggest'; globalThis.load = load;") }, '/trapping.wasm': { type: 'application/wasm', body: trapping(wasm, 'searchbox_suggest') } };
  await visit(files, async (page) => {
    await page.waitForFunction(() => globalThis.load);
    const told = await page.evaluate(async () => {
      const [sound, broken] = [await load('/suggest.bin'), await load('/suggest.bin', { wasm: '/trapping.wasm' })];
      const codes = [];
      for (let i = 0; i < 6; i++) {
        try {
          broken.suggest('a');
        } catch ({ code }) {
          codes.push(code);
        }
      }
      return [codes, broken.source().getItems({ query: 'a' }), sound.suggest('lunchbag').items[0].text];
    });
    assert.deepEqual(told, [Array(6).fill('engine-trapped'), [], 'lunch bag']);
  });
});

/** What a screen reader and an eye are told. */
const state = (page) =>
  page.evaluate(() => {
    const [input, list] = [document.querySelector('input'), document.querySelector('[role=listbox]')];
    const active = input.getAttribute('aria-activedescendant');
    return {
      value: input.value,
      expanded: input.getAttribute('aria-expanded'),
      shown: list.checkVisibility(),
      active: active && document.getElementById(active).textContent,
      selected: [...list.querySelectorAll('[aria-selected=true]')].map((one) => one.textContent),
      status: document.querySelector('[role=status]').textContent,
    };
  });
const focus = async (page) => {
  await page.focus('input');
  // The index has come.
  await page.keyboard.type('x');
  await page.waitForFunction(() => performance.getEntriesByName(new URL('/suggest.bin', location)).length);
  await page.keyboard.press('Backspace');
};
const type = async (page, text) => {
  await page.keyboard.type(text);
  await page.waitForFunction(() => document.querySelector('[role=option]')?.checkVisibility());
};

test('<search-suggest>: a combobox by keys: arrows around, Esc to what was typed, Enter sends', async () => {
  await visit({ '/': { body: ELEMENT } }, async (page, paths) => {
    await page.waitForSelector('[role=combobox]');
    assert.ok(!paths.includes('/suggest.bin'), 'the index comes with the first focus');
    const roles = await page.evaluate(() => {
      const input = document.querySelector('input');
      return [input.role, input.ariaAutoComplete, input.ariaExpanded, document.getElementById(input.getAttribute('aria-controls')).role, input.autocomplete];
    });
    assert.deepEqual(roles, ['combobox', 'list', 'false', 'listbox', 'off']);
    await focus(page);
    await type(page, 'lunchbag');
    const found = answers.find(({ typed }) => typed === 'lunchbag').items.map(({ text }) => text);
    const options = await page.$$eval('[role=option]', (all) => all.map((one) => one.textContent));
    assert.deepEqual(options, found.slice(0, 8));
    assert.equal(await page.$eval('[role=option]:nth-child(2)', (one) => one.innerHTML), '<mark>LUNCH BAG</mark> WOODLAND');
    assert.deepEqual(await state(page), { value: 'lunchbag', expanded: 'true', shown: true, active: null, selected: [], status: '8 suggestions' });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await state(page), { value: found[1], expanded: 'true', shown: true, active: found[1], selected: [found[1]], status: '8 suggestions' });
    for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowDown');
    assert.deepEqual([(await state(page)).value, (await state(page)).active], ['lunchbag', null], 'once around: what was typed');
    await page.keyboard.press('ArrowUp');
    assert.equal((await state(page)).active, found[7]);
    await page.keyboard.press('Escape');
    assert.deepEqual(await state(page), { value: 'lunchbag', expanded: 'false', shown: false, active: null, selected: [], status: '' });
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => !document.querySelector('[role=listbox]').hidden);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?q=*');
    assert.equal(new URL(page.url()).searchParams.get('q'), found[0]);
  });
});

test('<search-suggest>: a click takes one; a host may lead elsewhere; leaving the field hides them', async () => {
  await visit({ '/': { body: ELEMENT } }, async (page) => {
    await page.waitForSelector('[role=combobox]');
    await focus(page);
    await type(page, 'regency teacup');
    const { text, item } = answers.find(({ typed }) => typed === 'regency teacup').items[1];
    await page.keyboard.press('Tab');
    assert.equal((await state(page)).shown, false);
    await page.focus('input');
    await page.waitForFunction(() => !document.querySelector('[role=listbox]').hidden);
    await page.evaluate(() => addEventListener('search-suggest', (event) => (event.preventDefault(), (globalThis.chosen = event.detail.item))));
    await page.click('[role=option]:nth-child(2)');
    assert.deepEqual([await page.evaluate(() => globalThis.chosen), new URL(page.url()).pathname], [item, '/']);
    assert.equal((await state(page)).value, text);
  });
});

test('<search-suggest>: what an input method composes is answered; its keys are its own', async () => {
  await visit({ '/': { body: ELEMENT } }, async (page) => {
    await page.waitForSelector('[role=combobox]');
    await focus(page);
    const ime = await page.context().newCDPSession(page);
    await ime.send('Input.imeSetComposition', { text: 'lunc', selectionStart: 4, selectionEnd: 4 });
    // Android's keyboards compose every Latin word, until the blank behind it.
    await page.waitForFunction(() => !document.querySelector('[role=listbox]').hidden);
    assert.equal((await state(page)).value, 'lunc');
    const sent = await page.evaluate(() =>
      document.querySelector('[role=combobox]').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', isComposing: true, bubbles: true, cancelable: true })),
    );
    assert.deepEqual([sent, (await state(page)).value], [true, 'lunc']);
    await ime.send('Input.insertText', { text: 'lunch' });
    await page.waitForFunction(() => document.querySelector('[role=combobox]').value === 'lunch');
    assert.equal((await state(page)).shown, true);
  });
});

test('<search-suggest>: one is clicked while the input method is at it: the field has that one, and nothing more', async () => {
  await visit({ '/': { body: ELEMENT } }, async (page) => {
    await page.waitForSelector('[role=combobox]');
    await focus(page);
    await type(page, 'lunch bag ');
    await page.evaluate(() => addEventListener('search-suggest', (event) => event.preventDefault()));
    const ime = await page.context().newCDPSession(page);
    await ime.send('Input.imeSetComposition', { text: 'woo', selectionStart: 3, selectionEnd: 3 });
    await page.waitForFunction(() => document.querySelector('[role=option]')?.textContent === 'LUNCH BAG WOODLAND');
    await page.click('[role=option]');
    await page.waitForTimeout(50);
    assert.deepEqual([(await state(page)).value, (await state(page)).shown], ['LUNCH BAG WOODLAND', false]);
  });
});

test('<search-suggest>: an index that comes after the form was sent, or the field left, opens nothing', async () => {
  for (const leave of ['Enter', 'Tab']) {
    let come;
    const late = new Promise((done) => (come = done));
    await visit({ '/': { body: ELEMENT }, '/suggest.bin': { ...USUAL['/suggest.bin'], late } }, async (page) => {
      await page.waitForSelector('[role=combobox]');
      // A page that searches by itself, and stays.
      await page.evaluate(() => document.querySelector('form').addEventListener('submit', (event) => (event.preventDefault(), (globalThis.sent = true))));
      await page.focus('input');
      await page.keyboard.type('lunch');
      await page.keyboard.press(leave);
      come();
      await page.waitForFunction(() => performance.getEntriesByName(new URL('/suggest.bin', location)).length);
      await page.waitForTimeout(100);
      assert.deepEqual([(await state(page)).shown, await page.evaluate(() => globalThis.sent)], [false, leave === 'Enter' || undefined]);
      await page.focus('input');
      await page.keyboard.type('b');
      await page.waitForFunction(() => !document.querySelector('[role=listbox]').hidden);
    });
  }
});

test('<search-suggest>: titles are text, whatever they say', async () => {
  const text = '<img src=x onerror="globalThis.hacked=1">&amp;<b>mug</b>';
  const stub = script(`export const load = async () => ({ suggest: () => ({ items: [{ text: ${JSON.stringify(text)}, highlights: [[0, 4], [39, 41]] }] }) });`);
  await visit({ '/': { body: ELEMENT }, '/dist/suggest.js': stub }, async (page) => {
    await page.waitForSelector('[role=combobox]');
    await page.focus('input');
    await type(page, 'm');
    assert.deepEqual(await page.$eval('[role=option]', (one) => [one.textContent, [...one.querySelectorAll('*')].map((part) => part.tagName)]), [text, ['MARK', 'MARK']]);
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  });
});

test('<search-suggest>: without JavaScript, and without its index, the form is a form', async () => {
  const search = async (page) => {
    await page.fill('input', 'red mug');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?q=red+mug');
  };
  await visit({ '/': { body: ELEMENT } }, search, { javaScriptEnabled: false });
  await visit(
    { '/': { body: ELEMENT }, '/suggest.bin': { status: 404 } },
    async (page) => {
      await page.waitForSelector('[role=combobox]');
      const failed = page.evaluate(() => new Promise((done) => addEventListener('search-suggest-error', ({ detail }) => done(detail.code))));
      await page.focus('input');
      assert.equal(await failed, 'fetch-failed');
      await search(page);
    },
    { loud: true },
  );
});

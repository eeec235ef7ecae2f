// WebKit, Safari's family: Debian's webkit2gtk-driver in a virtual screen, spoken to by plain W3C WebDriver. A session under
// automation is ephemeral: what it stores is gone with it, as in a private window.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { child } from '../children.mjs';
import { script } from '../script.mjs';

export const WEBKIT = '/usr/bin/WebKitWebDriver';
export const BROWSER = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].map((lib) => `${lib}/webkit2gtk-4.1/MiniBrowser`).find((path) => existsSync(path));
/** WebDriver's key of an element in JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export async function start({ args = [] } = {}) {
  const port = await freePort();
  const driver = child('xvfb-run', ['-a', '-s', '-screen 0 1280x900x24', WEBKIT, `--port=${port}`]);
  const call = async (method, path, body = method === 'POST' ? {} : undefined) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(60_000) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebKit ${path}: ${value?.error}: ${value?.message}`);
    return value;
  };
  for (let tries = 0; ; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/status`).then(({ ok }) => ok, () => false);
    if (up) break;
    if (tries === 100) throw new Error(`WebKitWebDriver does not answer: ${driver.said()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const wanted = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation', ...args] } };
  const { sessionId } = await call('POST', '/session', { capabilities: { alwaysMatch: wanted } });
  const session = `/session/${sessionId}`;
  await call('POST', `${session}/timeouts`, { script: 30_000, pageLoad: 30_000 });
  const first = await call('GET', `${session}/window`);
  // A session has one current window: what is done in one is not mixed with what is done in another.
  let turn = Promise.resolve();
  const within = (handle, act) => {
    const next = turn.then(async () => {
      await call('POST', `${session}/window`, { handle });
      return act();
    });
    turn = next.catch(() => {});
    return next;
  };
  return {
    name: 'webkit',
    async page() {
      const open = new Set();
      const tab = async () => {
        const { handle } = await within(first, () => call('POST', `${session}/window/new`, { type: 'window' }));
        const page = face({ call: (method, path, body) => within(handle, () => call(method, `${session}${path}`, body)), tab });
        open.add(page);
        return page;
      };
      const page = await tab();
      return {
        ...page,
        faults: async () => (await Promise.all([...open].map((p) => p.faults()))).flat(),
        close: async () => {
          for (const one of open) await one.close();
        },
      };
    },
    async close() {
      await call('DELETE', session).catch(() => {});
      driver.kill();
    },
  };
}

function face({ call, tab }) {
  const said = [];
  const evaluate = async (fn, ...args) => {
    const body = `const done = arguments[arguments.length - 1];
      ${script(fn, args)}.then((value) => done({ value }), (error) => done({ error: String(error && error.stack ? error + '\\n' + error.stack : error) }));`;
    const { value, error } = await call('POST', '/execute/async', { script: body, args: [] });
    if (error !== undefined) throw new Error(error);
    return value;
  };
  // The driver has no console: the page's recorder (recorder.js) keeps what is said there.
  const drain = async () => {
    const heard = await evaluate(() => globalThis.recorded?.splice(0)).catch(() => undefined);
    said.push(...(heard ?? []));
  };
  const leaving = (act) => async (...args) => {
    await drain();
    await act(...args);
  };
  return {
    engine: 'webkit',
    goto: leaving((url) => call('POST', '/url', { url })),
    evaluate,
    async click(selector) {
      const found = await call('POST', '/element', { using: 'css selector', value: selector });
      await call('POST', `/element/${found[ELEMENT]}/click`);
    },
    reload: leaving(() => call('POST', '/refresh')),
    back: leaving(() => call('POST', '/back')),
    front: async () => {},
    tab,
    async faults() {
      await drain();
      return said;
    },
    close: () => call('DELETE', '/window').catch(() => {}),
  };
}

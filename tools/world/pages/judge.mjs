// Cases of pages, servers and builds: each is run with the packed package, in every browser engine that it names.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { packageJson, root } from '../../face.mjs';
import { child } from './children.mjs';
import { ROOM, packed, tools } from './installed.mjs';
import { html, serve } from './site.mjs';

const BUNDLE = process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`;
const SECONDS = { page: 40, host: 300 };
const DEBIAN = { chromium: 'chromium', firefox: 'firefox-esr', webkit: 'webkit2gtk-driver and xvfb' };

/** Two at a time, and never two in one engine: what has the focus, and so is visible, is one page. */
export const workers = 2;

/** A case that fails is tried once more: a busy machine holds a browser up. What fails twice is a fault. */
export const again = true;

/** A case `on` engines is one case for each; without, it is the host's (Node, builds, other runtimes). */
export const spread = (one) => (one.on ? one.on.map((engine) => ({ ...one, name: `${one.name}@${engine}`, engine })) : [{ ...one, engine: 'host' }]);

/**
 * `./build.sh test` runs what needs no tools from npm and is done soon: in Chromium, and where a case says so (`part`) in the
 * engines it names.
 */
export const inPart = ({ needs, slow, engine, part = ['chromium'] }) => !needs && !slow && (engine === 'host' || part.includes(engine));

let shelf;
let installed;
const browsers = new Map();

export async function prepare(_base, { todo }) {
  if (todo.some((one) => one.needs === 'tools')) tools();
  mkdirSync(ROOM, { recursive: true });
  shelf = mkdtempSync(`${ROOM}/run-`);
  // Whatever way this process ends.
  process.on('exit', () => rmSync(shelf, { recursive: true, force: true, maxRetries: 3 }));
  installed = packed(shelf);
  console.log(`package: nearhand ${packageJson.version}, as packed`);
}

export async function finish() {
  for (const browser of browsers.values()) await Promise.race([browser.then((b) => b.close()).catch(() => {}), later(3000)]);
  rmSync(shelf, { recursive: true, force: true, maxRetries: 3 });
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

/** One browser for each engine and set of options, started when first asked for. */
function browser(engine, options) {
  const key = `${engine} ${JSON.stringify(options)}`;
  if (!browsers.has(key)) {
    const started = import(`./engines/${engine}.mjs`).then(({ start }) => start(options));
    browsers.set(
      key,
      started.catch((error) => {
        throw new Error(`${engine} does not start (Debian's ${DEBIAN[engine]}; tools/setup.sh installs it where apt-get may): ${error.message}`);
      }),
    );
  }
  return browsers.get(key);
}

/** What a case is given. */
function context(one, endings, pages) {
  const ctx = {
    engine: one.engine,
    folder: `${shelf}/${one.name.replace(/[^a-z0-9]+/gi, '-')}`,
    shelf,
    tarball: `${shelf}/nearhand.tgz`,
    installed,
    dist: `${installed}/dist`,
    bundle: BUNDLE,
    sleep: later,
    atEnd: (end) => endings.push(end),
    child(command, args, options) {
      const made = child(command, args, options);
      endings.push(() => made.kill('SIGKILL'));
      return made;
    },
    /** A server with the package at /nearhand/ and the bundle at /shop.safetensors, and `routes`. */
    async site(routes = {}, options = {}) {
      const made = await serve({ '/nearhand/': ctx.dist, '/shop.safetensors': { file: BUNDLE }, ...routes }, options);
      endings.push(made.close);
      return made;
    },
    /** A page in a fresh profile of the case's engine. `launch`: what its browser is started with. */
    async page(url, { engine = one.engine, launch = {} } = {}) {
      const page = await (await browser(engine, launch)).page();
      pages.push(page);
      endings.push(() => page.close());
      page.until = (...args) => until(page, ...args);
      const { tab } = page;
      page.tab = async (to) => {
        const next = await tab();
        next.until = (...args) => until(next, ...args);
        if (to) await next.goto(to);
        return next;
      };
      if (url) await page.goto(url);
      return page;
    },
    /** A page with the package in `n` and `signals`, on a site of its own. */
    async shop({ routes = {}, headers, launch, path = '/index.html', ...content } = {}) {
      const site = await ctx.site({ '/index.html': html(content), ...routes }, { headers });
      const page = await ctx.page(`${site.url}${path}`, { launch });
      await page.until(() => globalThis.ready_);
      return { site, page };
    },
  };
  return ctx;
}

async function until(page, fn, args = [], ms = 15_000) {
  const end = Date.now() + ms;
  for (let last; ; await later(40)) {
    try {
      last = await page.evaluate(fn, ...args);
      if (last) return last;
    } catch (error) {
      // Between two pages there is none to ask.
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${String(fn).slice(0, 200)} (last: ${JSON.stringify(last)}; said: ${(await page.faults().catch(() => [])).slice(0, 3).join(' | ')})`);
  }
}

/** What one case is at fault with: nothing, when it is right. */
export async function faults(one) {
  const endings = [];
  const pages = [];
  const found = [];
  const seconds = one.seconds ?? (one.engine === 'host' ? SECONDS.host : SECONDS.page);
  let timer;
  try {
    const ctx = context(one, endings, pages);
    const limit = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`not done within ${seconds} s`)), seconds * 1000)));
    await Promise.race([one.run(ctx), limit]);
  } catch (error) {
    found.push(brief(error));
  }
  clearTimeout(timer);
  for (const page of pages) {
    const said = await Promise.race([page.faults().catch(() => []), later(5000).then(() => [])]);
    const wrong = said.filter((line) => !one.console?.test(line));
    if (wrong.length > 0) found.push(`the console says: ${wrong.slice(0, 3).join(' | ').slice(0, 600)}`);
  }
  for (const end of endings.reverse()) await Promise.race([Promise.resolve().then(end).catch(() => {}), later(5000)]);
  return found;
}

const brief = (error) => {
  const lines = String(error?.stack ?? error).split('\n');
  return lines.filter((line, i) => i === 0 || !/^ *at .*(node:internal|node_modules)/.test(line)).slice(0, 14).join('\n     ').slice(0, 1800);
};

// Debian's Chromium by playwright-core. `bfcache`: with the back/forward cache, which drivers switch off.
import { launch } from '../../../chromium.mjs';
import { script } from '../script.mjs';

export async function start({ args = [], bfcache = false } = {}) {
  const usual = JSON.parse((await import('node:fs')).readFileSync(new URL('../../../../webdriver.json', import.meta.url), 'utf8'))['goog:chromeOptions'].args;
  const browser = await launch({
    args: [...usual.filter((arg) => !arg.startsWith('--headless')), ...args],
    ...(bfcache ? { ignoreDefaultArgs: ['--disable-back-forward-cache'] } : {}),
  });
  return {
    name: 'chromium',
    /** A profile of its own, gone with its last page: a private window in all but the name. */
    async page() {
      const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
      const open = new Set();
      const tab = async () => {
        const page = face(await context.newPage(), tab);
        open.add(page);
        return page;
      };
      const first = await tab();
      return { ...first, faults: async () => (await Promise.all([...open].map((p) => p.faults()))).flat(), close: () => context.close() };
    },
    close: () => browser.close(),
  };
}

function face(page, tab) {
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(`console: ${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => said.push(`page: ${error.message}`));
  return {
    engine: 'chromium',
    goto: async (url) => void (await page.goto(url, { timeout: 20_000 })),
    evaluate: (fn, ...args) => page.evaluate(script(fn, args)),
    click: (selector) => page.click(selector, { timeout: 5000 }),
    reload: async () => void (await page.reload()),
    back: async () => void (await page.goBack({ waitUntil: 'commit' })),
    front: () => page.bringToFront(),
    tab,
    faults: async () => said,
    close: () => page.close(),
    /** The driver's own page, for what this engine alone can do. */
    driver: page,
  };
}

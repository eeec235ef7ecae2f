// Debian's Firefox by puppeteer-core (WebDriver BiDi, no geckodriver). `private`: every window is a private one.
import { existsSync } from 'node:fs';
import { adopted } from '../children.mjs';
import { script } from '../script.mjs';

export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));

export async function start({ private: hidden = false, prefs = {} } = {}) {
  const { default: puppeteer } = await import('puppeteer-core');
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    // Signals are heard in children.mjs.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    extraPrefsFirefox: { ...(hidden ? { 'browser.privatebrowsing.autostart': true } : {}), ...prefs },
  });
  const ended = adopted(browser.process().pid);
  return {
    name: 'firefox',
    async page() {
      const open = new Set();
      const tab = async () => {
        const page = face(await browser.newPage(), tab);
        open.add(page);
        return page;
      };
      const first = await tab();
      return {
        ...first,
        faults: async () => (await Promise.all([...open].map((p) => p.faults()))).flat(),
        close: async () => void (await Promise.all([...open].map((p) => p.close()))),
      };
    },
    close: async () => {
      await browser.close();
      ended();
    },
  };
}

function face(page, tab) {
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`page: ${error.message}`));
  return {
    engine: 'firefox',
    goto: async (url) => void (await page.goto(url, { timeout: 20_000 })),
    evaluate: (fn, ...args) => page.evaluate(script(fn, args)),
    click: (selector) => page.click(selector),
    reload: async () => void (await page.reload()),
    // A page out of the cache says no load, for which the driver would wait.
    back: async () => void (await Promise.race([page.evaluate('history.back()').catch(() => {}), new Promise((done) => setTimeout(done, 300))])),
    front: () => page.bringToFront(),
    tab,
    faults: async () => said,
    close: () => page.close().catch(() => {}),
    driver: page,
  };
}

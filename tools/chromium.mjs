// The Chromium of this machine, driven by playwright-core: one set of flags for tests, e2e and benchmarks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { root } from './face.mjs';

const args = JSON.parse(readFileSync(`${root}/webdriver.json`, 'utf8'))['goog:chromeOptions'].args.filter((arg) => !arg.startsWith('--headless'));

export function chromiumPath() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // The next name.
    }
  }
  throw new Error('no Chromium on PATH: ./build.sh setup installs it where it can');
}

export const launch = (options = {}) => chromium.launch({ executablePath: chromiumPath(), args, ...options });

/** A page whose console errors, page errors and failed requests are gathered in `page.faults`. */
export async function openPage(context) {
  const page = await context.newPage();
  page.faults = [];
  page.on('console', (message) => message.type() === 'error' && page.faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => page.faults.push(`page: ${error.message}`));
  page.on('requestfailed', (request) => page.faults.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => response.status() >= 400 && page.faults.push(`response: ${response.url()} ${response.status()}`));
  return page;
}

// Lighthouse on the demo shop, offline: a phone on a slow line, as the tool's defaults say. One line a page.
// Exits with 1 where a page falls short of the bars. Usage: node tools/lighthouse/run.mjs [PATH …] (after tools/lighthouse.sh has installed it)
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromiumPath } from '../chromium.mjs';
import { root } from '../face.mjs';
import { serve } from '../serve.mjs';

const installed = `${root}/target/lighthouse/node_modules`;
const { default: lighthouse } = await import(pathToFileURL(`${installed}/lighthouse/core/index.js`));
const { launch } = await import(pathToFileURL(`${installed}/chrome-launcher/dist/index.js`));

/** The least a page may have; layout shift: the most. */
const BARS = { 'performance': 95, 'accessibility': 100, 'best-practices': 100, 'seo': 100 };
const SHIFT = 0;
const METRICS = { fcp: 'first-contentful-paint', lcp: 'largest-contentful-paint', tbt: 'total-blocking-time', si: 'speed-index' };
/** A document of each kind, and pages that the script alone draws. */
const PAGES = ['/', '/d/tea-tableware/', '/p/22423/', '/#/d/home-decor', '/#/p/21034', '/#/search?q=lantern', '/#/basket', '/#/about'];

const paths = process.argv.slice(2);
const reports = `${root}/target/lighthouse/reports`;
mkdirSync(reports, { recursive: true });
const server = await serve({ '/': process.env.NEARHAND_DEMO ?? `${root}/www/dist/demo` });
let short = 0;
for (const path of paths.length > 0 ? paths : PAGES) {
  // A busy machine slows what is measured: where a page falls short, the middle one of three runs counts.
  const runs = [await measure(path)];
  if (runs[0].under.length > 0) runs.push(await measure(path), await measure(path));
  const { line, under, lhr } = runs.sort((a, b) => a.scores[0][1] - b.scores[0][1])[runs.length >> 1];
  writeFileSync(`${reports}/${path.replace(/[^a-z0-9]+/gi, '-')}.json`, JSON.stringify(lhr, undefined, 1));
  console.log(line);
  if (under.length === 0) continue;
  short += 1;
  for (const { auditRefs } of Object.values(lhr.categories)) {
    for (const { id, weight } of auditRefs) if (weight > 0 && (lhr.audits[id].score ?? 1) < 0.9) console.log(`  ${id}: ${lhr.audits[id].displayValue ?? lhr.audits[id].title}`);
  }
}
await server.close();
process.exit(short > 0 ? 1 : 0);

async function measure(path) {
  // A browser of its own: nothing is cached, no worker serves.
  const chrome = await launch({ chromePath: chromiumPath(), chromeFlags: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] });
  try {
    const { lhr } = await lighthouse(server.url + path, { port: chrome.port, output: 'json', logLevel: 'error', onlyCategories: Object.keys(BARS) });
    const scores = Object.keys(BARS).map((name) => [name, Math.round((lhr.categories[name].score ?? 0) * 100)]);
    const shift = lhr.audits['cumulative-layout-shift'].numericValue;
    const times = Object.entries(METRICS).map(([name, id]) => `${name}=${Math.round(lhr.audits[id].numericValue)}ms`);
    const under = [...scores.filter(([name, score]) => score < BARS[name]).map(([name]) => name), ...(shift > SHIFT + 0.0005 ? ['layout shift'] : [])];
    // The machine's own speed, as Lighthouse finds it: below 1000 it is slow, or busy.
    const line = `lighthouse ${path} ${scores.map(([name, score]) => `${name}=${score}`).join(' ')} shift=${shift.toFixed(3)} ${times.join(' ')} machine=${Math.round(lhr.environment.benchmarkIndex)}${under.length > 0 ? ` SHORT: ${under.join(', ')}` : ''}`;
    return { line, under, scores, lhr };
  } finally {
    await chrome.kill();
  }
}

// What a key costs a search box over 200,000 made texts, in Node and in Chromium: every beginning of 200 texts is typed, as it stands
// and with one mistake somewhere in the text. The middle and the slowest hundredth, in milliseconds, the answer read.
// Usage: node tools/bench/suggest.mjs [node|chromium …]   TEXTS=n texts of the index, TYPED=n texts typed
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { launch, openPage } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { quantile } from './stats.mjs';
import { queries, random, typed } from './suggest-texts.mjs';
import { keys } from './pages/suggest.js';

const TEXTS = Number(process.env.TEXTS ?? 200_000);
const TYPED = Number(process.env.TYPED ?? 200);
const WORDS = Math.ceil(TEXTS * 0.3);
const site = `${root}/target/bench/suggest-site`;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const where = process.argv.length > 2 ? process.argv.slice(2) : ['node', 'chromium'];
for (const name of where) if (!['node', 'chromium'].includes(name)) throw new Error(`no place "${name}"; there are node and chromium`);

mkdirSync(`${site}/nearhand`, { recursive: true });
const next = random(1);
const rows = queries(TEXTS, WORDS, next);
writeFileSync(`${site}/queries.csv`, `query,count\n${rows.map((row) => row.join(',')).join('\n')}\n`);
const told = execFileSync(`${root}/target/release/nearhand`, ['suggest-index', '--queries', `${site}/queries.csv`, '--out', `${site}/box.nhs`], { encoding: 'utf8' });
const [, texts, bytes] = /entries=(\d+) bytes=(\d+)/.exec(told);
console.log(`bench suggest index texts=${texts} bytes=${bytes} bytes_a_text=${(bytes / texts).toFixed(1)}`);
const lists = typed(rows, TYPED, next);

function tell(place, { open, times }) {
  const all = { ...times, all: Object.values(times).flat() };
  for (const [name, list] of Object.entries(all)) {
    const at = (q) => quantile(list, q).toFixed(3);
    console.log(`bench suggest ${place} ${name} p50=${at(0.5)}ms p90=${at(0.9)}ms p99=${at(0.99)}ms max=${at(1)}ms keys=${list.length}`);
  }
  console.log(`bench suggest ${place} open=${open.toFixed(0)}ms`);
}

if (where.includes('node')) {
  const { load } = await import(`${lib}/dist/suggest-node.js`);
  tell('node', await keys(load, new Uint8Array(readFileSync(`${site}/box.nhs`)), lists));
}
if (where.includes('chromium')) {
  cpSync(`${root}/tools/bench/pages`, site, { recursive: true });
  for (const name of readdirSync(`${lib}/dist`)) if (/^(suggest.*\.js|nearhand-suggest\.wasm)$/.test(name)) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
  const server = await serve({ '/': site }, { headers: ISOLATED });
  const browser = await launch();
  try {
    const page = await openPage(browser);
    await page.goto(`${server.url}/suggest.html`);
    tell('chromium', await page.evaluate((lists) => globalThis.measure(lists), lists));
    if (page.faults.length > 0) throw new Error(page.faults.join('\n'));
  } finally {
    await browser.close();
    await server.close();
  }
}

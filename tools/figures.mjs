// Puts the figures that the commands printed into README's tables. Usage: node tools/figures.mjs [LOG…]
// A log holds lines such as `bench cold first-slate/lite nearhand=132ms onnxruntime-web=783ms ratio=0.168 noise=±7% n=20`.
// A table stands between `<!-- figures NAME -->` and `<!-- end -->`; without all of its lines it stays as it is.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './face.mjs';

/** `eval NAME k=v …`, `size NAME k=v …`, `bench GROUP NAME k=v …` by their words; the last of equal ones counts. */
export function read(text) {
  const lines = new Map();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (!['eval', 'size', 'bench'].includes(words[0])) continue;
    const fields = words.filter((word) => word.includes('='));
    if (fields.length === 0) continue;
    const key = words.filter((word) => !word.includes('=')).join(' ');
    lines.set(key, Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)])));
  }
  return lines;
}

/** `132ms` as [132, 'ms']. */
const split = (value) => {
  const [, number, unit] = value.match(/^(-?[\d.]+)(.*)$/) ?? [];
  if (number === undefined) throw new Error(`no number: ${value}`);
  return [Number(number), unit];
};
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const amount = (value) => {
  const [number, unit] = split(value);
  if (unit === 'B') return number < 1e6 ? `${Math.round(number / 1000)} KB` : `${(number / 1e6).toFixed(2)} MB`;
  if (unit === 'µs' && number >= 1000) return `${(number / 1000).toPrecision(3)} ms`;
  return `${value.slice(0, value.length - unit.length)} ${unit}`;
};
const ratio = (value) => Number(value).toFixed(Number(value) < 0.01 ? 3 : 2);
/** A ratio above 1 stands out: there nearhand needs more. */
const marked = (value) => (Number(value) > 1 ? `**${ratio(value)}**` : ratio(value));
/** Where more is better, one below 1 does. */
const less = (value) => (Number(value) < 1 ? `**${ratio(value)}**` : ratio(value));

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n').replace(/^\|  \|/, '| |');

/** Lines that are not there make a table that is not made. */
class Missing extends Error {}

/** All tables whose lines are there, by name. */
export function tables(lines) {
  const of = (key) => {
    const found = lines.get(key);
    if (!found) throw new Missing(key);
    return found;
  };
  const some = (pattern) => [...lines.keys()].flatMap((key) => (pattern.test(key) ? [key.match(pattern)[1]] : []));
  const makers = {
    quality() {
      const sets = some(/^eval ([^/]+)$/);
      if (sets.length === 0) throw new Missing('eval');
      const pair = (key) => `${of(key)['hr@20'].slice(1)} / ${of(key)['mrr@20'].slice(1)}`;
      const row = (set) => [
        set,
        grouped(of(`eval ${set}`).bundle_bytes),
        grouped(of(`eval ${set}`).n),
        `**${pair(`eval ${set}`)}**`,
        ...['vectors', 'table', 'popularity'].map((variant) => pair(`eval ${set}/${variant}`)),
      ];
      return table(['HR@20 / MRR@20', 'bundle, bytes', 'pairs', 'nearhand', 'vectors alone', 'table alone (lite)', 'popularity'], sets.map(row));
    },
    page() {
      const row = (name, group, what) => {
        const [lite, full] = [of(`bench ${group} ${what('lite')}`), of(`bench ${group} ${what('full')}`)];
        return [name, amount(lite.nearhand), amount(full.nearhand), amount(lite['onnxruntime-web']), `${marked(lite.ratio)} / ${marked(full.ratio)}`];
      };
      return table(
        ['', 'nearhand lite', 'nearhand full', 'onnxruntime-web', 'ratio lite / full'],
        [
          row(`cold start to first slate (an empty page: ${Math.round(of('bench cold empty-page').ms)} ms)`, 'cold', (tier) => `first-slate/${tier}`),
          row('the same over 9 Mbit/s, 85 ms', 'line-9mbit-85ms', (tier) => `first-slate/${tier}`),
          row('event to slate, p50', 'latency', (tier) => `event-to-slate/${tier}/p50`),
          row('event to slate, p99', 'latency', (tier) => `event-to-slate/${tier}/p99`),
          row('bytes fetched, brotli, bundle included', 'bytes', (tier) => `brotli/${tier}`),
          row('wasm memory', 'memory', (tier) => `wasm/${tier}`),
        ],
      );
    },
    tasks() {
      const names = {
        open: 'load to the first slate',
        'load-feed': 'load with a feed of known items',
        'load-new': 'load with a feed of new items',
        feed: 'a feed of known items',
        new: 'a feed of new items',
      };
      const cells = (name) => [1, 4].flatMap((rate) => {
        const { longest, worst, processor } = of(`bench tasks ${name}/${rate}x`);
        return [`${split(longest)[0]} / ${amount(worst)}`, amount(processor)];
      });
      return table(['', 'longest task, median / worst', 'its processor time', 'the same at a quarter of the speed', 'its processor time'], Object.entries(names).map(([name, what]) => [what, ...cells(name)]));
    },
    size() {
      const names = { lite: 'lite, with its glue', full: 'full, with its glue', tract: 'full with tract, for graphs that need it', onnx: 'the engine alone (`nearhand/onnx`), with its glue', face: 'face (browser entry)', worker: "full tier's worker script" };
      const row = ([key, name]) => [name, ...['raw', 'gzip', 'brotli'].map((kind) => grouped(of(`size ${key}`)[kind]))];
      return table(['', 'raw', 'gzip', 'brotli'], Object.entries(names).map(row));
    },
    slate() {
      const cases = some(/^bench slate (\S+)\/full\/p50$/);
      if (cases.length === 0) throw new Missing('bench slate');
      const row = (name) => {
        const [kind, items] = name.split('-');
        const at = (tier, what) => of(`bench slate ${name}/${tier}/${what}`);
        const both = (tier, side) => `${amount(at(tier, 'p50')[side]).replace(/ .*/, '')} / ${amount(at(tier, 'p99')[side])}`;
        const ratios = ['thread', 'full', 'lite'].map((tier) => marked(at(tier, 'p50').ratio));
        return [
          `${grouped(items)}${kind === 'gaussian' ? ', vectors without structure' : ''}`,
          ...['thread', 'full', 'lite'].map((tier) => both(tier, 'nearhand')),
          both('full', 'onnxruntime-web'),
          ratios.join(' / '),
          `${Math.round(split(at('full', 'wasm-memory').nearhand)[0])} / ${Math.round(split(at('full', 'wasm-memory')['onnxruntime-web'])[0])} MiB`,
        ];
      };
      const head = ['items', 'full in the page, p50 / p99', 'full in its worker', 'lite', 'onnxruntime-web in the page', 'ratio page / worker / lite, p50', 'wasm memory full / peer'];
      return table(head, cases.map(row));
    },
    engine() {
      const models = some(/^bench engine\/node (\S+)$/);
      if (models.length === 0) throw new Missing('bench engine/node');
      const row = (name) => {
        const [node, chromium] = ['node', 'chromium'].map((place) => of(`bench engine/${place} ${name}`));
        return [name, amount(node.nearhand), amount(node['onnxruntime-web']), marked(node.ratio), marked(chromium.ratio)];
      };
      return table(['', 'nearhand', 'onnxruntime-web', 'ratio in Node', 'ratio in Chromium'], models.map(row));
    },
    complete() {
      const models = some(/^bench complete\/node (\S+) tokens onnxruntime-web$/);
      if (models.length === 0) throw new Missing('bench complete/node');
      const named = { stories260k: 'stories260k', 'assistant-f32': 'assistant in 32 bits', 'assistant-4bit': 'assistant' };
      const maybe = (place, model, what, peer) => lines.get(`bench complete/${place} ${model} ${what} ${peer}`);
      const shown = (found, what) => (found === undefined ? '' : what === 'tokens' ? less(found.ratio) : marked(found.ratio));
      const row = (model, what, label, peer = 'onnxruntime-web') => {
        const node = of(`bench complete/node ${model} ${what} ${peer}`);
        const cells = [maybe('chromium', model, what, peer), maybe('node', model, what, 'transformers.js')].map((found) => shown(found, what));
        return [`${named[model] ?? model}: ${label}`, amount(node.nearhand).replace(' /s', ''), amount(node.peer).replace(' /s', ''), shown(node, what), ...cells];
      };
      const rows = models.flatMap((model) => [
        row(model, 'tokens', 'tokens a second'),
        row(model, 'first', 'first token of a prompt of 100'),
        row(model, 'key', 'first token after one more letter'),
        row(model, 'key', 'the same, the peer keeping its caches', 'onnxruntime-web+cache').with(-1, ''),
        row(model, 'start', "from the engine's bytes to the first token"),
        row(model, 'memory', 'wasm memory'),
      ]);
      const typed = some(/^bench complete\/typing (\S+) nearhand$/).map((model) => {
        const [ours, theirs] = ['nearhand', 'onnxruntime-web+cache'].map((name) => of(`bench complete/typing ${model} ${name}`));
        const both = ({ p50, p90 }) => `${amount(p50).replace(/ .*/, '')} / ${amount(p90)}`;
        return [`${named[model] ?? model}: a key to four tokens of ghost text, p50 / p90`, both(ours), both(theirs), '', ratio(split(ours.p90)[0] / split(theirs.p90)[0]), ''];
      });
      return table(['', 'nearhand', 'onnxruntime-web', 'ratio in Node', 'ratio in Chromium', 'ratio to transformers.js'], [...rows, ...typed]);
    },
  };
  const made = {};
  for (const [name, make] of Object.entries(makers)) {
    try {
      made[name] = make();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
    }
  }
  return made;
}

/** The text with its tables replaced; a name without a place is an error. */
export function fill(text, made) {
  for (const [name, markdown] of Object.entries(made)) {
    const place = new RegExp(`(<!-- figures ${name} -->\n)[^]*?(\n<!-- end -->)`);
    if (!place.test(text)) throw new Error(`no place for the figures "${name}"`);
    text = text.replace(place, (_, before, after) => `${before}${markdown}${after}`);
  }
  return text;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const made = tables(read(process.argv.slice(2).map((path) => readFileSync(path, 'utf8')).join('\n')));
  const readme = `${root}/README.md`;
  writeFileSync(readme, fill(readFileSync(readme, 'utf8'), made));
  console.log(`README.md: ${Object.keys(made).join(', ') || 'nothing'} filled in`);
}

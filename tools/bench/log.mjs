// A synthetic event log for `nearhand train`, for measuring time and memory: node tools/bench/log.mjs EVENTS ITEMS OUT.tsv [SEED]
//
// Items are as popular as Zipf's law says (rank^-0.9); a session has 2 to 20 events, and the next item is three times of four a
// neighbour of the one before, so that there is something to learn. One event of twelve is put into the cart, one of forty is
// bought. Sessions begin one after another and last minutes. The same arguments give the same file.
import { closeSync, openSync, writeSync } from 'node:fs';

const [events, items] = process.argv.slice(2, 4).map(Number);
const out = process.argv[4];
if (!(events > 0 && items > 1 && out)) throw new Error('usage: log.mjs EVENTS ITEMS OUT.tsv [SEED]');

let state = Number(process.argv[5] ?? 1) >>> 0;
// mulberry32
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const cumulative = new Float64Array(items);
for (let i = 0, sum = 0; i < items; i++) cumulative[i] = sum += (i + 1) ** -0.9;
const draw = () => {
  const at = random() * cumulative[items - 1];
  let [low, high] = [0, items - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
};
// Ranks are spread over the ids, so that an id tells nothing of its item's popularity: an odd factor keeps all apart.
const spread = (rank) => 1 + ((rank * 7919) % items);

const file = openSync(out, 'w');
let lines = ['session\titem\ttime\ttype'];
let time = Date.UTC(2026, 0, 1);
for (let left = events, session = 1; left > 0; session++) {
  let length = 2;
  while (length < 20 && random() < 0.75) length++;
  length = Math.min(length, left);
  let at = time;
  let item = draw();
  for (let i = 0; i < length; i++) {
    if (i > 0) item = random() < 0.75 ? (item + 1 + Math.floor(random() * 8)) % items : draw();
    const chance = random();
    const kind = chance < 1 / 40 ? 'purchase' : chance < 1 / 12 ? 'addtocart' : 'view';
    lines.push(`${session}\t${spread(item)}\t${at}\t${kind}`);
    at += 1000 + Math.floor(random() * 90_000);
  }
  left -= length;
  time += 500;
  if (lines.length > 50_000) {
    writeSync(file, lines.join('\n') + '\n');
    lines = [];
  }
}
writeSync(file, lines.join('\n') + '\n');
closeSync(file);

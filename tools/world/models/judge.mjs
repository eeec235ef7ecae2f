// A case of a model: `pack` is told no more than the flags of the case, and what the bundle then says is held against the lists
// that onnxruntime gave, natively and in wasm; or it must be refused, or warn.
import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../face.mjs';
import { run } from '../child.mjs';
import { differences } from '../compare.mjs';
import { unpack } from './archive.mjs';

const PACKAGE = `${root}/www/lib/dist/node.js`;
const SESSIONS = 200;
const K = 20;
const START_MS = 1_600_000_000_000;

/** Where the files of the archive lie for this run. */
let shelf;
let node;

/** Lays the files out. In wasm nothing runs before the package is built: `wasm` asks for it. */
export async function prepare(base, { wasm }) {
  shelf = join(base, 'shelf');
  unpack(shelf);
  const lines = readFileSync(join(shelf, 'items.tsv'), 'utf8').trimEnd().split('\n');
  writeFileSync(join(shelf, 'fewer.items.tsv'), `${lines.slice(0, -10).join('\n')}\n`);
  if (wasm && !existsSync(PACKAGE)) throw new Error('the package is missing: ./build.sh package first, or --native');
  if (wasm) node = await import(PACKAGE);
}

export const file = (name) => join(shelf, name);

/** Lists of the group: [{ session, top }], ids. */
function lists(group) {
  const words = (text) => text.split(' ');
  const rows = readFileSync(file(`${group}.top20.tsv`), 'utf8').trimEnd().split('\n');
  return rows.map((row) => row.split('\t').map(words)).map(([session, top]) => ({ session, top }));
}

/**
 * Where floats of 16 bits cannot be told apart, the scores of the best stand beside: a place may be another item's whose score is
 * as good to within `near` of the largest.
 */
function close(group, near) {
  const rows = readFileSync(file(`${group}.near.tsv`), 'utf8').trimEnd().split('\n');
  return rows.map((row) => {
    const scored = row.split('\t')[1].split(' ').map((word) => word.split(':'));
    const best = scored.map(([, score]) => Number(score));
    const of = new Map(scored.map(([id, score]) => [id, Number(score)]));
    const slack = near * Math.max(...best.map(Math.abs));
    return (slate) => new Set(slate).size === K && slate.every((id, i) => of.get(id) >= best[i] - slack);
  });
}

/** How many lists are right, and the first that is not. */
function agreement(one, slates, where) {
  const wanted = lists(one.tops);
  if (slates.length !== wanted.length) return [`${where}: ${slates.length} lists of ${wanted.length}`];
  const fits = one.near ? close(one.tops, one.near) : undefined;
  const wrong = wanted.flatMap(({ top }, i) => ((fits ? fits[i](slates[i]) : top.join() === slates[i].join()) ? [] : [i]));
  if (wrong.length === 0) return [];
  const [i] = wrong;
  const { session, top } = wanted[i];
  return [`${where}: ${SESSIONS - wrong.length} of ${SESSIONS}; first other: ${session.join(' ')} wanted ${top.slice(0, 5).join(' ')} … got ${slates[i].slice(0, 5).join(' ')} …`];
}

function parse(out) {
  try {
    return JSON.parse(out);
  } catch {
    return undefined;
  }
}

const heard = ({ out, err }) => (out + err).slice(0, 700);

/** What `pack` is told: the files, and the case's flags. */
function packing(one, flags) {
  const named = (flag, name, usual) => [flag, file(name ?? usual)];
  return [
    'pack',
    ...named('--onnx', `${one.onnx}.onnx`),
    ...named('--items', one.items, 'items.tsv'),
    ...named('--sessions', one.sessions, 'sessions.txt'),
    ...(one.vectors ? named('--vectors', one.vectors) : []),
    ...['--name', 'm', '--created-at', '2026-11-28', '--out', 'm.safetensors', '--json'],
    ...flags,
  ];
}

/** `eval` asks the bundle the sessions of the lists; what it is to answer is of no matter to its slates. */
async function native(one, binary, folder, limits) {
  const pairs = lists(one.tops).map(({ session, top }) => `${session.join(' ')}\t${top[0]}\n`);
  writeFileSync(join(folder, 'pairs.tsv'), pairs.join(''));
  const args = ['eval', 'm.safetensors', '--pairs', 'pairs.tsv', '--items', file(one.items ?? 'items.tsv'), '--slates', 'slates.txt', '--k', `${K}`];
  const got = await run(binary, args, limits);
  if (got.rc !== 0) return [`eval: rc ${got.rc}: ${heard(got)}`];
  const slates = readFileSync(join(folder, 'slates.txt'), 'utf8').trimEnd().split('\n');
  return agreement(one, slates.map((line) => line.split(' ')), 'native');
}

let compiled;
async function wasm(one, folder) {
  if (!node) return [];
  compiled ??= await WebAssembly.compile(readFileSync(`${root}/www/lib/dist/nearhand.wasm`));
  let [begun, now] = [START_MS, START_MS];
  const options = { tier: 'full', consent: 'memory', now: () => now, wasm: { full: compiled } };
  let shop;
  try {
    shop = await node.load(readFileSync(join(folder, 'm.safetensors')), options);
  } catch (error) {
    return [`wasm: ${error.message} [${error.code}] ${JSON.stringify(error.details)}`];
  }
  try {
    const slates = [];
    for (const { session } of lists(one.tops)) {
      shop.forget();
      // Later than what was forgotten: a clock that goes back would move the session.
      begun += 3_600_000;
      session.forEach((item, at) => {
        now = begun + at * 1000;
        shop.observe({ kind: 'view', item });
      });
      const slate = await shop.recommend({ k: K, exclude: [] });
      if (slate.source !== 'model') return [`wasm: answered from ${slate.source}: ${JSON.stringify(slate.notes)}`];
      slates.push(slate.items.map(({ item }) => item));
    }
    return agreement(one, slates, 'wasm');
  } finally {
    shop.close();
  }
}

/** What one case is at fault with: nothing, when it is right. */
export async function faults(one, { binary, limits, bounds }) {
  const { folder } = one;
  if (one.words) return page(one, { binary, limits, bounds });
  const flags = (one.flags ?? []).map((flag) => flag.replace(/^@/, () => `${shelf}/`));
  const told = one.blind === false ? ['--expect', file(`${one.expect ?? one.tops}.top20.tsv`)] : [];
  const got = await run(binary, packing(one, [...flags, ...told]), limits);
  const found = bounds(got);
  const said = parse(got.out);
  if (!said) return [...found, `no JSON, rc ${got.rc}: ${heard(got)}`];
  if (said.ok !== (got.rc === 0)) found.push(`ok is ${said.ok}, rc is ${got.rc}`);
  // What sessions cannot tell is asked for; told, it must be right.
  if (one.asks && !said.ok) {
    const unasked = differences(one.asks.says, words(said), 'said');
    return unasked.length > 0 ? unasked : faults({ ...one, asks: undefined, flags: [...(one.flags ?? []), ...one.asks.then] }, { binary, limits, bounds });
  }
  if (one.refuse || one.amiss) return [...found, ...refused(one, got, said)];
  if (!said.ok) return [...found, `refused: ${JSON.stringify(said.error)}`];
  if (!one.warned && said.warnings?.length > 0) found.push(`warns: ${JSON.stringify(said.warnings).slice(0, 300)}`);
  found.push(...guesses(one, said));
  if (!one.tops) return found;
  found.push(...(await native(one, binary, folder, limits)), ...(await wasm(one, folder)));
  return found;
}

/** A command of a page, in words, in a folder that has the files. */
async function page(one, { binary, limits, bounds }) {
  const { folder } = one;
  for (const name of readdirSync(shelf)) symlinkSync(join(shelf, name), join(folder, name));
  const got = await run(binary, one.words, limits);
  const found = bounds(got);
  if (got.rc !== 0) return [...found, `rc ${got.rc}: ${heard(got)}`];
  renameSync(join(folder, one.words[one.words.indexOf('--out') + 1]), join(folder, 'm.safetensors'));
  if (!one.tops) return found;
  return [...found, ...(await native(one, binary, folder, limits)), ...(await wasm(one, folder))];
}

const words = (said) => [said.error?.message, ...Object.values(said.error?.details ?? {}), JSON.stringify(said.warnings ?? [])].join('\n');

/** `refuse` must be refused; `amiss` may be packed as well, when a warning says what is amiss. */
function refused(one, got, said) {
  const { says = /./, ...want } = one.refuse ?? one.amiss;
  if (said.ok && !one.amiss) return [`wanted a refusal, packed: ${heard(got).slice(0, 400)}`];
  if (said.ok && !(said.warnings?.length > 0)) return [`wanted a refusal or a warning, packed without a word: ${heard(got).slice(0, 400)}`];
  if (existsSync(join(one.folder, 'm.safetensors')) && !said.ok) return ['refused, and a bundle was written'];
  return [...differences(says, words(said), 'said'), ...(said.ok ? [] : differences(want, said.error, 'error'))];
}

/** Every guess has a reason; `guess` names values that one of them must have. */
function guesses(one, said) {
  const list = said.guesses ?? [];
  const bare = list.filter(({ what, value, why }) => [what, value, why].some((word) => String(word ?? '').trim() === ''));
  const text = list.map(({ what, value }) => `${what}=${value}`).join('\n');
  return [
    ...(list.length > 0 ? [] : ['no guess is told']),
    ...bare.map((guess) => `a guess without what, value or why: ${JSON.stringify(guess)}`),
    ...[one.guess ?? []].flat().flatMap((pattern) => (pattern.test(text) ? [] : [`no guess fits ${pattern}: ${text.slice(0, 300)}`])),
  ];
}

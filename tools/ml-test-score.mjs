// Adds up docs/ml-test-score.md, after looking its evidence up. Usage: node tools/ml-test-score.mjs
import { existsSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './face.mjs';

/** Tests of the rubric in each section. */
const TESTS = 7;

/** `text` is the page; `read(path)` the text of a file, '' of a folder, undefined of nothing. Throws at the first line that does not hold. */
export function score(text, read) {
  const sections = new Map();
  let section;
  for (const line of text.split('\n')) {
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
    if (cells.length !== 4) continue;
    const [test, points, evidence, missing] = cells;
    const heading = /^\*\*(.+)\*\*$/.exec(test);
    if (heading) {
      sections.set((section = heading[1].toLowerCase()), []);
      continue;
    }
    if (!/^\d+\. /.test(test)) continue;
    const fault = (why) => new Error(`docs/ml-test-score.md: "${test}": ${why}`);
    if (!section || Number.parseInt(test, 10) !== sections.get(section).length + 1) throw fault('is out of its order');
    if (!['0', '0.5', '1'].includes(points)) throw fault(`scores "${points}", not 0, 0.5 or 1`);
    const found = [...evidence.matchAll(/`([^`]+)`(?: "([^"]+)")?/g)];
    if (Number(points) > 0 && found.length === 0) throw fault('scores without evidence');
    if (points === '0.5' && !missing) throw fault('scores half and does not say what is missing');
    for (const [, path, words] of found) {
      const has = read(path);
      if (has === undefined) throw fault(`${path} is not there`);
      if (words !== undefined && !has.includes(words)) throw fault(`${path} does not hold "${words}"`);
    }
    sections.get(section).push(Number(points));
  }
  const sums = [...sections].map(([name, points]) => {
    if (points.length !== TESTS) throw new Error(`docs/ml-test-score.md: ${name} has ${points.length} tests, not ${TESTS}`);
    return [name, points.reduce((sum, point) => sum + point, 0)];
  });
  if (sums.length !== 4) throw new Error(`docs/ml-test-score.md has ${sums.length} sections, not 4`);
  return sums;
}

export const inCheckout = (path) => {
  const file = `${root}/${path}`;
  if (!existsSync(file)) return undefined;
  return statSync(file).isDirectory() ? '' : readFileSync(file, 'utf8');
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const sums = score(inCheckout('docs/ml-test-score.md'), inCheckout);
  console.log(`ml-test-score ${sums.map(([name, sum]) => `${name}=${sum}`).join(' ')} score=${Math.min(...sums.map(([, sum]) => sum))}`);
}

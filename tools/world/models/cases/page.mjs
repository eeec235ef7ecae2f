// The commands of docs/exports.md, as they stand there: each packs, and where the graph has lists of onnxruntime's, answers so.
import { readFileSync } from 'node:fs';
import { root } from '../../../face.mjs';
import { cases as shapes } from './shapes.mjs';
import { cases as inputs } from './inputs.mjs';

const page = readFileSync(`${root}/docs/exports.md`, 'utf8');
const sections = page.split(/^## /m);
const lists = new Map([...shapes, ...inputs].filter(({ flags }) => !flags).map(({ onnx, tops }) => [onnx, tops]));

/** The command of a block: words, without the name of the tool. */
function command(block) {
  const [tool, ...words] = block.replaceAll('\\\n', ' ').trim().split(/\s+/);
  if (tool !== 'nearhand' || /[`$|;<>"'&]/.test(block)) throw new Error(`docs/exports.md: not one plain command: ${block}`);
  return words;
}

export const cases = sections.flatMap((section) => {
  const title = section.split('\n')[0].replace('# ', '');
  return [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block], i) => {
    const words = command(block);
    const model = words[words.indexOf('--onnx') + 1]?.replace('.onnx', '');
    return { name: `${title.toLowerCase().replace(/\W+/g, '-')}${i || ''}`, what: `docs/exports.md, ${title}`, words, tops: lists.get(model) };
  });
});
if (cases.length < 9) throw new Error(`docs/exports.md has ${cases.length} commands`);

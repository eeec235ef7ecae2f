// Small graphs by name, in Node.
import { readFileSync } from 'node:fs';

const root = process.env.NEARHAND_ROOT;
const { parseCases } = await import(`${root}/tools/conformance/store.mjs`);
const read = (name) => {
  const bytes = readFileSync(`${root}/tests/conformance/${name}.cases`);
  return parseCases(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

export const cases = read('part');
/** Trees beside arithmetic, and loops. */
export const mixed = read('mixed');
export const models = Object.fromEntries(cases.map(({ name, model }) => [name, model]));
export const one = (name) => cases.find((each) => each.name === name);
/** A file of tests/fixtures. */
export const fixture = (name) => readFileSync(`${root}/tests/fixtures/${name}.onnx`);

// Small graphs by name, in Node.
import { readFileSync } from 'node:fs';

const root = process.env.NEARHAND_ROOT;
const { parseCases } = await import(`${root}/tools/conformance/store.mjs`);
const bytes = readFileSync(`${root}/tests/conformance/part.cases`);

export const cases = parseCases(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
export const models = Object.fromEntries(cases.map(({ name, model }) => [name, model]));
export const one = (name) => cases.find((each) => each.name === name);
/** A file of tests/fixtures. */
export const fixture = (name) => readFileSync(`${root}/tests/fixtures/${name}.onnx`);

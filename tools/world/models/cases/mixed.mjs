// Exports whose traits were drawn by a seed (made_mixed.py).
import { files } from '../archive.mjs';

const drawn = JSON.parse(files()['mixed.json'].toString('utf8'));
export const cases = drawn.map(({ seed, tops, what }) => ({ name: `${seed}`, what, onnx: `mixed-${seed}`, tops }));

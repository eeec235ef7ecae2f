/** The engine alone, for Node: its binary and models from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import glue from '#glue/onnx';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';
import { env } from './onnx/env.js';
import type { InferenceSessionFactory } from './onnx/public.js';
import { sessions } from './onnx/session.js';
import { Tensor } from './onnx/tensor.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';
export { env, Tensor };

export const InferenceSession: InferenceSessionFactory = sessions({
  glue,
  // In one expression, as in node.ts.
  wasm: () =>
    binary(
      async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-onnx.wasm')),
      () => import('#packed/onnx'),
      "engine's wasm",
      'create.wasm',
    ),
  readFile: file,
  explain: async (error) => advice.advise(error),
});

export default { InferenceSession, Tensor, env };

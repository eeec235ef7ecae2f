/** The engine alone, for browsers and bundlers. The URL is literal so that bundlers carry the file along. */
import glue from '#glue/onnx';
import { env } from './onnx/env.js';
import type { InferenceSessionFactory } from './onnx/public.js';
import { sessions } from './onnx/session.js';
import { Tensor } from './onnx/tensor.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';
export { env, Tensor };

/** Vite's dev server moves this script to its cache and leaves the file where it is installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);

export const InferenceSession: InferenceSessionFactory = sessions({
  glue,
  wasm: () => placed(new URL('./nearhand-onnx.wasm', import.meta.url)),
  explain: async (error) => (await import('./failing/rescue.js')).explain(error),
});

export default { InferenceSession, Tensor, env };

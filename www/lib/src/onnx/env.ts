/** Settings of onnxruntime-web: a program may set them, nothing reads them. */
import { version } from '../words/version.js';
import type { Env } from './public.js';

export const env: Env = { wasm: {}, webgl: {}, webgpu: {}, versions: Object.freeze({ nearhand: version }) };

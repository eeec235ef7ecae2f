/** The engine alone, for workerd (edge workers): an imported .wasm file is a compiled module there. */
import glue from '#glue/onnx';
import module from '#wasm/onnx';
import * as advice from './failing/advice.js';
import { env } from './onnx/env.js';
import type { InferenceSessionFactory } from './onnx/public.js';
import { sessions } from './onnx/session.js';
import { Tensor } from './onnx/tensor.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';
export { env, Tensor };

export const InferenceSession: InferenceSessionFactory = sessions({ glue, wasm: () => module, explain: async (error) => advice.advise(error) });

export default { InferenceSession, Tensor, env };

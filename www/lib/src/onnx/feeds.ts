/** What a run is given, against what the graph takes: by name, type and shape. */
import { NearhandError } from '../words/errors.js';
import { invalid, isObject, tag, unread } from '../words/plain.js';
import type { Fed, Wanted } from './instance.js';
import { unknown } from './options.js';
import type { InferenceSession, Tensor } from './public.js';
import { arrayOf, fits, kindOf, tensorOf, type Type } from './tensor.js';

export type Metadata = InferenceSession.ValueMetadata;

const told = (type: string, dims: readonly (number | string)[]): string => `${type} [${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

/** The inputs that are given. What the engine reads are views and lists of our own. `states`: inputs that come from a state. */
export function fedBy(given: unknown, inputs: readonly Metadata[], states: readonly string[]): Fed[] {
  const names = inputs.map(({ name }) => name);
  const fed: Fed[] = [];
  try {
    // A map of names is an object; a list of tensors, or a tensor alone, names none.
    if (!isObject(given) || tensorOf(given)) invalid('run.feeds', 'an object with a Tensor for each input name', given);
    for (const name of Object.keys(given)) {
      const at = names.indexOf(name);
      if (at < 0) unknown('input-unknown', 'input', name, names);
      const value = (given as Record<string, unknown>)[name];
      if (value === undefined) continue;
      if (states.includes(name)) throw new NearhandError('input-unknown', `the input "${name}" comes from the state: leave it out`, { input: name });
      fed.push({ at, ...checked(value, inputs[at]!) });
    }
  } catch (error) {
    throw unread(error, 'run.feeds');
  }
  for (const [at, { name, optional, type, shape }] of inputs.entries()) {
    if (optional || states.includes(name) || fed.some((one) => one.at === at)) continue;
    throw new NearhandError('input-missing', `the input "${name}" (${told(type, shape)}) is not given`, { input: name, given: Object.keys(given as object).slice(0, 32) });
  }
  return fed;
}

function checked(value: unknown, { name, type, shape }: Metadata): Omit<Fed, 'at'> {
  let tensor: Tensor | undefined;
  try {
    tensor = tensorOf(value);
  } catch (error) {
    const { code, message, details } = unread(error, `run.feeds["${name}"]`);
    throw new NearhandError(code, `input "${name}": ${message.replace(/^nearhand: /, '')}`, { ...details, input: name }, error);
  }
  if (!tensor) return invalid(`run.feeds["${name}"]`, `a Tensor, as new Tensor('${type}', data, dims)`, value);
  const { dims } = tensor;
  const open = shape.length === 0;
  const fit = tensor.type === type && (open || (dims.length === shape.length && dims.every((dim, axis) => typeof shape[axis] === 'string' || shape[axis] === dim)));
  if (!fit) {
    const [have, wants] = [told(tensor.type, dims), told(type, shape)];
    throw new NearhandError('model-mismatch', `the input "${name}" is ${have}, and the graph takes ${wants}`, { input: name, have, wants });
  }
  const { data } = tensor;
  fits(data.length, dims, tensor.size);
  return { type, dims, data: type === 'string' ? textsOf(data as string[], name) : bytesOf(data as Float32Array) };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** A copy: the list is the host's, and may have changed since it became a tensor. */
function textsOf(data: readonly unknown[], name: string): string[] {
  return Array.from(data, (text, at) => {
    if (typeof text === 'string') return text;
    throw new NearhandError('tensor-invalid', `input "${name}": the elements of a string tensor must be strings; number ${at} is ${typeof text}`, { input: name, type: 'string', at });
  });
}

/** The outputs that are asked for, by name: all where nothing is said. A tensor is written into. */
export function wantedBy(given: unknown, outputs: readonly Metadata[]): { readonly name: string; readonly tensor: Tensor | undefined; readonly wanted: Wanted }[] {
  const names = outputs.map(({ name }) => name);
  const want = (name: string, value?: unknown) => {
    const at = names.indexOf(name);
    if (at < 0) unknown('output-unknown', 'output', name, names);
    const tensor = value === undefined || value === null ? undefined : tensorOf(value);
    if (value && !tensor) invalid(`run.fetches["${name}"]`, 'null or a Tensor', value);
    return { name, tensor, wanted: tensor ? { at, into: written(name, tensor) } : { at } };
  };
  try {
    if (given === undefined || given === null) return names.map((name) => want(name));
    if (kindOf(given) === 'Array') {
      return Array.from(new Set(given as unknown[]), (name) => (typeof name === 'string' ? want(name) : invalid('run.fetches', 'a list of output names', name)));
    }
    if (!isObject(given)) invalid('run.fetches', 'a list of output names, or an object by them', tag(given));
    return Object.keys(given).map((name) => want(name, (given as Record<string, unknown>)[name]));
  } catch (error) {
    throw unread(error, 'run.fetches');
  }
}

/** The array of a tensor that the host has, where the output fits it. */
function written(name: string, tensor: Tensor): NonNullable<Wanted['into']> {
  const { type, dims, data } = tensor;
  // A view of our own, before the engine is called.
  const view = type === 'string' ? new Uint8Array(data.length) : new (arrayOf(type))((data as Float32Array).buffer, (data as Float32Array).byteOffset, data.length);
  return (answered: Type, shape) => {
    if (answered === type && shape.length === dims.length && shape.every((dim, axis) => dim === dims[axis]) && view.length === tensor.size) return view;
    const [have, wants] = [told(type, dims), told(answered, shape)];
    throw new NearhandError('model-mismatch', `the tensor given for the output "${name}" is ${have}, and the output is ${wants}`, { output: name, have, wants });
  };
}

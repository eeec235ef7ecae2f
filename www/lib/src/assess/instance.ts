/**
 * A judge in a wasm instance of its own. One that has trapped, or was left half way, is never called again: what it had counted is gone with it,
 * so that nothing takes its place by itself.
 */
import { type AnyGlue, begin, calls } from '../files/instance.js';

/** crates/assess-wasm, one name for one name. */
export interface Judge {
  assess(row: string, given: Float64Array | undefined, explain: number, id?: string, received?: number): string | undefined;
  observe(row: string, record: boolean, received?: number): void;
  numbers(): number;
  label(id: string, fraud: boolean, at: number): string;
  amend(id: string, names: readonly string[], truths: Uint8Array): string;
  snapshot(): Uint8Array;
  restore(state: Uint8Array): void;
  setList(name: string, keys: readonly string[]): void;
  listed(name: string, key: string): boolean;
  told(): string;
  counts(): string;
}

export interface Glue extends AnyGlue {
  readonly Judge: new (bundle: Uint8Array, digest: string | undefined, maxBytes: number, keys: readonly string[] | undefined, answers: number, seed: Float64Array) => Judge;
}

export interface Instance {
  call<T>(act: (judge: Judge) => T): T;
  /** The memory from a place on, the same for all calls, as 64-bit floats. */
  floats(at: number): Float64Array;
  readonly memoryBytes: number;
}

export async function open(make: () => Glue, module: WebAssembly.Module, bytes: number, create: (glue: Glue) => Judge, signal: AbortSignal | undefined): Promise<Instance> {
  const [judge, memory] = await begin(make, module, bytes, create, signal);
  let floats: Float64Array | undefined;
  return {
    call: calls(judge, 'What it had counted since the last snapshot is gone: create another assessor with that state'),
    floats(at) {
      // Memory that has grown is another one.
      if (!floats?.length) floats = new Float64Array(memory.buffer, at);
      return floats;
    },
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
  };
}

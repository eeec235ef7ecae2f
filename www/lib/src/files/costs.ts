/** What the full tier of a bundle costs, told by its headers before it is opened. */
import { header } from './has-model.js';

export interface Costs {
  /** Bytes of the files, and of the graph in them. */
  readonly bytes: number;
  readonly graph: number;
  /** Goldens by the model, which are replayed last of all; 0: nothing tells what a slate takes. */
  readonly goldens: number;
}

export function costsOf(bundle: Uint8Array, model?: Uint8Array): Costs {
  // Bounded from each place where it may begin: a header that nobody vouches for must not hold the page.
  const [, graph] = /"model\.onnx":\{[^{}]{0,300}"shape":\[(\d{1,15})\]/.exec(header(model ?? bundle)) ?? [];
  return {
    bytes: bundle.length + (model?.length ?? 0),
    graph: Number(graph ?? 0),
    // The manifest is a text in the header, and its own texts are escaped once more.
    goldens: header(bundle).split('\\"full\\":[').length - 1,
  };
}

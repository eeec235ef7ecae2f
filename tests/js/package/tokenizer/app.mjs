// One program in every runtime: the ids of the recording's random texts, by configuration, as the recording writes them.
import { fromJSON, NearhandError } from 'nearhand/tokenizer';

export function all({ bits, files }) {
  const out = {};
  for (const [name, file] of Object.entries(files)) {
    const tokenizer = fromJSON(file);
    let state = 1n;
    const below = (most) => {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      return Number((state >> 33n) % BigInt(most));
    };
    out[name] = '';
    for (let i = 0; i < 300; i++) {
      const ids = tokenizer.encode(Array.from({ length: 1 + below(24) }, () => bits[below(bits.length)]).join(''));
      let hash = 0xcbf29ce484222325n;
      for (const id of ids) hash = BigInt.asUintN(64, (hash ^ BigInt(id)) * 0x100000001b3n);
      out[name] += (hash & 0xffffffn).toString(16).padStart(6, '0');
    }
  }
  const llama = fromJSON(files.llama2);
  const stream = llama.stream();
  out.streamed = llama.encode('日本 👍🏽!').map((id) => stream.push(id));
  out.streamed.push(stream.finish());
  try {
    fromJSON('{"model":{"type":"WordPiece","vocab":{}}}');
  } catch (error) {
    out.error = [error instanceof NearhandError, error.code, error.message, error.details];
  }
  return out;
}

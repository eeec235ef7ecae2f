// Greedy decoding on onnxruntime-web, as fast as its wasm provider lets a program be: what the answers need is allocated
// once, caches are handed back as the tensors that came (that provider copies them out and in, whatever is asked of it), and logits are
// read of the last token alone. For Node and browsers alike.
//
// `speaker(ort, model, options)` is what race.mjs measures: ask(prompt, n) answers n ids; `caches: true` keeps the keys and values
// from one prompt to the next, and cuts them back to what both have in common.

/** The place of the greatest, the first of equal ones. */
function greatest(logits, from, count) {
  let best = from;
  for (let i = from + 1; i < from + count; i++) if (logits[i] > logits[best]) best = i;
  return best - from;
}

/** How many ids two lists have in common at their beginning. */
function common(a, b) {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Graphs with `past_key_values.N.key` of `[1, heads, past, width]`: optimum's and onnxruntime-genai's, and `nearhand train-text`'s. */
class Layers {
  constructor(ort, session, room) {
    Object.assign(this, { ort, session });
    this.pasts = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
    const shape = session.inputMetadata.find(({ name }) => name === this.pasts[0]).shape;
    [this.heads, this.width] = [shape[1], shape[3]];
    this.ones = new BigInt64Array(room).fill(1n);
    this.positions = BigInt64Array.from({ length: room }, (_, i) => BigInt(i));
    this.forget();
  }

  forget() {
    this.length = 0;
    this.caches = this.pasts.map(() => new this.ort.Tensor('float32', new Float32Array(0), [1, this.heads, 0, this.width]));
  }

  /** Keeps the first `length` tokens. */
  cut(length) {
    if (length === this.length) return;
    this.caches = this.caches.map(({ data }) => {
      const kept = new Float32Array(this.heads * length * this.width);
      for (let head = 0; head < this.heads; head++) {
        const from = head * this.length * this.width;
        kept.set(data.subarray(from, from + length * this.width), head * length * this.width);
      }
      return new this.ort.Tensor('float32', kept, [1, this.heads, length, this.width]);
    });
    this.length = length;
  }

  async run(ids) {
    const { Tensor } = this.ort;
    const after = this.length + ids.length;
    const feeds = {
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      attention_mask: new Tensor('int64', this.ones.subarray(0, after), [1, after]),
    };
    if (this.session.inputNames.includes('position_ids')) {
      feeds.position_ids = new Tensor('int64', this.positions.subarray(this.length, after), [1, ids.length]);
    }
    this.pasts.forEach((name, i) => (feeds[name] = this.caches[i]));
    const answer = await this.session.run(feeds);
    this.caches = this.pasts.map((name) => answer[name.replace('past_key_values', 'present')]);
    this.length = after;
    const { data, dims } = answer.logits;
    const [, rows, count] = dims;
    return greatest(data, (rows - 1) * count, count);
  }
}

/** Graphs with all layers' caches in one tensor, which answer the new rows alone: models/stories260k. Rows are written into room that is there; the mask hides the rest. */
export class OneCache {
  constructor(ort, session) {
    Object.assign(this, { ort, session });
    [this.layers, this.heads, , this.width] = session.inputMetadata.find(({ name }) => name === 'past_k').shape;
    this.forget();
  }

  forget() {
    this.length = 0;
    this.room = 0;
    this.keys = this.values = new Float32Array(0);
  }

  cut(length) {
    this.length = length;
  }

  /** Room for `rows`, in steps of 64, so that little is copied for nothing. */
  grow(rows) {
    if (rows <= this.room) return;
    const room = Math.ceil(rows / 64) * 64;
    const moved = (old) => {
      const wider = new Float32Array(this.layers * this.heads * room * this.width);
      for (let at = 0; at < this.layers * this.heads; at++) {
        const from = at * this.room * this.width;
        wider.set(old.subarray(from, from + this.length * this.width), at * room * this.width);
      }
      return wider;
    };
    [this.keys, this.values, this.room] = [moved(this.keys), moved(this.values), room];
  }

  async run(ids) {
    const { Tensor } = this.ort;
    const [rows, past] = [ids.length, this.length];
    const wide = this.room + rows;
    const mask = new Float32Array(rows * wide).fill(-Infinity);
    for (let row = 0; row < rows; row++) {
      mask.fill(0, row * wide, row * wide + past);
      mask.fill(0, row * wide + this.room, row * wide + this.room + row + 1);
    }
    const shape = [this.layers, this.heads, this.room, this.width];
    const answer = await this.session.run({
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [rows]),
      pos: new Tensor('int64', BigInt64Array.from(ids, (_, i) => BigInt(past + i)), [rows]),
      mask: new Tensor('float32', mask, [rows, wide]),
      past_k: new Tensor('float32', this.keys, shape),
      past_v: new Tensor('float32', this.values, shape),
    });
    this.grow(past + rows);
    for (const [to, { data }] of [[this.keys, answer.new_k], [this.values, answer.new_v]]) {
      for (let at = 0; at < this.layers * this.heads; at++) {
        to.set(data.subarray(at * rows * this.width, (at + 1) * rows * this.width), (at * this.room + past) * this.width);
      }
    }
    this.length = past + rows;
    const count = answer.logits.dims[1];
    return greatest(answer.logits.data, (rows - 1) * count, count);
  }
}

/** `encode(prompt)` → ids, known beforehand: what a text costs to be cut is not counted here. */
export async function speaker(ort, model, { encode, room = 2048, caches = false }) {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], graphOptimizationLevel: 'all', logSeverityLevel: 4 });
  const decoder = session.inputNames.includes('past_k') ? new OneCache(ort, session) : new Layers(ort, session, room);
  let known = []; // the ids whose keys and values lie in the caches
  return {
    async ask(prompt, n) {
      const ids = encode(prompt);
      // The last token is run in any case: its logits are wanted.
      const reused = caches ? Math.min(common(known, ids), ids.length - 1) : 0;
      if (reused) decoder.cut(reused);
      else decoder.forget();
      known = [...ids];
      const said = [await decoder.run(ids.slice(reused))];
      while (said.length < n) {
        known.push(said.at(-1));
        said.push(await decoder.run([said.at(-1)]));
      }
      return { ids: said, reused };
    },
    close: () => session.release(),
  };
}

// One engine and one catalog, ready to be timed: ?engine=full|thread|lite|ort&dir=FOLDER. `visits(items)` is a session: it
// observes each item, asks for the slate, and gives the times in ms.
const query = new URL(location.href).searchParams;
const dir = new URL(`./slate/${query.get('dir')}/`, location.href);
const K = 5;
const MAX_BYTES = 2 ** 31;

/** The npm package as a page has it: the full tier's model runs in its worker or in the page's thread. */
async function nearhand(tier, thread) {
  const { load } = await import('./nearhand/browser.js');
  const model = new URL('model.safetensors', dir);
  const shop = await load(new URL('shop.safetensors', dir), { tier, thread, model, consent: 'memory', maxBytes: MAX_BYTES });
  return {
    async visit({ id }) {
      shop.observe({ kind: 'view', item: id });
      const { items, tier: by } = await shop.recommend({ k: K });
      if (by !== tier) throw new Error(`answered by ${by}`);
      return items.map(({ item }) => item);
    },
    forget: () => shop.forget(),
  };
}

const engines = {
  full: () => nearhand('full', 'worker'),
  thread: () => nearhand('full', 'page'),
  lite: () => nearhand('lite'),

  /** What a page without nearhand writes: the session's vectors into the graph, one score an item out, the best of them. */
  async ort() {
    const [ort, { readBundle }] = await Promise.all([import('./ort/ort.wasm.bundle.min.mjs'), import('./bundle.js')]);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL('./ort/ort-wasm-simd-threaded.wasm', import.meta.url).href };
    const read = async (name) => (await fetch(new URL(name, dir))).arrayBuffer();
    const session = await ort.InferenceSession.create(await read('peer.onnx'), { executionProviders: ['wasm'] });
    const { manifest } = readBundle(await read('shop.safetensors'));
    const { 'items.vectors': rows, 'items.scales': scales } = readBundle(await read('model.safetensors')).tensors;
    const [last, dim] = manifest.model.inputs[0].shape;
    const [window, mask] = [new Float32Array(last * dim), new Float32Array(last)];
    let events = [];
    return {
      async visit({ item }) {
        events.push(item);
        if (events.length > 50) events.shift();
        const seen = events.slice(-last);
        window.fill(0);
        mask.fill(0);
        seen.forEach((id, i) => {
          const place = last - seen.length + i;
          mask[place] = 1;
          for (let j = 0; j < dim; j++) window[place * dim + j] = rows[id * dim + j] * scales[id];
        });
        const { scores } = await session.run({ items64: new ort.Tensor('float32', window, [last, dim]), mask: new ort.Tensor('float32', mask, [last]) });
        const x = scores.data;
        // NaN would make every comparison false, and a peer look slow that was asked nonsense.
        if (!Number.isFinite(x[0])) throw new Error(`no score: ${x[0]}`);
        const out = new Set(events);
        const best = [];
        let least = -Infinity;
        for (let i = 0; i < x.length; i++) {
          if (x[i] <= least || out.has(i)) continue;
          best.push(i);
          best.sort((a, b) => x[b] - x[a] || a - b);
          if (best.length > K) best.pop();
          if (best.length === K) least = x[best[K - 1]];
        }
        scores.dispose();
        return best;
      },
      forget: () => (events = []),
    };
  },
};

const { visit, forget } = await engines[query.get('engine')]();
globalThis.visits = async (items) => {
  const times = [];
  forget();
  for (const item of items) {
    const from = performance.now();
    await visit(item);
    times.push(performance.now() - from);
  }
  return times;
};
globalThis.firstMs = performance.now();

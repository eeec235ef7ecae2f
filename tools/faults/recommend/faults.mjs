// What goes wrong around a recommender, each put where it would happen: in the bundle's bytes, in the events, in the feed, in the clock.
import { lib } from '../../face.mjs';
import { flipped, opened } from '../bundle.mjs';
import { below, draws, weighted } from '../chance.mjs';
import { changed, floats, tensors } from '../onnx.mjs';
import { damage, watch } from '../memory.mjs';
import { refused } from '../watch.mjs';
import { open, served, tell } from './world.mjs';

/** Serves a visit and tells the monitor; `change` makes the visit another one, `told` what the monitor hears of it. Each fault has a shop of its own. */
const serving =
  ({ visit = {}, change = (one) => one, told = (one) => one, how = () => ({}), shop: own }) =>
  async ({ bytes, people, place }) => {
    const at = await place(own ? await own() : await open(bytes));
    return async (monitor, n) => tell(monitor, told(await served(at, change(people.visit(typeof visit === 'function' ? visit(n) : visit), n), how(n))), `late ${n}`);
  };
/** The next visitors, with the clock as `at` says. */
const byClock = (at) => async (world) => {
  const step = await serving({})(world);
  return (monitor, n, clock) => {
    clock.now = at(world, n);
    return step(monitor, n);
  };
};

/**
 * A bundle that was packed with the fault in it: its golden session was recorded with the fault as well. What the model answers there is asked of the engine
 * alone; lists of best items are left out, as packing may.
 */
async function packed(world, edit) {
  const { InferenceSession, Tensor } = await import(`${lib}/dist/onnx-node.js`);
  const bundle = opened(world.bytes);
  edit(bundle);
  const { manifest, part } = bundle;
  const [items, mask] = manifest.model.inputs;
  const [window, width] = items.shape;
  const event = manifest.goldens[0].events[0];
  const item = world.people.ids.indexOf(event.item);
  const vector = Float32Array.from(part('items.vectors').slice(item * width, (item + 1) * width), (code) => ((code << 24) >> 24) * half(part('items.scales'), item));
  const [vectors, there] = [new Float32Array(window * width), new Float32Array(window)];
  vectors.set(vector, (window - 1) * width);
  there[window - 1] = 1;
  const session = await InferenceSession.create(part('model.onnx').slice());
  const { query } = await session.run({ [items.name]: new Tensor('float32', vectors, [window, width]), [mask.name]: new Tensor('float32', there, [window]) });
  await session.release();
  const recorded = part('golden.query');
  new Float32Array(recorded.buffer, recorded.byteOffset, width).set(query.data);
  bundle.shorten('golden.query', [1, width]);
  manifest.goldens = [{ events: [event], full: [], lite: [] }];
  return bundle.bytes();
}
/** A half-precision number. */
function half(bytes, at) {
  const bits = bytes[2 * at] | (bytes[2 * at + 1] << 8);
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  return exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
}
/** The same done to a bundle that was packed aright. */
function broken(world, edit) {
  const bundle = opened(world.bytes);
  edit(bundle);
  return bundle.bytes();
}

const scales = ({ part }) => new Uint16Array(part('items.scales').buffer, part('items.scales').byteOffset, part('items.scales').length / 2).fill(0x3c00);
const rolled = ({ part }) => {
  const vectors = part('items.vectors');
  const width = 48;
  vectors.set([...vectors.subarray(width), ...vectors.subarray(0, width)]);
};
/** The graph's normalisations, and the scales of its weights, are those of before training. */
const unscaled = ({ part }) => {
  const onnx = part('model.onnx');
  for (const tensor of tensors(onnx)) {
    if (floats(tensor) && /norm\d\.gain$/.test(tensor.name)) changed(onnx, tensor, () => 1);
    if (floats(tensor) && /norm\d\.shift$/.test(tensor.name)) changed(onnx, tensor, () => 0);
  }
};
const weightScales = ({ part }) => {
  const onnx = part('model.onnx');
  for (const tensor of tensors(onnx)) if (floats(tensor) && /\.scales$/.test(tensor.name)) changed(onnx, tensor, () => 1);
};

/** At load, and where it was packed so, by what is answered. */
const inFile = (name, what, edit) => [
  { name, harmful: true, what: `${what}, after packing`, load: (world) => refused(() => open(broken(world, edit))) },
  { name: `${name}-packed`, harmful: true, what: `${what}, before packing: no golden session knows better`, begin: (world) => serving({ shop: async () => open(await packed(world, edit)) })(world) },
];

/**
 * Written over in the memory of an engine that serves, which no digest sees: predictions until the engine is another one and the monitor tells it. Drift of
 * what was served until then may be told before.
 */
const overwritten = (name, what, edit, tier = 'full') => ({
  name,
  harmful: true,
  what: `${what}, in the memory of an engine that serves`,
  load: async (world) => {
    watch();
    const at = await world.place(await open(world.bytes, { tier }));
    const monitor = await world.createMonitor({ reference: world.reference, visitors: 'many', now: () => world.now });
    await served(at, world.people.visit());
    if (!edit(opened(world.bytes).part)) throw new Error(`${name}: nothing of it stands in the memory`);
    for (let after = 1; after <= 1000; after++) {
      const { slate, info } = await served(at, world.people.visit());
      monitor.counted(info);
      const alerts = slate.notes.includes('engine-restarted') ? monitor.look() : [];
      if (alerts.some(({ code }) => code === 'golden')) return { by: 'golden', after, action: slate.tier === tier ? 'restarted' : 'fall-back' };
    }
    return { by: null, after: 1000, action: 'none' };
  },
});

export const faults = [
  {
    name: 'units-changed',
    harmful: true,
    what: 'dwell in seconds where milliseconds are meant',
    begin: serving({ change: (one) => ({ ...one, dwells: one.dwells.map((ms) => Math.round(ms / 1000)) }) }),
  },
  {
    name: 'field-text',
    harmful: true,
    what: 'dwell as a text that is written for readers: 29.732,5 ms',
    begin: serving({ told: (one) => ({ ...one, dwell: `${one.dwell.toLocaleString('de-DE')},5 ms` }) }),
  },
  {
    name: 'always-missing',
    harmful: true,
    what: 'dwell is not told any more: the field was renamed',
    begin: serving({ told: (one) => ({ ...one, dwell: undefined }) }),
  },
  {
    name: 'windows-empty',
    harmful: true,
    what: 'what the visitor viewed is not told to the shop: his session is always empty',
    begin: serving({ how: () => ({ unseen: true }) }),
  },
  {
    name: 'columns-swapped',
    harmful: true,
    what: 'the feed of the catalog has category and brand in each other\'s columns',
    begin: async (world) => {
      const shop = await open(world.bytes);
      await shop.updateCatalog({ update: world.people.ids.map((item, at) => ({ item, category: `Brand ${at % 40}`, brand: shop.item(item).category ?? null })) });
      return serving({ shop: () => shop })(world);
    },
  },
  {
    name: 'stale-join',
    harmful: true,
    what: 'item codes are joined by last season\'s list, in which half of them meant other items',
    begin: (world) => {
      // Codes change hands among items that are bought about as often, so that nothing of it shows in how popular what is viewed is.
      const order = world.people.ids.map((_, at) => at).sort((a, b) => world.people.bought[b] - world.people.bought[a]);
      const other = Int32Array.from(order, (_, at) => at);
      const random = draws(11);
      for (let at = 0; at + 40 <= order.length; at += 40) for (let i = 0; i < 20; i++) other[order[at + i]] = order[at + 20 + below(random, 20)];
      return serving({ change: (one) => ({ ...one, items: one.items.map((item) => other[item]), next: other[one.next] }) })(world);
    },
  },
  { name: 'label-feed-stopped', harmful: true, what: 'clicks are not told any more', begin: serving({ how: () => ({ clicking: false }) }) },
  ...inFile('scaler-forgotten', 'the normalisations of the graph are 1 and 0 instead of what was learnt', unscaled),
  {
    name: 'stale-catalog',
    harmful: true,
    what: 'the shop sells what the bundle does not know: one view in five is of a new item',
    begin: async (world) => {
      const random = draws(12);
      return serving({ change: (one) => ({ ...one, items: one.items.map((item) => (random() < 0.2 ? `new ${below(random, 300)}` : item)) }) })(world);
    },
  },
  { name: 'stale-bundle', harmful: true, what: 'nobody has published for a week', begin: byClock((world) => world.made + 7 * 86_400_000) },
  {
    name: 'ids-shifted',
    harmful: true,
    what: 'the page names the item of the row below: ids are off by one',
    begin: (world) => serving({ change: (one) => ({ ...one, items: one.items.map((item) => (item + 1) % world.people.ids.length), next: (one.next + 1) % world.people.ids.length }) })(world),
  },
  ...inFile('vectors-shifted', 'item vectors are off by one row', rolled),
  ...inFile('quantisation-scale-lost', 'the scales of the graph\'s 8-bit weights are 1', weightScales),
  ...inFile('vector-scale-lost', 'the scales of the item vectors are 1', scales),
  overwritten('vectors-overwritten', 'item vectors are off by one row', (part) => damage(part('items.vectors'), (bytes) => bytes.set(bytes.slice(48)))),
  overwritten('table-overwritten', 'all weights of the table are alike', (part) => damage(part('table.weights'), (bytes) => bytes.fill(9)), 'lite'),
  overwritten('graph-overwritten', 'the graph\'s normalisations are half of what was learnt', (part) => {
    const onnx = part('model.onnx');
    const gains = tensors(onnx).filter((tensor) => floats(tensor) && /norm\d\.gain$/.test(tensor.name));
    return gains.reduce((places, { start, end }) => places + damage(onnx.subarray(start, end), (bytes) => changed(bytes, { start: 0, end: bytes.length }, (value) => value / 2)), 0);
  }),
  {
    name: 'bit-flip',
    harmful: true,
    what: 'one bit of the file, on its way',
    load: ({ bytes }) => refused(() => open(flipped(bytes))),
  },
  { name: 'clock-off', harmful: true, what: 'the clock of the machine stands at 1970', begin: byClock((_, n) => 1000 * n) },
  {
    name: 'bot-traffic',
    harmful: true,
    what: 'half of the visits are a crawler that opens item after item, a tenth of a second each',
    begin: (world) => {
      const random = draws(13);
      let at = 0;
      return serving({ change: (one) => (random() < 0.5 ? { ...one, items: Array.from({ length: 8 }, () => at++ % world.people.ids.length), dwells: Array(8).fill(100) } : one) })(world);
    },
  },
  {
    name: 'feedback-loop',
    harmful: true,
    what: 'what was clicked is boosted, what is boosted is clicked: rules are made of the clicks after every 20 slates',
    begin: async (world) => {
      const at = await world.place(await open(world.bytes));
      const random = draws(14);
      const clicks = new Map();
      let rules = [];
      return async (monitor, n) => {
        const answer = await served(at, world.people.visit(), { ask: { rules } });
        // Who looks at the first place clicks there.
        const chosen = answer.slate.items[random() < 0.7 ? 0 : below(random, answer.slate.items.length)]?.item;
        clicks.set(chosen, (clicks.get(chosen) ?? 0) + 1);
        if (n % 20 === 0) {
          const top = [...clicks].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 12);
          rules = top.map(([item, count]) => ({ boost: Math.min(1 + count, 100), items: [item] }));
        }
        tell(monitor, answer, `late ${n}`);
      };
    },
  },
  {
    name: 'slow-decay',
    harmful: true,
    what: 'tastes move on: from prediction to prediction more views go where the bundle\'s table never saw anybody go, all of them after 500',
    begin: (world) => {
      const random = draws(15);
      let share = 0;
      return serving({ visit: (n) => ((share = n / 500), { wander: () => random() < share }) })(world);
    },
  },
  {
    name: 'answer-cached',
    harmful: true,
    what: 'a cache in front of the shop gives everybody the slate of the first who came',
    begin: async (world) => {
      const { people, place } = world;
      const at = await place(await open(world.bytes));
      let first;
      return async (monitor, n) => {
        const visit = people.visit();
        const answer = await served(at, visit, { clicking: false });
        first ??= answer.slate;
        const clicked = first.items.some(({ item }) => item === people.ids[visit.next]);
        tell(monitor, { ...answer, slate: { ...first, events: answer.slate.events }, clicked }, `late ${n}`);
      };
    },
  },
  { name: 'night', harmful: false, what: 'by night: a tenth more short visits', begin: serving({ visit: { more: 0.68 } }) },
  {
    name: 'sale',
    harmful: false,
    what: 'a sale: all prices a tenth lower, five views in a hundred begin at its twenty items',
    begin: async (world) => {
      const shop = await open(world.bytes);
      await shop.updateCatalog({ update: world.people.ids.map((item) => ({ item, price: Math.max((shop.item(item).price ?? 1) * 0.9, 0.01) })) });
      const random = draws(16);
      const usual = weighted(world.people.bought);
      return serving({ shop: () => shop, visit: { first: (chance) => (random() < 0.05 ? 100 + below(random, 20) : usual(chance)) } })(world);
    },
  },
  {
    name: 'popularity-wanders',
    harmful: false,
    what: 'other items are popular this week: each one\'s share by up to a fifth more or less',
    begin: (world) => {
      const random = draws(17);
      const other = weighted(Array.from(world.people.bought, (count) => count * (0.8 + 0.4 * random())));
      return serving({ visit: { first: other } })(world);
    },
  },
  { name: 'nothing', harmful: false, what: 'nothing: the next visitors', begin: serving({}) },
  { name: 'resealed', harmful: false, what: 'nothing: the file is taken apart and put together again, as for a fault after packing', load: (world) => refused(() => open(broken(world, () => {}))) },
  { name: 'repacked', harmful: false, what: 'nothing: packed anew, as for a fault before packing', begin: (world) => serving({ shop: async () => open(await packed(world, () => {})) })(world) },
];

// What goes wrong around a language model, each put where it would happen: in its files, in the prompts, in the settings, in the clock.
import { below, draws } from '../chance.mjs';
import { damage, watch } from '../memory.mjs';
import { changed, floats, tensors } from '../onnx.mjs';
import { refused } from '../watch.mjs';
import { assistant, open, packed, published, shipped, suggested, tell, wanted, world as opened } from './world.mjs';

/** Suggests for the next texts, with the fault. */
const suggesting =
  ({ completer = ({ path }) => open(path), change = (text) => text, how = () => ({}), after = () => {} } = {}) =>
  async (world) => {
    const model = await completer(world);
    const random = draws(41);
    let before = { prompt: '', next: '' };
    return async (monitor, n) => {
      const text = world.texts[below(random, world.texts.length)];
      const given = change(text, n, before);
      before = text;
      const answer = await suggested(model, given, how(n, world));
      tell(monitor, answer);
      await after(model, answer, given, world);
    };
  };

const edited = (bytes, edit) => {
  const copy = Uint8Array.from(bytes);
  edit(copy);
  return copy;
};
/** After publishing, which its digest tells; before it, which its goldens tell; and before those were recorded, which leaves it to the monitor. `of`: which files; `more`: of the last row. */
const inFile = (name, what, file, edit, { of = ({ files }) => files, ...more } = {}) => {
  const wrong = (world) => ({ ...of(world), [file]: edit(of(world)[file]) });
  const row = (late) => `${name}${late}`;
  return [
    { name: row(''), harmful: true, what: `${what}, after publishing`, load: (world) => refused(() => open(published(row(''), wrong(world), of(world)))) },
    { name: row('-published'), harmful: true, what: `${what}, before publishing: its digest is right`, load: (world) => refused(() => open(published(row('-published'), wrong(world)))) },
    {
      name: row('-packed'),
      harmful: true,
      what: `${what}, before its goldens were recorded`,
      begin: suggesting({ completer: async (world) => open(published(row('-packed'), await packed(row('-packed'), wrong(world)))) }),
      ...more,
    },
  ];
};
/** Turns of this thread between two predictions: a golden is asked while nobody waits. */
const TURNS = 50;
/**
 * Written over in the memory of an instance that serves, which no digest sees: predictions until the instance is given up and the monitor tells it. What was
 * suggested until then is other texts, of numbers still; the next one is as before.
 */
const overwritten = (name, what, edit) => ({
  name,
  harmful: true,
  what: `${what}, in the memory of an instance that serves`,
  load: async (world) => {
    watch();
    const model = await open(world.path);
    const monitor = await world.createMonitor({ reference: world.reference, visitors: 'many', now: () => world.now });
    const text = (at) => world.texts[at % world.texts.length];
    const before = await suggested(model, text(0));
    if (!edit(world.files)) throw new Error(`${name}: nothing of it stands in the memory`);
    for (let after = 1; after <= 1000; after++) {
      const { result } = await suggested(model, text(after - 1));
      if (after === 1 && result.completion === before.result.completion) throw new Error(`${name}: the text is as it was`);
      for (let turns = 0; turns < TURNS; turns++) await new Promise((done) => setImmediate(done));
      const info = await model.info();
      monitor.counted(info);
      if (!info.restarts || !monitor.look().some(({ code }) => code === 'golden')) continue;
      const again = (await suggested(model, text(0))).result.completion === before.result.completion;
      return { by: 'golden', after, action: again ? 'restarted' : 'none' };
    }
    return { by: null, after: 1000, action: 'none' };
  },
});
const inModel = (name, what, edit, how) => inFile(name, what, 'model', (bytes) => edited(bytes, edit), how);
const unscaled = (onnx) => {
  for (const tensor of tensors(onnx)) if (floats(tensor) && /^(an\d|fn\d|fin)$/.test(tensor.name)) changed(onnx, tensor, () => 1);
};
const coarse = (onnx) => {
  for (const tensor of tensors(onnx)) if (floats(tensor) && tensor.dims.length === 2) changed(onnx, tensor, (value) => Math.round(value * 16) / 16);
};
const flipped = (onnx) => {
  const { start, end } = tensors(onnx).find(({ name }) => name === 'fin');
  // Of a weight below 2, whose exponent becomes the largest of all.
  let at = start + 3;
  while (at < end && onnx[at] !== 0x3f) at += 4;
  onnx[at] ^= 0x40;
};

/** The scales of 4-bit weights, half-precision numbers, are 1. */
const scaleless = (onnx) => {
  for (const { name, start, end } of tensors(onnx)) if (/^layers\.\d+\..*\.halves$/.test(name)) for (let at = start; at < end; at += 2) [onnx[at], onnx[at + 1]] = [0x00, 0x3c];
};

/** Words that begin or end a text, and the unknown one. */
const SPECIAL = 3;
/** The tokenizer's words, numbered by `other`: of the same number, so that nothing shows at load. */
const numbered = (tokenizer, other) => {
  const spec = JSON.parse(new TextDecoder().decode(tokenizer));
  const ids = Object.entries(spec.model.vocab);
  const renumbered = ids.map(([word, id]) => [word, id < SPECIAL ? id : other(id, ids.length)]);
  spec.model.vocab = Object.fromEntries(renumbered.sort((a, b) => a[1] - b[1]));
  return new TextEncoder().encode(JSON.stringify(spec));
};
const shuffled = () => {
  const random = draws(42);
  let order;
  return (id, of) => {
    if (!order) {
      order = Array.from({ length: of - SPECIAL }, (_, at) => at);
      for (let at = order.length - 1; at > 0; at--) {
        const with_ = below(random, at + 1);
        [order[at], order[with_]] = [order[with_], order[at]];
      }
    }
    return SPECIAL + order[id - SPECIAL];
  };
};

/** The tokenizer's words one behind the other, as it writes them: so they stand in its memory. */
const written = (tokenizer) => {
  const words = Object.entries(JSON.parse(new TextDecoder().decode(tokenizer)).model.vocab).sort((a, b) => a[1] - b[1]).map(([word]) => word);
  return new TextEncoder().encode(words.filter((word, id) => id >= SPECIAL && !/^<0x..>$/.test(word)).join('').replaceAll('▁', ' '));
};

const words = (text) => text.prompt.split(' ');
/** Of each text by a draw, something else. */
const some = (random, share, change) => (text) => (random() < share ? change(text) : text);
const SCRIPTED = ['POST /wp-login.php HTTP/1.1 user=admin', "' OR 1=1; DROP TABLE users; --", '{{7*7}} ${jndi:ldap://x}', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'];

const byClock = (at) => async (world) => {
  const step = await suggesting()(world);
  return (monitor, n, clock) => {
    clock.now = at(world, n);
    return step(monitor, n);
  };
};

/** Where what is usual is no more than the model by itself: worlds of their own, each opened once, in which the same without the fault is a row too. */
const once = (how) => {
  let made;
  return () => (made ??= opened({ learn: 600, quiet: 200, ...how }));
};
const at = (temperature) => (n) => ({ temperature, seed: n });
const tempered = once({ asked: () => at(0.7) });
const LISTED = 60;
const listed = once({ asked: (texts) => () => ({ allowed: wanted(texts).slice(0, LISTED) }) });
const adapted = once({ adapting: { ngram: true, bias: true } });

export const faults = [
  {
    name: 'units-changed',
    harmful: true,
    what: 'the temperature in per cent: 70 where 0.7 is meant',
    world: tempered,
    begin: suggesting({ how: (n) => ({ ask: at(70)(n) }) }),
  },
  {
    name: 'windows-empty',
    harmful: true,
    what: 'the field\'s text is not passed on: every prompt is empty',
    begin: suggesting({ change: (text) => ({ ...text, prompt: '' }) }),
  },
  {
    name: 'columns-swapped',
    harmful: true,
    what: 'the text behind the cursor is passed as the one before it',
    begin: suggesting({
      change: (text) => {
        const all = words(text);
        const middle = all.length >> 1;
        return { ...text, prompt: [...all.slice(middle), ...all.slice(0, middle)].join(' ') };
      },
    }),
  },
  {
    name: 'stale-join',
    harmful: true,
    what: 'each gets the suggestion for what the one before wrote',
    begin: suggesting({ change: (text, _, before) => ({ prompt: before.prompt, next: text.next }) }),
  },
  { name: 'label-feed-stopped', harmful: true, what: 'taken suggestions are not told any more', begin: suggesting({ how: () => ({ told: false }) }) },
  ...inModel('scaler-forgotten', 'the normalisations\' weights are 1', unscaled),
  ...inModel('weights-coarse', 'a conversion has rounded the weights to sixteenths: its texts read almost well', coarse),
  ...inModel('quantisation-scale-lost', 'the scales of the assistant\'s 4-bit weights are 1', scaleless, {
    of: () => shipped('assistant'),
    whole: true,
    world: () => assistant({ learn: 500, quiet: 200 }),
  }),
  {
    name: 'stale-catalog',
    harmful: true,
    what: 'suggestions come from last year\'s list of allowed texts, half of which nobody writes any more',
    world: listed,
    begin: suggesting({
      how: (_, { texts }) => {
        const words = wanted(texts);
        return { ask: { allowed: [...words.slice(0, LISTED).filter((_, at) => at % 2), ...words.slice(-LISTED / 2)] } };
      },
    }),
  },
  { name: 'stale-model', harmful: true, what: 'nobody has published for a week', begin: byClock((world) => world.made + 7 * 86_400_000) },
  ...inFile('wrong-tokenizer', 'the tokenizer is that of another training, as large', 'tokenizer', (bytes) => numbered(bytes, shuffled())),
  ...inFile('ids-shifted', 'the ids of the words are off by one', 'tokenizer', (bytes) => numbered(bytes, (id, of) => (id + 1 < of ? id + 1 : SPECIAL))),
  ...inModel('bit-flip', 'one bit of one weight\'s exponent', flipped),
  overwritten('weights-overwritten', 'the normalisations\' weights are 1', ({ model }) =>
    tensors(model)
      .filter((tensor) => floats(tensor) && /^(an\d|fn\d|fin)$/.test(tensor.name))
      .reduce((places, { start, end }) => places + damage(model.subarray(start, end), (there) => changed(there, { start: 0, end: there.length }, () => 1)), 0),
  ),
  overwritten('tokenizer-overwritten', 'the words that tokens are written with are a letter off', ({ tokenizer }) => damage(written(tokenizer), (there) => there.set(there.slice(1)))),
  { name: 'clock-off', harmful: true, what: 'the clock of the machine stands at 1970', begin: byClock((_, n) => 1000 * n) },
  {
    name: 'clock-leaps',
    harmful: true,
    what: 'the clock leaps by an hour each time it is read, so every deadline is over',
    begin: suggesting({
      completer: ({ path }) => {
        let now = 0;
        return open(path, { now: () => (now += 3_600_000) });
      },
      how: () => ({ ask: { deadline: 200 } }),
    }),
  },
  {
    name: 'bot-traffic',
    harmful: true,
    what: 'half of the prompts come from scripts that look for a hole',
    begin: (world) => {
      const random = draws(43);
      return suggesting({ change: some(random, 0.5, (text) => ({ prompt: SCRIPTED[below(random, SCRIPTED.length)], next: '' })) })(world);
    },
  },
  {
    name: 'feedback-loop',
    harmful: true,
    what: 'what was suggested is learnt as if somebody had written it, three times each',
    world: adapted,
    begin: suggesting({
      completer: ({ learnt }) => learnt(),
      after: async (model, { result }) => {
        for (let time = 0; time < 3; time++) await model.learn(result.text);
      },
    }),
  },
  {
    name: 'slow-decay',
    harmful: true,
    what: 'people come to write otherwise: from prediction to prediction more of their words are spelt backwards, all of them after 500',
    begin: (world) => {
      const random = draws(44);
      return suggesting({ change: (text, n) => ({ ...text, prompt: words(text).map((word) => (random() < n / 500 ? [...word].reverse().join('') : word)).join(' ') }) })(world);
    },
  },
  {
    name: 'night',
    harmful: false,
    what: 'by night people write less: a word less in three texts of ten',
    begin: (world) => {
      const random = draws(45);
      return suggesting({ change: some(random, 0.3, (text) => ({ next: words(text).at(-1).replace(/[^\p{L}'].*/u, ''), prompt: words(text).slice(0, -1).join(' ') })) })(world);
    },
  },
  {
    name: 'sale',
    harmful: false,
    what: 'a sale: three texts in a hundred begin with it',
    begin: (world) => {
      const random = draws(46);
      return suggesting({ change: some(random, 0.03, (text) => ({ ...text, prompt: `There was a big sale at the shop. ${text.prompt}` })) })(world);
    },
  },
  {
    name: 'popularity-wanders',
    harmful: false,
    what: 'Lily is less in fashion: a fifth of the texts that name her name Anna',
    begin: (world) => {
      const random = draws(47);
      return suggesting({ change: some(random, 0.2, (text) => ({ ...text, prompt: text.prompt.replaceAll('Lily', 'Anna') })) })(world);
    },
  },
  { name: 'nothing', harmful: false, what: 'nothing: the texts in another order', begin: suggesting() },
  {
    name: 'repacked',
    harmful: false,
    what: 'nothing: the goldens recorded anew, as for a fault before that',
    begin: suggesting({ completer: async ({ files }) => open(published('repacked', await packed('repacked', files))) }),
  },
  { name: 'tempered', harmful: false, what: 'nothing, where all is drawn at temperature 0.7', world: tempered, begin: suggesting({ how: (n) => ({ ask: at(0.7)(n) }) }) },
  {
    name: 'listed',
    harmful: false,
    what: 'nothing, where suggestions come from this year\'s list of allowed texts',
    world: listed,
    begin: suggesting({ how: (_, { texts }) => ({ ask: { allowed: wanted(texts).slice(0, LISTED) } }) }),
  },
  {
    name: 'learning',
    harmful: false,
    what: 'nothing, where the model adapts: what people write is learnt',
    world: adapted,
    begin: suggesting({ completer: ({ learnt }) => learnt(), after: (model, _, text, { whole }) => model.learn(whole(text)) }),
  },
];

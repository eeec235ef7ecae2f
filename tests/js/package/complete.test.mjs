// nearhand/complete as it is installed, in Node: recorded texts, streams, turns, what ends a completion, adaptation, traps, hostile input.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import * as all from 'nearhand/complete';
import { leastPages, limited, trapping } from './broken-wasm.mjs';
import { answered, right, SETTINGS } from './complete/answered.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const { load, NearhandError, version } = all;
const model = readFileSync(`${root}/models/stories260k/stories260k.onnx`);
const tokenizer = readFileSync(`${root}/models/stories260k/tokenizer.json`);
const golden = (name) => JSON.parse(readFileSync(`${root}/tests/golden/${name}.json`, 'utf8'));
const recorded = { told: golden('stories260k'), drawn: golden('stories260k-drawn') };
const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-complete.wasm')));
const files = { model, tokenizer, ...SETTINGS };
const START = 'Once upon a time';

/** One for all tests that leave it whole. */
const shared = load(files);
/** A story that does not end by itself, on whatever machine. */
const ENDLESS = { ...files, ends: [] };
const endless = load(ENDLESS);
/** The error that it ends with. */
const failed = async (act) => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error?.stack ?? error));
    return error;
  }
  return assert.fail('it did not fail');
};
const code = async (act) => (await failed(act)).code;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A folder with a completer.json in it. */
function folder(name, manifest) {
  const path = `${here}/dist-complete/${name}`;
  mkdirSync(path, { recursive: true });
  for (const file of ['stories260k.onnx', 'tokenizer.json']) copyFileSync(`${root}/models/stories260k/${file}`, `${path}/${file}`);
  writeFileSync(`${path}/prime.txt`, 'The cat sat on the mat. '.repeat(40));
  writeFileSync(`${path}/completer.json`, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  return path;
}
const MANIFEST = {
  format: 1,
  name: 'stories',
  license: 'MIT',
  about: 'stories for a test',
  model: { file: 'stories260k.onnx', bytes: model.length, sha256: sha256(model) },
  tokenizer: { file: './tokenizer.json', bytes: tokenizer.length, sha256: sha256(tokenizer) },
  prime: { file: 'prime.txt' },
  ...SETTINGS,
};

test('complete: the recorded texts and numbers, in modules and by require', async () => {
  assert.deepEqual(await answered(await shared, recorded), right(recorded));
  const common = createRequire(import.meta.url)('nearhand/complete');
  assert.deepEqual(Object.keys(common).filter((name) => name !== '__esModule').sort(), Object.keys(all).sort());
  const other = await common.load(files);
  assert.equal((await other.complete('', { maxTokens: 200 })).text, recorded.told.text);
  other.close();
});

test('complete: bundled for a server, without the file, it answers', async () => {
  const file = `${here}/dist-complete/server/server.mjs`;
  const contents = `import { load } from 'nearhand/complete';
const completer = await load({ model: process.argv[2], tokenizer: process.argv[3], context: 512, begin: '<s>', ends: ['</s>'] });
console.log((await completer.complete('Once upon a', { maxTokens: 2 })).completion);`;
  await esbuild.build({ stdin: { contents, resolveDir: here }, outfile: file, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  const told = execFileSync(process.execPath, [file, `${root}/models/stories260k/stories260k.onnx`, `${root}/models/stories260k/tokenizer.json`], { encoding: 'utf8' });
  assert.equal(told.trim(), 'time,');
});

test('complete: a completer.json by path, by URL and as a response; its files lie beside it and are what it says', async () => {
  const path = folder('whole', MANIFEST);
  for (const source of [`${path}/completer.json`, pathToFileURL(`${path}/completer.json`)]) {
    const told = [];
    const completer = await load(source, { onProgress: (progress) => told.push(progress) });
    const { name, license, about, bytes, context, vocabulary, place, restarts, running } = await completer.info();
    assert.deepEqual([license, about], ['MIT', 'stories for a test']);
    assert.deepEqual({ name, bytes, context, vocabulary, place, restarts, running }, { name: 'stories', bytes: model.length, context: 512, vocabulary: 512, place: 'thread', restarts: 0, running: 0 });
    assert.equal((await completer.complete(START, { maxTokens: 3 })).completion, ', there was');
    const whole = model.length + tokenizer.length;
    assert.deepEqual(told.at(-1), { loaded: whole, total: whole });
    assert.ok(told.every(({ loaded }, at) => loaded >= (told[at - 1]?.loaded ?? 0)));
    completer.close();
  }
  const server = createServer((request, response) => {
    if (request.url === '/completer.json') response.end(JSON.stringify(MANIFEST));
    else response.end(readFileSync(`${path}${request.url}`));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  try {
    const url = `http://127.0.0.1:${server.address().port}/completer.json`;
    for (const source of [url, fetch(url)]) {
      const completer = await load(source);
      assert.equal((await completer.complete(START, { maxTokens: 3 })).text, `${START}, there was`);
      completer.close();
    }
  } finally {
    server.close();
  }
});

test('complete: a completer.json is held against what it may be, with the place', async () => {
  const load1 = async (manifest) => failed(() => load(`${folder('wrong', manifest)}/completer.json`));
  const at = async (manifest) => {
    const { code, details } = await load1(manifest);
    return [code, details.option];
  };
  assert.equal((await load1('{')).code, 'manifest-invalid');
  assert.equal((await load1('[]')).code, 'manifest-invalid');
  assert.equal((await load1('\u0000'.repeat(9))).code, 'manifest-invalid');
  assert.equal((await load1(' '.repeat(1 << 21))).code, 'download-too-large');
  const { format, ...without } = MANIFEST;
  const cases = [
    [without, 'completer.json.format'],
    [{ ...MANIFEST, format: 2 }, 'completer.json.format'],
    [{ ...MANIFEST, model: undefined }, 'completer.json.model'],
    [{ ...MANIFEST, model: 'a.onnx' }, 'completer.json.model'],
    [{ ...MANIFEST, tokenizer: {} }, 'completer.json.tokenizer.file'],
    [{ ...MANIFEST, model: { ...MANIFEST.model, bytes: -1 } }, 'completer.json.model.bytes'],
    [{ ...MANIFEST, model: { ...MANIFEST.model, sha256: 'ab' } }, 'completer.json.model.sha256'],
    [{ ...MANIFEST, model: { file: 'javascript:alert(1)' } }, 'completer.json.model.file'],
    [{ ...MANIFEST, model: { file: 'data:,x' } }, 'completer.json.model.file'],
    [{ ...MANIFEST, context: 1 }, 'completer.json.context'],
    [{ ...MANIFEST, context: 1e9 }, 'completer.json.context'],
    [{ ...MANIFEST, begin: 7 }, 'completer.json.begin'],
    [{ ...MANIFEST, ends: Array(65).fill('</s>') }, 'completer.json.ends'],
    [{ ...MANIFEST, ends: [''] }, 'completer.json.ends[0]'],
    [{ ...MANIFEST, template: { user: ['a'] } }, 'completer.json.template.user'],
    [{ ...MANIFEST, contxt: 9 }, 'completer.json.contxt'],
    [JSON.stringify({ ...MANIFEST }).replace('"format"', '"__proto__":{"a":1},"format"'), 'completer.json.__proto__'],
  ];
  for (const [manifest, place] of cases) assert.deepEqual(await at(manifest), ['manifest-invalid', place]);
  const digest = await load1({ ...MANIFEST, model: { ...MANIFEST.model, sha256: '0'.repeat(64) } });
  assert.deepEqual([digest.code, digest.details.computed], ['download-digest-mismatch', sha256(model)]);
  assert.equal((await load1({ ...MANIFEST, tokenizer: { file: 'tokenizer.json', bytes: 9 } })).code, 'download-digest-mismatch');
  assert.equal((await load1({ ...MANIFEST, model: { file: 'none.onnx' } })).code, 'fetch-failed');
  assert.equal((await load1({ ...MANIFEST, begin: '<bos>' })).code, 'token-unknown');
});

test('complete: a completer.json of the web names no file of this machine', async () => {
  const path = folder('local', MANIFEST);
  const server = createServer((_, response) => response.end(JSON.stringify({ ...MANIFEST, model: { file: pathToFileURL(`${path}/stories260k.onnx`).href } })));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { code, details } = await failed(() => load(`http://127.0.0.1:${server.address().port}/completer.json`));
  server.close();
  assert.deepEqual([code, details.option], ['manifest-invalid', 'completer.json.model.file']);
});

test('complete: what a source may be', async () => {
  assert.equal(await code(() => load({ ...files, tokenizer: model })), 'tokenizer-malformed');
  assert.equal(await code(() => load({ ...files, model: tokenizer })), 'model-malformed');
  assert.equal(await code(() => load({ ...files, tokenizer: '{}' })), 'fetch-failed');
  const json = JSON.parse(tokenizer);
  const token = Object.keys(json.model.vocab).at(-1);
  delete json.model.vocab[token];
  json.model.merges = json.model.merges.filter((merge) => (Array.isArray(merge) ? merge.join('') : merge.replace(' ', '')) !== token);
  const fewer = await failed(() => load({ ...files, tokenizer: Buffer.from(JSON.stringify(json)) }));
  assert.equal(fewer.code, 'tokenizer-mismatch');
  (await load({ ...files, tokenizer: Buffer.from(JSON.stringify(json)), padded: true })).close();
  assert.equal(await code(() => load(model)), 'invalid-option');
  assert.equal(await code(() => load({ model })), 'invalid-option');
  assert.equal(await code(() => load({ ...files, sha256: 'x' })), 'unknown-option');
  assert.equal(await code(() => load('')), 'fetch-failed');
  assert.equal(await code(() => load(null)), 'invalid-option');
  assert.equal(await code(() => load(Promise.reject(new Error('gone')))), 'fetch-failed');
  assert.equal(await code(() => load({ ...files, model: Promise.reject(new Error('gone')) })), 'fetch-failed');
  assert.equal(await code(() => load(files, { maxBytes: 1000 })), 'download-too-large');
  assert.equal(await code(() => load(files, { maxMemmory: 1 })), 'unknown-option');
  assert.equal(await code(() => load(files, { wasm: new Uint8Array(9) })), 'wasm-unsupported');
  const hostile = new Proxy({}, { ownKeys: () => { throw new Error('no'); } });
  assert.equal(await code(() => load(hostile)), 'invalid-option');
  for (const source of [{ ...files, model: new Blob([model]), tokenizer: new Response(tokenizer) }, { ...files, model: Promise.resolve(model), tokenizer: `${root}/models/stories260k/tokenizer.json` }]) (await load(source)).close();
  const used = new Response(tokenizer);
  await used.text();
  assert.equal(await code(() => load({ ...files, tokenizer: used })), 'body-used');
  const signal = AbortSignal.abort();
  assert.equal(await code(() => load(files, { signal })), 'aborted');
  assert.equal(await code(() => load(files, { onProgress: () => { throw new Error('no'); } })), 'invalid-option');
});

test('complete: a stream is the text in whole characters; it is read in a loop or as a stream, and ends as `done` says', async () => {
  const completer = await shared;
  const whole = await completer.complete(START, { maxTokens: 40 });
  const loop = completer.stream(START, { maxTokens: 40 });
  let text = '';
  for await (const piece of loop) text += piece;
  assert.equal(text, whole.completion);
  const { tookMs, usage, ...rest } = await loop.done;
  assert.ok(tookMs > 0 && usage.completion === 40);
  assert.deepEqual(rest, { text: whole.text, completion: whole.completion, finishReason: 'length' });
  text = '';
  for await (const piece of completer.stream(START, { maxTokens: 40 }).readable()) text += piece;
  assert.equal(text, whole.completion);
  // Who asks for several pieces before the first is there has them all, and the end.
  const ahead = completer.stream(START, { maxTokens: 40 })[Symbol.asyncIterator]();
  const asked = await Promise.all(Array.from({ length: 60 }, () => ahead.next()));
  assert.equal(asked.map(({ value }) => value ?? '').join(''), whole.completion);
  assert.ok(asked.at(-1).done);
  const left = (await endless).stream(START, { maxTokens: 5000 });
  for await (const _ of left) break;
  assert.equal((await left.done).finishReason, 'cancelled');
  const stopped = (await endless).stream(START, { maxTokens: 5000 });
  const reader = stopped.readable().getReader();
  await reader.read();
  await reader.cancel();
  const done = await stopped.done;
  assert.ok(done.finishReason === 'cancelled' && done.completion.length > 0 && done.text === START + done.completion);
  // What is wrong is said in the loop, and by `done`.
  const wrong = completer.stream(START, { maxTokens: -1 });
  assert.equal(await code(async () => { for await (const _ of wrong); }), 'invalid-option');
  assert.equal(await code(() => wrong.done), 'invalid-option');
});

test('complete: stop texts, allowed texts, blocked texts, confidence, healing', async () => {
  const completer = await shared;
  const ask = async (options, prompt = START) => completer.complete(prompt, { maxTokens: 40, ...options });
  const stopped = await ask({ stop: ['named Li', 'zzz'] });
  assert.deepEqual([stopped.completion, stopped.finishReason], [', there was a little girl ', 'stop']);
  assert.equal((await ask({ stop: ' little' })).completion, ', there was a');
  // One that is never met is nothing lost.
  assert.equal((await ask({ stop: ['girlish', 'named Lily. Sh!'], maxTokens: 8 })).completion, (await ask({ maxTokens: 8 })).completion);
  const allowed = await ask({ allowed: [' in the park.', ' in the house.', ' at home.'] }, 'Lily played');
  assert.deepEqual([[' in the park.', ' in the house.', ' at home.'].includes(allowed.completion), allowed.finishReason], [true, 'stop']);
  assert.ok(!(await ask({ blocked: ['girl', 'Lily'] })).completion.includes('girl'));
  const sure = await ask({ minConfidence: 0.9 });
  assert.deepEqual([sure.finishReason, (await ask()).completion.startsWith(sure.completion)], ['confidence', true]);
  const healed = await ask({ heal: true, maxTokens: 5 }, 'Once upon a ti');
  assert.ok(healed.text.startsWith('Once upon a time'), healed.text);
});

test('complete: empty, long and broken prompts', async () => {
  const completer = await shared;
  assert.equal((await completer.complete('', { maxTokens: 4 })).completion, 'Once upon a time');
  const long = 'Lily went to the park. '.repeat(2000);
  const { usage, text } = await completer.complete(long, { maxTokens: 3, keep: 8 });
  assert.ok(usage.prompt > 8000 && usage.dropped > usage.prompt - 512 && text.startsWith(long));
  assert.equal(await code(() => completer.complete(long, { full: 'stop' })), 'prompt-too-long');
  assert.equal(await code(() => completer.complete('x'.repeat((1 << 22) + 1))), 'invalid-option');
  assert.equal(await code(() => completer.complete('é'.repeat((1 << 21) + 1))), 'prompt-too-long');
  // Half a character is read as U+FFFD; the prompt comes back as it was.
  const half = await completer.complete('I like \ud83d', { maxTokens: 3 });
  assert.ok(half.text.startsWith('I like \ud83d') && half.text === `I like \ud83d${half.completion}`);
  assert.equal(await code(() => completer.complete(7)), 'invalid-option');
  assert.equal(await code(() => completer.complete(undefined)), 'invalid-option');
  const none = await load({ model, tokenizer, context: 512 });
  assert.equal(await code(() => none.complete('')), 'prompt-empty');
  none.close();
  const nothing = await completer.complete(START, { maxTokens: 0 });
  assert.deepEqual([nothing.completion, nothing.finishReason, nothing.usage.prompt], ['', 'length', 5]);
  assert.equal(await completer.count(START), 4);
  assert.ok((await completer.count('</s>')) > 1, 'what is typed ends no turn');
  const marked = async (specials) => (await completer.complete('Hi.</s>', { maxTokens: 0, specials })).usage.prompt;
  assert.ok((await marked(true)) < (await marked(false)));
  assert.equal(await marked([[3, 7]]), await marked(true));
  assert.equal(await marked([[0, 3]]), await marked(false));
});

test('complete: options are held against their ranges before anything runs', async () => {
  const completer = await shared;
  const cases = { maxTokens: [-1, 1.5, 65_537, '5'], stop: [[''], [7], Array(65).fill('a'), ['a'.repeat(1025)]], temperature: [-1, NaN, 101], topK: [-1, 0.5], topP: [0, 1.1], minP: [-0.1, 2], repetitionPenalty: [0, 101], seed: [-1, 0.5, 2 ** 53], logprobs: [-1, 21], minConfidence: [-1, 2], blocked: ['a', [7]], heal: ['yes'], allowed: [[], [''], 'a'], specials: [[[2, 1]], [1], 'x'], full: ['wrap'], keep: [-1], deadline: [0, -1, Infinity * 0], signal: [{}] };
  for (const [option, values] of Object.entries(cases)) {
    for (const value of values) {
      const { code, details } = await failed(() => completer.complete(START, { [option]: value }));
      assert.equal(code, 'invalid-option', `${option} ${value}`);
      assert.ok(String(details.option).startsWith(`complete.${option}`), `${option}: ${details.option}`);
    }
  }
  const { code: unknown, details } = await failed(() => completer.complete(START, { maxToken: 5 }));
  assert.deepEqual([unknown, details.nearest], ['unknown-option', 'maxTokens']);
  assert.equal(await code(() => completer.complete(START, { keep: 400 })), 'invalid-option');
  assert.equal(await code(() => completer.best(START, { n: 17 })), 'invalid-option');
  assert.equal(await code(() => completer.complete(START, { n: 2 })), 'unknown-option');
});

test('complete: aborted between tokens it keeps what it has; before it begins, nothing', async () => {
  const completer = await endless;
  const stop = new AbortController();
  const stream = completer.stream(START, { maxTokens: 20_000, signal: stop.signal });
  let text = '';
  for await (const piece of stream) {
    text += piece;
    if (text.length > 50) stop.abort();
  }
  const done = await stream.done;
  assert.deepEqual([done.finishReason, done.completion], ['cancelled', text]);
  assert.ok(text.length > 50 && done.usage.completion > 10);
  const before = await completer.complete(START, { signal: stop.signal });
  assert.deepEqual([before.finishReason, before.text, before.usage.completion], ['cancelled', START, 0]);
  // What it knew is of use to the next.
  assert.ok((await completer.complete(START, { maxTokens: 1 })).usage.reused >= 4);
});

test('complete: a deadline ends it with what it has, also while it waits; the event loop turns meanwhile', async () => {
  const completer = await endless;
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const done = await completer.complete(START, { maxTokens: 60_000, deadline: 150, full: 'slide' });
  clearInterval(timer);
  assert.equal(done.finishReason, 'deadline');
  assert.ok(done.completion.length > 20 && done.tookMs < 1000, `${done.tookMs}`);
  assert.ok(turns >= 3, `${turns} turns`);
  const stop = new AbortController();
  const four = Array.from({ length: 4 }, () => completer.complete(START, { maxTokens: 60_000, signal: stop.signal }));
  const waiting = await completer.complete('Tom', { deadline: 30 });
  assert.deepEqual([waiting.finishReason, waiting.completion], ['deadline', '']);
  stop.abort();
  assert.deepEqual((await Promise.all(four)).map(({ finishReason }) => finishReason), Array(4).fill('cancelled'));
});

test('complete: several at once take turns, and each is as if alone', async () => {
  const completer = await endless;
  const prompts = ['Once upon a time', 'Tom and Lily', 'The dog', 'One day', 'She said', 'He was'];
  const options = { maxTokens: 50, temperature: 0.8, seed: 5 };
  const alone = [];
  for (const prompt of prompts) alone.push((await completer.complete(prompt, options)).completion);
  const ends = [];
  const together = await Promise.all(prompts.map(async (prompt, at) => {
    const { completion } = await completer.complete(prompt, options);
    ends.push(at);
    return completion;
  }));
  assert.deepEqual(together, alone);
  // Neither is the first over before the second has begun.
  const [long, short] = [completer.stream('Once', { maxTokens: 400 }), completer.complete('Tom', { maxTokens: 2 })];
  assert.ok((await Promise.race([long.done.then(() => 'long'), short.then(() => 'short')])) === 'short');
  await long.done;
  const stop = new AbortController();
  const many = Array.from({ length: 64 }, () => completer.complete('Tom', { maxTokens: 60_000, signal: stop.signal }));
  assert.equal((await completer.info()).running, 64);
  assert.equal(await code(() => completer.complete('Tom')), 'too-many');
  stop.abort();
  await Promise.all(many);
  assert.equal((await completer.info()).running, 0);
});

test('complete: several of one prompt, drawn or searched', async () => {
  const completer = await shared;
  const drawn = await completer.best(START, { n: 4, temperature: 1.2, seed: 3, maxTokens: 10 });
  assert.ok(drawn.length > 1 && new Set(drawn.map(({ completion }) => completion)).size === drawn.length);
  const mean = ({ score, scored }) => score / scored;
  assert.ok(drawn.every((one, at) => at === 0 || mean(drawn[at - 1]) >= mean(one)));
  assert.ok(drawn.every(({ logprobs }) => logprobs === undefined));
  const stop = new AbortController();
  const stopped = (await endless).best(START, { n: 8, maxTokens: 20_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  assert.ok((await stopped).every(({ finishReason }) => finishReason === 'cancelled'));
  assert.ok((await (await endless).best(START, { n: 8, maxTokens: 20_000, deadline: 40 })).every(({ finishReason }) => finishReason === 'deadline'));
});

test('complete: adapts where it may, and forgets', async () => {
  const completer = await load(files);
  const text = 'The purple teapot costs nine pounds.';
  const before = await completer.learn(text);
  assert.deepEqual(await completer.likelihood(text), before, 'nothing is learnt without adapt');
  await completer.adapt({});
  const first = await completer.learn(text);
  for (let i = 0; i < 3; i++) await completer.learn(text);
  const after = await completer.likelihood(text);
  assert.ok(Math.abs(first.logprob - before.logprob) < Math.abs(before.logprob) * 0.2 && after.logprob > before.logprob * 0.7, `${before.logprob} ${first.logprob} ${after.logprob}`);
  assert.equal(after.bytes, new TextEncoder().encode(text).length + 1, 'with the blank that its tokenizer puts in front');
  // An accepted completion behind its prompt.
  const done = await completer.complete('The purple', { maxTokens: 6 });
  const learnt = await completer.learn(done);
  assert.ok(learnt.tokens >= 5 && learnt.tokens <= 8 && learnt.first > 0);
  assert.ok((await completer.info()).adapting && (await completer.info()).keptBytes > 2 ** 21);
  await completer.adapt(null);
  assert.deepEqual(await completer.likelihood(text), before);
  assert.equal((await completer.info()).adapting, false);
  assert.ok((await completer.info()).keptBytes < 2 ** 21);
  await completer.forget();
  assert.equal((await completer.info()).keptBytes, 0);
  await completer.adapt({ prime: 'The purple teapot. '.repeat(2000), bias: false });
  assert.ok((await completer.likelihood(text)).logprob > before.logprob);
  // Rates: what may add nothing adds nothing; n-grams that weigh more say more of what was read before; shorter contexts know less.
  const gain = async (rates) => {
    await completer.adapt(rates);
    return (await completer.likelihood(text)).logprob - before.logprob;
  };
  const prime = `${text} `.repeat(20);
  await completer.adapt({ ngram: false, biasMost: 0 });
  for (let i = 0; i < 3; i++) assert.equal((await completer.learn(text)).logprob, before.logprob);
  await completer.adapt({ ngram: false, biasRate: 0 });
  for (let i = 0; i < 3; i++) assert.equal((await completer.learn(text)).logprob, before.logprob);
  const [light, heavy, short] = [await gain({ prime, bias: false, ngramWeights: [0.01, 0.01, 0.01, 0.01], ngramRate: 0 }), await gain({ prime, bias: false, ngramWeights: [0.9, 0.9, 0.9, 0.9] }), await gain({ prime, bias: false, ngramWeights: [0.9, 0.9, 0.9, 0.9], ngramOrder: 1 })];
  assert.ok(light > 0 && heavy > light * 1.2 && short < heavy, `${light} ${heavy} ${short}`);
  for (const wrong of [{ ngramBits: 7 }, { ngram: 1 }, { primed: 'a' }, { ngramOrder: 5 }, { biasMost: 21 }, 7]) assert.match(await code(() => completer.adapt(wrong)), /option$/);
  assert.equal(await code(() => completer.learn({ text: 'ab', completion: 'c' })), 'invalid-option');
  // A text longer than the context is asked about in windows.
  const long = await completer.likelihood('Lily went to the park. '.repeat(200));
  assert.ok(long.tokens > 1000 && long.logprob < 0);
  completer.close();
});

test('complete: the text that n-grams are primed with is read with consent, not before', async () => {
  const path = folder('prime', MANIFEST);
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end(readFileSync(`${path}${request.url}`));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const completer = await load(`http://127.0.0.1:${server.address().port}/completer.json`);
  const before = (await completer.likelihood('The cat sat on the mat.')).logprob;
  assert.ok(!asked.includes('/prime.txt'));
  await completer.adapt({ prime: '' });
  assert.ok(!asked.includes('/prime.txt'));
  await completer.adapt({ bias: false });
  assert.ok(asked.includes('/prime.txt') && (await completer.likelihood('The cat sat on the mat.')).logprob > before);
  // Consent that is taken back while the text comes is taken back.
  const [on, off] = [completer.adapt({}), completer.adapt(null)];
  await off;
  await on;
  assert.deepEqual([(await completer.info()).adapting, (await completer.likelihood('The cat sat on the mat.')).logprob], [false, before]);
  completer.close();
  server.close();
});

test('complete: closed while it streams, it ends as cancelled with what it has; later calls say so', async () => {
  const completer = await load(ENDLESS);
  const stream = completer.stream(START, { maxTokens: 20_000 });
  let text = '';
  for await (const piece of stream) {
    text += piece;
    if (text.length > 30) completer.close();
  }
  const done = await stream.done;
  assert.deepEqual([done.finishReason, done.completion], ['cancelled', text]);
  completer.close();
  const typing = { onSuggestion: () => {} };
  for (const act of ['complete', 'best', 'learn', 'likelihood', 'count']) assert.equal(await code(() => completer[act]('a')), 'closed', act);
  for (const act of [() => completer.info(), () => completer.forget(), () => completer.adapt({}), () => completer.adapt(null), () => completer.languageModel(), () => completer.typing(typing), () => completer.stream('a').done]) assert.equal(await code(async () => act()), 'closed');
});

test('complete: what was on its way in an instance that trapped is lost; the next finds another, with what adapts', async () => {
  const broken = await load(files, { wasm: trapping(wasm, 'completer_finish') });
  await broken.adapt({ prime: 'The cat sat. '.repeat(50), bias: false });
  const sound = await load(files);
  await sound.adapt({ prime: 'The cat sat. '.repeat(50), bias: false });
  const [a, b] = await Promise.allSettled([broken.complete(START, { maxTokens: 3 }), broken.complete('Tom', { maxTokens: 300 })]);
  assert.deepEqual([a.reason?.code, b.reason?.code], ['engine-trapped', 'engine-trapped']);
  assert.deepEqual(await broken.likelihood('The cat sat.'), await sound.likelihood('The cat sat.'));
  assert.equal((await broken.info()).restarts, 1);
  for (let i = 0; i < 3; i++) assert.equal(await code(() => broken.complete(START, { maxTokens: 2 })), 'engine-trapped');
  assert.match((await failed(() => broken.count('a'))).message, /for good/);
  broken.close();
  sound.close();
});

test('complete: memory has a ceiling, of the platform and of the host', async () => {
  assert.equal(await code(() => load(files, { wasm: limited(wasm, leastPages(wasm)) })), 'engine-trapped');
  const small = await load(files, { maxMemory: 1 << 24 });
  const much = 'Lily went to the park with her mom. '.repeat(100_000);
  assert.equal(await code(() => small.complete(much)), 'out-of-memory');
  assert.equal((await small.complete(START, { maxTokens: 2 })).completion, ', there');
  assert.equal((await small.info()).restarts, 1);
  assert.ok((await small.info()).memoryBytes <= 1 << 24);
  small.close();
});

test('complete: a model whose numbers are none says so, each time', async () => {
  const bad = Buffer.from(model);
  bad.fill(0xff, 600_000, 600_008);
  const completer = await load({ ...files, model: bad });
  for (let i = 0; i < 2; i++) assert.equal(await code(() => completer.complete(START)), 'logits-not-finite');
  assert.equal(await code(() => completer.stream(START).done), 'logits-not-finite');
  assert.equal(await completer.count('a'), 1);
  completer.close();
});

test('complete: the host’s own clock', async () => {
  let t = 0;
  const completer = await load(ENDLESS, { now: () => (t += 10) });
  const done = await completer.complete(START, { maxTokens: 60_000, deadline: 20_000 });
  assert.deepEqual([done.finishReason, done.usage.completion > 0], ['deadline', true]);
  completer.close();
  assert.equal(await code(async () => { const c = await load(files, { now: () => 'late' }); await c.complete(START, { deadline: 9 }); }), 'invalid-option');
});

test('complete: versions', async () => {
  assert.equal((await (await shared).info()).version, version);
  const other = Buffer.from(wasm);
  assert.equal(await code(() => load(files, { wasm: other.subarray(0, 100) })), 'wasm-unsupported');
  (await shared).close();
  (await endless).close();
});

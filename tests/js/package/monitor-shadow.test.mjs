// A challenger in the shadow, in Node with a real shop: whatever it does, the slate that is served is the champion's, at once; verdicts, rollout.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { createMonitor, learnReference, shadow } from 'nearhand/monitor';
import { trapping } from './broken-wasm.mjs';
import { draws } from './monitor/reports.mjs';

const random = draws(11);
let shop;
let items;
before(async () => {
  shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite' });
  items = shop.items({ limit: 300 }).items.map(({ item }) => item);
});
after(() => shop?.close());

const any = () => items[Math.floor(random() * items.length)];
const plain = (slate) => JSON.stringify({ ...slate, tookMs: 0 });
/** All is handed on at once, as long as nothing else is asked for. */
const open = (challenger, options) => shadow(shop, challenger, { share: 1, budgetMs: 60_000, deadlineMs: 200, spare: () => false, ...options });

const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-lite.wasm')));
const CHALLENGERS = {
  'throws at once': { recommend() { throw new Error('bad'); } },
  'rejects': { recommend: async () => { throw 'no error at all'; } },
  'never answers': { recommend: () => new Promise(() => {}) },
  'answers too late': { recommend: () => new Promise((done) => setTimeout(() => done({ items: [] }), 400)) },
  'answers nothing': { recommend: async () => undefined },
  'answers garbage': { recommend: async () => ({ items: [{ item: 5, score: 'high' }] }) },
  'answers a proxy that throws': { recommend: async () => new Proxy({}, { get(_, key) { if (key === 'then') return undefined; throw new Error('trap'); } }) },
  'changes what it was handed': { recommend: async (options) => { options.k = 1; options.where.categories = ['none']; options.session.fill(0); throw new Error('done'); } },
};

for (const [name, challenger] of Object.entries(CHALLENGERS)) {
  test(`shadow: a challenger that ${name} never touches the served slate`, async () => {
    const duel = await open(challenger);
    for (let i = 0; i < 3; i++) {
      shop.observe({ kind: 'view', item: any() });
      const options = { k: 6, where: { price: { lt: 1e6 } }, explain: true };
      const [session, before] = [shop.snapshot(), JSON.stringify(options)];
      const alone = await shop.recommend(options);
      const from = performance.now();
      const served = await duel.recommend(options);
      assert.ok(performance.now() - from < 150, 'at once');
      assert.equal(plain(served), plain(alone));
      await duel.settled();
      assert.deepEqual([JSON.stringify(options), [...shop.snapshot()]], [before, [...session]]);
      assert.equal(plain(await shop.recommend(options)), plain(alone), 'nor the shop behind it');
    }
    const { asked, failed, failure, verdict } = duel.report();
    assert.deepEqual([asked, failed, verdict, typeof failure], [3, 3, 'waiting', 'string']);
  });
}

test('shadow: a challenger whose engine traps is told as failing, and refused', async () => {
  const broken = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite', wasm: { lite: trapping(wasm, 'engine_recommend') } });
  const duel = await open(broken, { failures: 0.01 });
  for (let i = 0; i < 60 && duel.verdict() === 'waiting'; i++) {
    shop.observe({ kind: 'view', item: any() });
    assert.ok((await duel.recommend({ k: 5 })).items.length === 5);
    await duel.settled();
  }
  assert.equal(duel.verdict(), 'failing');
  const { asked, failed, failure } = duel.report();
  assert.match(failure, /engine/);
  broken.close();
  assert.ok(failed === asked && asked < 60, `${failed} of ${asked}`);
});

test('shadow: what is asked, and with which session, is what the champion was asked', async () => {
  const seen = [];
  const duel = await open({ recommend: async (options) => { seen.push(options); return shop.recommend(options); } });
  shop.observe({ kind: 'view', item: any() });
  const session = shop.snapshot();
  const options = { k: 4, source: any() };
  await duel.recommend(options);
  options.k = 9;
  shop.observe({ kind: 'view', item: any() });
  await duel.settled();
  assert.deepEqual({ ...seen[0], session: [...seen[0].session] }, { k: 4, source: options.source, session: [...session] });
  const { slates, rewards, skipped } = duel.report();
  assert.deepEqual([slates.pairs, slates.same, slates.overlap, slates.firstChanged, slates.scoreDifference, rewards.pairs], [1, 1, 1, 0, 0, 0], 'one model, one answer');
  assert.ok(slates.championP50 > 0 && slates.challengerP50 > 0 && Object.isFrozen(slates));
  assert.deepEqual(skipped, { share: 0, busy: 0, budget: 0, spare: 0 });
});

test('shadow: sampled, one at a time, within its budget, and not on a device that is to be spared', async () => {
  const slow = { recommend: (options) => new Promise((done) => setTimeout(() => done(shop.recommend(options)), 30)) };
  const picks = [0.5, 0.05, 0.05];
  const sampled = await open(slow, { share: 0.1, random: () => picks.shift() ?? 0.9 });
  for (let i = 0; i < 4; i++) await sampled.recommend({ k: 3 });
  await sampled.settled();
  const { asked, skipped } = sampled.report();
  assert.ok(asked >= 1 && skipped.share === 2 && asked + skipped.busy === 2, JSON.stringify([asked, skipped]));
  const poor = await open(slow, { budgetMs: 40 });
  for (let i = 0; i < 6; i++) {
    await poor.recommend({ k: 3 });
    await poor.settled();
  }
  assert.ok(poor.report().asked <= 2 && poor.report().skipped.budget >= 4);
  const spared = await open(slow, { spare: () => true });
  await spared.recommend({ k: 3 });
  await spared.settled();
  assert.deepEqual([spared.report().asked, spared.report().skipped.spare], [0, 1]);
  const closed = await open(slow);
  closed.close();
  assert.equal((await closed.recommend({ k: 3 })).items.length, 3);
  await closed.settled();
  assert.equal(closed.report().asked, 0);
});

test('shadow: while a challenger hangs, the next requests are served at once, and it is asked again after its deadline', async () => {
  let asked = 0;
  const duel = await open({ recommend: () => (asked++, new Promise(() => {})) }, { deadlineMs: 100 });
  await duel.recommend({ k: 3 }, { waitUntil: () => {} });
  await new Promise((done) => setTimeout(done, 5));
  const from = performance.now();
  for (let i = 0; i < 20; i++) assert.equal((await duel.recommend({ k: 3 })).items.length, 3);
  assert.ok(performance.now() - from < 90 && asked === 1 && duel.report().skipped.busy === 20);
  await duel.settled();
  await duel.recommend({ k: 3 });
  await duel.settled();
  assert.deepEqual([asked, duel.report().failed], [2, 2]);
});

test('shadow: in a worker it runs behind the answer, and is waited for', async () => {
  const duel = await open(shop);
  const waiting = [];
  await duel.recommend({ k: 3 }, { waitUntil: (work) => waiting.push(work) });
  await Promise.all(waiting);
  assert.deepEqual([waiting.length, duel.report().asked], [1, 1]);
  await duel.recommend({ k: 3 }, { waitUntil() { throw new Error('no such request'); } });
  await duel.settled();
  assert.equal(duel.report().asked, 2);
  // A challenger of this thread takes its time when whoever waited for the slate has gone on.
  const order = [];
  const slow = await shadow(shop, { recommend: async () => (order.push('challenger'), { items: [] }) }, { share: 1, spare: () => false });
  await slow.recommend({ k: 3 }, { waitUntil: (work) => waiting.push(work) });
  order.push('served');
  await Promise.all(waiting);
  assert.deepEqual(order, ['served', 'challenger']);
});

test('shadow: a champion that fails fails as it would alone, and nothing is compared', async () => {
  const duel = await open(shop);
  await assert.rejects(duel.recommend({ k: 0 }), { code: 'invalid-option' });
  await duel.settled();
  assert.equal(duel.report().asked, 0);
});

/** A made-up shop: visitors whose next item is in its slate with some probability. */
const world = (chance) => ({
  snapshot: () => new Uint8Array(4),
  bucket: (test, visitor) => Number(visitor),
  recommend: async () => ({ items: [{ item: random() < chance ? 'next' : 'other', score: 1 }], tier: 'full', source: 'model', notes: [], tookMs: 1 }),
});
async function month(champion, challenger, days = 40) {
  const duel = await shadow(world(champion), world(challenger), { share: 1, budgetMs: 60_000, spare: () => false, least: 500, margin: 0.03 });
  let visits = 0;
  for (; visits < days * 1000 && duel.verdict() === 'waiting'; visits++) {
    await duel.recommend({ visitor: 'v' }, { waitUntil: () => {} });
    await duel.settled();
    duel.next('next', 'v');
  }
  return [duel, visits];
}

test('shadow: in a simulated month a worse challenger is refused, a better one recommended', async () => {
  for (const [champion, challenger, verdict] of [[0.32, 0.22, 'worse'], [0.28, 0.38, 'better']]) {
    const [duel, visits] = await month(champion, challenger);
    const { rewards } = duel.report();
    assert.equal(duel.verdict(), verdict, `after ${visits}`);
    assert.ok(visits < 30_000 && rewards.pairs === visits && Math.sign(rewards.difference.mean) === (verdict === 'better' ? 1 : -1));
  }
});

test('shadow: the next item may come before the challenger has answered, and counts once', async () => {
  const duel = await shadow(world(1), { recommend: () => new Promise((done) => setTimeout(() => done({ items: [{ item: 'other', score: 1 }] }), 20)) }, { share: 1, spare: () => false });
  await duel.recommend({ visitor: 'a' });
  duel.next('next', 'a');
  duel.next('other', 'a');
  duel.next('next', 'b');
  await duel.settled();
  duel.next('next', 'a');
  const { pairs, difference } = duel.report().rewards;
  assert.deepEqual([pairs, difference.mean], [1, -1]);
});

test('shadow: decisions are compared by flips and money', async () => {
  const duel = await open(shop);
  duel.decisions('approve', 'approve', 10);
  duel.decisions('approve', 'decline', 250.5);
  duel.decisions('review', 'approve', NaN);
  duel.decisions('approve', undefined, 5);
  const { decisions, failed } = duel.report();
  assert.deepEqual([decisions.pairs, decisions.flipped, decisions.amount, failed], [3, 2, 250.5, 1]);
  assert.deepEqual(decisions.matrix[0][2], { count: 1, amount: 250.5 });
});

test('rollout: nobody before the verdict; then its share of visitors, always the same ones', async () => {
  const [duel] = await month(0.28, 0.38);
  assert.equal(duel.verdict(), 'better');
  const fresh = await shadow(world(0), world(1), {});
  assert.equal(fresh.rollout({ share: 1 }).arm('5'), 'champion', 'never before a verdict');
  const rollout = duel.rollout({ share: 0.25 });
  const arms = Array.from({ length: 1000 }, (_, visitor) => rollout.arm(String(visitor)));
  assert.equal(arms.filter((arm) => arm === 'challenger').length, 250);
  assert.deepEqual(arms, Array.from({ length: 1000 }, (_, visitor) => rollout.arm(String(visitor))));
  assert.equal(rollout.ended, null);
});

test('rollout: back to the champion by itself, for failures and for alerts, told once', async () => {
  const why = [];
  const failing = await shadow(world(0), { recommend: async () => ({ items: 'garbage' }) }, { deadlineMs: 100 });
  const first = failing.rollout({ share: 1, when: ['waiting'], onEnd: (word) => { why.push(word); throw new Error('host'); } });
  for (let i = 0; i < 60; i++) assert.equal((await first.recommend('7')).items[0].item, 'other', 'the champion answers in its place');
  assert.deepEqual([first.ended, why, first.arm('7')], ['failing', ['failing'], 'champion']);

  const reference = await learnReference({ rates: { fallback: { events: 0, of: 5000 } } });
  const monitor = await createMonitor({ reference });
  const lower = { recommend: async () => ({ items: [{ item: 'challenger', score: 1 }], tier: 'lite', source: 'table', notes: ['model-failed'], tookMs: 1 }) };
  const duel = await shadow(world(0), lower, {});
  const second = duel.rollout({ share: 1, when: ['waiting'], monitor, onEnd: (word) => why.push(word) });
  const served = [];
  for (let i = 0; i < 300; i++) served.push((await second.recommend('7')).items[0].item);
  assert.deepEqual([second.ended, why.length, served[0], served.at(-1)], ['rate-high', 2, 'challenger', 'other']);
});

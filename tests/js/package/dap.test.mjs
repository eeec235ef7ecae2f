// nearhand/dap as it is installed, in Node: recorded vectors, many clients summed by two aggregators, what is lost and what is not, and the sum as a report.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Prio3Histogram } from '@divviup/prio3';
import * as all from 'nearhand/dap';
import { createCollector, createMonitor, learnReference } from 'nearhand/monitor';
import { aggregators } from './dap/aggregators.mjs';
import { made } from './monitor/refused.mjs';
import { draws } from './monitor/reports.mjs';

const { createDap, dapTasks, dapSum } = all;
const random = draws(3);
const reference = await learnReference({
  streams: { price: Array.from({ length: 900 }, () => random() * 90), kind: Array.from({ length: 900 }, () => (random() < 0.7 ? 'view' : 'cart')) },
  rates: { fallback: { events: 9, of: 900 } },
});
const plan = await dapTasks({ reference });
const task = () => randomBytes(32).toString('base64url');
let both;
before(async () => void (both = await aggregators()));
after(() => both?.stop());

/** A client with tasks of its own, and its monitor. */
async function client(more = {}, tasks = { price: task(), fallback: task() }) {
  const errors = [];
  const { leader, helper, faults } = both;
  faults.PUT.length = 0;
  const dap = await createDap({ reference, leader, helper, timePrecisionSeconds: 3600, tasks, consent: 'session', onError: (error) => void errors.push(error.code), ...more });
  const monitor = await createMonitor({ reference, consent: 'session', visitors: 'one', sink: dap.sink });
  const tell = (price, fallback) => {
    monitor.observe('price', price);
    monitor.happened('fallback', fallback);
    monitor.flush();
    return dap.flush();
  };
  return { dap, tasks, errors, monitor, tell };
}
const first = ({ dap }) => dap.info().tasks.map(({ sent, waiting, lost }) => [sent, waiting, lost]);

test('dap: shares are those of the recorded vectors, and they verify', async () => {
  for (const name of ['Prio3Histogram_0', 'Prio3Histogram_1']) {
    const vector = JSON.parse(readFileSync(`${import.meta.dirname}/dap/${name}.json`, 'utf8'));
    const hex = (text) => Buffer.from(text, 'hex');
    const vdaf = new Prio3Histogram({ shares: vector.shares, length: vector.length, chunkLength: vector.chunk_length });
    for (const { measurement, nonce, rand, public_share, input_shares } of vector.prep) {
      const { publicShare, inputShares } = await vdaf.shardEncoded(measurement, hex(nonce), hex(rand));
      assert.deepEqual([publicShare.toString('hex'), ...inputShares.map((share) => share.toString('hex'))], [public_share, ...input_shares]);
    }
    const [{ measurement, nonce, rand, prep_shares, prep_messages, out_shares }] = vector.prep;
    const run = await vdaf.run({ aggregationParameter: null, verifyKey: hex(vector.verify_key), nonces: [hex(nonce)], measurements: [measurement], rands: [hex(rand)] });
    assert.deepEqual([run.prep[0].prep_shares, run.prep[0].prep_messages, run.prep[0].out_shares, run.agg_result], [prep_shares, prep_messages, out_shares, vector.agg_result]);
  }
});

test('dap: modules and require have the same names, and tasks have a bucket for each bin', async () => {
  const names = (module) => Object.keys(module).filter((name) => name !== '__esModule').sort();
  assert.deepEqual(names(createRequire(import.meta.url)('nearhand/dap')), names(all));
  assert.deepEqual(plan.map(({ name, kind, vdaf, buckets }) => [name, kind, vdaf.length, buckets.at(-1)]), [['price', 'stream', 13, 'missing'], ['kind', 'stream', 4, 'missing'], ['fallback', 'rate', 2, 'yes'], ['times', 'times', 34, 'above 16777.2']]);
  const streams = (await createCollector({ reference })).streams();
  assert.deepEqual(plan.slice(0, 2).map(({ buckets }) => buckets), streams.map(({ bins }) => bins.map(({ values }) => values)));
  assert.ok(plan.every(({ vdaf, buckets }) => vdaf.length === buckets.length && Object.isFrozen(vdaf)));
});

test('dap: many clients, each one observation of each task: the sum is what was put in, and the monitor reads it', async () => {
  const tasks = { price: task(), fallback: task() };
  const clear = await createCollector({ reference });
  const counts = { price: new Array(13).fill(0), fallback: [0, 0] };
  for (let at = 0; at < 16; at++) {
    const { dap, monitor } = await client({}, tasks);
    const [price, fallback] = [random() * 120 - 10, at % 5 === 0];
    const control = await createMonitor({ reference, consent: 'session', sink: (report) => void clear.add(report) });
    for (const one of [monitor, control]) {
      one.observe('price', price);
      one.happened('fallback', fallback);
      one.flush();
    }
    counts.fallback[Number(fallback)] += 1;
    // What comes later is of the same visitor: he has spoken.
    monitor.observe('price', 1);
    monitor.flush();
    await dap.flush();
    assert.deepEqual([first({ dap }), dap.info().error], [[[1, 0, 0], [1, 0, 0]], null]);
  }
  counts.price = clear.streams()[0].bins.map(({ count }) => count);
  const sums = {};
  for (const name of ['price', 'fallback']) {
    sums[name] = await both.collect(tasks[name], plan.find((one) => one.name === name).vdaf);
    assert.deepEqual(sums[name], counts[name]);
  }
  const hour = Math.floor(Date.now() / 3_600_000) * 3600;
  assert.ok(both.reports(tasks.price).every(({ time }) => time === hour || time === hour + 3600), 'times are rounded');
  const report = await dapSum({ reference, sums, source: 5, sequence: 1 });
  const collector = await createCollector({ reference });
  assert.deepEqual([collector.add(report), collector.add(report)], [true, false]);
  assert.deepEqual([collector.streams()[0].bins.map(({ count }) => count), collector.rates()[0].share], [counts.price, counts.fallback[1] / 16]);
  assert.ok((await createMonitor({ reference })).absorb(report));
  // What the leader sees of a client: no cookie, no referrer, one request a task; keys had been asked for before.
  const puts = both.asked.filter(({ method, path }) => method === 'PUT' && path.includes(tasks.price));
  assert.equal(puts.length, 16);
  assert.ok(puts.every(({ headers }) => headers.cookie === undefined && headers.referer === undefined));
});

test('dap: times of calls have a task, and their sum is read as times', async () => {
  const tasks = { times: task() };
  const { dap, monitor } = await client({}, tasks);
  monitor.took(7);
  monitor.flush();
  await dap.flush();
  const sums = { times: await both.collect(tasks.times, plan.at(-1).vdaf) };
  assert.deepEqual(sums.times.flatMap((count, at) => (count ? [[plan.at(-1).buckets[at], count]] : [])), [['6.144 to 8.192', 1]]);
  const collector = await createCollector({ reference });
  collector.add(await dapSum({ reference, sums }));
  const { count, p50 } = collector.times();
  assert.ok(count === 1 && p50 > 6.144 && p50 < 8.192, `${p50}`);
});

test('dap: a sample of one, with the chance that each observation has', async () => {
  const { dap, tasks, monitor } = await client({ most: 40 });
  for (let at = 0; at < 40; at++) {
    for (let i = 0; i < 4; i++) monitor.happened('fallback', i === 0);
    monitor.flush();
  }
  await dap.flush();
  const [no, yes] = await both.collect(tasks.fallback, plan[2].vdaf);
  assert.deepEqual([no + yes, dap.info().tasks[1].sent], [40, 40]);
  assert.ok(yes >= 1 && yes <= 24, `${yes} of 40 with a chance of a quarter`);
});

test('dap: what may have arrived is sent again as the same bytes, and counts once', async () => {
  const before = both.asked.length;
  const one = await client();
  both.faults.PUT.push('lose', 'lose', 'drop', [503]);
  await one.tell(5, true);
  assert.deepEqual(first(one), [[0, 1, 0], [0, 1, 0]]);
  // One more of each is dropped or refused, then the leader has them, or has had them.
  await one.dap.flush();
  await one.dap.flush();
  assert.deepEqual([first(one), one.errors], [[[1, 0, 0], [1, 0, 0]], []]);
  assert.equal(both.asked.slice(before).filter(({ method }) => method === 'GET').length, 4, 'keys of two tasks at two aggregators, once each');
  for (const [name, at] of [['price', 0], ['fallback', 2]]) {
    assert.equal(both.reports(one.tasks[name]).length, 1);
    assert.equal((await both.collect(one.tasks[name], plan[at].vdaf)).reduce((a, b) => a + b), 1);
    const bodies = both.asked.filter(({ path, method }) => method === 'PUT' && path.includes(one.tasks[name])).map(({ body }) => body.toString('hex'));
    assert.ok(bodies.length > 1 && new Set(bodies).size === 1);
  }
});

test('dap: keys that are old are asked for anew, once', async () => {
  const two = await client({ most: 2 }, { fallback: task() });
  await two.tell(5, false);
  await both.rotate();
  await two.tell(5, true);
  assert.deepEqual([first(two), two.errors, await both.collect(two.tasks.fallback, plan[2].vdaf)], [[[2, 0, 0]], [], [1, 1]]);
  const three = await client({}, { fallback: task() });
  both.faults.PUT.push([400, 'outdatedConfig'], [400, 'outdatedConfig']);
  await three.tell(5, false);
  assert.deepEqual([first(three), three.errors], [[[0, 0, 1]], ['dap-refused']]);
  // Whether the first one was taken is not known, and the same observation sealed anew would be another report.
  const four = await client({}, { fallback: task() });
  both.faults.PUT.push('lose');
  await four.tell(5, false);
  await both.rotate();
  await four.dap.flush();
  assert.deepEqual([first(four), both.reports(four.tasks.fallback).length], [[[0, 0, 1]], 1]);
});

test('dap: refusals and silence are told with their codes, and nothing is thrown', async () => {
  const refused = async (...answers) => {
    const one = await client({ most: 2 }, { fallback: task() });
    both.faults.PUT.push(...answers);
    await one.tell(5, false);
    await one.tell(5, false);
    const [{ sent, waiting, lost, state }] = one.dap.info().tasks;
    return [sent, waiting, lost, state, ...one.errors];
  };
  assert.deepEqual(await refused([400, 'reportTooEarly']), [2, 0, 0, 'open'], "by the leader's clock it is not");
  assert.deepEqual(await refused([400, 'reportTooEarly'], [400, 'reportTooEarly']), [1, 0, 1, 'open', 'dap-refused']);
  assert.deepEqual(await refused([400, 'unrecognizedTask']), [0, 0, 1, 'stopped', 'dap-refused']);
  assert.deepEqual(await refused([400, 'reportRejected']), [1, 0, 1, 'open', 'dap-refused'], 'at first sight it is no repeat');
  assert.deepEqual(await refused([429, 'busy', { 'retry-after': '100' }], 'drop'), [1, 1, 0, 'open']);
  assert.deepEqual(await refused(...new Array(6).fill('drop')), [0, 2, 0, 'open']);
  const lone = await client({}, { fallback: task() });
  both.faults.PUT.push(...new Array(6).fill([500]));
  await lone.tell(5, true);
  for (let at = 0; at < 5; at++) await lone.dap.flush();
  assert.deepEqual([first(lone), lone.errors], [[[0, 0, 1]], ['dap-unreachable']], 'after six times it is let go of');
});

test('dap: consent. Without it nothing is loaded or asked, and what waits is forgotten with it', async () => {
  for (const consent of [undefined, 'none', 'memory']) {
    let loaded = 0;
    const before = both.asked.length;
    const one = await client({ consent, client: () => ((loaded += 1), import('@divviup/dap')) });
    await one.tell(5, true);
    assert.deepEqual([loaded, both.asked.length - before, first(one)], [0, 0, [[0, 0, 0], [0, 0, 0]]], consent);
    one.dap.setConsent('persistent');
    await one.tell(5, true);
    assert.deepEqual([loaded, first(one)], [1, [[1, 0, 0], [1, 0, 0]]]);
  }
  const one = await client();
  both.faults.PUT.push('drop', 'drop');
  await one.tell(5, true);
  one.dap.setConsent('none');
  const before = both.asked.length;
  await one.dap.flush();
  assert.deepEqual([first(one), both.asked.length], [[[0, 0, 0], [0, 0, 0]], before]);
  const cut = await client();
  const going = cut.tell(5, true);
  cut.dap.setConsent('none');
  await going;
  assert.deepEqual([first(cut), cut.errors, both.reports(cut.tasks.price).length], [[[0, 0, 0], [0, 0, 0]], [], 0]);
  // An answer that has begun and does not end is cut off as well, and one that is too long is none.
  const slow = await client({}, { fallback: task() });
  both.faults.PUT.push('flood', 'hang');
  await slow.tell(5, true);
  assert.deepEqual(first(slow), [[0, 1, 0]]);
  const asked = both.asked.length;
  const hanging = slow.dap.flush();
  while (both.asked.length === asked) await new Promise((done) => setTimeout(done, 5));
  await new Promise((done) => setTimeout(done, 50));
  slow.dap.setConsent('none');
  await hanging;
  assert.deepEqual([first(slow), slow.errors], [[[0, 0, 0]], []]);
  one.dap.close();
  assert.equal(one.dap.info().state, 'closed');
  assert.equal(await made(async () => one.dap.setConsent('yes')), 'invalid-option');
});

test('dap: what is no report, no client and no key', async () => {
  const one = await client({ onError: () => { throw new Error('host'); } });
  for (const bad of [undefined, 5, new Uint8Array(3), new Uint8Array(300), reference]) assert.equal(one.dap.sink(bad), true);
  const other = await learnReference({ rates: { fallback: { events: 9, of: 900 } } });
  const reports = [];
  const monitor = await createMonitor({ reference: other, consent: 'session', sink: (report) => void reports.push(report) });
  monitor.happened('fallback', true);
  monitor.flush();
  one.dap.sink(reports[0]);
  assert.deepEqual([one.dap.info().refused, one.dap.info().error.code], [6, 'monitor-reference-other']);
  for (const [client_, code, state] of [
    [() => Promise.reject(new Error('no such module')), 'dap-client-missing', 'failed'],
    [() => ({ Task: Object.assign(class {}, { protocolVersion: 'dap-16' }) }), 'dap-client-other', 'failed'],
    [() => ({}), 'invalid-option', 'failed'],
  ]) {
    const errors = [];
    const { dap, tell } = await client({ client: client_, onError: (error) => errors.push(error.code) });
    await tell(5, true);
    await tell(5, true);
    assert.deepEqual([errors, dap.info().state], [[code], state]);
  }
  // A page in the place of keys, as of a proxy.
  const page = await client({ leader: new URL('data.html', `${both.leader}/`).href });
  await page.tell(5, true);
  assert.deepEqual(new Set(page.errors), new Set(['dap-refused']));
});

test('dap: options and sums that do not fit are refused by their place', async () => {
  const { leader, helper } = both;
  const good = { reference, leader, helper, timePrecisionSeconds: 60, tasks: { price: task() } };
  for (const bad of [{ leader: 'http://leader.example' }, { leader: 'https://leader.example/?a' }, { leader: 5 }, { helper: leader }, { timePrecisionSeconds: 0 }, { tasks: { price: 'short' } }, { tasks: { prize: task() } }, { tasks: { price: {} } }, { tasks: [] }, { consent: 'all' }, { most: 0 }, { client: 5 }, { tasks: undefined }]) {
    assert.equal(await made(() => createDap({ ...good, ...bad })), 'invalid-option', JSON.stringify(bad));
  }
  const one = task();
  assert.equal(await made(() => createDap({ ...good, tasks: { price: one, kind: { id: one } } })), 'invalid-option');
  assert.equal(await made(() => createDap({ ...good, task: one })), 'unknown-option');
  const pinned = (of) => made(async () => (await createDap({ ...good, tasks: { price: { id: one, reference: of } } })).close());
  assert.deepEqual([await pinned(plan[0].reference), await pinned('0123456789abcdef'), await pinned('other')], ['none', 'monitor-reference-other', 'invalid-option']);
  assert.equal(await made(() => dapTasks({ reference: new Uint8Array(40) })), 'monitor-reference-malformed');
  for (const sums of [{ price: [1] }, { price: new Array(13).fill(-1) }, { prize: [1] }, { fallback: ['', 1] }, { fallback: [2 ** 48, 2 ** 48] }]) assert.equal(await made(() => dapSum({ reference, sums })), 'invalid-option', JSON.stringify(sums));
  assert.ok((await dapSum({ reference, sums: { fallback: ['3', 1n] } })).length > 20);
});

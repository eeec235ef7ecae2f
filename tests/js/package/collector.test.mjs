// The edge worker that sums reports: each once, over a restart and a kill; what is told of the sum; and what is refused, which loses nothing that is held.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { after, before, test } from 'node:test';
import { createCollector, createMonitor, learnReference } from 'nearhand/monitor';
import { laid, settings, started, TOKENS } from './collector/house.mjs';
import { draws } from './monitor/reports.mjs';

const out = `${import.meta.dirname}/dist-collector`;
const random = draws(9);
const reference = await learnReference({ streams: { price: Array.from({ length: 3000 }, () => random() * 90) }, rates: { fallback: { events: 20, of: 3000 }, 'a "b"\\': { events: 1, of: 9 }, price: { events: 60, of: 3000 } } });
const running = [];
let house;
const up = async (more) => {
  house = await started(out, settings(reference, more));
  running.push(house);
  return house;
};
before(async () => {
  await laid(out, { faulty: true });
  await up({ NO_ALARM: 'yes' });
});
after(() => Promise.all(running.map((one) => one.stop())));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A page's report: prices times `scale`. */
async function report(many = 40, scale = 1, of = reference) {
  const reports = [];
  const monitor = await createMonitor({ reference: of, consent: 'session', visitors: 'one', sink: (bytes) => void reports.push(bytes) });
  for (let at = 0; at < many; at++) {
    monitor.observe('price', random() * 90 * scale);
    monitor.happened('fallback', at % 20 === 0);
    monitor.took(2);
  }
  monitor.flush();
  return reports[0];
}
/** Sets a fault, or none; when the object's alarm goes off. */
const fault = async (set = '') => (await house.get(`fault?set=${set}`)).body.alarm;
const mine = await createCollector({ reference });
const told = async () => Number(/nearhand_reports_total\{[^}]*\} (\d+)/.exec((await house.get('metrics')).body)?.[1]);
/** What is in the worker's sum is what is in ours. */
async function same() {
  const { body } = await house.get('metrics');
  const counts = [...body.matchAll(/nearhand_observations_total\{[^}]*stream="price",bin="([^"]*)"\} (\d+)/g)].map(([, values, count]) => [values, Number(count)]);
  assert.deepEqual(counts, mine.streams()[0].bins.map(({ values, count }) => [values, count]));
  assert.ok(body.includes(`rate="fallback"} ${mine.rates()[0].share}\n`), body);
}

test('collector: reports are summed, each once, and a browser of the shop is let in', async () => {
  for (let at = 0; at < 6; at++) {
    const bytes = await report();
    const [first, again] = [await house.post(bytes), await house.post(bytes)];
    assert.deepEqual([first.status, first.body, again.status, again.body, first.headers.get('access-control-allow-origin')], [202, { new: true }, 200, { new: false }, 'https://shop.example']);
    mine.add(bytes);
  }
  // Of a busy moment, which are written down together: two that are alike, and one that is none.
  const many = await Promise.all(Array.from({ length: 8 }, () => report()));
  const answers = await Promise.all([...many, ...many, (await report()).subarray(0, 45)].map((bytes) => house.post(bytes)));
  assert.deepEqual([answers.filter(({ status }) => status === 202).length, answers.filter(({ status }) => status === 200).length, answers.at(-1).code], [8, 8, 'monitor-report-malformed']);
  for (const bytes of many) mine.add(bytes);
  await same();
  const asked = await house.post(undefined, { method: 'OPTIONS' });
  assert.deepEqual([asked.status, asked.headers.get('access-control-allow-headers'), asked.headers.get('access-control-allow-credentials')], [204, 'content-type', 'true']);
  // A server has no origin, and a token.
  const bytes = await report();
  assert.equal((await house.post(bytes, { origin: null, headers: { authorization: `Bearer ${TOKENS.server}` } })).status, 202);
  mine.add(bytes);
  assert.equal(await told(), 15);
  assert.equal(await fault(), null, 'no alarm can be set, and no report was refused for it');
});

test('collector: a disk that is full and an object that is not to be reached: told as what may come again, and it counts once', async () => {
  for (const set of ['disk', 'reach']) {
    const both = [await report(), await report()];
    const posted = () => Promise.all(both.map((bytes) => house.post(bytes)));
    await fault(set);
    for (const lost of await posted()) assert.deepEqual([lost.status, lost.code, Number(lost.headers.get('retry-after')) > 0], [503, 'unavailable', true], set);
    await fault();
    assert.deepEqual([...(await posted()), ...(await posted())].map(({ status }) => status), [202, 202, 200, 200], set);
    for (const bytes of both) mine.add(bytes);
    await same();
  }
  // Full of names that are too old: the first report may be refused, and makes room.
  await fault('old');
  const bytes = await report();
  const statuses = [(await house.post(bytes)).status, (await house.post(bytes)).status];
  assert.ok(statuses.includes(202), `${statuses}`);
  await fault();
  mine.add(bytes);
  await same();
});

test('collector: what is wrong is refused by its code, and what is held stays', async () => {
  const bytes = await report();
  const flipped = bytes.slice();
  flipped[40] ^= 1;
  const other = await learnReference({ streams: { price: Array.from({ length: 300 }, () => random()) }, rates: { fallback: { events: 1, of: 9 } } });
  /** A report of more than anybody has seen. */
  const huge = await (async () => {
    const sum = await createCollector({ reference });
    for (let at = 0; at < 4; at++) sum.add(await report(5000));
    return sum.report(77);
  })();
  for (const [body, code, status] of [
    [flipped, 'monitor-report-malformed', 422],
    [bytes.subarray(0, 50), 'monitor-report-malformed', 422],
    [await report(20, 1, other), 'monitor-reference-other', 422],
    [huge, 'monitor-report-implausible', 422],
    [new Uint8Array(0), 'body-invalid', 400],
    [Buffer.from('{"report": 1}'), 'body-invalid', 400],
  ]) {
    const answer = await house.post(body);
    assert.deepEqual([answer.code, answer.status], [code, status], `${body.length} bytes`);
  }
  // With a length, and in pieces. Who is answered before all is sent may find the connection closed.
  for (const headers of [{ 'content-length': '2000' }, { 'transfer-encoding': 'chunked' }]) {
    const status = await new Promise((done, fail) => {
      const request = ask(`${house.url}report`, { method: 'POST', agent: false, headers: { origin: 'https://shop.example', ...headers } }, (response) => (response.resume(), done(response.statusCode)));
      request.on('error', fail);
      for (let at = 0; at < 4; at++) request.write(new Uint8Array(500));
      request.end();
    });
    assert.equal(status, 413);
  }
  assert.deepEqual([(await house.post(bytes, { origin: 'https://else.example' })).code, (await house.post(bytes, { origin: null })).code], ['forbidden', 'forbidden']);
  assert.equal((await house.post(bytes, { origin: null, headers: { authorization: 'Bearer nobody-has-this-token' } })).code, 'unauthorised');
  assert.equal((await house.post(bytes, { origin: null, headers: { authorization: `Bearer ${TOKENS.reader}` } })).code, 'forbidden');
  for (const path of ['metrics', 'standing', 'periods', 'report']) assert.deepEqual([(await house.get(path, null)).status, (await house.get(path, TOKENS.server)).status], [401, 403]);
  assert.deepEqual([(await house.get('else')).status, (await house.get('report?begin=abc')).status, (await house.get('metrics?reference=0')).status], [404, 404, 404]);
  const { body } = await house.get('standing');
  assert.deepEqual([body.refused['monitor-report-malformed'], body.refused['monitor-report-implausible']], [3, 1]);
  await same();
});

test('collector: killed and started again, the sum is what was answered, and repeats are still known', async () => {
  const sent = [];
  for (let at = 0; at < 5; at++) {
    const bytes = await report();
    sent.push(bytes);
    assert.equal((await house.post(bytes)).status, 202);
    mine.add(bytes);
  }
  const open = house.post(await report()).catch(() => 'cut off');
  await house.kill();
  const cut = await open;
  await up();
  const many = await told();
  assert.ok(many === 25 || many === 26, `${many}`);
  if (cut !== 'cut off') assert.equal(many, 26);
  for (const bytes of sent) assert.deepEqual((await house.post(bytes)).body, { new: false });
  if (many === 25) await same();
  assert.equal(await told(), many);
  assert.equal(await fault(), null, 'a report that is known sets nothing');
  const bytes = await report();
  assert.equal((await house.post(bytes)).status, 202);
  mine.add(bytes);
  assert.ok((await fault()) > Date.now(), 'the alarm that could not be set is set with the next one');
});

test('collector: closed periods are reports, which are bet on in their order: the alarm stands, and again after a restart', async () => {
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 4; at++) await house.post(await report(100, round ? 0.01 : 1));
    await sleep(1050);
  }
  const { body: standing } = await house.get('standing');
  assert.equal(standing.standing, 'fallback');
  const drift = standing.alerts.find(({ code }) => code === 'input-drift');
  assert.deepEqual([drift.subject, standing.states.streams.price, standing.states.rates.price], ['price', 'fallback', 'waiting']);
  assert.ok(standing.upTo >= drift.begin && drift.advice.length > 10);
  const { body: { periods } } = await house.get('periods');
  assert.ok(periods.length >= 3 && periods.every(({ closed }) => closed), JSON.stringify(periods));
  // As the command line reads them: a file each.
  const inbox = `${out}/inbox`;
  rmSync(inbox, { recursive: true, force: true });
  mkdirSync(inbox);
  const monitor = await createMonitor({ reference });
  const sum = await createCollector({ reference });
  for (const { begin } of periods) {
    const { bytes, status } = await house.get(`report?begin=${begin}`);
    assert.equal(status, 200);
    writeFileSync(`${inbox}/${begin}`, bytes);
    assert.ok(monitor.absorb(bytes) && sum.add(bytes));
    monitor.look();
  }
  assert.equal(monitor.info().standing, 'fallback');
  const whole = await createCollector({ reference });
  whole.add((await house.get('report')).bytes);
  assert.deepEqual(whole.streams(), sum.streams());
  if (process.env.NEARHAND && existsSync(process.env.NEARHAND)) {
    writeFileSync(`${out}/shop.reference`, reference);
    const said = execFileSync(process.env.NEARHAND, ['monitor', '--reference', `${out}/shop.reference`, '--reports', inbox], { encoding: 'utf8' });
    assert.match(said, /standing=fallback/);
  }
  await house.stop();
  await up();
  const { body: again } = await house.get('standing');
  assert.deepEqual([again.alerts, again.standing, again.upTo], [standing.alerts, standing.standing, standing.upTo]);
});

test('collector: the metrics are OpenMetrics', async () => {
  const { body, headers } = await house.get('metrics');
  assert.match(headers.get('content-type'), /^application\/openmetrics-text; version=1\.0\.0/);
  assert.ok(body.endsWith('# EOF\n') && body.includes('rate="a \\"b\\"\\\\"} 0\n'), body);
  const families = new Map();
  for (const line of body.trim().split('\n').slice(0, -1)) {
    const [, kind, name, rest] = /^# (TYPE|HELP|UNIT) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === 'TYPE') {
      assert.ok(!families.has(name), `${name} twice`);
      families.set(name, rest);
    } else if (!kind) assert.match(line, /^\w+\{(\w+="([^"\\\n]|\\[\\"n])*",?)+\} -?[\d.e+-]+$/);
  }
  for (const line of body.split('\n').filter((one) => one && !one.startsWith('#'))) {
    const [name] = /^\w+/.exec(line);
    const family = name.replace(/_(total|count)$/, '');
    assert.ok(families.has(family) || families.has(name), name);
    assert.equal(families.get(family) === 'counter', name.endsWith('_total'), name);
  }
  assert.match(body, /nearhand_standing\{reference="[0-9a-f]{16}"\} 3/);
  // A stream and a rate of one name.
  assert.deepEqual(Array.from(body.matchAll(/nearhand_state\{.*?,(\w+)="price"\} (-?\d)/g), ([, kind, state]) => [kind, state]), [['stream', '3'], ['rate', '-1']]);
  assert.match(body, /nearhand_time_seconds\{reference="[0-9a-f]{16}",quantile="0.5"\} 0\.00\d+/);
});

test('collector: a sender who reports too often, deniable reports, and settings that do not fit', async () => {
  await house.stop();
  await up({ RATE: '0.001', BURST: '2', EPSILON: '2' });
  const answers = [];
  for (let at = 0; at < 3; at++) answers.push(await house.post(await report(), { headers: { 'cf-connecting-ip': `2001:db8::${at + 1}` } }));
  assert.deepEqual(answers.map(({ status }) => status), [202, 202, 429]);
  assert.ok(Number(answers[2].headers.get('retry-after')) > 1);
  assert.equal(answers[2].headers.get('access-control-allow-origin'), 'https://shop.example', 'a page can read that it was refused');
  assert.equal((await house.post(await report(), { headers: { 'cf-connecting-ip': '192.0.2.2' } })).status, 202, 'another one');
  const { body } = await house.get('standing');
  assert.deepEqual([body.standing, body.alerts], [null, []], 'nothing is bet on randomised answers');
  await house.stop();
  for (const [more, field] of [[{ REFERENCE: '' }, 'REFERENCE'], [{ REFERENCE: 'no base64' }, 'REFERENCE'], [{ ORIGINS: 'shop.example' }, 'ORIGINS'], [{ TOKENS: '[{"sha256": "secret"}]' }, 'TOKENS[0].sha256'], [{ TOKENS: '"secret"' }, 'TOKENS'], [{ TOKENS: '[{"secret": 1}]' }, 'TOKENS[0]'], [{ PERIOD_MS: '5' }, 'PERIOD_MS']]) {
    await up(more);
    const { status, body } = await house.post(await report());
    assert.deepEqual([status, body.error.code, body.error.field], [500, 'settings-invalid', field]);
    assert.doesNotMatch(JSON.stringify(body), /secret/, 'anybody reads this');
    await house.stop();
  }
});

// nearhand/monitor as it is installed, in Node: faults are told, callbacks break nothing, reports and their sum, attribution, estimates.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { load } from 'nearhand';
import * as all from 'nearhand/monitor';
import { trapping } from './broken-wasm.mjs';
import { made } from './monitor/refused.mjs';
import { draws, fieldsOf } from './monitor/reports.mjs';

const { createMonitor, learnReference, createCollector, createAttribution, createEstimates, version } = all;
const root = process.env.NEARHAND_ROOT;
const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-monitor.wasm')));

const random = draws(1);
const reference = await learnReference({
  streams: {
    dwell_ms: Array.from({ length: 4000 }, () => random() * 9000),
    kind: { values: Array.from({ length: 4000 }, () => (random() < 0.7 ? 'view' : 'cart')), importance: 0.5 },
    'slate.score': { values: Array.from({ length: 4000 }, () => random()), role: 'score' },
  },
  rates: { fallback: { events: 20, of: 4000 }, 'unknown-item': { events: 40, of: 4000 } },
});
/** How many bins and rates a report of a reference has. */
const shapeOf = async (reference) => {
  const collector = await createCollector({ reference });
  return { bins: collector.streams().reduce((sum, { bins }) => sum + bins.length, 0), rates: collector.rates().length };
};
const slate = (more) => ({ items: Array.from({ length: 8 }, (_, at) => ({ item: `i${Math.floor(random() * 1e6)}`, score: random(), rank: at + 1, propensity: 1 })), tier: 'full', source: 'model', notes: [], tookMs: 0.4, events: 3, ...more });

test('monitor: modules and require have the same names', async () => {
  const common = createRequire(import.meta.url)('nearhand/monitor');
  const names = (module) => Object.keys(module).filter((name) => name !== '__esModule').sort();
  assert.deepEqual(names(common), names(all));
  assert.deepEqual([...(await common.learnReference({ streams: { a: [1, 2] } }))], [...(await learnReference({ streams: { a: [1, 2] } }))]);
  assert.equal((await common.createMonitor({ reference })).info().version, version);
});

test('monitor: quiet while nothing is wrong, and a unit that changed is told with its evidence', async () => {
  const alerts = [];
  const monitor = await createMonitor({ reference, onAlert: (alert) => alerts.push(alert) });
  const observe = (scale) => {
    monitor.observe('dwell_ms', random() * 9000 * scale);
    monitor.observe('kind', random() < 0.7 ? 'view' : 'cart');
    monitor.saw(slate(), `visitor ${random()}`);
  };
  for (let i = 0; i < 3000; i++) observe(1);
  assert.deepEqual(alerts, []);
  assert.deepEqual([...monitor.info().streams, ...monitor.info().rates].map(({ state }) => state), ['quiet', 'quiet', 'quiet', 'quiet', 'waiting']);
  for (let i = 0; i < 1000; i++) observe(0.001);
  const last = alerts.at(-1);
  assert.deepEqual([last.code, last.subject, last.level, monitor.info().standing], ['input-drift', 'dwell_ms', 'fallback', 'fallback']);
  assert.ok(last.value > last.threshold && last.evidence > 3 && last.psi > 0.5 && last.advice.length > 20);
  assert.match(last.moved[0].values, /^(to|[\d.]+ to) /);
  assert.ok([last, last.moved, last.moved[0], monitor.info()].every(Object.isFrozen));
  assert.equal(new Set(alerts.map(({ code, level }) => code + level)).size, alerts.length, 'once each');
});

test('monitor: a text where numbers were, another unit, another spelling and nothing at all are told by the first few', async () => {
  const first = async (name, value, more) => {
    const alerts = [];
    const monitor = await createMonitor({ reference, onAlert: (alert) => alerts.push(alert), ...more });
    let after = 0;
    while (alerts.length < 2 && after < 16) {
      monitor.observe(name, value());
      after += 1;
    }
    return { alerts, after, monitor };
  };
  const dwell = () => 1 + random() * 8000;
  const text = await first('dwell_ms', () => dwell().toLocaleString('de-DE'));
  assert.deepEqual(text.alerts.map(({ code, subject, level, ratio }) => [code, subject, level, ratio]), [['schema', 'dwell_ms', 'warn', null], ['schema', 'dwell_ms', 'fallback', null]]);
  assert.deepEqual([text.alerts[0].moved[0].values, text.monitor.info().refused], ['missing', text.after], 'counted apart');
  const micros = (await first('dwell_ms', () => (4000 + random() * 1000) * 1000)).alerts.at(-1);
  assert.deepEqual([micros.code, micros.level, micros.factor, micros.moved[0].values.slice(0, 5)], ['units', 'fallback', 1000, 'above']);
  assert.ok(micros.ratio > 800 && micros.ratio < 1300 && micros.value === 1 && micros.advice.length > 20, JSON.stringify(micros));
  const capitals = await first('kind', () => 'VIEW');
  assert.deepEqual([capitals.alerts[0].code, capitals.alerts[0].moved[0].values, capitals.monitor.info().refused], ['schema', 'others', 0]);
  assert.equal((await first('slate.score', () => undefined)).alerts[0].code, 'schema');
  // Who looks by himself is not looked for; and of one visitor nobody knows what is usual.
  const { monitor, alerts } = await first('dwell_ms', () => null, { onAlert: undefined, every: 1_000_000 });
  assert.deepEqual([alerts.length, monitor.look().map(({ code, level }) => [code, level])], [0, [['schema', 'fallback']]]);
  assert.deepEqual((await first('dwell_ms', () => null, { visitors: 'one', every: 1 })).alerts, []);
});

test('monitor: fallbacks, slowness, one slate for all, age, unknown items', async () => {
  let now = 1e12;
  const monitor = await createMonitor({ reference, slowAfterMs: 8, made: new Date(1e12), expires: 1e12 + 10 * 86_400_000, now: () => now, every: 1_000_000 });
  const same = slate({ notes: ['model-failed'], tookMs: 20 });
  for (let i = 0; i < 500; i++) monitor.saw(same, `visitor ${i}`);
  monitor.counted({ counts: { events: 500, unknownItems: 2 } });
  monitor.counted({ counts: { events: 1000, unknownItems: 400 } });
  const codes = monitor.look().map(({ code, subject }) => `${code} ${subject}`.trim()).sort();
  assert.deepEqual(codes.filter((code) => !code.startsWith('score')), ['rate-high fallback', 'rate-high unknown-item', 'same-for-all', 'slow']);
  // Nothing is known of first visits, and all get the popular items.
  const first = await createMonitor({ reference });
  for (let i = 0; i < 500; i++) first.saw({ ...same, notes: [], events: 0 }, `visitor ${i}`);
  assert.ok(!first.look().some(({ code }) => code === 'same-for-all') && first.info().refused === 0);
  now += 3 * 86_400_000;
  assert.deepEqual(monitor.look().map(({ code }) => code), ['stale']);
  now += 8 * 86_400_000;
  assert.deepEqual(monitor.look().map(({ code, level }) => [code, level]), [['expired', 'stop']]);
});

test('monitor: occasions that are told at once have no order, and what is usual of them is quiet', async () => {
  const monitor = await createMonitor({ reference: await learnReference({ rates: { 'unknown-item': { events: 300, of: 1000 } } }), every: 1_000_000 });
  const counts = (events, share) => ({ counts: { events, unknownItems: Math.round(events * share) } });
  for (let events = 100; events <= 3000; events += 100) {
    monitor.counted(counts(events, 0.3));
    assert.deepEqual(monitor.look(), [], `${events} events`);
  }
  monitor.counted(counts(3500, 0.4));
  assert.deepEqual(monitor.look().map(({ code, subject }) => [code, subject]), [['rate-high', 'unknown-item']]);
});

test('monitor: labels that stop, and events that come late, of what an assessor has counted', async () => {
  const rates = Object.fromEntries(['late', 'repeated', 'unlabelled'].map((name) => [name, { events: 2, of: 2000 }]));
  const state = { observed: 90_000, late: 7, ahead: 0, duplicates: 3, labels: 70_000 };
  const monitor = await createMonitor({ reference: await learnReference({ rates }), every: 1_000_000 });
  const hour = (labels, late = 0) => monitor.counted({ counts: { ...Object.assign(state, { observed: state.observed + 10, labels: state.labels + labels, late: state.late + late }) } });
  // What a state brings along is nobody's fault, nor is an hour in which nothing happened.
  hour(0);
  for (let at = 0; at < 100; at++) monitor.counted({ counts: { ...state } });
  for (let at = 0; at < 200; at++) hour(9);
  assert.deepEqual([monitor.look(), monitor.info().rates.map(({ state }) => state)], [[], ['quiet', 'quiet', 'quiet']]);
  for (let at = 0; at < 80; at++) hour(0);
  assert.deepEqual(monitor.look().map(({ code, subject, level }) => [code, subject, level]), [['rate-high', 'unlabelled', 'fallback']]);
  for (let at = 0; at < 20; at++) hour(9, 10);
  assert.deepEqual(monitor.look().map(({ code, subject }) => [code, subject]), [['rate-high', 'late']]);
  // One that began anew, one without windows, and what cannot be counted.
  for (const other of [{ observed: 10, late: 0, ahead: 0, duplicates: 0, labels: 0 }, null, { observed: NaN, late: 0, ahead: 0, duplicates: 0, labels: 0 }, { observed: '9' }]) monitor.counted({ counts: other });
  assert.deepEqual([monitor.look(), monitor.info().refused, monitor.info().state], [[], 0, 'watching']);
});

test('monitor: of more than is told one by one the same share is told', async () => {
  const usual = { events: 20, of: 20_000 };
  const monitor = await createMonitor({ reference: await learnReference({ rates: { 'unknown-item': usual, late: usual, repeated: usual } }), every: 1_000_000 });
  // Objects that are the same each time.
  const [shop, windows] = [{ events: 0, unknownItems: 0 }, { observed: 0, late: 0, ahead: 0, duplicates: 0, labels: 0 }];
  const millions = (strays) => {
    [shop.events, shop.unknownItems] = [shop.events + 4e7, shop.unknownItems + strays];
    Object.assign(windows, { observed: windows.observed + 4e7, late: windows.late + strays, duplicates: windows.duplicates + strays });
    for (const counts of [shop, windows]) monitor.counted({ counts });
    return monitor.look().map(({ code, subject }) => `${code}:${subject}`);
  };
  for (let call = 0; call < 12; call++) assert.deepEqual(millions(4e4), []);
  assert.deepEqual(millions(2e7), ['rate-high:unknown-item', 'rate-high:late', 'rate-high:repeated']);
});

test('monitor: what it is told never throws, and a callback that does breaks nothing', async () => {
  const monitor = await createMonitor({ reference, slowAfterMs: 1, every: 10, onAlert: () => { throw new Error('host'); } });
  const proxy = new Proxy({}, { get() { throw new Error('trap'); } });
  for (const bad of [undefined, null, 5, 'slate', {}, { items: 5 }, { items: [null], notes: [] }, proxy]) {
    for (const tell of ['saw', 'decided', 'completed', 'counted']) monitor[tell](bad);
  }
  for (const bad of [Symbol('a'), 10n, {}, NaN, Infinity, '\ud800', 'x'.repeat(1e5)]) monitor.observe('kind', bad);
  monitor.observe(Symbol('name'), 1);
  monitor.observe('nothing of that name', 1);
  monitor.happened('fallback', 'yes');
  monitor.took(NaN);
  monitor.took(-1);
  for (let i = 0; i < 300; i++) monitor.took(50);
  const { refused, callbacksFailed, state, unknown } = monitor.info();
  assert.ok(refused >= 20 && callbacksFailed >= 1 && state === 'watching', JSON.stringify({ refused, callbacksFailed, state }));
  assert.deepEqual(unknown, { 'Symbol(name)': 1, 'nothing of that name': 1 });
  const rejecting = await createMonitor({ reference, slowAfterMs: 1, onAlert: async () => { throw new Error('host'); } });
  for (let i = 0; i < 300; i++) rejecting.took(50);
  await new Promise((done) => setTimeout(done));
  assert.ok(rejecting.info().callbacksFailed >= 1);
  const broken = await createMonitor({ reference, now: () => NaN });
  assert.deepEqual([broken.look(), broken.info().refused], [[], 1]);
  broken.close();
  broken.saw(slate());
  assert.equal(broken.info().state, 'closed');
});

test('monitor: a reference is learnt where there is none, and is the same bytes elsewhere', async () => {
  const kept = [];
  const monitor = await createMonitor({ learn: 300, onReference: (bytes) => kept.push(bytes) });
  assert.deepEqual([monitor.info().state, monitor.reference(), await made(() => monitor.absorb(new Uint8Array(9)))], ['learning', null, 'monitor-reference-other']);
  for (let i = 0; i < 300; i++) {
    monitor.observe('price', random() * 50);
    monitor.observe('brand', random() < 0.5 ? 'a'.repeat(80) : null);
    monitor.saw(slate({ tookMs: 1 }));
  }
  assert.equal(monitor.info().state, 'watching');
  assert.deepEqual([...monitor.reference()], [...kept[0]]);
  const names = monitor.info().streams.map(({ name, role }) => `${name} ${role}`);
  assert.ok(names.includes('price input') && names.includes('slate.score score') && names.includes('brand input'), names.join());
  const again = await createMonitor({ reference: kept[0] });
  for (let i = 0; i < 2000; i++) {
    again.observe('price', random() * 50);
    again.observe('brand', random() < 0.5 ? 'a'.repeat(80) : null);
  }
  assert.equal(again.info().standing, null, 'a name that is too long for a bin is cut the same way');
});

test('monitor: what is learnt from a real shop is quiet on its own slates, and sees its fallback', async () => {
  const shop = await load(process.env.NEARHAND_BUNDLE, { consent: 'memory' });
  const { items } = shop.items({ limit: 200 });
  const monitor = await createMonitor({ learn: 200, made: shop.info().bundle.createdAt, warnAfterMs: 8e12 });
  const visit = async (act) => {
    for (let i = 0; i < 200; i++) {
      const page = shop.page();
      page.observe({ kind: 'view', item: items[Math.floor(random() * items.length)].item });
      act(await page.recommend({ k: 8 }), String(i));
    }
  };
  await visit((slate, name) => monitor.saw(slate, name));
  assert.equal(monitor.info().state, 'watching');
  await visit((slate, name) => monitor.saw(slate, name));
  assert.deepEqual([monitor.info().standing, monitor.info().refused], [null, 0]);
  await visit((slate) => monitor.saw({ ...slate, notes: ['model-failed'] }));
  assert.equal(monitor.info().standing, 'fallback');
  shop.close();
});

test('monitor: reports have 1 KB at most whatever is counted, each is summed once, and others are refused', async () => {
  const streams = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`s${at}`, Array.from({ length: 400 }, () => random() * 100)]));
  const wide = await learnReference({ streams, rates: { fallback: { events: 1, of: 100 } } });
  const reports = [];
  const monitor = await createMonitor({ reference: wide, consent: 'session', visitors: 'one', sink: (report, about) => void reports.push([report, about]) });
  for (let i = 0; i < 600; i++) {
    for (const name of Object.keys(streams)) monitor.observe(name, random() * 130 - 15);
    monitor.happened('fallback', i % 10 === 0);
    monitor.took(2 ** (i % 16));
  }
  monitor.flush();
  assert.equal(monitor.flush(), 0, 'nothing is left');
  assert.ok(reports.length > 3 && reports.every(([report, about]) => report.length <= 1024 && about.bytes === report.length && about.epsilon === null), reports.map(([report]) => report.length).join());
  const collector = await createCollector({ reference: wide });
  for (const [report] of reports.toReversed()) assert.deepEqual([collector.add(report), collector.add(report)], [true, false]);
  const [rate] = collector.rates();
  assert.deepEqual([rate.of, rate.share, collector.times().count], [600, 0.1, 600]);
  assert.ok(collector.streams().every(({ bins }) => bins.reduce((sum, { count }) => sum + count, 0) === 600));
  const [report] = reports[0];
  for (let at = 0; at < report.length; at++) {
    const bad = report.slice();
    bad[at] ^= 4;
    assert.match(await made(() => collector.add(bad)), /^monitor-(report-malformed|version-unsupported|reference-other)$/);
  }
  assert.equal(await made(async () => (await createCollector({ reference })).add(report)), 'monitor-reference-other');
  assert.equal(await made(async () => (await createMonitor({ reference })).absorb(report)), 'monitor-reference-other');
  const server = await createMonitor({ reference: wide });
  for (const [report] of reports) assert.ok(server.absorb(report) && !server.absorb(report));
});

test('monitor: a sum is a report, from which another collector goes on, and what nobody can have counted is refused', async () => {
  const reports = [];
  const page = async (many) => {
    const monitor = await createMonitor({ reference, consent: 'session', visitors: 'one', sink: (report) => void reports.push(report) });
    for (let i = 0; i < many; i++) {
      monitor.observe('dwell_ms', random() * 9000);
      monitor.happened('fallback', i % 4 === 0);
      monitor.took(3);
    }
    monitor.flush();
  };
  for (const many of [40, 60, 200]) await page(many);
  const told = (collector) => [collector.streams(), collector.rates(), collector.times()];
  const whole = await createCollector({ reference });
  assert.equal(whole.report(1), null);
  for (const report of reports) whole.add(report);
  const first = await createCollector({ reference, most: 100 });
  assert.deepEqual([first.add(reports[0]), first.add(reports[1]), await made(() => first.add(reports[2]))], [true, true, 'monitor-report-implausible']);
  // Telling it changes nothing, neither what is in it nor what it knows.
  const [once, again] = [first.report(7), first.report(7)];
  assert.deepEqual([[...once], first.add(reports[0])], [[...again], false]);
  const second = await createCollector({ reference, sum: once });
  second.add(reports[2]);
  assert.deepEqual(told(second), told(whole));
  const third = await createCollector({ reference });
  assert.deepEqual([third.add(second.report(7)), told(third)], [true, told(whole)]);
  assert.ok((await createMonitor({ reference })).absorb(whole.report(2 ** 53 - 1)));
  for (const bad of [-1, 0.5, 2 ** 53]) assert.equal(await made(() => whole.report(bad)), 'invalid-option');
  for (const bad of [{ most: 0 }, { sum: 5 }]) assert.equal(await made(() => createCollector({ reference, ...bad })), 'invalid-option');
  assert.equal(await made(() => createCollector({ reference, sum: new Uint8Array(30) })), 'monitor-report-malformed');
});

test('monitor: a report has the fields of docs/telemetry.md and no other', async () => {
  const reports = [];
  const monitor = await createMonitor({ reference, consent: 'session', sink: (report) => void reports.push(report) });
  for (let i = 0; i < 40; i++) {
    monitor.observe('dwell_ms', random() * 9000);
    monitor.saw(slate({ notes: i ? [] : ['model-failed'] }), 'visitor 4711');
  }
  monitor.flush();
  const fields = fieldsOf(reports[0], await shapeOf(reference));
  const doc = readFileSync(`${root}/docs/telemetry.md`, 'utf8');
  const documented = [.../\| field \|[\s\S]*?\n\n/.exec(doc)[0].matchAll(/^\| `([\w ]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(fields), documented);
  assert.deepEqual([fields.rates[0], fields.rates[1], fields.saturated], [{ events: 1, of: 40 }, { events: 0, of: 0 }, 0]);
  assert.equal(fields.bins.reduce((a, b) => a + b), 80, 'dwell and score of each');
});

test('monitor: consent. Nothing is handed over before it is given, nor what was counted before', async () => {
  const count = async (consent, more) => {
    const reports = [];
    const monitor = await createMonitor({ reference, ...(consent && { consent }), sink: (report) => void reports.push(report), ...more });
    const act = () => { for (let i = 0; i < 10; i++) monitor.happened('fallback', false); };
    act();
    return { monitor, reports, act };
  };
  for (const consent of [undefined, 'none', 'memory']) {
    const { monitor, reports, act } = await count(consent);
    assert.deepEqual([monitor.flush(), reports.length], [0, 0], consent);
    monitor.setConsent('session');
    assert.equal(monitor.flush(), 0, 'what was counted without it stays here');
    act();
    assert.equal(monitor.flush(), 1);
    const collector = await createCollector({ reference });
    collector.add(reports[0]);
    assert.equal(collector.rates()[0].of, 10);
  }
  for (const consent of ['session', 'persistent']) {
    const { monitor, reports, act } = await count(consent);
    assert.equal(monitor.flush(), 1);
    act();
    monitor.setConsent('none');
    assert.deepEqual([monitor.flush(), monitor.info().consent, reports.length], [0, 'none', 1]);
    monitor.setConsent('session');
    assert.equal(monitor.flush(), 0, 'what was withdrawn is forgotten');
  }
  assert.equal(await made(async () => (await count('memory')).monitor.setConsent('all')), 'invalid-option');
});

test('monitor: deniable reports tell one occasion of each rate and nothing else, and their sum is right', async () => {
  const collector = await createCollector({ reference, epsilon: 2 });
  const shape = await shapeOf(reference);
  const reports = [];
  const monitor = await createMonitor({ reference, consent: 'session', epsilon: 2, sink: (report, about) => void reports.push([report, about]) });
  for (let visit = 0; visit < 3000; visit++) {
    for (let i = 0; i < 5; i++) monitor.saw(slate({ notes: visit % 4 ? [] : ['full-failed'] }));
    monitor.observe('dwell_ms', 5);
    monitor.flush();
  }
  assert.equal(reports.length, 3000);
  for (const [report, about] of reports) {
    assert.equal(about.epsilon, 2);
    const { bins, rates, times } = fieldsOf(report, shape);
    assert.ok(bins.every((count) => count === 0) && times.every((count) => count === 0) && rates.every(({ of }) => of <= 1));
    // The ledger takes each once, in whatever order; of one source no later than 64 behind the newest.
    assert.ok(collector.add(report));
  }
  const [{ of, share, low, high }] = collector.rates();
  // Chance is the platform's: five standard errors.
  assert.ok(of === 3000 && low < share && share < high && high - low < 0.06 && Math.abs(share - 0.25) < 0.06, `${share} ${low} ${high}`);
});

test('monitor: a binary that traps ends the monitor and says so; serving goes on', async () => {
  const monitor = await createMonitor({ reference, wasm: trapping(wasm, 'watch_took') });
  monitor.took(1);
  monitor.saw(slate());
  monitor.look();
  const { state, error } = monitor.info();
  assert.deepEqual([state, error.code, monitor.flush()], ['failed', 'engine-trapped', 0]);
  assert.equal(await made(() => monitor.absorb(new Uint8Array(5))), 'engine-trapped');
  // One that is lost in a call that throws, and one that is lost while it is asked how it is.
  for (const name of ['watch_absorb', 'watch_states']) {
    const lost = await createMonitor({ reference, wasm: trapping(wasm, name) });
    await made(() => lost.absorb(new Uint8Array(5)));
    assert.equal(lost.info().state, 'failed', name);
    lost.saw(slate());
  }
});

test('monitor: references and binaries that are none, by a code', async () => {
  assert.equal(await made(() => createMonitor({ reference: new Uint8Array(50) })), 'monitor-reference-malformed');
  assert.equal(await made(() => createMonitor({ reference: new Uint8Array(200_000) })), 'monitor-reference-malformed');
  assert.equal(await made(() => createMonitor({ reference: '/none/of/that/name' })), 'fetch-failed');
  assert.equal(await made(() => createMonitor({ reference: 5 })), 'invalid-option');
  assert.equal(await made(() => createMonitor({ refrence: reference })), 'unknown-option');
  assert.equal(await made(() => createMonitor({ reference, wasm: new Uint8Array(8) })), 'wasm-unsupported');
  assert.equal(await made(() => learnReference({})), 'none');
  assert.equal(await made(() => learnReference({ streams: { '': [1] } })), 'monitor-reference-invalid');
  for (let at = 0; at < reference.length; at++) {
    const bad = reference.slice();
    bad[at] ^= 1;
    assert.match(await made(() => createMonitor({ reference: bad })), /^monitor-(reference-malformed|version-unsupported)$/, String(at));
  }
});

test('feedback: credit for clicks and purchases, scripts kept out, rows as a log has them', async () => {
  let now = 1e12;
  const attribution = await createAttribution({ now: () => now });
  const shown = { ...slate(), items: [{ item: 'a', rank: 1, score: 1, propensity: 1 }, { item: 'b', rank: 2, score: 0.5, propensity: 0.25 }] };
  const id = attribution.shown(shown);
  assert.equal(attribution.shown(shown), id, 'drawn again');
  now += 60_000;
  assert.deepEqual(attribution.clicked('b', { slate: id }), { became: 'credited', slate: id, rank: 2 });
  assert.deepEqual(attribution.clicked('b'), { became: 'again' });
  assert.deepEqual(attribution.clicked('c'), { became: 'organic' });
  assert.deepEqual(attribution.clicked('a', { slate: 'another' }), { became: 'organic' });
  assert.deepEqual(attribution.clicked('a', { event: { isTrusted: false } }), { became: 'untrusted' });
  now += 3_600_000;
  assert.deepEqual(attribution.bought('b'), { became: 'credited', slate: id, rank: 2 });
  const byHand = attribution.shown({ ...slate(), source: 'curated' });
  assert.equal(await made(() => attribution.shown({ ...slate(), items: [shown.items[0], shown.items[0]] })), 'monitor-observation-invalid');
  now += 8 * 86_400_000;
  const rows = attribution.settle();
  assert.deepEqual(rows.slice(0, 2).map(({ slate, item, rank, propensity, clickedAt, boughtAt, influenced }) => [slate, item, rank, propensity, clickedAt, boughtAt, influenced]), [
    [id, 'a', 1, 1, null, null, true],
    [id, 'b', 2, 0.25, 1e12 + 60_000, 1e12 + 3_660_000, true],
  ]);
  assert.ok(rows.slice(2).every((row) => row.slate === byHand && !row.influenced && Object.isFrozen(row)) && rows.length === 10);
  assert.deepEqual([attribution.settle(), attribution.refused], [[], { untrusted: 1, overCap: 0 }]);
});

test('feedback: one item has so much credit of a visitor and no more, also when its rows are settled in between', async () => {
  let now = 1e12;
  const attribution = await createAttribution({ now: () => now });
  const became = [];
  for (let i = 0; i < 6; i++) {
    attribution.shown({ ...slate(), items: [{ item: 'pushed', rank: 1, score: 1, propensity: 1 }] }, { id: `s${i}` });
    became.push(attribution.clicked('pushed').became);
    now += 40 * 60_000;
    attribution.settle();
  }
  assert.deepEqual(became, ['credited', 'credited', 'credited', 'over-cap', 'over-cap', 'over-cap']);
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { webdriver: true }, configurable: true });
  try {
    assert.equal(attribution.clicked('pushed').became, 'untrusted');
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else delete globalThis.navigator;
  }
});

test('feedback: another policy by this log, and what a place is worth', async () => {
  const estimates = await createEstimates();
  // The best of two items is clicked with 0.5, the other with 0.1; half and half was logged, the other policy shows the best alone.
  for (let i = 0; i < 4000; i++) {
    const best = random() < 0.5;
    const reward = Number(random() < (best ? 0.5 : 0.1));
    estimates.add([{ logged: 0.5, target: Number(best), reward }]);
    const rank = random() < 0.5 ? 1 : 2;
    estimates.addRows([{ item: best ? 'a' : 'b', rank, clickedAt: random() < (best ? 0.5 : 0.1) / rank ? 1 : null }]);
  }
  const { reliability, selfNormalised, effective } = estimates.policy();
  assert.ok(reliability === 'sound' && selfNormalised.low < 0.5 && selfNormalised.high > 0.5 && Math.abs(effective - 2000) < 150);
  const [first, second] = estimates.ranks();
  assert.ok(first.rank === 1 && first.relative === 1 && Math.abs(second.relative - 0.5) < 0.1, JSON.stringify([first, second]));
  assert.equal(await made(() => estimates.add([{ logged: 0, target: 1, reward: 1 }])), 'monitor-observation-invalid');
  assert.equal(await made(() => createEstimates({ cap: 0.5 })), 'invalid-option');
});

test('monitor: what the pages show is what it does', async () => {
  const bundle = readFileSync(process.env.NEARHAND_BUNDLE);
  const shop = await load(bundle, { tier: 'lite' });
  const [{ item }] = (await shop.recommend({ k: 8 })).items;
  const given = { ...all, load: (from) => load(from, { tier: 'lite' }), shop, item, reference, bundle, visitor: 'v', event: { isTrusted: true }, page: () => {}, sent: [] };
  const ends = {
    monitor: 'return monitor.info();',
    shadow: 'await duel.settled(); challenger.close(); return duel.report();',
    feedback: 'return estimates.policy();',
    telemetry: "monitor.happened('fallback', false); monitor.flush(); return sent;",
  };
  const shown = {};
  for (const [name, end] of Object.entries(ends)) {
    const [, text] = new RegExp("```ts\\n([^`]*?'nearhand/monitor';[\\s\\S]*?)```").exec(readFileSync(`${root}/docs/${name}.md`, 'utf8')) ?? [];
    const own = name === 'feedback' ? 'const slate = await shop.recommend({ k: 8 });' : '';
    const script = text.replace(/^import .*$/gm, '').replace("'/models/shop.reference'", 'reference').replace("'/models/next.safetensors'", 'bundle').replace("navigator.sendBeacon('/monitor', report)", '!!sent.push(report.length)');
    shown[name] = await new Function(...Object.keys(given), `return (async () => { ${own} ${script}\n${end} })()`)(...Object.values(given));
  }
  shop.close();
  assert.deepEqual([shown.monitor.state, shown.monitor.refused, shown.shadow.failed, shown.feedback.units], ['watching', 0, 0, 1]);
  assert.ok(shown.telemetry.length === 1 && shown.telemetry[0] <= 1024);
});

test('monitor: eight values are no verdict, and a hundred thousand as usual are no alarm', async () => {
  const alerts = [];
  const monitor = await createMonitor({ reference, every: 1, onAlert: (alert) => alerts.push(alert) });
  for (let i = 0; i < 8; i++) monitor.observe('dwell_ms', i % 2 ? 8000 : 8100);
  assert.deepEqual([alerts, monitor.info().streams[0].state], [[], 'waiting']);
  const large = await createMonitor({ reference, onAlert: (alert) => alerts.push(alert) });
  for (let i = 0; i < 100_000; i++) large.observe('dwell_ms', random() * 9000);
  assert.deepEqual([alerts, large.info().streams[0].state], [[], 'quiet']);
});

test('monitor: of one visitor streams are counted and not bet on; his rates and times are watched', async () => {
  const reports = [];
  const monitor = await createMonitor({ reference, visitors: 'one', consent: 'session', slowAfterMs: 8, sink: (report) => void reports.push(report) });
  for (let i = 0; i < 1000; i++) {
    monitor.observe('dwell_ms', 1);
    monitor.saw(slate({ tookMs: 20, notes: ['model-failed'] }), 'me');
    if (i % 50 === 49) monitor.flush();
  }
  const { streams, rates } = monitor.info();
  assert.deepEqual([streams.map(({ state }) => state), rates[0].state, monitor.info().standing], [['waiting', 'waiting', 'waiting'], 'fallback', 'fallback']);
  const collector = await createCollector({ reference });
  reports.forEach((report) => collector.add(report));
  assert.equal(collector.streams()[0].bins.reduce((sum, { count }) => sum + count, 0), 1000);
  // Whoever sums many bets on them, on each report by what was known before.
  const server = await createMonitor({ reference });
  reports.forEach((report) => server.absorb(report));
  assert.deepEqual(server.look().map(({ subject, level }) => `${subject} ${level}`).filter((told) => !told.startsWith('slate')), ['dwell_ms fallback', 'fallback fallback']);
});

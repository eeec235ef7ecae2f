// nearhand/monitor as it is installed, in Node: what came of probabilities, as reference implementations have it; alarms; labels that come late, never or wrongly.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createMonitor, learnReference } from 'nearhand/monitor';
import { draws } from './monitor/reports.mjs';

const golden = JSON.parse(readFileSync(`${process.env.NEARHAND_ROOT}/crates/monitor/tests/golden/references.json`, 'utf8'));
const random = draws(5);
const reference = await learnReference({ streams: { amount: Array.from({ length: 2000 }, () => random() * 90), kind: Array.from({ length: 2000 }, () => 'card') } });
const close = (have, want, far = 1e-9) => assert.ok(Math.abs(have - want) < far, `${have} ${want}`);
/** So many answers with a label each; `truth` makes the chance of a probability. */
const feed = (monitor, count, truth = (p) => p) => {
  for (let at = 0; at < count; at++) {
    const p = 0.4 * random();
    monitor.foretold(p);
    monitor.labelled(p, random() < truth(p));
  }
};
const thrice = (p) => Math.min(1, 3 * p);

test('quality: calibration as scikit-learn has it, and the estimate as ppi_py', async () => {
  const monitor = await createMonitor({ reference });
  assert.equal(monitor.info().quality, null);
  const { p, y, brier, mean, true: happened } = golden.calibration;
  p.forEach((probability, at) => monitor.labelled(probability, y[at] > 0.5));
  const { quality, refused } = monitor.info();
  assert.deepEqual([quality.labelled, refused, quality.estimate, quality.changes], [p.length, 0, null, []]);
  close(quality.brier, brier);
  assert.equal(quality.reliability.length, mean.length);
  quality.reliability.forEach((point, at) => [close(point.foretold, mean[at]), close(point.rate, happened[at])]);
  close(quality.calibrationError, quality.reliability.reduce((sum, { foretold, rate, count }) => sum + (Math.abs(foretold - rate) * count) / p.length, 0));
  close(quality.foretold, p.reduce((sum, one) => sum + one, 0) / p.length);
  assert.ok(Object.isFrozen(quality) && Object.isFrozen(quality.reliability[0]));

  // Of the recorded cases those whose outcomes are yes and no, and whose intervals are of 90 %: their middles.
  let compared = 0;
  for (const { y, f, unlabelled, mean } of golden.powered) {
    if (![...y, ...f, ...unlabelled].every((one) => one >= 0 && one <= 1) || !y.every((one) => one === 0 || one === 1)) continue;
    const monitor = await createMonitor({ reference });
    // All are foretold when they are answered; labels come afterwards.
    [...f, ...unlabelled].forEach((one) => monitor.foretold(one));
    f.forEach((one, at) => monitor.labelled(one, y[at] === 1));
    const { estimate } = monitor.info().quality;
    close(estimate.rate, mean);
    assert.ok(estimate.low < mean && mean < estimate.high && estimate.trust >= 0 && estimate.trust <= 1);
    compared += 1;
  }
  assert.ok(compared > 0);
});

test('quality: quiet while probabilities come true; told once a level when they do not, with what is and what may be', async () => {
  const alerts = [];
  const monitor = await createMonitor({ reference, onAlert: (alert) => alerts.push(alert) });
  feed(monitor, 3000);
  assert.deepEqual([alerts, monitor.info().quality.state, monitor.info().standing], [[], 'quiet', null]);
  feed(monitor, 3000, thrice);
  assert.ok(alerts.length > 0 && alerts.every(({ code, subject }) => code === 'calibration' && ['high', 'low'].includes(subject)));
  assert.equal(new Set(alerts.map(({ subject, level }) => subject + level)).size, alerts.length, 'once each');
  for (const { value, threshold, evidence, seen, moved, advice } of alerts) assert.ok(value > threshold && value <= 1 && evidence > 3 && seen >= 100 && !moved.length && advice.includes('label'));
  const { standing, quality, streams } = monitor.info();
  assert.ok(['warn', 'fallback'].includes(standing) && quality.state === standing && quality.rate > 1.3 * quality.foretold);
  assert.ok(streams.every(({ state }) => state === 'waiting'), 'streams of which nothing was told');
});

test('quality: a decision foretells its risk, and its label comes weeks later', async () => {
  const monitor = await createMonitor({ reference, every: 1_000_000 });
  const answers = Array.from({ length: 600 }, (_, at) => ({ decision: 'approve', by: 'model', risk: at % 7 ? (at % 10) / 20 : null }));
  answers.forEach((answer) => monitor.decided(answer));
  assert.deepEqual([monitor.info().quality.labelled, monitor.info().quality.rate], [0, null]);
  answers.forEach(({ risk }, at) => risk !== null && at % 3 === 0 && monitor.labelled(risk, random() < risk));
  const { labelled, estimate, rate } = monitor.info().quality;
  assert.ok(labelled > 150 && estimate.low <= rate && rate <= estimate.high, JSON.stringify({ labelled, estimate, rate }));
});

test('quality: labels count while a reference is learnt, of one visitor nothing is bet, and of what is no probability neither', async () => {
  const learning = await createMonitor();
  feed(learning, 2000, thrice);
  assert.deepEqual([learning.info().state, learning.info().quality.labelled, learning.info().standing !== null], ['learning', 2000, true]);
  for (const options of [{ visitors: 'one' }, { calibrationFactors: null }, { least: 1_000_000 }]) {
    const monitor = await createMonitor({ reference, ...options });
    feed(monitor, 1000, thrice);
    assert.deepEqual([monitor.look(), monitor.info().standing, monitor.info().quality.labelled], [[], null, 1000], JSON.stringify(options));
  }
});

test('quality: what is neither yes nor no, and no probability, is counted and breaks nothing', async () => {
  const monitor = await createMonitor({ reference });
  const wrong = [[0.5, 1], [0.5, null], [0.5], [0.5, 'true'], [NaN, true], [-0.1, true], [1.5, false], ['0.5x', true], [undefined, true]];
  wrong.forEach(([probability, happened]) => monitor.labelled(probability, happened));
  [NaN, 2, null, {}].forEach((probability) => monitor.foretold(probability));
  const { refused, quality, state } = monitor.info();
  assert.deepEqual([refused, quality.labelled, state], [wrong.length + 4, 0, 'watching']);
});

test('quality: without consent nothing is kept, and after it all begins anew', async () => {
  const monitor = await createMonitor({ reference });
  feed(monitor, 100);
  monitor.setConsent('none');
  assert.equal(monitor.info().quality, null);
  feed(monitor, 100);
  assert.equal(monitor.info().quality, null);
  monitor.setConsent('memory');
  feed(monitor, 10);
  assert.equal(monitor.info().quality.labelled, 10);
});

test('quality: changes of a stream and of the error are told where they are asked for, also after consent was away', async () => {
  const alerts = [];
  const monitor = await createMonitor({ reference, changes: ['amount', 'squared-error'], tolerances: [1e6, 1e6, 1e6], calibrationFactors: null, onAlert: (alert) => alerts.push(alert) });
  for (const consent of ['memory', 'none', 'memory']) monitor.setConsent(consent);
  const both = (from, truth) => {
    for (let at = 0; at < 1500; at++) monitor.observe('amount', from + 30 * random());
    feed(monitor, 1500, truth);
  };
  both(0);
  assert.deepEqual(alerts, []);
  both(60, (p) => 1 - p);
  const told = alerts.filter(({ code }) => code === 'change');
  assert.deepEqual([...new Set(told.map(({ subject }) => subject))].sort(), ['amount', 'squared-error']);
  assert.ok(told.every(({ level, value, threshold, evidence }) => level === 'notice' && value > threshold && evidence === null), JSON.stringify(told));
  const { changes } = monitor.info().quality;
  assert.ok(changes.length > 0 && changes.every(({ at, by, before, since }) => at > 1500 && ['adwin', 'page-hinkley'].includes(by) && since > before));

  const silent = await createMonitor({ reference });
  feed(silent, 1500);
  feed(silent, 1500, (p) => 1 - p);
  assert.deepEqual([silent.info().quality.changes.length > 0, silent.look().filter(({ code }) => code === 'change')], [true, []]);
});

test('quality: options that cannot be meant are refused with their place', async () => {
  for (const [options, path] of [
    [{ calibrationFactors: [0.5, 1, 2] }, 'createMonitor.calibrationFactors'],
    [{ calibrationFactors: [2, 1.5, 3] }, 'createMonitor.calibrationFactors'],
    [{ calibrationFactors: 2 }, 'createMonitor.calibrationFactors'],
    [{ changes: 'amount' }, 'createMonitor.changes'],
    [{ changes: [1] }, 'createMonitor.changes'],
    [{ changes: ['amuont'] }, 'createMonitor.changes'],
    [{ changes: ['kind'] }, 'createMonitor.changes'],
  ]) {
    await assert.rejects(createMonitor({ reference, ...options }), ({ code, details }) => code === 'invalid-option' && details.option === path, JSON.stringify(options));
  }
  // One that is learnt may lack it, and says so.
  const monitor = await createMonitor({ learn: 100, changes: ['amuont'] });
  for (let at = 0; at < 100; at++) monitor.observe('amount', random());
  assert.deepEqual([monitor.info().state, monitor.info().unknown], ['watching', { amuont: 1 }]);
});

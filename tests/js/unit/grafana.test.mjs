// The dashboard of examples/grafana as Grafana imports it: Prometheus's own grammar reads each query, and nothing is named that is not there.
// That the metrics and labels are those which are written, cli/src/monitor/metrics/tests.rs holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';

const dashboard = JSON.parse(readFileSync(new URL('../../../examples/grafana/nearhand.json', import.meta.url), 'utf8'));
const all = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const shown = all.filter(({ type }) => type !== 'row');

/** Where the grammar does not hold: what stands there. */
function faults(expr) {
  const found = [];
  parser.parse(expr).iterate({ enter: (node) => (node.type.isError ? found.push(expr.slice(node.from, node.to + 12)) : undefined) });
  return found;
}

test('every query is PromQL', () => {
  assert.deepEqual(faults('sum by (a) (b{job=~"$job"}) and on (job) time() - c < 7200'), []);
  for (const wrong of ['sum by (a (b)', 'max(a{job=~})', 'a and and b']) assert.notDeepEqual(faults(wrong), [], wrong);
  for (const { title, targets } of shown) for (const { expr } of targets) assert.deepEqual(faults(expr), [], `${title}: ${expr}`);
});

test('no counter is asked for: what a run counts may fall', () => {
  for (const { title, targets } of shown) for (const { expr } of targets) assert.doesNotMatch(expr, /\b(rate|irate|increase|delta)\(|_total|_bucket/, title);
});

test('panels and queries are named once, and lie in the grid without covering each other', () => {
  const ids = all.map(({ id }) => id);
  assert.ok(Number.isInteger(dashboard.schemaVersion) && dashboard.schemaVersion >= 39 && new Set(ids).size === ids.length);
  for (const { title, targets } of shown) {
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
  const apart = (panels) => {
    const taken = new Set();
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      assert.ok([x, y, w, h].every(Number.isInteger) && x >= 0 && w > 0 && h > 0 && x + w <= 24, title);
      for (let at = x; at < x + w; at += 1) {
        for (let down = y; down < y + h; down += 1) {
          assert.ok(!taken.has(`${at} ${down}`), `${title} covers another panel`);
          taken.add(`${at} ${down}`);
        }
      }
    }
  };
  apart(dashboard.panels);
  for (const { panels } of all) if (panels) apart(panels);
  // What stands, and how far, is seen without unfolding anything.
  assert.ok(dashboard.panels.filter(({ type }) => type !== 'row').length <= 8);
});

test('variables are declared, and each is used', () => {
  const { list } = dashboard.templating;
  const names = list.map(({ name }) => name);
  const { templating, ...rest } = dashboard;
  const used = new Set([...JSON.stringify([rest, list.map(({ datasource }) => datasource)]).matchAll(/\$\{?([a-z]+)\}?/g)].map(([, name]) => name));
  assert.deepEqual([...used].sort(), [...names].sort());
  for (const panel of shown) {
    assert.equal(panel.datasource.uid, '${datasource}');
    for (const { datasource } of panel.targets) assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
  }
});

test('monitors of one exporter stay apart, and each can be looked at alone', () => {
  for (const { title, targets } of shown) {
    for (const { expr, legendFormat } of targets) {
      assert.match(expr, /^(max|sum) by \(([a-z_]+, )*nearhand_job\b/, title);
      assert.match(legendFormat, /\{\{nearhand_job\}\}/, title);
      for (const [, picked] of expr.matchAll(/\{([^}]*)\}/g)) assert.match(picked, /nearhand_job=~"\$monitor"/, title);
    }
  }
});

test('an old run is not green, and every level has its word and colour', () => {
  const stands = shown.find(({ title }) => title === 'What stands');
  // By job and monitor: one that waits does not hide behind one that is quiet.
  const fresh = /^max by \(job, nearhand_job\) \(.+ and on \(job, instance, nearhand_job\) time\(\) - nearhand_monitor_read_time_seconds\{[^}]+\} < 7200\)$/;
  assert.match(stands.targets[0].expr, fresh);
  assert.equal(stands.fieldConfig.defaults.noValue, 'no fresh run');
  for (const panel of shown.filter(({ fieldConfig }) => fieldConfig.defaults.mappings)) {
    const { options } = panel.fieldConfig.defaults.mappings[0];
    assert.deepEqual(Object.keys(options).sort(), ['-1', '0', '1', '2', '3', '4']);
    assert.equal(new Set(Object.values(options).map(({ color }) => color)).size, 6);
  }
  for (const { type, title, fieldConfig } of shown) {
    if (type === 'timeseries') assert.equal(fieldConfig.defaults.custom.spanNulls, false, `${title}: a gap is a gap`);
    if (fieldConfig.defaults.unit === 'percentunit') assert.equal(fieldConfig.defaults.min, 0, title);
  }
});

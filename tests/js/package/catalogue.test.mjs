// The fault catalogue, all faults and few windows: each harmful one is seen, and nothing is told of harmless drift. The whole is ./build.sh faults.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('the fault catalogue: every harmful fault is seen by somebody', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${process.env.NEARHAND_ROOT}/tools/faults/run.mjs`, '--part'], { encoding: 'utf8', timeout: 300_000 });
  const rows = stdout.trim().split('\n');
  const [last] = rows.slice(-1);
  const [, harmful, caught, alarmed] = /^faults harmful=(\d+) caught=(\d+) harmless_alarmed=(\d+) false_alarm_rate=0(?:\.\d+)?$/.exec(last) ?? [];
  assert.equal(status, 0, `${rows.filter((row) => / (action=none|action=notice)/.test(row)).join('\n')}\n${last}\n${stderr}`);
  assert.deepEqual([caught, alarmed], [harmful, '0']);
  // None has gone by itself.
  assert.ok(Number(harmful) >= 50, last);
  for (const task of ['recommend', 'complete', 'assess']) assert.ok(rows.some((row) => row.startsWith(`fault task=${task} name=nothing harmful=no detected_by=nothing`)), task);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { senderOf } from '../../../www/worker/collector/door/pace.js';
import { begins } from '../../../www/worker/collector/objects/period.js';

test('collector: senders are told apart by their address, of the longer ones by the network', () => {
  for (const [address, sender] of [
    ['192.0.2.1', '192.0.2.1'],
    ['', ''],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff::2', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:0000:0000:0000:0003', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ] as const) assert.equal(senderOf(address), sender, address);
});

test('collector: a period that is closed stays so when a clock is behind, and a clock that was far ahead holds nothing up', () => {
  const hour = 3_600_000;
  assert.equal(begins(5 * hour + 7, hour, undefined), 5 * hour);
  assert.equal(begins(5 * hour - 1, hour, 5 * hour), 5 * hour, 'by a moment behind');
  assert.equal(begins(5 * hour + 1, hour, 3 * hour), 5 * hour);
  assert.equal(begins(5 * hour + 1, hour, 7 * hour), 5 * hour, 'a year ahead, once');
});

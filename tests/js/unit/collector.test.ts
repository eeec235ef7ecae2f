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
    // As resolvers and proxies write the same: each is a sender of its own, not all of IPv4 one.
    ['::ffff:c0a8:0101', '192.168.1.1'],
    ['::FFFF:C0A8:101', '192.168.1.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:c000:0201', '192.0.2.1'],
    ['::ffff:0:1', '0.0.0.1'],
    ['::ffff:1:c0a8:101', '0:0:0:0::/64'],
    ['::ffff', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ] as const) assert.equal(senderOf(address), sender, address);
  // Of anything else some sender, and soon.
  assert.equal(senderOf(`${'1'.repeat(1_000_000)}:`).slice(-5), '::/64');
});

test('collector: a period that is closed stays so when a clock is behind, and a clock that was far ahead holds nothing up', () => {
  const hour = 3_600_000;
  assert.equal(begins(5 * hour + 7, hour, undefined), 5 * hour);
  assert.equal(begins(5 * hour - 1, hour, 5 * hour), 5 * hour, 'by a moment behind');
  assert.equal(begins(5 * hour + 1, hour, 3 * hour), 5 * hour);
  assert.equal(begins(5 * hour + 1, hour, 7 * hour), 5 * hour, 'far ahead, once');
  // Periods that are shorter than clocks are apart.
  assert.deepEqual([begins(5000, 1000, 35_000), begins(5000, 1000, 66_000)], [35_000, 5000]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movement } from '../../../www/demo/src/apart/oncall/plots.js';
import { standing } from '../../../www/demo/src/apart/oncall/standing.js';

test('who is on call: edges of bins are shorter, and the same numbers', () => {
  for (const [values, said] of [
    ['to 0.00123457', 'to 0.00123'],
    ['0.000123456 to 0.0034567', '0.000123 to 0.00346'],
    ['-0.0123457 to 12.3457', '-0.0123 to 12.3'],
    ['1.23457e-7 to 0.5', '1.23e-7 to 0.5'],
    ['9012.34 to 123457', '9010 to 123,457'],
    ['above 12345.6', 'above 12,300'],
    ['12.01 to 12.04', '12.01 to 12.04'],
    ['85123A', '85123A'],
    ['missing', 'missing'],
  ]) assert.equal(movement({ values, usual: 0.1, now: 0.845 }), `${said}: 10\u00a0% → 85\u00a0%`);
});

test('who is on call: quiet by the fallback is not as usual', () => {
  const of = (mode, level, quiet, more) => standing({ info: { state: 'open', standing: level }, mode, quiet, ...more });
  assert.deepEqual([of('model', null), of('last', null), of('lite', null, 3), of('lite', 'fallback', 3)], ['quiet', 'held', 'probation', 'fallback']);
  assert.deepEqual([of('model', null, undefined, { learning: { seen: 1, of: 2 } }), standing({ info: { state: 'failed' } })], ['learning', 'stop']);
});

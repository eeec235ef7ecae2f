import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitted } from '../../../www/lib/src/catalog/swap.js';
import type { CatalogDelta, SwapNote } from '../../../www/lib/src/words/types.js';

/** The delta as it fits a catalog of A and B, and what was noted. */
function fit(delta: CatalogDelta, vectors = false): { delta: CatalogDelta; notes: string[] } {
  const notes: SwapNote[] = [];
  const of = fitted(delta, (item) => item === 'A' || item === 'B', vectors, notes);
  return { delta: of, notes: notes.map(({ note, item }) => `${note} ${item}`) };
}

test('what fits stays as it was told', () => {
  const delta = {
    add: [{ item: 'X', title: 'x', price: 3 }, { item: 'Y', title: 'y', like: 'A' }],
    update: [{ item: 'A', stock: 0 }],
    remove: ['B'],
  };
  assert.deepEqual(fit(delta), { delta, notes: [] });
  assert.deepEqual(fit({}), { delta: { add: [], update: [], remove: [] }, notes: [] });
});

test('an item that was added and that the new catalog has is updated', () => {
  const { delta, notes } = fit({ add: [{ item: 'A', title: 'a', stock: 4, like: 'B', vector: [1] }] });
  assert.deepEqual(delta, { add: [], update: [{ item: 'A', title: 'a', stock: 4 }], remove: [] });
  assert.deepEqual(notes, ['known A']);
});

test('of an item that the new catalog lacks no update is left, and its removal is done', () => {
  const { delta, notes } = fit({ update: [{ item: 'X', price: 2 }, { item: 'B', price: 3 }], remove: ['Y', 'A'] });
  assert.deepEqual(delta, { add: [], update: [{ item: 'B', price: 3 }], remove: ['A'] });
  assert.deepEqual(notes, ['unknown X']);
});

test('an item that is like one that is gone is placed by its words', () => {
  const { delta, notes } = fit({ add: [{ item: 'X', title: 'x', like: 'gone' }] });
  assert.deepEqual(delta.add, [{ item: 'X', title: 'x' }]);
  assert.deepEqual(notes, ['placed X']);
});

test('a vector of the old space is left out, one of the new space stays', () => {
  const add = [{ item: 'X', title: 'x', vector: [1, 0] }];
  assert.deepEqual(fit({ add }), { delta: { add: [{ item: 'X', title: 'x' }], update: [], remove: [] }, notes: ['placed X'] });
  assert.deepEqual(fit({ add }, true), { delta: { add, update: [], remove: [] }, notes: [] });
});

test('an item that the same delta takes out and adds anew is added; nothing is like one that it takes out', () => {
  const { delta, notes } = fit({ remove: ['A'], add: [{ item: 'A', title: 'anew' }, { item: 'X', title: 'x', like: 'A' }] });
  assert.deepEqual(delta, { add: [{ item: 'A', title: 'anew' }, { item: 'X', title: 'x' }], update: [], remove: ['A'] });
  assert.deepEqual(notes, ['placed X']);
});

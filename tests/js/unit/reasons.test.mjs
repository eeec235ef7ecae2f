// docs/reasons.md: every language has a text for every kind of reason, and the function of the page says the right one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lib, root } from '../../../tools/face.mjs';

const page = readFileSync(`${root}/docs/reasons.md`, 'utf8');
const [, code] = page.match(/^```js\n(\/\/ words\.js\n[\s\S]*?)^```$/m);
const { words, say } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
/** As the types state them; the page may have words for one that comes. */
const kinds = readFileSync(`${lib}/src/words/types/slate.ts`, 'utf8').match(/^export type ReasonKind =([^;]+);/m)[1].match(/[a-z-]+(?=')/g);

test('every language has every kind, and nothing else', () => {
  assert.ok(kinds.length >= 9);
  const all = new Set([...kinds, 'this-page']);
  for (const [language, table] of Object.entries(words)) assert.deepEqual(new Set(Object.keys(table)), all, language);
  assert.deepEqual(Object.keys(words), ['en', 'de', 'fr', 'es', 'ja']);
});

test('a title stands in the same kinds in all languages', () => {
  const named = (table) => Object.keys(table).filter((kind) => table[kind].includes('{title}'));
  for (const [language, table] of Object.entries(words)) assert.deepEqual(named(table), named(words.en), language);
});

test('the first reason that can be said is', () => {
  const viewed = { kind: 'viewed', item: 'a', title: 'Tea cup' };
  assert.equal(say([viewed]), 'Because you viewed Tea cup');
  assert.equal(say([viewed], 'de-AT'), 'Weil Sie Tea cup angesehen haben');
  assert.equal(say([viewed], 'xx'), 'Because you viewed Tea cup');
  assert.equal(say([{ kind: 'viewed' }, { kind: 'trending' }]), 'On the rise', 'nothing is said of an item without a title');
  assert.equal(say([{ kind: 'of-tomorrow' }, viewed]), 'Because you viewed Tea cup');
  assert.equal(say([]), 'Popular now');
  assert.equal(say([{ kind: 'viewed', title: '$& {title} <b>' }]), 'Because you viewed $& {title} <b>');
});

// The same log once more, in Node, by the same engine: what the objects hold has to be that, byte for byte.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const root = process.env.NEARHAND_ROOT;
const dist = process.env.NEARHAND_DIST ?? `${import.meta.dirname}/../node_modules/nearhand/dist`;
const { createAssessor } = await import(process.env.NEARHAND_FAKE ?? `${dist}/assess-node.js`);
const bundle = readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`);

/** An engine of the shipped bundle. `keys`: whose windows it counts; none: it judges alone. */
export const engine = (keys) => createAssessor({ bundle, now: null, answers: 0, ...(keys && { keys }) });

/** A transaction of a log by the names of the bundle. */
export function named({ id, time, card, terminal, amount, currency, fields, flags }) {
  return { id, time, card, terminal: terminal.ref, amount: (amount / 100).toFixed(2), currency, ...fields, ...Object.fromEntries(flags.map((flag) => [flag, true])) };
}

/** Features as JSON has them. */
export const plainly = (features) => features && JSON.parse(JSON.stringify(features));

/** Plays an object's rows in, holds each answer against the one that was given, and the state at the end against the object's. */
export async function played({ rows, snapshot }, key) {
  const windows = await engine([key]);
  for (const { kind, id, body } of rows) {
    if (kind === 'event') {
      const { features } = windows.observe(named(body.asked));
      // A card's row has the features of both objects.
      for (const [name, value] of Object.entries(plainly(features) ?? {})) if (body.features) assert.equal(body.features[name], value, `${id} ${name}`);
    } else if (kind === 'retract') continue;
    else if (kind === 'label') windows.label(body.id, body.fraud, body.at);
    else windows.amend(body.id, body.flags);
  }
  assert.ok(Buffer.from(windows.snapshot()).equals(Buffer.from(snapshot, 'base64')), `the state of ${key} is that of its log`);
  windows.close();
  return rows.filter(({ kind }) => kind === 'event');
}

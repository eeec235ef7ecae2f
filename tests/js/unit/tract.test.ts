/** Which binary of the full tier comes: told by the bundle's header, also where the other one is under way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasModel, needsTract } from '../../../www/lib/src/files/has-model.js';
import { type WorkerHostOptions, WorkerHost } from '../../../www/lib/src/engine/worker-host.js';
import { FakeWorker, manifested as bundle } from './harness.js';

const MODEL = { inputs: [], output: { name: 'query' } };
const PLAIN = bundle({ model: MODEL });
const RARE = bundle({ model: { ...MODEL, engine: 'tract' } });

test('the header says what a bundle has, and texts within it do not', () => {
  assert.deepEqual([hasModel(PLAIN), needsTract(PLAIN)], [true, false]);
  assert.deepEqual([hasModel(RARE), needsTract(RARE)], [true, true]);
  assert.deepEqual([hasModel(bundle({ model: null })), needsTract(bundle({ model: null }))], [false, false]);
  const told = bundle({ model: MODEL, card: '"model":null,"engine":"tract" \\"model\\":null \\"engine\\":\\"tract\\"' });
  assert.deepEqual([hasModel(told), needsTract(told)], [true, false]);
  // What is no bundle the engine refuses, and says why.
  for (const bytes of [new Uint8Array(), new Uint8Array(7), new Uint8Array(9).fill(255)]) assert.deepEqual([hasModel(bytes), needsTract(bytes)], [true, false]);
});

/** A worker's host over fakes: what was fetched for its workers, and what they were told to prepare. */
function host(wasm: WorkerHostOptions['wasm'] = async () => undefined) {
  const asked: boolean[] = [];
  const prepared: unknown[] = [];
  const workers: FakeWorker[] = [];
  const of = new WorkerHost({
    make: () => {
      const worker = new FakeWorker(() => 'normal', { opened: [] });
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: { op: string; tract?: boolean }) => {
        if (message.op === 'prepare') prepared.push(message.tract);
        post(message);
      };
      workers.push(worker);
      return worker as unknown as Worker;
    },
    wasm: (tract) => {
      asked.push(tract);
      return wasm(tract);
    },
  });
  const open = (bytes: Uint8Array) => of.start(Promise.resolve(() => ({ op: 'open', bundle: bytes, options: { consent: 'memory' }, deltas: [], model: undefined, nowMs: 0 })));
  return { of, open, asked, prepared, workers };
}

test('a worker that was prepared ahead gives way to one with the other binary', async () => {
  const { of, open, asked, prepared, workers } = host();
  await of.prepare();
  assert.equal(of.serves(RARE), true);
  await open(RARE);
  assert.deepEqual([asked, prepared], [[false, true], [false, true]]);
  assert.deepEqual(workers.map(({ terminated }) => terminated), [true, false]);
  assert.equal(of.ready, true);
  of.close();
});

test('a binary that comes late, after the bundle has told that it is the wrong one, makes no worker', async () => {
  let come = (): void => {};
  const late = new Promise<undefined>((resolve) => (come = () => resolve(undefined)));
  const { of, open, prepared, workers } = host((tract) => (tract ? Promise.resolve(undefined) : late));
  const ahead = of.prepare();
  of.serves(RARE);
  await open(RARE);
  come();
  await ahead;
  assert.deepEqual([workers.length, prepared], [1, [true]]);
  of.close();
});

test('a bundle that asks for nothing keeps the worker that was prepared', async () => {
  const { of, open, asked, prepared } = host();
  await of.prepare();
  of.serves(PLAIN);
  await open(PLAIN);
  assert.deepEqual([asked, prepared], [[false], [false]]);
  of.close();
});

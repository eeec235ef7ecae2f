// The declarations compile in projects of every kind: with and without the DOM, old and new resolution, no library unchecked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const { exports } = JSON.parse(readFileSync(`${here}/node_modules/nearhand/package.json`, 'utf8'));
const entries = Object.keys(exports).filter((path) => JSON.stringify(exports[path]).includes('.d.ts')).map((path) => `nearhand${path.slice(1)}`);
// The one that attw brings still knows the old resolution.
const compilers = { new: `${root}/node_modules/.bin/tsc`, old: `${root}/node_modules/@arethetypeswrong/core/node_modules/typescript/bin/tsc` };

/** Types of the web by names of our own, as a project without the DOM would have to write them. */
const USE = `
import { load, NearhandError, version, type Load, type LoadOptions, type Shop, type Slate } from 'nearhand';
declare const bytes: Uint8Array;
const options: LoadOptions = { tier: 'lite', thread: 'auto', digest: 'ab', wasm: { lite: bytes, full: '/nearhand.wasm', tract: '/nearhand-tract.wasm' }, worker: '/worker.js' };
export async function first(open: Load = load): Promise<string | undefined> {
  const shop: Shop = await open('/shop.safetensors', options);
  const slate: Slate = await shop.recommend({ k: 5, where: { inStock: true } });
  // @ts-expect-error the options are checked
  await shop.recommend({ exlude: [] });
  return slate.items[0]?.item ?? version;
}
export const code = (error: unknown): string => (error instanceof NearhandError ? error.code : 'none');
`;
/** As a program for onnxruntime-web is typed. */
const ONNX = `
import * as ort from 'nearhand/onnx';
import whole, { InferenceSession, Tensor, type OnnxValue, type TypedTensor } from 'nearhand/onnx';
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/ort/';
ort.env.logLevel = 'error';
const settings: ort.InferenceSession.SessionOptions = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', limits: { bytes: 1 << 20 }, wasm: '/nearhand-onnx.wasm' };
export async function classify(model: ArrayBuffer | Uint8Array | string, pixels: Float32Array): Promise<number> {
  const session: InferenceSession = await ort.InferenceSession.create(model, settings);
  const input: TypedTensor<'float32'> = new ort.Tensor('float32', pixels, [1, 3, 224, 224]);
  const feeds: InferenceSession.FeedsType = { [session.inputNames[0]!]: input };
  const results: ort.InferenceSession.ReturnType = await session.run(feeds, session.outputNames, { logSeverityLevel: 3 });
  const output: OnnxValue = results[session.outputNames[0]!]!;
  const data = output.data as Float32Array;
  const again: Float32Array = await input.reshape([3, 1, 224, 224]).getData();
  const shape: readonly (number | string)[] = session.inputMetadata[0]!.shape;
  const ids: Tensor = new Tensor('int64', BigInt64Array.from([1n]), [1, 1]);
  const type: Tensor.Type = ids.type;
  const state: ort.SessionState = session.state();
  await session.run({ ids }, { state });
  state.clone().truncate(state.length);
  // @ts-expect-error halves are not run
  new Tensor('float16', new Uint16Array(1));
  // @ts-expect-error the options are checked
  await session.run(feeds, { sginal: 1 });
  // @ts-expect-error no number is a model
  await InferenceSession.create(1);
  await session.release();
  return data.length + again.length + shape.length + type.length + output.dims.length + input.size + (whole.Tensor === Tensor ? 1 : 0);
}
`;
const SUGGEST = `
import { load as openBox, type LoadOptions as BoxOptions, type SuggestBox, type Suggestion } from 'nearhand/suggest';
const settings2: BoxOptions = { maxBytes: 1 << 20, digest: 'ab', wasm: '/nearhand-suggest.wasm', now: () => 1 };
export async function typed(bytes: Uint8Array | Promise<ArrayBuffer>, shop: Shop): Promise<number> {
  const box: SuggestBox = await openBox(bytes, settings2);
  box.setSession(shop.session());
  box.setSession([{ kind: 'search', text: 'mug' }, { kind: 'view', item: 'a', at: 1 }]);
  const known: number = box.setAllowed(['a']) + box.setAllowed(new Set(['a'])) + box.setAllowed(null);
  const { items, tookMs } = box.suggest('mug', { k: 5, category: 'Tableware' });
  const [start, end] = items[0]?.highlights[0] ?? [0, 0];
  const source = box.source<{ item: Suggestion; setQuery(query: string): void }>({ shop, k: 5, onSelect: ({ item, setQuery }) => setQuery(item.text) });
  // @ts-expect-error the options are checked
  box.suggest('mug', { limit: 5 });
  // @ts-expect-error there is no such event
  box.setSession([{ kind: 'veiw', item: 'a' }]);
  // @ts-expect-error answers are nobody's to change
  items.push();
  return source.getItems({ query: 'mug' }).length + tookMs + end - start + known + box.info().memoryBytes;
}
`;
const COMPLETE = `
import { load as loadCompleter, type Completed, type Completer, type CompleterInfo, type CompleteOptions, type LanguageModel, type LoadOptions as CompleterOptions, type Typing } from 'nearhand/complete';
const settings3: CompleterOptions = { maxBytes: 1 << 20, maxMemory: 1 << 28, worker: false, cache: false, wasm: '/nearhand-complete.wasm', now: () => 1, onProgress: ({ loaded, total }) => loaded / (total ?? 1) };
const how: CompleteOptions = { maxTokens: 5, stop: 'a', temperature: 0.5, topK: 3, topP: 0.9, minP: 0.1, repetitionPenalty: 1.1, seed: 1, logprobs: 2, minConfidence: 0.1, blocked: ['a'], allowed: ['b'], heal: true, specials: [[0, 2]], full: 'stop', keep: 3, deadline: 50 };
export async function completed(bytes: Uint8Array | Promise<ArrayBuffer>): Promise<number> {
  const completer: Completer = await loadCompleter({ model: bytes, tokenizer: '/tokenizer.json', context: 256, begin: '<s>', ends: ['</s>'], template: { user: ['a', 'b'] } }, settings3);
  const { text, completion, finishReason, usage, logprobs, tookMs }: Completed = await completer.complete('a', how);
  const best: readonly Completed[] = await completer.best('a', { n: 3 });
  const stream = completer.stream('a', how);
  for await (const piece of stream) piece.trim();
  await stream.readable().cancel();
  await completer.adapt({ ngram: true, ngramBits: 15, bias: false, prime: 'a' });
  await completer.adapt(null);
  const { logprob, bytes: of } = await completer.learn(best[0]!);
  const typing: Typing = completer.typing({ onSuggestion: ({ text, suggestion }) => text + suggestion });
  const session: LanguageModel = await (await completer.languageModel()).create({ initialPrompts: [{ role: 'system', content: 'a' }] });
  const { memoryBytes, place }: CompleterInfo = await completer.info();
  // @ts-expect-error the options are checked
  await completer.complete('a', { maxToken: 5 });
  // @ts-expect-error there is no such end
  finishReason === 'done';
  // @ts-expect-error answers are nobody's to change
  best.push();
  completer.close();
  return text.length + completion.length + usage.reused + tookMs + (logprobs?.[0]?.top[0]?.logprob ?? 0) + logprob / of + memoryBytes + place.length + typing.suggestion.length + session.contextWindow;
}
`;
const ASSESS = `
import { createAssessor, type Assessment, type Assessor, type AssessorInfo, type AssessorOptions, type Features, type LabelOutcome, type Observed, type Transaction } from 'nearhand/assess';
const judge: Omit<AssessorOptions, 'bundle'> = { sha256: 'ab', lists: { blocked: new Set(['a']) }, keys: ['card'], answers: 10, maxBytes: 1 << 20, now: null, wasm: '/nearhand-assess.wasm' };
export async function judged(bytes: Uint8Array | Promise<ArrayBuffer>, state: Uint8Array): Promise<number> {
  const assessor: Assessor = await createAssessor({ bundle: bytes, state, ...judge });
  const row: Transaction = { id: 'a', time: new Date(), card: 5, amount: 129.99, currency: 'EUR', declined: false, terminal: null };
  const features: Features = { x: 1 };
  const answer: Assessment = assessor.assess({ ...row, amount: 12999n }, { explain: 'always', features, id: 'a' });
  const by: string = typeof answer.by === 'object' ? answer.by.rule : answer.by;
  const seen: Observed = assessor.observe(row);
  const label: LabelOutcome = assessor.label('a', true, Date.now());
  const { counts, bundle }: AssessorInfo = assessor.info();
  assessor.setList('blocked', ['a']);
  assessor.restore(assessor.snapshot());
  // @ts-expect-error no list is a field
  assessor.assess({ card: ['a'] });
  // @ts-expect-error the options are checked
  assessor.assess(row, { explian: 'always' });
  // @ts-expect-error there is no such decision
  answer.decision === 'refuse';
  // @ts-expect-error answers are nobody's to change
  answer.reasons.push();
  return (answer.risk ?? 0) + (seen.features?.x ?? 0) + by.length + label.length + (counts?.observed ?? 0) + bundle.bytes + Number(assessor.listed('blocked', 'a')) + assessor.amend('a', { declined: true }).length;
}
`;
const REQUEST_LOG = `
import { createRequestLog, type LogInfo, type RequestLog, type RequestLogOptions } from 'nearhand/request-log';
const logged: RequestLogOptions = { consent: 'session', share: 0.1, sink: (rows, { bytes }) => rows.length <= bytes };
export async function kept(shop: Shop, assessor: Assessor): Promise<string> {
  const log: RequestLog = createRequestLog(logged);
  const slate: Slate = await log.recommend(shop, { k: 5 }, { id: 'r1', visit: shop.page() });
  const { decision, reasons } = log.assess(assessor, { id: 't', time: 1 }, { explain: 'never' });
  // @ts-expect-error the options are checked
  void log.recommend(shop, { exlude: [] });
  // @ts-expect-error the options are checked
  createRequestLog({ shares: 1 });
  const { failed }: LogInfo = log.info();
  return decision + reasons.length + (slate.items[0]?.item ?? '') + failed;
}
`;
const MONITOR = `
import { createAttribution, createCollector, createEstimates, createMonitor, learnReference, shadow, type Alert, type Credited, type FeedbackRow, type Monitor, type MonitorInfo, type MonitorOptions, type PolicyEstimate, type Rollout, type Shadow, type ShadowReport, type Verdict } from 'nearhand/monitor';
const watching: MonitorOptions = { reference: '/shop.reference', alpha: 0.01, tolerances: [0, 0.1, 0.3], made: new Date(), visitors: 'many', onAlert: ({ code, level }: Alert) => code + level, now: () => 0 };
export async function watched(shop: Shop, other: Shop, bytes: Uint8Array): Promise<number> {
  const monitor: Monitor = await createMonitor({ ...watching, sink: (report, { bytes }) => report.length === bytes });
  monitor.saw(await shop.recommend(), 'a');
  monitor.counted(shop.info());
  monitor.observe('kind', 'view');
  // @ts-expect-error no date is a value
  monitor.observe('kind', new Date());
  // @ts-expect-error the options are checked
  await createMonitor({ refrence: '/shop.reference' });
  const { standing, streams }: MonitorInfo = monitor.info();
  // @ts-expect-error what is told is nobody's to change
  streams.push();
  const reference: Uint8Array = await learnReference({ streams: { a: [1, 'b', null], b: { values: new Float64Array(2), role: 'score' } }, rates: { fallback: { events: 1, of: 2 } } });
  const collector = await createCollector({ reference, epsilon: 1 });
  const duel: Shadow = await shadow(shop, other, { share: 0.5 });
  const slate: Slate = await duel.recommend({ k: 3 }, { waitUntil: (work) => void work });
  const verdict: Verdict = duel.verdict();
  const report: ShadowReport = duel.report();
  const rollout: Rollout = duel.rollout({ share: 0.1, when: ['better', 'alike'], monitor });
  // @ts-expect-error a worse one is not rolled out
  duel.rollout({ share: 0.1, when: ['worse'] });
  const attribution = await createAttribution();
  const id: string = attribution.shown(slate);
  const credited: Credited = attribution.clicked('a', { slate: id, trusted: true });
  const rows: readonly FeedbackRow[] = attribution.settle();
  const estimates = await createEstimates({ cap: 10 });
  estimates.addRows(rows);
  const estimate: PolicyEstimate = estimates.policy();
  return (credited.became === 'credited' ? credited.rank : 0) + (standing ?? '').length + verdict.length + report.asked + rollout.arm('a').length + estimate.units + Number(collector.add(bytes)) + slate.items.length;
}
`;
const DAP = `
import { createDap, dapSum, dapTasks, type Dap, type DapInfo, type DapOptions, type TaskPlan } from 'nearhand/dap';
const aggregated: DapOptions = { reference: '/shop.reference', leader: 'https://leader.example', helper: 'https://helper.example', timePrecisionSeconds: 60, tasks: { a: 'b', c: { id: 'd', chunkLength: 3 } }, onError: ({ code }) => code, client: () => ({}) };
export async function summed(bytes: Uint8Array): Promise<number> {
  const dap: Dap = await createDap({ ...aggregated, consent: 'session' });
  await createMonitor({ sink: dap.sink });
  await dap.flush();
  const { tasks, error }: DapInfo = dap.info();
  const [plan]: readonly TaskPlan[] = await dapTasks({ reference: bytes });
  const report: Uint8Array = await dapSum({ reference: bytes, sums: { a: [1, 2] }, source: 1, sequence: 2 });
  // @ts-expect-error the options are checked
  await createDap({ ...aggregated, task: {} });
  // @ts-expect-error what is told is nobody's to change
  tasks.push();
  return report.length + (plan?.vdaf.length ?? 0) + (error?.code ?? '').length;
}
`;
const WEB = `
export const beacons = (): Promise<unknown> => createMonitor({ sink: (report) => fetch('/monitor', { method: 'POST', body: report, keepalive: true }) });
export const web = async (signal: AbortSignal): Promise<Shop> => {
  const shop = await load(new URL('https://shop.example/shop.safetensors'), { signal, worker: () => new Worker('/worker.js') });
  // @ts-expect-error no number is a bundle
  await load(1);
  return (shop.close(), load(await fetch('/shop.safetensors')));
};
export const webModel = async (signal: AbortSignal, file: File): Promise<unknown> => [await InferenceSession.create(file, { signal }), await InferenceSession.create(await fetch('/model.onnx')), await InferenceSession.create(new URL('/model.onnx', location.href))];
`;
const NODE = `
export const node = (signal: AbortSignal): Promise<Shop> => load(new URL('file:///shop.safetensors'), { signal });
`;

const web = { lib: ['es2022', 'dom'], types: [], more: WEB };
const kinds = {
  'DOM, a bundler': { ...web, module: 'esnext', moduleResolution: 'bundler' },
  'DOM, without exactOptionalPropertyTypes': { ...web, module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: false },
  'a web worker': { ...web, lib: ['es2022', 'webworker'], module: 'esnext', moduleResolution: 'bundler' },
  'Node, modules': { lib: ['es2022'], types: ['node'], module: 'nodenext', moduleResolution: 'nodenext', more: NODE },
  'Node, CommonJS': { lib: ['es2022'], types: ['node'], module: 'nodenext', moduleResolution: 'nodenext', more: NODE, file: 'use.cts', entries: ['.', './signals', './slim', './sample', './onnx', './suggest', './complete', './assess', './monitor', './dap'] },
  'no library but the language': { lib: ['es2022'], types: [], module: 'nodenext', moduleResolution: 'nodenext' },
  'old: DOM, a bundler': { ...web, module: 'esnext', moduleResolution: 'bundler', old: true },
  'old: node10': { ...web, module: 'esnext', moduleResolution: 'node10', old: true },
  'old: Node, node16': { lib: ['es2022'], types: ['node'], module: 'node16', moduleResolution: 'node16', more: NODE, old: true },
  'old: no library, node10': { lib: ['es2022'], types: [], module: 'commonjs', moduleResolution: 'node10', old: true },
};

/** What `tsc` says of a project of this kind. */
function compile(name, { lib, types, more = '', file = 'use.ts', entries: only, old, ...options }) {
  const folder = `${here}/types/${name.replace(/\W+/g, '-')}`;
  mkdirSync(folder, { recursive: true });
  const named = only ? only.map((path) => `nearhand${path.slice(1)}`) : entries;
  const imports = named.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n');
  writeFileSync(`${folder}/${file}`, `${imports}\n${USE}${ONNX}${SUGGEST}${COMPLETE}${ASSESS}${REQUEST_LOG}${MONITOR}${DAP}${more}export const all = [${named.map((_, i) => `entry${i}`)}];\n`);
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'es2022' };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: { ...strict, lib, types, ...options }, files: [file] }));
  const { status, stdout, stderr } = spawnSync(compilers[old ? 'old' : 'new'], ['-p', folder], { encoding: 'utf8', cwd: here });
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `exit ${status}`;
}

for (const [name, kind] of Object.entries(kinds)) test(`types: ${name}`, () => assert.equal(compile(name, kind), ''));

test('types: a project without the DOM is refused what is not right, too', () => {
  const wrong = "export const wrong = load({}, { signal: 1 });\n";
  assert.match(compile('wrong', { lib: ['es2022'], types: [], module: 'nodenext', moduleResolution: 'nodenext', more: wrong }), /error TS/);
});

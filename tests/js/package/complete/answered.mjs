// What a completer of stories260k answers, on whatever runtime: everything that is held against what was recorded.

/** The recorded prompts of tests/golden: `told` with onnxruntime, `drawn` by the Rust suite. */
export async function answered(completer, { told, drawn }) {
  const greedy = [(await completer.complete('', { maxTokens: 200 })).text];
  for (const { prompt } of told.prompts) greedy.push((await completer.complete(prompt, { maxTokens: 40 })).completion);
  const texts = [];
  for (const { prompt, options } of drawn.cases) texts.push((await completer.complete(prompt, options)).completion);
  const { logprobs, score } = await completer.complete('Once upon a time', { maxTokens: 4, logprobs: 2 });
  const best = await completer.best('Once upon a time', { n: 3, maxTokens: 6 });
  return { greedy, texts, logprobs, score, best: best.map(({ completion, score }) => [completion, score]), likelihood: await completer.likelihood('Lily went to the park.') };
}

/** What `answered` is to be. */
export function right({ told, drawn }) {
  return { greedy: [told.text, ...told.prompts.map(({ completion }) => completion)], texts: drawn.cases.map(({ completion }) => completion), ...drawn.numbers };
}

/** Beside the files of models/stories260k. */
export const SETTINGS = { context: 512, begin: '<s>', ends: ['</s>', '<s>'] };

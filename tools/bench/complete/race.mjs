// What speakers take for the same work, in turns. A speaker has ask(prompt, n) → { text, reused }, greedy and never ended early.
// For Node and browsers alike.

const time = async (act) => {
  const from = performance.now();
  const answer = await act();
  return { ms: performance.now() - from, answer };
};

/** One more letter of the prompt: what was there before it, and what is there then. */
const typed = (prompt) => [prompt.slice(0, -1), prompt];

/**
 * `speakers` by name. The order changes from round to round. Answers { tokens, first, key: { name: [ms] } } and `same`: by name, whether
 * the texts were those of the first speaker, else which two they were.
 */
export async function race(speakers, { short, long }, { rounds = 12, tokens = 64, warm = 3 } = {}) {
  const names = Object.keys(speakers);
  const results = Object.fromEntries(['tokens', 'first', 'key'].map((what) => [what, Object.fromEntries(names.map((name) => [name, []]))]));
  const same = {};
  const each = async (round, what, prompts, act) => {
    const said = {};
    const at = round < 0 ? round + warm : round;
    for (const name of at % 2 ? names.toReversed() : names) {
      const { ms, text, reused } = await act(speakers[name], prompts[at % prompts.length], name);
      said[name] = text;
      if (round >= 0) results[what][name].push({ ms, reused });
    }
    for (const name of names) if (said[name] !== said[names[0]]) same[name] ??= `${JSON.stringify(said[names[0]])} and ${JSON.stringify(said[name])}`;
  };
  // The first rounds warm the code, and count for nothing.
  for (let round = -warm; round < rounds; round++) {
    await each(round, 'tokens', short, async (speaker, prompt) => {
      const { ms, answer } = await time(() => speaker.ask(prompt, tokens));
      return { ms, ...answer };
    });
    await each(round, 'first', long, async (speaker, prompt) => {
      const { ms, answer } = await time(() => speaker.ask(prompt, 1));
      return { ms, ...answer };
    });
    await each(round, 'key', long, async (speaker, prompt) => {
      const [before, after] = typed(prompt);
      await speaker.ask(before, 1);
      const { ms, answer } = await time(() => speaker.ask(after, 1));
      return { ms, ...answer };
    });
  }
  return { ...results, same };
}

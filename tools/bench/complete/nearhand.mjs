// nearhand/complete as a program calls it: the prompt's text in, the completion's out. `near` is the entry's exports.

export async function speaker(near, { model, tokenizer, context, begin, goldens }, options = {}) {
  // Without tokens that end a text: all write as many as they are asked for.
  const completer = await near.load({ model, tokenizer, context, begin, ends: [], goldens }, options);
  return {
    completer,
    async ask(prompt, n, more = {}) {
      const { completion, usage } = await completer.complete(prompt, { maxTokens: n, ...more });
      if (usage.completion !== n) throw new Error(`${usage.completion} tokens instead of ${n}`);
      return { text: completion, reused: usage.reused };
    },
    close: () => completer.close(),
  };
}

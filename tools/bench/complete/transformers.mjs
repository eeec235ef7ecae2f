// transformers.js as a program calls it: a prompt in, its ids out, by its own tokenizer and its own loop, on the onnxruntime-web that it
// is given. It takes graphs with a cache for each layer alone, and reads each prompt from its beginning.
// `ort` must stand in globalThis[Symbol.for('onnxruntime')] before the package is imported: that is where it looks for one.

const json = (value) => new TextEncoder().encode(JSON.stringify(value));

/** The files that a repository of models would have, for a graph of ours. */
function files(model, tokenizer, session, { begin, context }) {
  const pasts = session.inputMetadata.filter(({ name }) => /^past_key_values\.\d+\.key$/.test(name));
  const [, heads, , width] = pasts[0].shape;
  const parsed = JSON.parse(new TextDecoder().decode(tokenizer));
  const id = parsed.added_tokens.find(({ content }) => content === begin).id;
  const config = {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    hidden_size: heads * width,
    head_dim: width,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    num_hidden_layers: pasts.length,
    vocab_size: Object.keys(parsed.model.vocab).length,
    max_position_embeddings: context,
    bos_token_id: id,
  };
  return new Map([
    ['config.json', json(config)],
    ['generation_config.json', json({ bos_token_id: id })],
    ['tokenizer_config.json', json({ tokenizer_class: 'PreTrainedTokenizerFast', bos_token: begin, eos_token: begin, clean_up_tokenization_spaces: false })],
    ['tokenizer.json', tokenizer],
    ['onnx/model.onnx', model],
  ]);
}

/** `hub`: the package's exports. */
export async function speaker(hub, ort, model, { tokenizer, begin, context }) {
  const { AutoTokenizer, AutoModelForCausalLM, env } = hub;
  const looked = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  const repository = files(model, tokenizer, looked, { begin, context });
  await looked.release();
  Object.assign(env, { allowRemoteModels: true, allowLocalModels: false, useFS: false, useFSCache: false, useBrowserCache: false, useWasmCache: false });
  env.fetch = async (input) => {
    const path = new URL(String(input)).pathname.split('/resolve/main/')[1];
    const body = repository.get(path);
    return body ? new Response(body, { headers: { 'content-length': body.length } }) : new Response(null, { status: 404 });
  };
  const words = await AutoTokenizer.from_pretrained('peer/model');
  // `fp32` names the file; what lies in it may have 4 bits.
  const speaking = await AutoModelForCausalLM.from_pretrained('peer/model', { dtype: 'fp32', device: 'auto' });
  return {
    async ask(prompt, n) {
      const inputs = words(begin + prompt, { add_special_tokens: false });
      const all = await speaking.generate({ ...inputs, max_new_tokens: n, do_sample: false });
      const ids = Array.from(all.data, Number).slice(inputs.input_ids.dims[1]);
      return { ids, reused: 0, prompt: inputs.input_ids.dims[1] };
    },
    close: () => speaking.dispose(),
  };
}

// An edge worker that completes prompts: the binary comes as a compiled module, model and tokenizer as bytes.
import { load } from 'nearhand/complete';
import model from './stories260k.onnx';
import tokenizer from './tokenizer.bin';
import recorded from './recorded.json';
import described from './described.json';
import { answered, SETTINGS } from '#answered';

const files = { model, tokenizer, ...SETTINGS };
const { goldens } = described;
/** Where nothing is asked for yet there are no turns: goldens are answered without. */
const early = await load({ ...files, goldens });
/** Opened by the first request that asks, for all. */
let kept;
const completer = () => (kept ??= load(files));

export default {
  async fetch(request) {
    try {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/all') return Response.json(await answered(await completer(), recorded));
      if (pathname === '/text') return Response.json(await (await completer()).complete(searchParams.get('prompt'), { maxTokens: Number(searchParams.get('tokens') ?? 40) }));
      if (pathname === '/stream') {
        const stream = (await completer()).stream('', { maxTokens: 200 });
        return new Response(stream.readable().pipeThrough(new TextEncoderStream()));
      }
      const code = (act) => act().then(() => 'none', ({ code }) => code);
      const other = await load(files);
      other.close();
      return Response.json([
        await code(() => load({ ...files, model: tokenizer })),
        await code(() => load(files, { wasm: model })),
        await code(() => load('/completer.json')),
        await code(() => other.complete('a')),
        await code(() => load({ ...files, goldens: [{ ...goldens[0], completion: 'x' }] })),
        (await early.complete('Once upon a time', { maxTokens: 3 })).completion,
      ]);
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

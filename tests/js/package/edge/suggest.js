// An edge worker with a search box and no shop: the binary comes as a compiled module, the index as bytes.
import { load } from 'nearhand/suggest';
import bytes from './shop.suggest';
import answers from './answers.json';
import { answered, NOW } from '#answered';

/** Opened by the first request that asks, for all. */
let kept;
const box = () => (kept ??= load(bytes, { now: () => NOW }));

export default {
  async fetch(request) {
    try {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/all') return Response.json(answered(await load(bytes, { now: () => NOW }), answers));
      if (pathname === '/typed') return Response.json((await box()).suggest(searchParams.get('q')).items);
      const other = await load(new Response('<p>no index</p>')).catch(({ code }) => code);
      const wrong = await load(bytes, { wasm: bytes }).catch(({ code }) => code);
      const { close, ...rest } = await load(new Response(bytes));
      close();
      let closed;
      try {
        rest.suggest('a');
      } catch ({ code }) {
        closed = code;
      }
      return Response.json([other, wrong, closed]);
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

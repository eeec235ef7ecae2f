/** Interleaved visitors in workerd, whose clock stands still within a request: the test brings its own. */
import { load } from 'nearhand';
import { interleave } from '../visitors.mjs';

export default {
  async fetch(_, env) {
    try {
      return Response.json({ compared: await interleave(load, new Uint8Array(await (await env.bundle.fetch('http://bundle/shop.safetensors')).arrayBuffer())) });
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error).slice(0, 4000) });
    }
  },
};

// An edge worker that judges transactions: the binary comes as a compiled module, the bundle as bytes; opened as the worker is imported.
import { createAssessor } from 'nearhand/assess';
import bundle from './card-fraud.safetensors';
import { judged, judgedApart, rowsOf } from '#log';
import log from './log.txt';

const whole = await createAssessor({ bundle, now: null });
const open = (options) => createAssessor({ bundle, now: null, ...options });

export default {
  async fetch(request) {
    try {
      const rows = rowsOf(new TextDecoder().decode(log));
      const { pathname } = new URL(request.url);
      if (pathname === '/whole') return Response.json(judged(whole, rows));
      if (pathname === '/again') return Response.json(rows.map(({ transaction }) => whole.assess(transaction).repeated));
      if (pathname === '/apart') {
        const [cards, terminals, nobody] = await Promise.all([open({ keys: ['card'] }), open({ keys: ['terminal'] }), open({ keys: [] })]);
        return Response.json(judgedApart({ cards, terminals, nobody }, rows));
      }
      const state = whole.snapshot();
      const other = await open({ state });
      const same = other.snapshot().every((byte, at) => byte === state[at]);
      const wrong = await open({ bundle: new Uint8Array(100) }).catch(({ code }) => code);
      return Response.json([same, wrong]);
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

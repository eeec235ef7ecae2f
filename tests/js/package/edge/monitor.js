// An edge worker that watches a shop: the binary comes as a compiled module, opened as the worker is imported; a challenger behind the answer.
import { load } from 'nearhand';
import { createMonitor, learnReference, shadow } from 'nearhand/monitor';
import bundle from './shop.safetensors';

const reference = await learnReference({ streams: { 'slate.items': Array.from({ length: 500 }, () => 8) }, rates: { fallback: { events: 2, of: 5000 } } });
const reports = [];
const monitor = await createMonitor({ reference, consent: 'session', sink: (report) => void reports.push(report.length) });
const open = load(bundle, { tier: 'lite' });
let duel;

export default {
  async fetch(request, env, ctx) {
    try {
      const shop = await open;
      const { pathname } = new URL(request.url);
      if (pathname === '/watch') {
        for (let i = 0; i < 300; i++) monitor.saw(await shop.recommend({ k: 8 }), `visitor ${i}`);
        const quiet = monitor.info().standing;
        const slate = await shop.recommend({ k: 3 });
        for (let i = 0; i < 300; i++) monitor.saw({ ...slate, notes: ['model-failed'] });
        for (let i = 0; i < 200; i++) [monitor.foretold(0.1), monitor.labelled(0.1, i % 5 > 0)];
        const { state, labelled } = monitor.info().quality;
        return Response.json([quiet, monitor.info().standing, state, labelled, monitor.flush(), reports.every((bytes) => bytes <= 1024), monitor.info().refused]);
      }
      if (pathname === '/shadow') {
        duel ??= await shadow(shop, { recommend: async () => { throw new Error('challenger'); } }, { share: 1 });
        const slate = await duel.recommend({ k: 5 }, { waitUntil: ctx.waitUntil.bind(ctx) });
        return Response.json([slate.items.length, slate.notes]);
      }
      const { asked, failed, failure } = duel.report();
      return Response.json([asked, failed, failure]);
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

// An edge worker whose visitors' slates are logged.
import { load } from 'nearhand';
import { createRequestLog } from 'nearhand/request-log';
import { clock, visits } from '../request-log/visits.mjs';
import bundle from './shop.safetensors';

export default {
  async fetch() {
    try {
      const time = clock();
      const shop = await load(bundle, { tier: 'lite', now: time.now });
      let text = '';
      const log = createRequestLog({ consent: 'session', share: 1, now: time.now, sink: (rows) => void (text += rows) });
      await visits(shop, log, time);
      log.flush();
      return Response.json({ text, info: log.info() });
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

// Many visitors of one shop within an edge worker: requests that meet.
import { load } from 'nearhand';
import { visitors } from 'nearhand/server';
import bundle from './shop.safetensors';

let opened = 0;
const shop = visitors({ open: () => (opened++, load(bundle, { tier: 'lite' })), keys: ['a key of this test, of thirty-two bytes'], consent: 'session' });

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/opened') return Response.json(opened);
    // Three awaits between what is told and what is asked: other requests come between.
    const visitor = await shop.visit(request);
    for (const item of searchParams.getAll('item')) {
      visitor.view(item);
      await scheduler.wait(1);
    }
    const slate = await visitor.page.recommend({ k: 10 });
    const headers = new Headers();
    for (const cookie of await visitor.cookies()) headers.append('set-cookie', cookie);
    return Response.json({ items: slate.items.map(({ item }) => item), seen: visitor.page.session().map(({ item }) => item) }, { headers });
  },
};

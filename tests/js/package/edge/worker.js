// An edge worker as a user writes it: the bundle comes from a service, the shop is loaded on the first request.
import { load } from 'nearhand';
import { contract } from '../contract.mjs';

export default {
  async fetch(request, env) {
    const bundle = () => env.bundle.fetch('http://bundle/shop.safetensors');
    try {
      const tier = new URL(request.url).searchParams.get('tier') ?? undefined;
      const bytes = await (await bundle()).arrayBuffer();
      const fromResponse = await load(await bundle(), { tier: 'lite' });
      fromResponse.close();
      const { slate, info } = await contract(load, bytes, tier ? { tier } : {});
      const shop = await load(bytes, tier ? { tier } : {});
      shop.observe({ kind: 'view', item: slate.items[0].item });
      const before = await shop.recommend();
      const { bundle: swapped } = await shop.swap(await bundle());
      const failed = await shop.swap(new Uint8Array(9)).catch(({ code }) => code);
      const after = await shop.recommend();
      shop.close();
      return Response.json({ slate, info, swap: { swapped, failed, before, after } });
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` }, { status: 500 });
    }
  },
};

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
      return Response.json({ slate, info });
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` }, { status: 500 });
    }
  },
};

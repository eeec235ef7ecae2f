// The edge worker as it is, with a clock that the request moves and a log that it may read. What the worker waits for ends before the answer.
import worker from '#worker';

let later = 0;
const now = Date.now.bind(Date);
Date.now = () => now() + later;
const said = [];
for (const name of ['log', 'warn']) console[name] = (line) => said.push(String(line));

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/said') return Response.json(said.splice(0));
    later += Number(searchParams.get('later') ?? 0);
    const waits = [];
    const response = await worker.fetch(request, env, { waitUntil: (work) => waits.push(work) });
    const body = await response.text();
    await Promise.all(waits);
    return new Response(body, response);
  },
};

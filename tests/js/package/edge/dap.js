// An edge worker that hands a monitor's counts to aggregators. It cannot reach them here: what it would send is its answer.
import { createDap, dapTasks } from 'nearhand/dap';
import { createMonitor, learnReference } from 'nearhand/monitor';

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export default {
  async fetch(request) {
    try {
      const { leader, helper, task } = Object.fromEntries(new URL(request.url).searchParams);
      const sent = [];
      globalThis.fetch = async (url, { method = 'GET', body } = {}) => {
        if (method === 'PUT') return sent.push(btoa(String.fromCharCode(...body))), new Response(null, { status: 201 });
        return new Response(bytes(url.includes('leader') ? leader : helper), { headers: { 'content-type': 'application/dap-hpke-config-list' } });
      };
      const reference = await learnReference({ rates: { fallback: { events: 2, of: 500 } } });
      const dap = await createDap({ reference, leader: 'https://leader.example', helper: 'https://helper.example', timePrecisionSeconds: 60, tasks: { fallback: task }, consent: 'session' });
      const monitor = await createMonitor({ reference, consent: 'session', sink: dap.sink });
      monitor.happened('fallback', true);
      monitor.flush();
      await dap.flush();
      const [{ vdaf }] = await dapTasks({ reference });
      return Response.json([sent, vdaf, dap.info().tasks[0].sent, dap.info().error]);
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) });
    }
  },
};

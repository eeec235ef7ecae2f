/** The pages, with a policy under which nothing runs and nothing is asked but what stands in them. */
import { digestOf } from './policy.js';
import checkout from './checkout.html';
import review from './review.html';
import type { Settings } from '../door/settings.js';

/** `/review` for reviewers; `/` the demo's checkout, where there is a demo. */
export function pageOf(path: string, { demo }: Settings): Promise<Response> | undefined {
  if (path === '/review') return shown(review);
  if (path === '/' && demo) return shown(checkout);
  return undefined;
}

async function shown(html: string): Promise<Response> {
  const script = await digestOf(html, 'script');
  const style = await digestOf(html, 'style');
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; script-src '${script}'; style-src '${style}'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  });
}

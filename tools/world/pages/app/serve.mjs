// The app with its first slate made on the server. Usage: node serve.mjs BUNDLE
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { load } from 'nearhand';
import { visitors } from 'nearhand/server';
import { render } from './dist/server/server.js';

const bundle = process.argv[2];
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
const template = readFileSync('dist/index.html', 'utf8');
const shop = visitors({ open: () => load(bundle, { tier: 'lite' }), keys: [process.env.SESSION_KEY] });

const server = createServer(async (request, response) => {
  try {
    const path = new URL(request.url, 'http://shop').pathname;
    if (path === '/models/shop.safetensors') return response.end(readFileSync(bundle));
    if (path.startsWith('/assets/')) return response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(`dist${path}`));
    // The app without a server's help, as a static host gives it.
    if (path === '/static' || path.startsWith('/static/')) return response.writeHead(200, { 'content-type': 'text/html' }).end(template);
    if (path === '/nearhand/session') {
      const answer = await shop.receive({ method: request.method, headers: request.headers, body: request });
      return response.writeHead(answer.status, { 'set-cookie': answer.headers.getSetCookie() }).end();
    }
    const id = path.split('/p/')[1] ?? '85123A';
    const visitor = await shop.visit({ headers: request.headers, url: request.url });
    visitor.view(id);
    const { html, slates } = await render(visitor.page, id, visitor.consent === 'persistent');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-store', 'set-cookie': await visitor.cookies() });
    response.end(template.replace('<!--app-->', () => html).replace('<!--head-start-->', () => visitor.headStart(slates)));
  } catch (error) {
    response.writeHead(500).end(String(error.stack));
  }
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));

import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { App } from './app.jsx';

/** `page` is the visitor's own; `already`: whether there is consent. */
export async function render(page, id, already) {
  const slates = { 'also-like': await page.recommend({ placement: 'product', source: id, k: 4 }) };
  const html = renderToString(
    <StrictMode>
      <App id={id} already={already} headStart={{ slates }} />
    </StrictMode>,
  );
  return { html, slates };
}

// The app that the server renders and the page takes over: a slate of the head start, in a component of its own.
import { createElement as h } from 'react';
import { attributes, ShopProvider, useSlate } from 'nearhand/react';

export function Slate({ options = {}, name, freeze = false, id = 'slate', onState }) {
  const { slate, status, error, refresh, hold } = useSlate(options, { name, freeze });
  onState?.({ slate, status, error, refresh });
  return h(
    'section',
    { id, 'data-status': status, ...hold },
    slate?.items.map((item) => h('a', { key: item.item, href: '#', ...attributes(slate, item) }, item.title)),
  );
}

export const App = ({ children, ...props }) => h(ShopProvider, props, children ?? h(Slate, { options: { source: 'A', k: 2 }, name: 'also' }));

import { useEffect, useState } from 'react';
import { sendSession } from 'nearhand/head-start';
import { attributes, ShopProvider, useShop, useSignals, useSlate } from 'nearhand/react';

function AlsoLike({ id }) {
  const { slate, hold } = useSlate({ placement: 'product', source: id, k: 4 }, { name: 'also-like' });
  return (
    <ul className="also-like" {...hold}>
      {slate?.items.map((item) => (
        <li key={item.item}>
          <a href={`/p/${item.item}`} {...attributes(slate, item)}>{item.title}</a>
          <button data-nearhand-dismiss={item.item}>Not for me</button>
        </li>
      ))}
    </ul>
  );
}

function Product({ id, agreed, onSignal }) {
  useSignals({ view: id, paused: !agreed, impressions: true, onSignal });
  return (
    <main>
      <h1>{id}</h1>
      <button id="buy" data-nearhand-cart-add={id} data-nearhand-quantity="2">Add to basket</button>
      <AlsoLike id={id} />
    </main>
  );
}

/** The next page is made on the server of what the visitor does here. */
function Onward({ known }) {
  const shop = useShop();
  useEffect(() => (shop ? sendSession(shop, '/nearhand/session', known) : undefined), [shop, known]);
  return null;
}

export function App({ id, already = false, headStart, onSignal, onAgree }) {
  const [agreed, agree] = useState(already);
  return (
    <ShopProvider bundle="/models/shop.safetensors" options={{ consent: agreed ? 'persistent' : 'memory' }} headStart={headStart} onError={console.error}>
      {!agreed && (
        <p style={{ position: 'fixed', bottom: 0 }}>
          May we remember what you look at?{' '}
          <button id="yes" onClick={() => (agree(true), onAgree?.())}>Yes</button>
        </p>
      )}
      {agreed && <Onward known={headStart?.session} />}
      <Product id={id} agreed={agreed} onSignal={onSignal} />
    </ShopProvider>
  );
}

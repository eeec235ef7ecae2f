import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { readHeadStart } from 'nearhand/head-start';
import { App } from './app.jsx';

const root = document.querySelector('#root');
const id = location.pathname.split('/p/')[1] || '85123A';
const headStart = readHeadStart();
const already = document.cookie.includes('nearhand-consent=persistent');

// What a shop would send to its analytics.
globalThis.measured = [];
const onSignal = (signal) => globalThis.measured.push(signal);
const onAgree = () => {
  document.cookie = 'nearhand-consent=persistent; Path=/; SameSite=Lax';
};

const app = (
  <StrictMode>
    <App id={id} already={already} headStart={headStart} onSignal={onSignal} onAgree={onAgree} />
  </StrictMode>
);
if (headStart) hydrateRoot(root, app);
else createRoot(root).render(app);

// Served into pages of the cases as /recorder.js: keeps what a console would show as an error, for a driver that cannot see it.
globalThis.recorded = [];
const heard = globalThis.recorded;
for (const name of ['error', 'assert']) {
  const real = console[name];
  console[name] = (...words) => {
    if (name === 'error' || !words[0]) heard.push(`console: ${words.map(String).join(' ')}`);
    real.apply(console, words);
  };
}
addEventListener('error', (event) => event.message && heard.push(`page: ${event.message}`));
addEventListener('unhandledrejection', ({ reason }) => heard.push(`rejected: ${reason?.message ?? reason}`));

// Offline after the first load. The build writes the version and the list of files; a new version takes over on the next visit.

const VERSION = '__VERSION__';
const FILES = ['__FILES__'];
/** The language model: not for who saves data, and no copy is less whole without it. */
const HEAVY = ['__HEAVY__'];
const CACHE = `plum-${VERSION}`;

addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      // Revalidated where the name stays: the HTTP cache may hold files of the version before, and mostly holds what the
      // page just loaded. A file below a/ is for ever what it is.
      .then(async (cache) => {
        const all = (files) => cache.addAll(files.map((file) => new Request(file, file.startsWith('a/') ? {} : { cache: 'no-cache' })));
        await all(FILES);
        if (!navigator.connection?.saveData) await all(HEAVY).catch(() => {});
      })
      .then(() => self.skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('plum-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(request, { ignoreSearch: true }))
      .then((hit) => hit ?? fetch(request).catch((error) => elsewhere(request, error))),
  );
});

/** A page that stands as a document of its own is not kept; without a network the shop shows it itself. */
function elsewhere({ mode, url }, error) {
  const [, page] = /((?:d|p)\/[^/]+)\/?$/.exec(new URL(url).pathname) ?? [];
  if (mode === 'navigate' && page) return Response.redirect(new URL(`./#/${page}`, registration.scope));
  throw error;
}

/**
 * Makes the page work without a network: what it fetched of its own program is kept, and given when the network does not
 * answer. The checkpoint's files are not its concern: they lie in the origin's private file system.
 */
const name = 'mokus-studio';
const isProgram = (url) => url.pathname.includes('/assets/') || /\/(index\.html)?$/.test(url.pathname);

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === 'GET' && url.origin === self.location.origin && isProgram(url)) {
    event.respondWith(fromNetworkOrCache(request));
  }
});

async function fromNetworkOrCache(request) {
  const cache = await caches.open(name);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    // A server may say that its answer depends on headers (Origin, Accept-Encoding); a file is what it is.
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept === undefined) throw error;
    return kept;
  }
}

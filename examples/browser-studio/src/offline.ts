/** Set by vite.config.ts: a development server serves sources, which are nothing to keep. */
declare const __DEVELOPMENT__: boolean;

/** Has the service worker keep the page's program, so that the page opens without a network from now on. */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || __DEVELOPMENT__) return;
  await navigator.serviceWorker.register('./service-worker.js');
  await controlled();
  // What was loaded before there was a service worker goes through it once more.
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const own = [location.href, ...loaded.filter((url) => new URL(url).pathname.includes('/assets/'))];
  await Promise.all(own.map((url) => fetch(url)));
}

async function controlled(): Promise<void> {
  if (navigator.serviceWorker.controller !== null) return;
  await new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  });
}

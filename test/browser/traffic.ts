import type { BrowserContext, Page } from 'playwright-core';

/** What a page's script could have heard, and by which way. */
export interface Heard {
  readonly via: string;
  readonly text: string;
}

/** Whatever looks like a JWT. */
export const TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}/;

declare global {
  interface Window {
    hear: (via: string, text: string) => Promise<void>;
  }
}

/** Hooks every way a token could go about in the profile's pages, before their scripts run. */
export async function listen(profile: BrowserContext): Promise<Heard[]> {
  const heard: Heard[] = [];
  await profile.exposeBinding('hear', (_source, via: string, text: string) => void heard.push({ via, text }));
  await profile.addInitScript(hookPage);
  profile.on('request', (request) => void heard.push({ via: 'url', text: request.url() }));
  return heard;
}

function hookPage(): void {
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
  const hear = (via: string, ...values: unknown[]): void => void window.hear(via, values.map(textOf).join(' '));

  const hook = (target: object, name: string, via: string): void => {
    const original = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    Reflect.set(target, name, function hooked(this: unknown, ...args: unknown[]) {
      hear(via, ...args);
      return original.apply(this, args);
    });
  };
  for (const kind of [BroadcastChannel, MessagePort, Worker]) hook(kind.prototype, 'postMessage', 'message');
  hook(window, 'postMessage', 'message');
  hook(Storage.prototype, 'setItem', 'setItem');
  hook(WebSocket.prototype, 'send', 'message');
  hook(Navigator.prototype, 'sendBeacon', 'message');
  for (const name of ['pushState', 'replaceState']) hook(History.prototype, name, 'url');
  addEventListener('message', ({ data }) => hear('message', data));
  addEventListener('storage', ({ key, newValue, oldValue }) => hear('storage event', key, newValue, oldValue));

  const fetchOriginal = window.fetch;
  window.fetch = async (...args) => {
    const response = await fetchOriginal(...args);
    hear('body', await response.clone().text());
    hear('header', [...response.headers]);
    return response;
  };
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function opened(this: XMLHttpRequest, ...args: unknown[]) {
    this.addEventListener('load', () => hear('body', this.responseText));
    return (open as (...all: unknown[]) => void).apply(this, args);
  };
}

/** All that a script of the page can read at rest. */
export function readable(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const entriesOf = (database: IDBDatabase, store: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error(store));
      });
    const openDatabase = (name: string): Promise<IDBDatabase> =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error(name));
      });
    const databases: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await openDatabase(name);
      for (const store of database.objectStoreNames) databases.push(await entriesOf(database, store));
      database.close();
    }
    const app = window.app as unknown;
    return {
      localStorage: JSON.stringify(localStorage),
      sessionStorage: JSON.stringify(sessionStorage),
      cookie: document.cookie,
      indexedDB: JSON.stringify(databases),
      caches: JSON.stringify(await caches.keys()),
      document: document.documentElement.outerHTML,
      name: window.name + JSON.stringify(history.state),
      resources: JSON.stringify(performance.getEntries()),
      client: app === undefined ? '' : JSON.stringify(app),
    };
  });
}

/** Every string in the page's heap, also what no name leads to. */
export async function heapOf(page: Page): Promise<string> {
  const protocol = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  protocol.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await protocol.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await protocol.detach();
  const { strings } = JSON.parse(chunks.join('')) as { strings: string[] };
  return strings.join('\n');
}

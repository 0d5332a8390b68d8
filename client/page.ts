const WAKING = ['visibilitychange', 'pageshow', 'online'];

/** Whether this is a page: a server may well have a localStorage, and it is everybody's. */
export const inPage = (): boolean => typeof document !== 'undefined';

/** Calls the listener when the page is looked at again, comes back from a sleep, or is online again; gives a function that ends that. */
export function onWake(listener: (isOnline: boolean) => void): () => void {
  if (!inPage()) return () => undefined;
  const woken = ({ type }: Event): void => {
    const isOnline = type === 'online';
    if (isOnline || !document.hidden) listener(isOnline);
  };
  WAKING.forEach((type) => addEventListener(type, woken));
  return () => WAKING.forEach((type) => removeEventListener(type, woken));
}

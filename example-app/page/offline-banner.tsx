import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => onlineManager.subscribe(listener);

/** Says that the server can't be reached: the browser knows it, or calls have failed for it. */
export function OfflineBanner({ isUnreachable }: { isUnreachable: boolean }) {
  const isOnline = useSyncExternalStore(subscribe, () => onlineManager.isOnline());
  const text = !isOnline ? 'You are offline. Changes are not saved until the connection is back.' : isUnreachable ? 'The server cannot be reached. Trying again…' : '';
  return (
    <div role="status" className="banners">
      {text !== '' && <p className="banner">{text}</p>}
    </div>
  );
}

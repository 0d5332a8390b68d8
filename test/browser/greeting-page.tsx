import { hydrateRoot } from 'react-dom/client';
import { createRestAuthClient, localStorageTokens } from 'trpc-jwt-auth/client';

import { GreetingPage } from './greeting.js';

const root = document.getElementById('root');
if (root === null) throw new Error('there is no #root');

const client = createRestAuthClient({ storage: localStorageTokens('jwt_token') });
const faults: string[] = [];
const page = hydrateRoot(root, <GreetingPage client={client} />, {
  onRecoverableError: (error) => faults.push(String(error)),
  onUncaughtError: (error) => faults.push(String(error)),
});

declare global {
  interface Window {
    greeting: { client: typeof client; faults: string[]; unmount: () => void };
  }
}
window.greeting = { client, faults, unmount: () => page.unmount() };

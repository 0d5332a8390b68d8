import { createApp } from './app.js';
import { equal } from './check.js';
import type { Check } from './check.js';
import { fetchApp } from './fetch-app.js';

const serve = fetchApp(createApp());

/** What becomes of a body, read as each runtime's Request gives it. */
export const bodyChecks: readonly Check[] = [
  {
    name: 'reads no more than 100 KiB of a body',
    run: async () => {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 1;
          controller.enqueue(new Uint8Array(10 * 1024));
        },
      });
      const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, duplex: 'half' };
      const answer = await serve(new Request('https://example.com/api-token-auth/', init), { address: undefined });
      equal([answer.status, pulled < 20], [413, true]);
    },
  },
];

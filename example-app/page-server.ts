import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import express, { Router } from 'express';

const BUILT = fileURLToPath(new URL('dist', import.meta.url));

/** Serves the page that `npm start` has built, told where the tokens are. */
export function servePage(cookieMode: boolean): Router {
  const index = join(BUILT, 'index.html');
  const page = existsSync(index) ? readFileSync(index, 'utf8').replace('name="auth-mode" content="token"', `name="auth-mode" content="${cookieMode ? 'cookie' : 'token'}"`) : undefined;
  return Router()
    .get(['/', '/index.html'], (_req, res) => {
      res.setHeader('Cache-Control', 'no-cache');
      if (page === undefined) res.status(503).type('text').send('The page has not been built yet; `npm start` builds it.\n');
      else res.type('html').send(page);
    })
    // Their names change with what is in them.
    .use('/assets', express.static(join(BUILT, 'assets'), { immutable: true, maxAge: '1y' }))
    .use(express.static(BUILT, { index: false }));
}

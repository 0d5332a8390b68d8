import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const APP = `
  import { createTRPCClient, httpBatchLink } from '@trpc/client';
  export const trpc = createTRPCClient({ links: [httpBatchLink({ url: '/trpc' })] });
`;
const APP_WITH_SDK = `
  import { createTRPCClient, httpBatchLink } from '@trpc/client';
  import { createAuthClient, localStorageTokens } from 'trpc-jwt-auth/client';
  export const authClient = createAuthClient()({ url: '/trpc', path: 'auth', storage: localStorageTokens('jwt_token') });
  export const trpc = createTRPCClient({ links: [authClient.link(), httpBatchLink({ url: '/trpc', headers: authClient.headers })] });
`;

/** What the client may add to an app that has @trpc/client, minified and gzipped, in bytes. */
export const MOST_CLIENT_BYTES = 5000;

/** What bundlers make of the client. */
export interface ClientBundle {
  /** What the client adds to an app that has @trpc/client, minified and gzipped, in bytes. */
  readonly addedBytes: number;
  /** What @trpc/client alone comes to. */
  readonly trpcBytes: number;
  /** The packages in it, but for the client itself. */
  readonly packages: readonly string[];
}

/** Bundles a small app, with and without the client, in a folder where both packages are installed. */
export async function bundleClient(folder: string): Promise<ClientBundle> {
  const bundle = async (contents: string): Promise<{ bytes: number; packages: string[] }> => {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const names = Object.keys(metafile.inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    return { bytes: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length, packages: [...new Set(names.filter((name) => name !== undefined))] };
  };
  const [app, withClient] = await Promise.all([bundle(APP), bundle(APP_WITH_SDK)]);
  return { addedBytes: withClient.bytes - app.bytes, trpcBytes: app.bytes, packages: withClient.packages.filter((name) => name !== 'trpc-jwt-auth').sort() };
}

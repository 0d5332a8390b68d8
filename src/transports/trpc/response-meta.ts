import type { AuthContext } from '../request.js';

interface Meta {
  status?: number;
  headers?: Headers | Record<string, string | string[] | undefined>;
}

/**
 * An app's `responseMeta` that keeps authentication's cookies: tRPC writes the cookies it returns over those already set.
 *
 * @param inner - the app's own responseMeta
 * @example
 * ```ts
 * import { authResponseMeta } from 'trpc-jwt-auth';
 *
 * const responseMeta = authResponseMeta(() => ({ headers: { 'set-cookie': 'theme=dark' } }));
 * ```
 */
export function authResponseMeta<Options extends { ctx?: AuthContext | undefined }>(inner: (options: Options) => Meta): (options: Options) => Meta {
  return (options) => {
    const meta = inner(options);
    const cookies = options.ctx?.auth.setCookies ?? [];
    if (cookies.length === 0) return meta;
    const headers = new Headers();
    for (const [name, value] of meta.headers instanceof Headers ? meta.headers : Object.entries(meta.headers ?? {})) {
      for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
    }
    if (headers.getSetCookie().length === 0) return meta;
    for (const cookie of cookies) headers.append('set-cookie', cookie);
    return { ...meta, headers };
  };
}

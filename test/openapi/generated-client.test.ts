import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { restBridge } from 'trpc-jwt-auth/standalone';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { Scene } from '../parity/scene.js';
import { INFO } from './document.js';

interface Generator {
  readonly default: (document: object) => Promise<readonly object[]>;
  readonly astToString: (nodes: readonly object[]) => string;
}
// A name that the compiler does not follow: the declarations there need others that are not installed with them.
const GENERATOR: string = 'openapi-typescript';

const CLIENT = `
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

export async function tryEverything(baseUrl: string) {
  const client = createClient<paths>({ baseUrl });
  const login = await client.POST('/login/', { body: { username: 'ada', password: 'ada-pass' } });
  if (login.data === undefined) throw new Error(JSON.stringify(login.error));
  const token: string = login.data.token;
  const verified = await client.POST('/api-token-verify/', { body: { token } });
  const refreshed = await client.POST('/api-token-refresh/', { body: { refresh_token: login.data.refresh_token } });

  const refused = await client.POST('/login/', { body: { username: 'ada', password: 'wrong' } });
  const messages: string[] = refused.error !== undefined && 'non_field_errors' in refused.error ? (refused.error.non_field_errors ?? []) : [];

  const headers = { Authorization: \`JWT \${refreshed.data?.token ?? ''}\` };
  const { data: sessions = [] } = await client.GET('/api-token-sessions/', { headers });
  const current: boolean | undefined = sessions[0]?.current;
  const stranger = await client.GET('/api-token-sessions/');
  const detail: string | undefined = stranger.error?.detail;
  const ended = await client.DELETE('/api-token-sessions/{id}/', { params: { path: { id: sessions[0]?.id ?? '' } }, headers });
  const revoked: number | undefined = ended.data?.revoked;
  return { isSame: verified.data?.token === token, status: refused.response.status, messages, current, detail, revoked };
}
`;
const call = (path: string, init: string): string => `import createClient from 'openapi-fetch';\nimport type { paths } from './api.js';\nexport const answer = await createClient<paths>().POST('${path}', ${init});\n`;
const MISTAKES: Readonly<Record<string, string>> = {
  'a wrong field': call('/login/', "{ body: { user: 'ada', password: 'x' } }"),
  'a field of another type': call('/login/', "{ body: { username: 1, password: 'x' } }"),
  'no body': call('/login/', '{}'),
  'a wrong path': call('/api-token-auth/', "{ body: { username: 'ada', password: 'x' } }"),
  'a wrong member of the answer': `${call('/login/', "{ body: { username: 'ada', password: 'x' } }")}answer.data?.tokn;\n`,
};

interface ClientModule {
  readonly tryEverything: (baseUrl: string) => Promise<unknown>;
}

describe('a client made by openapi-typescript', () => {
  const bridgeOptions = { paths: { obtain: '/login/' }, openApi: { path: '/openapi.json', info: INFO } };
  let listening: Listening;
  let folder: string;
  let complaints: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    const bridge = restBridge(new Scene().auth({ sessions: { store: memorySessions() } }), bridgeOptions);
    listening = await listen((request, response) => bridge(request, response, () => response.writeHead(404).end()));
    // A hidden folder, which no other compilation looks into.
    folder = await mkdtemp(fileURLToPath(new URL('.generated-', import.meta.url)));
    const { default: generate, astToString } = (await import(GENERATOR)) as Generator;
    const document = (await (await fetch(`${listening.origin}/openapi.json`)).json()) as object;
    await writeFile(join(folder, 'api.ts'), astToString(await generate(document)));
    const sources = [CLIENT, ...Object.values(MISTAKES)].map((source, index) => ({ file: join(folder, `client-${index}.ts`), source }));
    for (const { file, source } of sources) await writeFile(file, source);
    complaints = compile(sources.map(({ file }) => file));
  });

  afterAll(async () => {
    await listening.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('compiles under strict', () => {
    expect(complaints.get(join(folder, 'client-0.ts'))).toEqual([]);
  });

  it('logs in, verifies, refreshes, is refused, and lists and ends its session', async () => {
    const { tryEverything } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'client-0.ts')).href)) as ClientModule;
    expect(await tryEverything(listening.origin)).toEqual({
      isSame: true,
      status: 401,
      messages: ['Unable to log in with provided credentials.'],
      current: true,
      detail: 'Authentication credentials were not provided.',
      revoked: 1,
    });
  });

  it.each(Object.keys(MISTAKES).map((name, index) => [name, index + 1] as const))('does not compile with %s', (_name, index) => {
    expect(complaints.get(join(folder, `client-${index}.ts`))).not.toEqual([]);
  });
});

/** What the compiler says of each file. */
function compile(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const program = ts.createProgram(files, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [file, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startExample } from './example-server.js';
import type { ExampleServer } from './example-server.js';

const script = fileURLToPath(new URL('../fixtures/specification/python-requests.py', import.meta.url));
// To the byte; Python refuses it as it stands there.
const asPrinted = new URL('../fixtures/specification/python-requests.as-printed.py', import.meta.url);

// The script names localhost:8000; only the port it connects to is another, its requests are what they would be.
const ON_ANOTHER_PORT = `
import runpy, sys, urllib3.connection
connection = urllib3.connection.HTTPConnection
connect = connection._new_conn
def connect_elsewhere(self):
    self.port = int(sys.argv[1])
    return connect(self)
connection._new_conn = connect_elsewhere
runpy.run_path(sys.argv[2])
`;

function pythonWithRequests(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import requests'], { stdio: 'ignore' });
    return 'python3';
  } catch (error) {
    console.warn(`NOT RUN: the specification's Python script (${error instanceof Error ? error.message.split('\n')[0] : 'no python3'}); its exchange is replayed below all the same.`);
    return undefined;
  }
}

/** What the script's requests are on the wire, from requests 2.34; only the token and its length vary. */
function wire(method: string, path: string, last: readonly string[], body = ''): Buffer {
  const headers = ['Host: localhost:8000', 'User-Agent: python-requests/2.34.2', 'Accept-Encoding: gzip, deflate', 'Accept: */*', 'Connection: keep-alive', ...last];
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...headers, '', body].join('\r\n'));
}

function form(path: string, body: string): Buffer {
  return wire('POST', path, [`Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/x-www-form-urlencoded'], body);
}

interface Exchange {
  readonly statusLine: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function exchange(port: number, request: Buffer): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${received.toString('latin1')}`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const [statusLine = '', ...headers] = received.subarray(0, end).toString('latin1').split('\r\n');
      const length = Number(headers.find((header) => /^content-length:/i.test(header))?.split(':')[1]);
      const body = received.subarray(end + 4);
      if (body.length < length) return;
      resolve({ statusLine, headers, body });
      socket.destroy();
    });
  });
}

describe("the specification's Python script, against the example app", () => {
  let server: ExampleServer;
  beforeAll(async () => {
    server = await startExample();
  });
  afterAll(() => server.close());

  const python = pythonWithRequests();
  if (python !== undefined) {
    it('runs as it is', async () => {
      const printed = await new Promise<string>((resolve, reject) => {
        execFile(python, ['-c', ON_ANOTHER_PORT, String(server.port), script], (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(stderr, { cause: error }));
        });
      });
      expect(printed).toMatch(/^Token obtained: [\w-]+\.[\w-]+\.[\w-]+\nToken is valid\nAPI Response: 200\n$/);
    });
  }

  it('sends these bytes, and gets these', async () => {
    const obtained = await exchange(server.port, form('/api-token-auth/', 'username=testuser&password=testpass123'));
    expect(obtained.statusLine).toBe('HTTP/1.1 200 OK');
    expect(obtained.headers).toContain('Content-Type: application/json');
    const token = /^\{"token":"([\w-]+\.[\w-]+\.[\w-]+)","refresh_token":"[\w.-]+"\}$/.exec(obtained.body.toString())?.[1] ?? expect.fail(obtained.body.toString());

    const verified = await exchange(server.port, form('/api-token-verify/', `token=${token}`));
    expect(verified.statusLine).toBe('HTTP/1.1 200 OK');
    expect(verified.body).toEqual(Buffer.from(`{"token":"${token}"}`));

    const called = await exchange(server.port, wire('GET', '/api/protected-endpoint/', [`Authorization: JWT ${token}`]));
    expect(called.statusLine).toBe('HTTP/1.1 200 OK');
    expect(called.body).toEqual(Buffer.from('{"username":"testuser"}'));
  });

  it('gets the documented body for a wrong password', async () => {
    const refused = await exchange(server.port, form('/api-token-auth/', 'username=testuser&password=wrong'));
    expect(refused.statusLine).toBe('HTTP/1.1 401 Unauthorized');
    expect(refused.body).toEqual(Buffer.from('{"non_field_errors":["Unable to log in with provided credentials."]}'));
  });

  it('is the text of the specification, but for the indentation its page lost', () => {
    const bare = (text: string): string => text.replace(/^ +/gm, '');
    expect(bare(readFileSync(script, 'utf8'))).toBe(readFileSync(asPrinted, 'utf8'));
  });
});

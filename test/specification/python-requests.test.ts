import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startExample } from './example-server.js';
import type { ExampleServer } from './example-server.js';

const script = fileURLToPath(new URL('../fixtures/specification/python-requests.py', import.meta.url));

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

function exchange(port: number, request: Buffer): Promise<{ statusLine: string; headers: string[]; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let received = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8');
      const [head = '', body = ''] = received.split('\r\n\r\n');
      const [statusLine = '', ...headers] = head.split('\r\n');
      const length = Number(headers.find((header) => /^content-length:/i.test(header))?.split(':')[1]);
      if (Buffer.byteLength(body) < length || !received.includes('\r\n\r\n')) return;
      socket.destroy();
      resolve({ statusLine, headers, body });
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
    it('runs unmodified', async () => {
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
    const token = /^\{"token":"([\w-]+\.[\w-]+\.[\w-]+)"\}$/.exec(obtained.body)?.[1] ?? expect.fail(obtained.body);

    const verified = await exchange(server.port, form('/api-token-verify/', `token=${token}`));
    expect(verified.statusLine).toBe('HTTP/1.1 200 OK');
    expect(verified.body).toBe(`{"token":"${token}"}`);

    const called = await exchange(server.port, wire('GET', '/api/protected-endpoint/', [`Authorization: JWT ${token}`]));
    expect(called.statusLine).toBe('HTTP/1.1 200 OK');
    expect(called.body).toBe('{"username":"testuser"}');
  });

  it('gets the documented body for a wrong password', async () => {
    const refused = await exchange(server.port, form('/api-token-auth/', 'username=testuser&password=wrong'));
    expect(refused.statusLine).toBe('HTTP/1.1 401 Unauthorized');
    expect(refused.body).toBe('{"non_field_errors":["Unable to log in with provided credentials."]}');
  });

  it('is the text of the specification, but for the indentation its page lost', () => {
    const text = readFileSync(script, 'utf8');
    expect(text.split('\n').filter((line) => line.includes('requests.'))).toHaveLength(3);
    expect(text).toContain("requests.post('http://localhost:8000/api-token-auth/', {");
  });
});

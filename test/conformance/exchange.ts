import { request as httpRequest } from 'node:http';

import type { RecordedRequest } from './corpus.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends a recorded request byte for byte: header spelling, repetition and order as they were. */
export function send(port: number, recorded: RecordedRequest): Promise<Answer> {
  const body = recorded.body === null ? Buffer.alloc(0) : Buffer.from(recorded.body, recorded.bodyEncoding ?? 'utf8');
  const headers = [
    ...['Host', `127.0.0.1:${port}`, 'Connection', 'close'],
    ...(body.length > 0 || /^(POST|PUT|PATCH)$/.test(recorded.method) ? ['Content-Length', String(body.length)] : []),
    ...Object.entries(recorded.headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value])),
  ];
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method: recorded.method, path: recorded.path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

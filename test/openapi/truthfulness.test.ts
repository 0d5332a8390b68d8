import { keyPair, keyRing } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/fetch';
import { describe, expect, it } from 'vitest';

import { newPair } from '../security/issuer.js';
import { Scene } from '../parity/scene.js';
import { CONFIGURATIONS } from './configurations.js';
import { documentOf, operationOf, operationsOf, schemaCheck } from './document.js';
import type { Answer } from './document.js';
import { askEverything, Subject } from './exchanges.js';
import type { Exchange } from './exchanges.js';

const TOLD = ['auth-error-code', 'www-authenticate', 'retry-after', 'set-cookie'];
// Their tokens are not those the exchanges forge.
const { 'a key pair': _pair, 'keys from a source': _source, email: _email, ...configurations } = CONFIGURATIONS;

/** What of an answer's headers is not as the document says. */
function headerFaults({ headers }: Exchange, answer: Answer): string[] {
  const told = Object.entries(answer.headers ?? {});
  return [
    ...told.flatMap(([name, { required = false, schema }]) => {
      const value = headers.get(name);
      if (value === null) return required ? [`${name} is missing`] : [];
      return (schema.enum?.includes(value) ?? true) && (schema.const === undefined || schema.const === value) ? [] : [`${name} is ${value}`];
    }),
    ...TOLD.filter((name) => headers.has(name) && !told.some(([each]) => each.toLowerCase() === name)).map((name) => `${name} is not told of`),
  ];
}

/** What of an exchange is not as the document says. */
function faultsOf({ document }: Subject, exchange: Exchange, check: ReturnType<typeof schemaCheck>): unknown[] {
  const { operationId, status, body, sent } = exchange;
  const { path, method, responses, requestBody } = operationOf(document, operationId);
  const answer = responses[String(status)];
  if (answer === undefined) return [`no ${status}`];
  const operation = ['paths', path, method.toLowerCase()];
  const bodyFault = check([...operation, 'responses', String(status), 'content', 'application/json', 'schema'], body);
  const faults: unknown[] = [...headerFaults(exchange, answer), ...(bodyFault === undefined ? [] : [bodyFault])];
  if (sent === undefined || requestBody === undefined) return faults;
  const sentFault = check([...operation, 'requestBody', 'content', 'application/json', 'schema'], sent);
  const code = exchange.headers.get('auth-error-code');
  if (status === 200 && sentFault !== undefined) faults.push(sentFault);
  // In cookie mode what a body lacks may be in a cookie, and a refusal then be for that.
  if (code === 'VALIDATION_FAILED' && sentFault === undefined && Object.keys(sent as object).length > 0) faults.push('the schema takes what is refused');
  return faults;
}

describe.each(Object.entries(configurations))('%s', (_name, settings) => {
  it('every answer is as the document says, and every code it tells of is answered', async () => {
    const subject = new Subject(settings());
    await askEverything(subject);
    const check = schemaCheck(subject.document);
    const untrue = subject.exchanges.flatMap((exchange) => {
      const faults = faultsOf(subject, exchange, check);
      return faults.length === 0 ? [] : [{ operationId: exchange.operationId, sent: exchange.sent, status: exchange.status, body: exchange.body, faults }];
    });
    expect(untrue).toEqual([]);

    const answered = new Set(subject.exchanges.map(({ operationId, status, headers }) => `${operationId} ${status} ${headers.get('auth-error-code') ?? ''}`.trim()));
    const told = [...operationsOf(subject.document).values()].flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { headers }]) => (headers?.['Auth-Error-Code']?.schema.enum ?? ['']).map((code) => `${operationId} ${status} ${code}`.trim())),
    );
    // What nobody expects can happen anywhere; here it does to some.
    expect([...answered].some((each) => each.endsWith('500 SERVER_ERROR'))).toBe(true);
    expect(told.filter((each) => !answered.has(each) && !each.endsWith('500 SERVER_ERROR'))).toEqual([]);
  });
});

describe('keys', () => {
  const pair = keyPair({ privateKey: { ...newPair().privateKey.export({ format: 'jwk' }), kid: 'pair', alg: 'ES256' } });
  const ask = async (keys: typeof pair): Promise<[status: number, fault: unknown]> => {
    const auth = new Scene().auth({ keys });
    const document = documentOf({ keys });
    const { path } = operationOf(document, 'jwks');
    const response = await restBridge(auth)(new Request(`https://api.example.com${path}`));
    const status = response?.status ?? 0;
    return [status, schemaCheck(document)(['paths', path, 'get', 'responses', String(status), 'content', 'application/json', 'schema'], await response?.json())];
  };

  it('the key set is as the document says', async () => {
    expect(await ask(pair)).toEqual([200, undefined]);
    expect(await ask(keyRing(() => [pair]))).toEqual([200, undefined]);
  });

  it('and so is that it cannot be loaded', async () => {
    expect(await ask(keyRing(() => Promise.reject(new Error('away')), { reportError: () => undefined }))).toEqual([503, undefined]);
  });
});

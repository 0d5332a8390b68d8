import { readFileSync } from 'node:fs';

export interface Scenario {
  JWT_AUTH: Record<string, unknown>;
  SECRET_KEY: string;
  backend: string;
  users: { id: number; username: string; password: string; email: string; is_active: boolean }[];
}

export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[]>;
  body: string | null;
  bodyEncoding?: 'base64';
}

export interface RecordedResponse {
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

export interface Issued {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signatureBytes: number;
  setCookie?: { name: string; value: string; attributes: Record<string, unknown> };
}

export interface Exchange {
  request: RecordedRequest;
  response: RecordedResponse;
  issued?: Issued;
}

export interface RecordedCase extends Exchange {
  id: string;
  scenario: string;
  endpoint: string;
  note?: string;
  oracle_bug?: boolean;
  tags?: string[];
}

export interface TimedCase extends RecordedCase {
  token: { header: Record<string, unknown>; claims: Record<string, unknown>; secret: string };
}

export interface Flow {
  id: string;
  scenario: string;
  steps: (Exchange & { step: string })[];
}

export interface Corpus {
  scenarios: Record<string, Scenario>;
  cases: RecordedCase[];
  timed_cases: TimedCase[];
  flows: Flow[];
}

/** What the original package answered over real HTTP. */
export const corpus = JSON.parse(readFileSync(new URL('../fixtures/conformance-corpus.json', import.meta.url), 'utf8')) as Corpus;

import { createRequire } from 'node:module';

import { openApiDocument } from 'trpc-jwt-auth/rest';
import type { OpenApiDocument, OpenApiOptions } from 'trpc-jwt-auth/rest';

import { Scene } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';

export const INFO = { title: 'Example', version: '1.2.3' };

export interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: { readonly enum?: readonly string[]; readonly const?: string } }>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** The document of some settings. */
export function documentOf(settings: Settings = {}, options: Partial<OpenApiOptions<User>> = {}): OpenApiDocument {
  return openApiDocument(new Scene().auth(settings), { info: INFO, ...options });
}

/** The operations of a document by id, each with its path and method. */
export function operationsOf(document: OpenApiDocument): Map<string, Operation & { readonly path: string; readonly method: string }> {
  return new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [(operation as Operation).operationId, { ...(operation as Operation), path, method: method.toUpperCase() }] as const),
    ),
  );
}

/** An operation that must be there. */
export function operationOf(document: OpenApiDocument, id: string): Operation & { readonly path: string; readonly method: string } {
  const operation = operationsOf(document).get(id);
  if (operation === undefined) throw new Error(`there is no operation ${id}`);
  return operation;
}

interface JsonSchemaValidator {
  readonly addSchema: (schema: object, key: string) => void;
  readonly compile: (schema: object) => ((data: unknown) => boolean) & { readonly errors?: unknown };
}

// The ajv of the document's validator: no other has the dialect of OpenAPI 3.1.
const nested = createRequire(createRequire(import.meta.url).resolve('@seriousme/openapi-schema-validator'));
const { default: Ajv } = nested('ajv/dist/2020.js') as { default: new (options: object) => JsonSchemaValidator };

/** Judges data by schemas of a document: what is wrong with it, or nothing. */
export function schemaCheck(document: OpenApiDocument): (pointer: readonly string[], data: unknown) => unknown {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, 'document.json');
  return (pointer, data) => {
    const validate = ajv.compile({ $ref: `document.json#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}` });
    return validate(data) ? undefined : validate.errors;
  };
}

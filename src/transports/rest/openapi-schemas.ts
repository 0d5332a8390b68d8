import { z } from 'zod';

/** A JSON Schema, as OpenAPI 3.1 has it. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, object | boolean>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly [keyword: string]: unknown;
}

/** A zod schema as JSON Schema: of an input what may be sent; of an answer what is sure to be there, for more may come with a later version. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', override: ({ jsonSchema: each }) => withoutBounds(each) });
  return rest;
}

/** Without the bounds that zod gives every integer: those of what JavaScript holds exactly. */
function withoutBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** The named schemas of one document; each is there once it has been referred to. */
export class SchemaTable {
  readonly schemas: Record<string, JsonSchema> = {};

  refer(name: string, schema: z.ZodType): { readonly $ref: string } {
    this.schemas[name] ??= jsonSchema(schema);
    return { $ref: `#/components/schemas/${name}` };
  }
}

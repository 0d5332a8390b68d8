import { join } from 'node:path';

import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

import { deviations } from '../conformance/deviations.js';
import { codeIn, readDocument, ROOT, tableOf } from './markdown.js';
import { compilerOptions } from './workshop.js';

const document = readDocument('docs/specification.md');
const views = tableOf(document, 'Original');

describe('the table of views', () => {
  const exported = new Map<string, Map<string, ts.Symbol>>();
  let checker: ts.TypeChecker;

  beforeAll(() => {
    const options = compilerOptions();
    const entries = Object.entries(options.paths ?? {}).map(([name, [path = '']]) => [name, join(ROOT, path)] as const);
    const program = ts.createProgram(entries.map(([, path]) => path), options);
    checker = program.getTypeChecker();
    for (const [name, path] of entries) {
      const source = program.getSourceFile(path);
      const symbol = source && checker.getSymbolAtLocation(source);
      exported.set(name, new Map(symbol && checker.getExportsOfModule(symbol).map((each) => [each.name, each])));
    }
  }, 60_000);

  function find(entries: readonly string[], name: string): ts.Symbol | undefined {
    const symbol = entries.map((entry) => exported.get(entry)?.get(name)).find((each) => each !== undefined);
    return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
  }

  it.each(views.map((row) => [row.Original ?? '', row] as const))('%s has become names that exist', (_original, row) => {
    const entries = codeIn(row['Import from'] ?? '');
    const names = codeIn(row.Here ?? '').filter((code) => /^[A-Za-z]+(\.[A-Za-z]+)?$/.test(code));
    // The procedures of a router and the setting are members of what stands beside them.
    const own = names.filter((name) => !['obtain', 'refresh', 'verify', 'logout', 'me', 'responsePayload'].includes(name));
    expect(own.length).toBeGreaterThan(0);
    for (const name of own) {
      const [root = '', member] = name.split('.');
      const symbol = find(entries, root);
      expect(symbol, `${root} of ${entries.join(', ')}`).toBeDefined();
      if (symbol === undefined || member === undefined) continue;
      expect(checker.getDeclaredTypeOfSymbol(symbol).getProperty(member), name).toBeDefined();
    }
  });
});

describe('the deliberate differences', () => {
  const numbers = tableOf(document, 'Number').map((row) => Number(row.Number));

  it('are numbered in order', () => {
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
  });

  it('have every rule of the replay', () => {
    expect(deviations.map(({ rule }) => parseInt(rule)).filter((number) => !numbers.includes(number))).toEqual([]);
  });
});

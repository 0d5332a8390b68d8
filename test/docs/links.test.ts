import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { describe, expect, it } from 'vitest';

import { documents, readDocument, ROOT } from './markdown.js';
import type { Document } from './markdown.js';

const all = documents();
const { exports, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, unknown>; scripts: Record<string, string> };

function brokenLinks({ path, links, anchors }: Document): string[] {
  return links
    .filter(({ target }) => !/^https:\/\//.test(target))
    .filter(({ target }) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, linked))) return true;
      if (anchor === undefined) return false;
      return !(linked === path ? anchors : readDocument(linked).anchors).has(anchor);
    })
    .map(({ place, target }) => `${place} ${target}`);
}

describe.each(all.map((document) => [document.path, document] as const))('%s', (_path, document) => {
  it('links to files and headings that exist', () => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [...document.text.matchAll(/`((?:src|client|test|docs|bench|scripts|example-app|\.ci)\/[\w./-]*)`/g)].map(([, file = '']) => file);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names entries of the package that exist', () => {
    const named = [...document.text.matchAll(/['"`](trpc-jwt-auth(?:\/[\w./-]+)?)['"`]/g)].map(([, entry = '']) => entry.replace('trpc-jwt-auth', '.'));
    expect(named.filter((entry) => !Object.hasOwn(exports, entry))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = [...document.text.matchAll(/npm run ([\w:-]+)|npm (test|start)\b/g)].map(([, script, short]) => script ?? short ?? '');
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});

describe('the documents together', () => {
  it('say something of every entry of the package', () => {
    const text = all.map((document) => document.text).join('\n');
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json').map((entry) => `'trpc-jwt-auth${entry.slice(1)}'`);
    expect(entries.filter((entry) => !text.includes(entry))).toEqual([]);
  });

  it('say of every room of the sources what it holds', () => {
    const { text } = readDocument('CONTRIBUTING.md');
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map(({ name }) => `\`src/${name}/\``).filter((room) => !text.includes(room))).toEqual([]);
  });

  it('can each be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const { target } of readDocument(path).links) {
        const [file = ''] = target.split('#');
        const linked = normalize(join(dirname(path), file));
        if (file.endsWith('.md') && !file.startsWith('https:') && existsSync(join(ROOT, linked))) reached.add(linked);
      }
    }
    expect(all.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

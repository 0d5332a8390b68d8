import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's own directory. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a document, or of a docstring. */
export interface Block {
  /** Where it is written, as `README.md:12`. */
  readonly place: string;
  /** The document, as `docs/cookies.md`. */
  readonly document: string;
  readonly language: string;
  readonly code: string;
}

export interface Link {
  readonly place: string;
  readonly target: string;
}

export interface Document {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  /** The anchors that GitHub makes of its headings. */
  readonly anchors: ReadonlySet<string>;
}

/** Every fenced block of a text; `firstLine` is the text's own place in its file. */
export function fencedBlocks(document: string, text: string, firstLine = 1): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; indent: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(\w*)\s*$/.exec(line);
    if (fence !== null && open === undefined) {
      open = { language: fence[2] ?? '', line: firstLine + index, indent: fence[1]?.length ?? 0, lines: [] };
    } else if (fence !== null && open !== undefined) {
      blocks.push({ place: `${document}:${open.line}`, document, language: open.language, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line.slice(Math.min(open.indent, line.length)));
    }
  }
  if (open !== undefined) throw new Error(`${document}:${open.line}: the block is never closed`);
  return blocks;
}

function withoutBlocks(text: string): string {
  // Lines are kept, so that places stay right.
  return text.replaceAll(/^ *```[^]*?^ *```/gm, (block) => block.replaceAll(/[^\n]/g, ''));
}

function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const base = slug(heading);
    let anchor = base;
    for (let repeat = 1; anchors.has(anchor); repeat += 1) anchor = `${base}-${repeat}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linksOf(path: string, prose: string): Link[] {
  return prose.split('\n').flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ place: `${path}:${index + 1}`, target })),
  );
}

/** Reads one document of the repository. */
export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const prose = withoutBlocks(text);
  return { path, text, blocks: fencedBlocks(path, text), links: linksOf(path, prose), anchors: anchorsOf(prose) };
}

/** The documents at the top of the repository, and those in docs/ and below it. */
export function documents(): Document[] {
  const inFolder = existsSync(join(ROOT, 'docs')) ? readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`) : [];
  return [...readdirSync(ROOT), ...inFolder].filter((path) => path.endsWith('.md')).sort().map(readDocument);
}

/** The rows of the table whose first heading is given, by heading; code marks and escaped bars are taken off. */
export function tableOf(document: Document, firstHeading: string): Record<string, string>[] {
  const lines = document.text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`));
  if (start === -1) throw new Error(`${document.path} has no table that starts with "${firstHeading}"`);
  const headings = cells(lines[start] ?? '');
  const rows: Record<string, string>[] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const values = cells(line);
    if (values.length !== headings.length) throw new Error(`${document.path}: a row of ${values.length} cells, not ${headings.length}: ${line}`);
    rows.push(Object.fromEntries(headings.map((heading, index) => [heading, values[index] ?? ''])));
  }
  return rows;
}

function cells(line: string): string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** The pieces of a cell that are marked as code. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

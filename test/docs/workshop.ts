import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import ts from 'typescript';

import { sourceFiles } from './docstrings.js';
import { ROOT } from './markdown.js';
import type { Block } from './markdown.js';

const SERVER = 'server.ts';
const RUN_TIMEOUT_MS = 20_000;
/** What documented code finds in its environment. */
export const ENVIRONMENT = { PATH: process.env.PATH, JWT_SECRET: 'not-a-secret-only-for-the-documentation', NODE_ENV: 'development' };

export interface Served {
  readonly port: number;
  readonly stop: () => void;
}

/**
 * A project in a directory of its own, with the package installed as npm would: its sources compiled to the files that `exports` names.
 * Each `ts` and `tsx` block is a module there, named by a first line as `// server.ts` or else by its line, beside the other blocks of its document;
 * a document without a `server.ts` has the README's.
 */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'trpc-jwt-auth-docs-'));
  readonly #modules = new Map<string, string>();
  #diagnostics: Map<string, string[]> | undefined;

  constructor(blocks: readonly Block[]) {
    this.#write('package.json', '{ "type": "module" }');
    this.#install();
    this.#compile('runner.ts', readFileSync(new URL('runner.ts', import.meta.url), 'utf8'));
    for (const block of blocks) {
      const path = `${folder(block)}/${fileName(block)}`;
      if (this.#has(path)) throw new Error(`${block.place}: another block of the document is ${path} already`);
      this.#modules.set(block.place, path);
      this.#compile(path, block.code);
    }
    const server = blocks.find((block) => block.document === 'README.md' && fileName(block) === SERVER);
    for (const document of new Set(blocks.map((block) => block.document))) {
      if (server !== undefined && document.endsWith('.md') && !this.#has(`${folder({ document })}/${SERVER}`)) this.#compile(`${folder({ document })}/${SERVER}`, server.code);
    }
  }

  #has(path: string): boolean {
    return [...this.#modules.values()].includes(path);
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  #compile(path: string, code: string): void {
    // A block without imports is a module too.
    const source = `${code}\nexport {};\n`;
    const { outputText } = ts.transpileModule(source, {
      fileName: path,
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true, jsx: ts.JsxEmit.ReactJSX },
    });
    this.#write(path, source);
    this.#write(path.replace(/\.tsx?$/, '.js'), outputText);
  }

  #install(): void {
    const modules = join(ROOT, 'node_modules');
    mkdirSync(join(this.directory, 'node_modules'));
    for (const name of readdirSync(modules)) if (!name.startsWith('.')) symlinkSync(join(modules, name), join(this.directory, 'node_modules', name), 'junction');
    for (const path of sourceFiles()) {
      this.#compile(`node_modules/trpc-jwt-auth/dist/${path}`, readFileSync(join(ROOT, path), 'utf8'));
      rmSync(join(this.directory, 'node_modules/trpc-jwt-auth/dist', path));
    }
    cpSync(join(ROOT, 'package.json'), join(this.directory, 'node_modules/trpc-jwt-auth/package.json'));
  }

  /** What the compiler says of a block. */
  diagnostics({ place }: Block): string[] {
    if (this.#diagnostics === undefined) throw new Error('check() comes first');
    return this.#diagnostics.get(this.#path(place)) ?? [];
  }

  #path(place: string): string {
    const path = this.#modules.get(place);
    if (path === undefined) throw new Error(`${place} is not in the workshop`);
    return join(this.directory, path);
  }

  /** Compiles all blocks as one program, under the repository's own options. */
  check(): void {
    const files = [...this.#modules.keys()].map((place) => this.#path(place));
    const program = ts.createProgram(files, compilerOptions());
    this.#diagnostics = new Map(
      files.map((file) => {
        const source = program.getSourceFile(file);
        const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
        return [file, found.map(({ messageText, start = 0 }) => `${(source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)];
      }),
    );
  }

  #start(server: string, snippet: string, hasTests = false): ChildProcess {
    // What a reporter prints is not what the block prints.
    const execArgv = hasTests ? ['--test-reporter=spec', '--test-reporter-destination=stderr'] : [];
    return fork(join(this.directory, 'runner.js'), [server, snippet, ...(hasTests ? ['tests'] : [])], { cwd: this.directory, env: ENVIRONMENT, execArgv, silent: true });
  }

  #server(document: string): string {
    return this.#compiled(join(this.directory, folder({ document }), SERVER));
  }

  /** Where the modules of a document are. */
  directoryOf(document: string): string {
    return join(this.directory, folder({ document }));
  }

  #compiled(path: string): string {
    return pathToFileURL(path.replace(/\.tsx?$/, '.js')).href;
  }

  /** Runs a block, beside its document's server where it speaks of it; gives what it printed. */
  run(block: Block): Promise<string[]> {
    const server = /'\.\/[\w-]+\.js'|localhost:3000/.test(block.code) ? this.#server(block.document) : '-';
    const child = this.#start(server, this.#compiled(this.#path(block.place)), block.code.includes("from 'node:test'"));
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
    let printed = '';
    let complaints = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) resolve(printed.split('\n').slice(0, -1));
        else reject(new Error(`${block.place} ended with ${code ?? signal ?? 'nothing'}\n${printed}${complaints}`));
      });
    });
  }

  /** Starts a document's server, and leaves it running until it is stopped. */
  serve(document: string): Promise<Served> {
    const child = this.#start(this.#server(document), '-');
    let complaints = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    return new Promise((resolve, reject) => {
      child.on('message', (port) => resolve({ port: Number(port), stop: () => void child.kill('SIGKILL') }));
      child.on('error', reject).on('close', () => reject(new Error(`the server of ${document} ended\n${complaints}`)));
    });
  }

  /** Removes the directory. */
  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function folder({ document }: Pick<Block, 'document'>): string {
  return document.replaceAll(/[/.]/g, '-');
}

/** The module name of a block. */
export function fileName({ code, place, language }: Block): string {
  return /^\/\/ ([\w-]+\.tsx?)\n/.exec(code)?.[1] ?? `line-${place.split(':').at(-1) ?? ''}.${language}`;
}

/** The options of tsconfig.json; its `paths` lead to the sources. Declarations of dependencies are checked elsewhere. */
export function compilerOptions(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...(config.config as object), include: [], files: [] }, ts.sys, ROOT, undefined, join(ROOT, 'tsconfig.json'));
  return { ...options, jsx: ts.JsxEmit.ReactJSX, noEmit: true, declaration: false, skipLibCheck: true, typeRoots: [join(ROOT, 'node_modules/@types')] };
}

/** A recipe whose packages the repository does without: it is a project of its own here, and not executed by test/docs. */
export interface Recipe {
  /** Of docs/recipes/NAME.md, and of NAME-checks.ts here. */
  readonly name: string;
  /** What resolves its imports: Node, or a bundler. */
  readonly resolution: 'nodenext' | 'bundler';
  /** The command that makes the rest of the project of what stands in the recipe. */
  readonly preparation?: readonly string[];
  /** Whether that command has compiled the modules too; else they are compiled one by one. */
  readonly isBuilt?: true;
  /** Packages that are replaced by a module of this folder: what there is on a device alone. */
  readonly replaced?: Readonly<Record<string, string>>;
}

/** Every recipe that test/docs leaves to this folder. */
export const recipes: readonly Recipe[] = [
  { name: 'prisma', resolution: 'nodenext', preparation: ['prisma', 'generate'] },
  { name: 'drizzle', resolution: 'nodenext' },
  { name: 'hono-workers', resolution: 'bundler' },
  { name: 'react-native', resolution: 'bundler', replaced: { 'expo-modules-core': 'device', 'react-native': 'device' } },
  { name: 'nextjs', resolution: 'bundler', preparation: ['next', 'build'], isBuilt: true },
];

/** Whether a document is executed here. */
export function isRecipe({ path }: { readonly path: string }): boolean {
  return recipes.some(({ name }) => path === `docs/recipes/${name}.md`);
}

import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const SETTINGS = 'Settings come from the app, never from the environment.';
const listedNames = { selector: 'ExportAllDeclaration', message: 'List the public names.' };

export default defineConfig(
  { ignores: ['**/dist/', 'coverage/', 'test/types/cases/', 'test/types/packed/', 'example-app/page/public/', 'test/fixtures/', '**/*.cjs'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // `import { type A }` alone still loads the module at run time.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Views and serializers are looked up by class, as in the specification; methods are bound by their adapters.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Callers without a type checker may pass anything; the checks are there for them.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Answering a promise or a value is a port's right.
      '@typescript-eslint/require-await': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-syntax': ['error', listedNames],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**', 'client/**'],
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 280, skipBlankLines: false, skipComments: false }],
      'no-restricted-globals': ['error', { name: 'process', message: SETTINGS }],
      'no-restricted-imports': ['error', { paths: ['process', 'node:process'].map((name) => ({ name, message: SETTINGS })) }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
      'no-restricted-syntax': [
        'error',
        listedNames,
        { selector: "MemberExpression[object.name='globalThis'][property.name='process']", message: SETTINGS },
        { selector: "MemberExpression[object.type='MetaProperty'][property.name='env']", message: SETTINGS },
        { selector: 'CatchClause[body.body.length=0]', message: 'An error is handled, reported or passed on; a comment does none of these.' },
        {
          selector: "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression.arguments > BlockStatement.body[body.length=0]",
          message: 'A rejection is handled, reported or passed on.',
        },
      ],
    },
  },
  // The command line is a process of its own; what it has of `process`, main.ts hands on.
  { files: ['src/cli/main.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['test/**', 'bench/**', 'example-app/**', 'scripts/**', '*.config.*'],
    rules: {
      // A mock names the module it stands for: `vi.importActual<typeof import('node:crypto')>`.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  { files: ['example-app/page/**'], extends: [reactHooks.configs.flat['recommended-latest']] },
  // Without types nobody knows the globals of Node.
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked], rules: { 'no-undef': 'off' } },
);

// What each room of src may import beside itself. A room that is not here may import nothing until it is.
const rooms = {
  core: [],
  sessions: ['core'],
  throttle: ['core'],
  tickets: ['core'],
  passwords: ['core'],
  django: ['core'],
  verifier: ['core'],
  stores: ['core', 'throttle', 'tickets'],
  serializers: ['core', 'sessions', 'throttle', 'tickets'],
  transports: ['core', 'serializers'],
  adapters: ['core', 'serializers', 'transports'],
  testing: ['core', 'serializers', 'transports'],
  cli: ['core', 'django', 'serializers', 'transports'],
};
const ENTRIES = ['stores', 'adapters', 'testing', 'cli'];

const LOCAL = '^(src|client|test|bench|scripts|example-app)/';
const OPTIONAL = 'express|busboy|kysely|libsql|@libsql|ioredis|redis|fastify|ws|react|bcrypt|@node-rs|commander';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      comment: `src/${room} may import ${allowed.join(', ') || 'nothing local'}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: LOCAL, pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'room-without-rule',
      comment: 'name the room and what it may import in the table above',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((${Object.keys(rooms).join('|')})/|index\\.ts$)` },
      to: {},
    },
    {
      name: 'root-imports',
      comment: 'stores, adapters, the test kit and the command line are entries of their own',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: LOCAL, pathNot: `^src/(${Object.keys(rooms).filter((room) => !ENTRIES.includes(room)).join('|')})/` },
    },
    {
      name: 'root-without-optional-packages',
      comment: 'importing the root, or compiling against it, must not need what an app may not have',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: `node_modules/(@types/)?(${OPTIONAL})/`, reachable: true },
    },
    {
      name: 'client-takes-types-only',
      comment: 'no server code in a browser',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'command-line-by-itself',
      comment: 'an app that imports the package loads neither the commands nor their parser',
      severity: 'error',
      from: { path: '^(src|client)/', pathNot: '^src/cli/' },
      to: { path: ['^src/cli/', 'node_modules/commander/'] },
    },
    { name: 'client-imports', severity: 'error', from: { path: '^client/' }, to: { path: LOCAL, pathNot: '^(src|client)/' } },
    { name: 'no-circles', comment: 'types included', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'jose-in-tokens',
      severity: 'error',
      from: { path: '^(src|client)/', pathNot: '^src/core/(tokens|keys|key-pair)\\.ts$' },
      to: { path: 'node_modules/jose/' },
    },
    {
      name: 'jose-in-keys-by-type',
      severity: 'error',
      from: { path: '^src/core/keys\\.ts$' },
      to: { path: 'node_modules/jose/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'express-in-its-adapter',
      severity: 'error',
      from: { path: '^(src|client)/', pathNot: '^src/adapters/express\\.ts$' },
      to: { path: ['node_modules/(@types/)?express/', 'node_modules/@trpc/server/.*adapters/express'] },
    },
    {
      name: 'fastify-in-its-adapter',
      severity: 'error',
      from: { path: '^(src|client)/', pathNot: '^src/adapters/fastify\\.ts$' },
      to: { path: ['node_modules/fastify/', 'node_modules/@trpc/server/.*adapters/fastify'] },
    },
    {
      name: 'declared-dependencies',
      comment: 'what the package imports stands in dependencies or peerDependencies',
      severity: 'error',
      from: { path: '^(src|client)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-bundled'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};

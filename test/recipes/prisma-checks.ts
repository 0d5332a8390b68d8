import { recipeModule, runChecks } from './check-process.js';
import { userTableChecks } from './user-table-checks.js';
import type { Users } from './user-table-checks.js';

interface Prisma {
  $executeRawUnsafe: (sql: string) => Promise<number>;
  user: {
    findUniqueOrThrow: (query: object) => Promise<{ passwordHash: string }>;
    update: (query: object) => Promise<object>;
  };
}

const users = await recipeModule<Users & { prisma: Prisma }>('./users.js');
const { prisma } = users;
const { user } = prisma;

// As `prisma migrate` makes it of the schema.
await prisma.$executeRawUnsafe(
  'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "username" TEXT NOT NULL, "email" TEXT, "isActive" BOOLEAN NOT NULL DEFAULT true, "passwordHash" TEXT NOT NULL)',
);
await prisma.$executeRawUnsafe('CREATE UNIQUE INDEX "User_username_key" ON "User"("username")');

const change = async (username: string, data: object): Promise<void> => {
  await user.update({ where: { username }, data });
};
await runChecks(
  userTableChecks(users, {
    hashOf: async (username) => (await user.findUniqueOrThrow({ where: { username }, omit: { passwordHash: false } })).passwordHash,
    setHash: (username, passwordHash) => change(username, { passwordHash }),
    disable: (username) => change(username, { isActive: false }),
  }),
);

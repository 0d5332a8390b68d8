import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DjangoSettings } from 'trpc-jwt-auth/django';

/** What the app takes of a Django project. */
export interface DjangoProject {
  /** Its SQLite file. */
  databaseFile: string;
  settings: DjangoSettings;
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const SAMPLE = path('../test/fixtures/django-users.sqlite3');
const SAMPLE_COPY = path('data/django-users.sqlite3');

/** Settings to try the sample with; a project's own have its SECRET_KEY and its JWT_AUTH. */
const SAMPLE_SETTINGS: DjangoSettings = {
  SECRET_KEY: 'the SECRET_KEY of the Django project, fifty characters',
  JWT_AUTH: { JWT_ALLOW_REFRESH: true },
};

/**
 * A project's file and settings, as `{ "SECRET_KEY": …, "JWT_AUTH": { … } }` in JSON; without a file, a copy of a sample that Django 3.2 made.
 */
export function djangoProject(databaseFile: string | undefined, settingsFile: string | undefined): DjangoProject {
  const settings = settingsFile === undefined ? SAMPLE_SETTINGS : (JSON.parse(readFileSync(settingsFile, 'utf8')) as DjangoSettings);
  if (databaseFile !== undefined) {
    if (settingsFile === undefined) throw new Error('Give the project’s settings too, DJANGO_SETTINGS=settings.json with { "SECRET_KEY": …, "JWT_AUTH": { … } }: its tokens are signed with them.');
    return { databaseFile, settings };
  }
  // Logins write to it.
  if (!existsSync(SAMPLE_COPY)) {
    mkdirSync(dirname(SAMPLE_COPY), { recursive: true, mode: 0o700 });
    copyFileSync(SAMPLE, SAMPLE_COPY);
  }
  return { databaseFile: SAMPLE_COPY, settings };
}

/** Tests that need a PostgreSQL server: skipped, for everybody to see, where none is named. */
import { describe } from 'vitest';
import { hasPostgresql } from './postgresql.ts';

export const describeOnPostgresql: (name: string, work: () => void) => void = hasPostgresql ? describe : describe.skip;

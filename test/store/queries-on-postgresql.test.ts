/** Every test of what is read, once more on PostgreSQL. */
import { describe } from 'vitest';
import { describeOnPostgresql, openSuiteDatabase } from '../support/on-postgresql.ts';
import { hasPostgresql } from '../support/postgresql.ts';
import { readFromPostgresql } from '../support/queried-store.ts';

describeOnPostgresql('on PostgreSQL', () => {
	const suite = openSuiteDatabase();
	if (hasPostgresql) readFromPostgresql(suite);

	// Each in a frame of its own, so that its hooks are for its own tests.
	describe('reads', () => import('./queries.test.ts').then(() => {}));
	describe('events', () => import('./event-queries.test.ts').then(() => {}));
	describe('groups', () => import('./group-queries.test.ts').then(() => {}));
	describe('the stream', () => import('./stream-queries.test.ts').then(() => {}));
	describe('supervisors', () => import('./supervisor-queries.test.ts').then(() => {}));
	describe('tasks', () => import('./task-queries.test.ts').then(() => {}));
	describe('the census', () => import('./telemetry-queries.test.ts').then(() => {}));
	describe('workflows', () => import('./workflow-queries.test.ts').then(() => {}));
});

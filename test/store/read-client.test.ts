/**
 * Queries are written once, against SQLite's client; PostgreSQL's is taken for it by one cast. Here the
 * compiler proves that it may be: rows are the same, and whatever may be asked of one may be asked of the other.
 */
import { expect, expectTypeOf, test } from 'vitest';
import type * as sqlite from '../../src/store/generated/client.ts';
import type * as postgresql from '../../src/store/generated-postgresql/client.ts';
import { readSchema } from '../../src/store/migration-folder.ts';
import { sharedModels } from '../../src/store/read-client.ts';
import { parseTables } from '../../src/store/tables.ts';

interface SqliteRows {
	actor: sqlite.Actor;
	timer: sqlite.Timer;
	agent: sqlite.Agent;
	run: sqlite.Run;
	prompt: sqlite.Prompt;
	request: sqlite.Request;
	workflow: sqlite.Workflow;
	dispatch: sqlite.Dispatch;
	queueItem: sqlite.QueueItem;
	agentGroup: sqlite.AgentGroup;
	task: sqlite.Task;
	supervisor: sqlite.Supervisor;
	checkpoint: sqlite.Checkpoint;
	auditEntry: sqlite.AuditEntry;
	token: sqlite.Token;
	idempotencyKey: sqlite.IdempotencyKey;
	setting: sqlite.Setting;
}

interface PostgresqlRows {
	actor: postgresql.Actor;
	timer: postgresql.Timer;
	agent: postgresql.Agent;
	run: postgresql.Run;
	prompt: postgresql.Prompt;
	request: postgresql.Request;
	workflow: postgresql.Workflow;
	dispatch: postgresql.Dispatch;
	queueItem: postgresql.QueueItem;
	agentGroup: postgresql.AgentGroup;
	task: postgresql.Task;
	supervisor: postgresql.Supervisor;
	checkpoint: postgresql.Checkpoint;
	auditEntry: postgresql.AuditEntry;
	token: postgresql.Token;
	idempotencyKey: postgresql.IdempotencyKey;
	setting: postgresql.Setting;
}

/** What each model may be asked, by the arguments of its most telling reads. */
interface SqliteQuestions {
	agent: sqlite.Prisma.AgentFindManyArgs;
	run: sqlite.Prisma.RunFindManyArgs;
	prompt: sqlite.Prisma.PromptFindManyArgs;
	request: sqlite.Prisma.RequestFindManyArgs;
	workflow: sqlite.Prisma.WorkflowFindManyArgs;
	dispatch: sqlite.Prisma.DispatchFindManyArgs;
	queueItem: sqlite.Prisma.QueueItemFindManyArgs;
	task: sqlite.Prisma.TaskFindManyArgs;
	supervisor: sqlite.Prisma.SupervisorFindManyArgs;
	auditEntry: sqlite.Prisma.AuditEntryFindManyArgs;
}

interface PostgresqlQuestions {
	agent: postgresql.Prisma.AgentFindManyArgs;
	run: postgresql.Prisma.RunFindManyArgs;
	prompt: postgresql.Prisma.PromptFindManyArgs;
	request: postgresql.Prisma.RequestFindManyArgs;
	workflow: postgresql.Prisma.WorkflowFindManyArgs;
	dispatch: postgresql.Prisma.DispatchFindManyArgs;
	queueItem: postgresql.Prisma.QueueItemFindManyArgs;
	task: postgresql.Prisma.TaskFindManyArgs;
	supervisor: postgresql.Prisma.SupervisorFindManyArgs;
	auditEntry: postgresql.Prisma.AuditEntryFindManyArgs;
}

type Asked<Questions> = {
	[Model in keyof Questions]: {
		[Part in keyof Questions[Model] & ('where' | 'orderBy' | 'take' | 'skip' | 'distinct')]: Questions[Model][Part];
	};
};

test('both clients answer the same rows, and take the same questions', () => {
	expectTypeOf<PostgresqlRows>().toEqualTypeOf<SqliteRows>();
	expectTypeOf<keyof SqliteRows>().toEqualTypeOf<(typeof sharedModels)[number]>();
	expectTypeOf<Asked<SqliteQuestions>>().toExtend<Asked<PostgresqlQuestions>>();
	// The numbers of these are of another type, and so they are read by SQL.
	expectTypeOf<postgresql.Event>().not.toEqualTypeOf<sqlite.Event>();
});

test('every table but those with numbers is read through the client', () => {
	const models = [...readSchema().content.matchAll(/^model (\w+)/gm)].map(([, name = '']) => name);
	const unshared = models.filter((name) => !sharedModels.some((model) => model.toLowerCase() === name.toLowerCase()));
	expect(unshared).toEqual(['Transition', 'Effect', 'Message', 'Event']);
	expect(parseTables(readSchema().content).size).toBe(models.length);
});

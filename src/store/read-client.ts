/**
 * What queries read through: Prisma's client of the database's kind, as far as both kinds are the same.
 * The tables whose numbers are of another type with PostgreSQL are left out; they are read by SQL.
 */
import type { PrismaClient } from './generated/client.ts';

/** Models that are the same in both schemas, and what is read from them. */
export const sharedModels = [
	'actor',
	'timer',
	'agent',
	'run',
	'prompt',
	'request',
	'workflow',
	'dispatch',
	'queueItem',
	'agentGroup',
	'task',
	'supervisor',
	'checkpoint',
	'auditEntry',
	'token',
	'idempotencyKey',
	'setting',
] as const;

export type ReadClient = Pick<
	PrismaClient,
	(typeof sharedModels)[number] | '$queryRaw' | '$queryRawUnsafe' | '$disconnect'
>;

/** The read side: what routes and streams ask, answered from committed rows through Prisma's client. */
import type { GroupReads } from '../agents/groups/views.ts';
import type { Reads } from '../agents/views.ts';
import type { AuditReads } from '../audit/views.ts';
import type { StreamReads } from '../stream/views.ts';
import type { SupervisorReads } from '../supervisors/views.ts';
import type { TaskReads } from '../tasks/views.ts';
import type { TelemetryReads } from '../telemetry/views.ts';
import type { WorkflowReads } from '../workflows/views.ts';
import { type AccessQueries, createAccessQueries } from './access-queries.ts';
import { createAgentQueries } from './agent-queries.ts';
import { createAuditQueries } from './audit-queries.ts';
import { createDispatchQueries } from './dispatch-queries.ts';
import { createEventQueries } from './event-queries.ts';
import { createGroupQueries } from './group-queries.ts';
import { createJournalQueries } from './journal-queries.ts';
import { createPromptQueries } from './prompt-queries.ts';
import { createQueueQueries } from './queue-queries.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { createRequestQueries } from './request-queries.ts';
import { sqliteReads } from './sqlite/reads.ts';
import { createStreamQueries } from './stream-queries.ts';
import { createSupervisorQueries } from './supervisor-queries.ts';
import { createTaskQueries } from './task-queries.ts';
import { createTelemetryQueries } from './telemetry-queries.ts';
import { createWorkflowQueries } from './workflow-queries.ts';

export interface Queries
	extends Reads,
		AccessQueries,
		AuditReads,
		GroupReads,
		StreamReads,
		SupervisorReads,
		TaskReads,
		TelemetryReads,
		WorkflowReads {}

export function createQueries(client: ReadClient, dialect: ReadDialect = sqliteReads): Queries {
	return {
		...createAgentQueries(client, dialect),
		...createGroupQueries(client, dialect),
		...createPromptQueries(client),
		...createRequestQueries(client),
		...createWorkflowQueries(client),
		...createDispatchQueries(client, dialect),
		...createQueueQueries(client),
		...createTaskQueries(client, dialect),
		...createSupervisorQueries(client),
		...createJournalQueries(client, dialect),
		...createEventQueries(client, dialect),
		...createStreamQueries(client, dialect),
		...createAccessQueries(client),
		...createAuditQueries(client),
		...createTelemetryQueries(client, dialect),
	};
}

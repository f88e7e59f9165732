/** Every route of the API, in the order in which they are matched. A new part adds its routes here. */

import { type GroupRouteDeps, groupRoutes } from '../agents/groups/routes.ts';
import type { AgentRouteDeps } from '../agents/route-answers.ts';
import { agentRoutes } from '../agents/routes.ts';
import { agentHistoryRoutes } from '../agents/routes-history.ts';
import { promptRoutes } from '../agents/routes-prompts.ts';
import { type AuditRouteDeps, auditRoutes } from '../audit/routes.ts';
import { type HistoryRouteDeps, historyRoutes } from '../history/routes.ts';
import { type InspectorRouteDeps, inspectorRoutes } from '../inspector/routes.ts';
import { type StatechartRouteDeps, statechartRoutes } from '../inspector/statechart/routes.ts';
import { type RequestRouteDeps, requestRoutes } from '../requests/routes.ts';
import { type EventRouteDeps, eventRoutes } from '../stream/routes.ts';
import { type SupervisorRouteDeps, supervisorRoutes } from '../supervisors/routes.ts';
import { callBackRoutes } from '../supervisors/routes-call-backs.ts';
import { type TaskRouteDeps, taskRoutes } from '../tasks/routes.ts';
import type { WorkflowRouteDeps } from '../workflows/route-answers.ts';
import { workflowRoutes } from '../workflows/routes.ts';
import { dispatchRoutes } from '../workflows/routes-dispatches.ts';
import { queueRoutes } from '../workflows/routes-queues.ts';
import { webhookRoutes } from '../workflows/routes-webhooks.ts';
import type { Route } from './route.ts';
import { type SystemRouteDeps, systemRoutes } from './system-routes.ts';
import { type TokenRouteDeps, tokenRoutes } from './tokens.ts';

export type RouteDeps = AgentRouteDeps &
	GroupRouteDeps &
	HistoryRouteDeps &
	RequestRouteDeps &
	AuditRouteDeps &
	WorkflowRouteDeps &
	TaskRouteDeps &
	SupervisorRouteDeps &
	EventRouteDeps &
	SystemRouteDeps &
	StatechartRouteDeps &
	InspectorRouteDeps &
	TokenRouteDeps;

export const routes: ReadonlyArray<Route<RouteDeps>> = [
	...systemRoutes,
	...statechartRoutes,
	...inspectorRoutes,
	...agentRoutes,
	...agentHistoryRoutes,
	...historyRoutes,
	...promptRoutes,
	...groupRoutes,
	...requestRoutes,
	...auditRoutes,
	...workflowRoutes,
	...dispatchRoutes,
	...queueRoutes,
	...webhookRoutes,
	...taskRoutes,
	...supervisorRoutes,
	...callBackRoutes,
	...eventRoutes,
	...tokenRoutes,
];

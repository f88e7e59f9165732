/** Renders supervisors into what the API answers. */

import type { z } from 'zod';
import { renderTime, renderTimeOrNull } from '../http/fields.ts';
import type { checkpointResource, restorationResource, supervisorResource } from './schemas.ts';
import type { RestorationInfo } from './service.ts';
import type { CheckpointView, SupervisorView } from './views.ts';

export function renderSupervisor(supervisor: SupervisorView): z.input<typeof supervisorResource> {
	return {
		id: supervisor.id,
		agentId: supervisor.agentId,
		mission: supervisor.mission,
		state: supervisor.state,
		currentActivity: supervisor.currentActivity,
		progress: supervisor.progress,
		errorMessage: supervisor.errorMessage,
		spawnedTaskIds: [...supervisor.spawnedTaskIds],
		pendingQuestions: supervisor.pendingQuestions.map(({ id, question, choices, context, askedAt }) => ({
			...{ id, question, choices: [...choices], context },
			askedAt: renderTime(askedAt),
		})),
		restorationCount: supervisor.restorationCount,
		lastRestoredAt: renderTimeOrNull(supervisor.lastRestoredAt),
		restorationSource: supervisor.restorationSource,
		version: supervisor.version,
		createdAt: renderTime(supervisor.createdAt),
		updatedAt: renderTime(supervisor.updatedAt),
	};
}

export function renderRestoration(info: RestorationInfo): z.input<typeof restorationResource> {
	const { validation, questionsRedelivered, tasksAwaited, tasksFinished } = info;
	return {
		...info,
		validation: { valid: validation.valid, problems: validation.problems.map((problem) => ({ ...problem })) },
		questionsRedelivered: [...questionsRedelivered],
		tasksAwaited: [...tasksAwaited],
		tasksFinished: [...tasksFinished],
	};
}

export function renderCheckpoint(checkpoint: CheckpointView): z.input<typeof checkpointResource> {
	const { id, supervisorId, reason, context, createdAt } = checkpoint;
	return {
		id,
		supervisorId,
		// Written by the supervisors' projection only.
		reason: reason as z.input<typeof checkpointResource>['reason'],
		context: context as Record<string, unknown>,
		createdAt: renderTime(createdAt),
	};
}

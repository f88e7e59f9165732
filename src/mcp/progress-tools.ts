/** Tools by which an agent tells how its mission or task goes. */

import { z } from 'zod';
import type { SupervisorService } from '../supervisors/service.ts';
import type { SupervisorReads } from '../supervisors/views.ts';
import type { TaskService } from '../tasks/service.ts';
import type { TaskReads } from '../tasks/views.ts';
import { requireMission } from './missions.ts';
import { defineTool, type Tool } from './tool.ts';

export interface ProgressToolDeps {
	readonly supervisors: Pick<SupervisorService, 'ofAgent' | 'report' | 'complete' | 'block'>;
	readonly tasks: Pick<TaskService, 'heartbeat'>;
	readonly reads: Pick<SupervisorReads, 'supervisors'> & Pick<TaskReads, 'tasks'>;
}

export function createProgressTools(deps: ProgressToolDeps): readonly Tool[] {
	return [reportProgress(deps), heartbeat(deps), complete(deps), block(deps)];
}

const activity = z.string().trim().min(1).max(500).describe('What you are doing now, in a few words for people.');
const onePage = { limit: 200, offset: 0 };

function reportProgress({ supervisors }: ProgressToolDeps): Tool {
	return defineTool({
		name: 'report_progress',
		title: 'Report progress',
		description:
			'Shows people what you are doing and how far your mission is. Call it when either changes noticeably. ' +
			'For supervisors only.',
		input: z
			.strictObject({
				activity: activity.exactOptional(),
				progress: z
					.number()
					.int()
					.min(0)
					.max(100)
					.exactOptional()
					.describe('How much of the mission is done, in percent.'),
			})
			.refine(
				(input) => input.activity !== undefined || input.progress !== undefined,
				'Give activity, progress or both',
			),
		async run(report, caller) {
			await supervisors.report(await requireMission(supervisors, caller), report);
			return 'People see it now.';
		},
	});
}

function heartbeat({ supervisors, tasks, reads }: ProgressToolDeps): Tool {
	return defineTool({
		name: 'heartbeat',
		title: 'Give a sign of life',
		description:
			'Tells that you are still at work, so that nobody takes your tasks for stale. Call it now and then during long ' +
			'work that shows nothing. It changes nothing else.',
		input: z.strictObject({ activity: activity.exactOptional() }),
		async run(report, caller) {
			const supervisorId = await supervisors.ofAgent(caller.agent.id);
			if (supervisorId !== undefined) await supervisors.report(supervisorId, report);
			const { items } = await reads.tasks({ agentId: caller.agent.id, state: 'working' }, onePage);
			for (const { id } of items) await tasks.heartbeat(id);
			return 'Noted.';
		},
	});
}

function complete({ supervisors, reads }: ProgressToolDeps): Tool {
	return defineTool({
		name: 'complete',
		title: 'Complete the mission',
		description:
			'Ends your mission as achieved. Call it once, when everything is done and no task or question is open. ' +
			'For supervisors only: whoever works on a task just ends the turn.',
		input: z.strictObject({
			summary: z.string().trim().min(1).max(20_000).describe('What was achieved and where to find it, for people.'),
		}),
		async run({ summary }, caller) {
			const agentId = caller.agent.id;
			if ((await supervisors.ofAgent(agentId)) === undefined) {
				// The call before this one may have ended it, unheard by the model.
				const { total } = await reads.supervisors({ agentId, state: 'completed' }, { limit: 1, offset: 0 });
				if (total > 0) return 'Your mission is completed already. End your turn now.';
			}
			await supervisors.complete(await requireMission(supervisors, caller), summary);
			return 'Your mission is completed. End your turn now.';
		},
	});
}

function block({ supervisors }: ProgressToolDeps): Tool {
	return defineTool({
		name: 'block',
		title: 'Report that you cannot go on',
		description:
			'Tells people that your mission cannot go on until something outside changes: a missing credential, a broken ' +
			'service. If an answer would help, use ask_human instead. For supervisors only.',
		input: z.strictObject({
			reason: z.string().trim().min(1).max(4_000).describe('What is in the way, and what somebody has to do about it.'),
		}),
		async run({ reason }, caller) {
			await supervisors.block(await requireMission(supervisors, caller), reason);
			return 'People see that you are blocked. End your turn now; a prompt will tell you to go on.';
		},
	});
}

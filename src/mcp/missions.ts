/** The mission that the calling agent carries out as a supervisor, where it has one. */

import { StatecraftError } from '../errors.ts';
import type { SupervisorService } from '../supervisors/service.ts';
import type { Caller } from './tool.ts';

/** Rejects with `supervisor_not_found`, in words for the model. */
export async function requireMission(
	supervisors: Pick<SupervisorService, 'ofAgent'>,
	{ agent }: Caller,
): Promise<string> {
	const id = await supervisors.ofAgent(agent.id);
	if (id !== undefined) return id;
	throw new StatecraftError('supervisor_not_found', 'You are not carrying out a mission of a supervisor now', {
		hint: 'Only supervisors use this tool: do your work without it, and end your turn when it is done',
	});
}

/** Every tool there is, and which of them need nobody's permission. */

import { type AgentToolDeps, createAgentTools } from './agent-tools.ts';
import { createProgressTools, type ProgressToolDeps } from './progress-tools.ts';
import { createTaskTools, type TaskToolDeps } from './task-tools.ts';
import type { Tool } from './tool.ts';

/**
 * Tools that an agent's program may use unasked: what they do concerns the agent itself, or asks a human
 * anyway. The others, `spawn_task` and `send_message`, set other agents to work: those are for its permissions.
 */
export const freeTools: readonly string[] = [
	'ask_human',
	'list_agents',
	'wait_for_tasks',
	'report_progress',
	'heartbeat',
	'complete',
	'block',
];

export type ToolDeps = AgentToolDeps & TaskToolDeps & ProgressToolDeps;

export function createTools(deps: ToolDeps): readonly Tool[] {
	return [...createAgentTools(deps), ...createTaskTools(deps), ...createProgressTools(deps)];
}

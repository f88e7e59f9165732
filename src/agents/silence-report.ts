/** The write of an agent's machine that tells people of an agent which shows no sign of life. */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { StepView, Writes } from '../durable/definition.ts';
import { createEvent } from '../events/catalogue.ts';

/** Without `silentMs` somebody said so, and knows. */
export function reportSilence(
	{ generation, silentMs }: { readonly generation: number; readonly silentMs?: number },
	{ next, at }: StepView,
): Writes {
	if (silentMs === undefined) return {};
	const { agentId, settings } = next.context as AgentContext;
	const policy = settings.restart.hung ?? 'notify';
	return { events: [createEvent('agent.unresponsive', agentId, at, { generation, silentMs, policy })] };
}

/** Tools for agents of every kind: asking people, seeing and telling other agents. */

import { z } from 'zod';
import type { AgentService, Questions } from '../agents/service.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import type { SupervisorService } from '../supervisors/service.ts';
import { refuseForbidden } from './policy.ts';
import { type Caller, callKey, defineTool, keyField, type Tool } from './tool.ts';

export interface AgentToolDeps {
	readonly agents: Pick<AgentService, 'submitPrompt'> & Questions;
	readonly reads: Pick<Reads, 'agent' | 'agents'>;
	readonly supervisors: Pick<SupervisorService, 'ofAgent' | 'ask'>;
}

export function createAgentTools(deps: AgentToolDeps): readonly Tool[] {
	return [askHuman(deps), listAgents(deps), sendMessage(deps)];
}

/** More agents than this are no help to a model. */
const mostListed = 200;

function askHuman({ agents, supervisors }: AgentToolDeps): Tool {
	return defineTool({
		name: 'ask_human',
		title: 'Ask a human',
		description:
			'Puts a question to a human: for decisions, facts and approvals that you cannot get otherwise. It returns at ' +
			'once, without the answer. The answer reaches you later as a prompt of its own, even if you were restarted ' +
			'meanwhile. So go on with what does not depend on it, or end your turn; do not wait or ask again.',
		input: z.strictObject({
			question: z.string().trim().min(1).max(4_000).describe('One question, understandable without this conversation.'),
			choices: z
				.array(z.string().trim().min(1).max(200))
				.min(2)
				.max(20)
				.refine((choices) => new Set(choices).size === choices.length, 'Choices must differ')
				.exactOptional()
				.describe('Answers to choose from. Leave them out for a free answer.'),
			context: z.string().max(20_000).exactOptional().describe('What the human needs to know to answer.'),
			key: keyField,
		}),
		async run(input, caller) {
			const asked = { ...input, key: callKey('ask_human', caller, input) };
			const supervisorId = await supervisors.ofAgent(caller.agent.id);
			const { requestId } =
				supervisorId === undefined
					? await agents.ask(caller.agent.id, asked)
					: await supervisors.ask(supervisorId, asked);
			return (
				`Your question was put to a human as request ${requestId}. The answer will reach you as a prompt: ` +
				'go on with other work, or end your turn now.'
			);
		},
	});
}

function listAgents({ reads }: AgentToolDeps): Tool {
	return defineTool({
		name: 'list_agents',
		title: 'List agents',
		description:
			'Lists the agents that run beside you: id, name, state, working directory, labels, and how many prompts wait ' +
			'for each. Use it to find whom to send a message or to give a task. You are the one marked "you".',
		input: z.strictObject({}),
		isReadOnly: true,
		async run(_input, caller) {
			const { items, total } = await reads.agents({}, { limit: mostListed, offset: 0 });
			const left = total > items.length ? `\n${total - items.length} more are not listed.` : '';
			return JSON.stringify(items.map((agent) => describeAgent(agent, caller))) + left;
		},
	});
}

function describeAgent(agent: AgentView, caller: Caller) {
	const { id, name, executionState: state, cwd, labels, queuedPrompts } = agent;
	return { id, name, state, cwd, labels, queuedPrompts, ...(id === caller.agent.id && { you: true }) };
}

function sendMessage({ agents, reads }: AgentToolDeps): Tool {
	return defineTool({
		name: 'send_message',
		title: 'Send a message to an agent',
		description:
			'Sends a message to another agent. It reaches that agent as a prompt, after the prompts that wait for it ' +
			'already, and says that it is from you. It returns at once; an answer, if the other agent sends one, reaches ' +
			'you as a prompt. The other agent knows nothing of your conversation: say everything that it needs.',
		input: z.strictObject({
			agent: z.string().min(1).max(200).describe('Id or name of the agent, as list_agents tells them.'),
			text: z.string().trim().min(1).max(100_000).describe('The message.'),
			key: keyField,
		}),
		async run(input, caller) {
			refuseForbidden('send_message', caller);
			const { agent: sender } = caller;
			const receiver = await reads.agent(input.agent);
			if (!receiver) {
				const hint = 'Look for it with list_agents';
				throw new StatecraftError('agent_not_found', `There is no agent ${input.agent}`, { hint });
			}
			if (receiver.id === sender.id) throw new StatecraftError('invalid_request', 'That is you: message another agent');
			const text = `[Message from agent "${sender.name}" (${sender.id})]\n\n${input.text}`;
			const idempotencyKey = `${sender.id}/${callKey('send_message', caller, input)}`;
			const by = `agent ${sender.name}`;
			const { repeated } = await agents.submitPrompt(receiver.id, { text, idempotencyKey }, { by });
			if (repeated) return `The message was sent to ${receiver.name} before; it was not sent again.`;
			return `The message waits for ${receiver.name} (${receiver.executionState}).`;
		},
	});
}

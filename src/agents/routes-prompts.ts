/** Routes about prompts. */

import { StatecraftError } from '../errors.ts';
import { conditionBody, idParams, listingOf } from '../http/fields.ts';
import { answerListing, type Route, route } from '../http/route.ts';
import type { ContentBlock } from './drivers/driver.ts';
import { renderPrompt } from './resources.ts';
import { type AgentRouteDeps, findAgent } from './route-answers.ts';
import { promptBody, promptResource, promptsQuery, waitQuery } from './schemas-prompts.ts';
import type { PromptView, Reads } from './views.ts';

const tag = 'prompts';
const promptPath = (id: string) => `/prompts/${id}`;

const submitPrompt = route(
	{
		method: 'post',
		path: '/agents/{id}/prompts',
		scope: 'prompt',
		tag,
		summary: 'Queue a prompt; with `wait`, answer when its turn has ended',
		params: idParams,
		query: waitQuery,
		body: promptBody,
		responses: {
			200: { description: 'The prompt, settled within the time waited', schema: promptResource },
			202: { description: 'The prompt, accepted', schema: promptResource },
		},
		errors: ['agent_not_found', 'agent_not_running', 'queue_full', 'stale_state'],
		keyed: { status: 202, resource: promptPath },
	},
	async ({ params, query, body, signal, conditions }, { agents, reads }: AgentRouteDeps) => {
		const agent = await findAgent(reads, params.id);
		const { expectedState, reason, text, ...rest } = body;
		const asked = conditions({
			...(expectedState === undefined ? {} : { expectedState }),
			...(reason === undefined ? {} : { reason }),
		});
		const prompt = { ...rest, text: text ?? flattenContent(body.content ?? []) };
		const { id, repeated } = await agents.submitPrompt(agent.id, prompt, asked);
		const view =
			query.wait > 0 ? await agents.waitForPrompt(id, query.wait * 1_000, signal) : await findPrompt(reads, id);
		const headers = { Location: promptPath(id), ...(repeated ? { 'Idempotency-Replayed': 'true' } : {}) };
		return { status: query.wait > 0 && isSettled(view) ? 200 : 202, body: renderPrompt(view), headers };
	},
);

const listPrompts = route(
	{
		method: 'get',
		path: '/agents/{id}/prompts',
		scope: 'read',
		tag,
		summary: "The agent's prompts, newest first",
		params: idParams,
		query: promptsQuery,
		responses: { 200: { description: 'A page of prompts', schema: listingOf(promptResource) } },
		errors: ['agent_not_found'],
	},
	async ({ params, query }, { reads }: AgentRouteDeps) => {
		const { id } = await findAgent(reads, params.id);
		const filter = query.status === undefined ? {} : { status: query.status };
		return answerListing(await reads.prompts(id, filter, query), renderPrompt, query);
	},
);

const readPrompt = route(
	{
		method: 'get',
		path: '/prompts/{id}',
		scope: 'read',
		tag,
		summary: 'One prompt, with its result once it has one',
		params: idParams,
		responses: { 200: { description: 'The prompt', schema: promptResource } },
		errors: ['prompt_not_found'],
	},
	async ({ params }, { reads }: AgentRouteDeps) => ({
		status: 200,
		body: renderPrompt(await findPrompt(reads, params.id)),
	}),
);

const cancelPrompt = route(
	{
		method: 'post',
		path: '/prompts/{id}/cancel',
		scope: 'prompt',
		tag,
		summary: 'Take a prompt off the queue, or end its turn',
		params: idParams,
		body: conditionBody,
		responses: { 200: { description: 'The prompt after the commit', schema: promptResource } },
		errors: ['prompt_not_found', 'prompt_settled'],
		keyed: { status: 200, resource: promptPath },
	},
	async ({ params, body, conditions }, { agents, reads }: AgentRouteDeps) => {
		await agents.cancelPrompt(params.id, conditions(body));
		return { status: 200, body: renderPrompt(await findPrompt(reads, params.id)) };
	},
);

export const promptRoutes: ReadonlyArray<Route<AgentRouteDeps>> = [submitPrompt, listPrompts, readPrompt, cancelPrompt];

async function findPrompt(reads: Pick<Reads, 'prompt'>, id: string): Promise<PromptView> {
	const prompt = await reads.prompt(id);
	if (prompt === undefined) throw new StatecraftError('prompt_not_found', `There is no prompt "${id}"`);
	return prompt;
}

function isSettled({ status }: PromptView): boolean {
	return status !== 'queued' && status !== 'running';
}

/** The text of a prompt given as content: what lists and logs show of it. */
function flattenContent(content: readonly ContentBlock[]): string {
	return content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join('\n');
}

/** What must hold after any crash: asked of the API and of the disks, as an outsider would. */

import type { AgentResource, ListingResource, PromptResource, RequestResource } from '../../src/cli/resources.ts';
import type { Snapshot } from './api-shapes.ts';
import { type Acknowledged, prompts } from './crash-scenario.ts';
import { findAgentProcesses } from './leaks.ts';
import { stateOf } from './operator.ts';
import type { ServerProcess } from './server-process.ts';
import { startedTurns } from './session-ledger.ts';

/** What is wrong, in words: nothing, if all is well. */
export type Complaints = string[];

/** [P8] One live process at most, that of the present generation. */
export async function checkProcesses(server: ServerProcess, agent: AgentResource): Promise<Complaints> {
	const expected = agent.pid === null ? [] : [`${agent.pid} of generation ${agent.generation}`];
	const found = (await findAgentProcesses(server.dataDir)).map(
		({ pid, marker }) => `${pid} of generation ${marker.generation}`,
	);
	return same('processes', found, expected);
}

export async function checkEverything(server: ServerProcess, agentId: string, told: Acknowledged): Promise<Complaints> {
	return [
		...(await checkPrompts(server, agentId, told)),
		...(await checkRequests(server, agentId, told)),
		...(await checkRuns(server, agentId)),
		...(await checkHistory(server, agentId)),
	];
}

/** What is told of the agent's past fits together, and with its present. */
export async function checkHistory(server: ServerProcess, agentId: string): Promise<Complaints> {
	return [
		...(await checkJournal(server, agentId)),
		...(await checkSnapshot(server, agentId)),
		...(await checkEvents(server)),
	];
}

/** [P4] Every prompt that was acknowledged is there once and settled, and was begun no more often than it may be. */
async function checkPrompts({ api, sessionDirectory }: ServerProcess, agentId: string, told: Acknowledged) {
	const { items } = await api.http.request<ListingResource<PromptResource>>('GET', `/agents/${agentId}/prompts`);
	const complaints = same('prompts', items.map(({ id }) => id).sort(), [...told.prompts.values()].sort());
	for (const { text, status, repeatable } of items) {
		const begun = await startedTurns(sessionDirectory, text);
		const most = repeatable ? 1 + told.crashes : 1;
		if (begun > most) complaints.push(`"${text}" was begun ${begun} times`);
		if (status === 'finished' && begun === 0) complaints.push(`"${text}" is finished, but was never begun`);
		if (status !== 'finished' && status !== 'interrupted') complaints.push(`"${text}" is ${status}`);
		if (repeatable && status !== 'finished') complaints.push(`"${text}" may be repeated, but is ${status}`);
	}
	if (items.length !== Object.keys(prompts).length) complaints.push(`there are ${items.length} prompts`);
	return complaints;
}

/** [P5] No question is forgotten: each is settled, and what was acknowledged as an answer is the answer. */
async function checkRequests({ api }: ServerProcess, agentId: string, { answers }: Acknowledged) {
	const { items } = await api.requests({ agentId });
	const complaints = items.filter(({ status }) => status === 'open').map(({ id }) => `request ${id} is open`);
	if (items.length === 0) complaints.push('nothing was ever asked');
	for (const [id, optionId] of answers) {
		const request = items.find((one: RequestResource) => one.id === id);
		complaints.push(...same(`answer to ${id}`, request?.answer, { optionId }));
	}
	return complaints;
}

/** [DU7] The journal has every version once, in order, and each step begins where the one before ended. */
async function checkJournal({ api }: ServerProcess, agentId: string) {
	const { items } = await api.transitions(agentId);
	const versions = items.map(({ version }) => version);
	const complaints = same(
		'versions',
		versions,
		versions.map((_, index) => index + 1),
	);
	for (const [index, { from, version }] of items.entries()) {
		const before = items[index - 1]?.to ?? null;
		complaints.push(...same(`from of version ${version}`, from, before));
	}
	return complaints;
}

/** [P2] The snapshot and the row say the same. */
async function checkSnapshot({ api }: ServerProcess, agentId: string) {
	const agent = await api.agent(agentId);
	const { snapshot, version } = await api.http.request<Snapshot>('GET', `/agents/${agentId}/snapshot`);
	const { value, context } = snapshot as { value: string | Record<string, string>; context: { generation: number } };
	const state = typeof value === 'string' ? value : Object.entries(value).flat().join('.');
	return [
		...same('version of the row', agent.version, version),
		...same('state of the row', stateOf(agent), state),
		...same('generation of the row', agent.generation, context.generation),
	];
}

/** [RU3] Each generation has one run, and all of them have ended. */
async function checkRuns(server: ServerProcess, agentId: string) {
	const runs = await server.runs(agentId);
	const { generation } = await server.api.agent(agentId);
	const generations = runs.map((run) => run.generation).sort((one, other) => one - other);
	return [
		...same(
			'generations',
			generations,
			Array.from({ length: generation }, (_, index) => index + 1),
		),
		...runs.filter((run) => run.completedAt === null).map((run) => `run ${run.id} is ${run.state}`),
	];
}

/** [P7] A reader that followed all along was told every event once, in order. */
async function checkEvents({ api, events }: ServerProcess) {
	const latest = await api.latestSeq();
	await events.until('the reader has caught up', () => (events.seen.at(-1)?.seq ?? 0) >= latest || undefined);
	const stored: number[] = [];
	const options = { after: 0, follow: false, signal: new AbortController().signal };
	for await (const { seq } of api.events(undefined, options)) if (seq <= latest) stored.push(seq);
	const seen = events.seen.map(({ seq }) => seq).filter((seq) => seq <= latest);
	const isOrdered = stored.every((seq, index) => index === 0 || seq > (stored[index - 1] ?? 0));
	return [...same('events told', seen, stored), ...(isOrdered ? [] : ['events are out of order'])];
}

/** Nothing when both are the same JSON. */
export function same(what: string, found: unknown, expected: unknown): Complaints {
	const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
	return one === other ? [] : [`${what}: ${one}, not ${other}`];
}

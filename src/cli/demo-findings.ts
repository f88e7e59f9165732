/** Act three of the demo: what became of everything, each finding held against a promise. */

import { isAlive } from '../agents/drivers/process-table.ts';
import { agentState } from './agent-views.ts';
import type { ApiClient } from './client.ts';
import { type Cast, identify, openRequests, readLog, type Stage, until } from './demo-scene.ts';
import { isSettled } from './prompt.ts';
import type { EventResource, PromptResource } from './resources.ts';

/** Prompts: interrupted or finished, each started as often as it may be. */
export async function findPrompts(stage: Stage, api: ApiClient, cast: Cast): Promise<void> {
	const { tell, ledger } = stage;
	const settled = async (prompt: PromptResource): Promise<PromptResource> =>
		until(stage, `prompt "${prompt.text}" ends`, async () => {
			const now = await api.prompt(prompt.id);
			return isSettled(now) ? now : undefined;
		});
	const long = await settled(cast.long);
	tell(`the long turn is ${long.status}${long.error ? `: ${long.error.message}` : ''}`);
	const others: PromptResource[] = [];
	for (const prompt of cast.queued) {
		const ended = await settled(prompt);
		tell(`a queued prompt is ${ended.status}: "${lastLine(ended)}"`);
		others.push(ended);
	}
	const starts = countStarts(await readLog(api));
	const once = [cast.long, ...cast.queued].every(({ id }) => starts.get(id) === 1);
	const ok = long.status === 'interrupted' && others.every(({ status }) => status === 'finished') && once;
	const evidence = `${[long, ...others].map(({ status }) => status).join(', ')}; each started ${once ? 'once' : 'not once'}`;
	ledger.check(
		'an accepted prompt is finished, marked interrupted or queued; never lost, never run twice',
		ok,
		evidence,
	);
	const again = await api.submitPrompt(cast.builder.id, { text: 'say second job done', idempotencyKey: 'second' });
	const same = again.id === cast.queued[0]?.id;
	ledger.check('the same idempotency key answers the first prompt, also after a crash', same, again.id);
}

/** The permission is still asked for, and can be given. */
export async function findRequest(stage: Stage, api: ApiClient, cast: Cast): Promise<void> {
	const { tell, ledger } = stage;
	const request = await until(stage, 'the permission is asked for again', async () => {
		const [open] = await openRequests(api, cast.asker);
		const agent = await api.agent(cast.asker.id);
		return agent.substate?.endsWith('awaitingInput') ? open : undefined;
	});
	tell(`the permission is still open (${request.id}); allowing it`);
	const option = request.options.find(({ kind }) => kind === 'allow_once');
	await api.answer(request.id, { optionId: option?.optionId ?? '' });
	const prompt = await until(stage, 'asker finishes', async () => {
		const now = await api.prompt(cast.asking.id);
		return isSettled(now) ? now : undefined;
	});
	tell(`asker's turn is ${prompt.status}: "${lastLine(prompt)}"`);
	const ok = prompt.status === 'finished' && request.title === cast.request.title;
	const how = request.id === cast.request.id ? 'the same request, re-attached' : 'asked anew';
	ledger.check('an open question outlives the crash and can be answered', ok, `${how}; turn ${prompt.status}`);
}

/** Agents live on under their ids; their old processes do not. */
export async function findProcesses(stage: Stage, api: ApiClient, cast: Cast): Promise<void> {
	const { tell, ledger, own } = stage;
	const lines: string[] = [];
	let ok = true;
	for (const [index, before] of [cast.builder, cast.asker].entries()) {
		const old = cast.processes[index];
		const now = await until(stage, `${before.name} is back`, async () => {
			const agent = await api.agent(before.id);
			return agent.executionState === 'idle' ? agent : undefined;
		});
		const process = await identify(now);
		own.process(process);
		await until(stage, 'the old process ends', async () => (old && (await isAlive(old)) ? undefined : true));
		ok &&= now.generation > before.generation && now.pid !== before.pid && (await isAlive(process));
		lines.push(`${now.name} ${before.pid} → ${now.pid}`);
		tell(`${now.name} is ${agentState(now)}: generation ${before.generation} → ${now.generation}, process ${now.pid}`);
	}
	ledger.check('an agent keeps its id and has one live process; no orphan is left', ok, lines.join(', '));
}

/** A reader that was cut off has seen each event once, in order. */
export async function findEvents(stage: Stage, api: ApiClient, seen: readonly EventResource[]): Promise<void> {
	const { tell, ledger } = stage;
	const log = await readLog(api);
	const last = log.at(-1)?.seq ?? 0;
	await until(stage, 'the reader has caught up', async () => ((seen.at(-1)?.seq ?? 0) >= last ? true : undefined));
	const told = seen.map(({ seq }) => seq).filter((seq) => seq <= last);
	const ok = told.join() === log.map(({ seq }) => seq).join();
	tell(
		`a reader that followed all along has ${told.length} events of ${log.length}, ${ok ? 'each once, in order' : 'not the same'}`,
	);
	ledger.check('a reader with a cursor sees every event once, in order, across the crash', ok, `${told.length} events`);
}

/** The next start after an orderly end has nothing to mend. */
export async function findCleanRestart(stage: Stage, api: ApiClient, orderly: boolean): Promise<void> {
	const { tell, ledger } = stage;
	const started = (await readLog(api)).findLast(({ topic }) => topic === 'system.started');
	const recovered = (started?.data as { readonly recovered?: Record<string, number> } | undefined)?.recovered;
	const { restored, ...found } = recovered ?? { unknown: 1 };
	const count = Object.values(found).reduce((sum, one) => sum + one, 0);
	tell(`after an orderly end the next start restored ${restored} actors and found ${count} things to mend`);
	ledger.check('a clean shutdown leaves nothing to recover', orderly && count === 0, JSON.stringify(found));
}

/** Agents are told that they were interrupted, and the demo agent repeats all it hears. */
function lastLine({ result }: PromptResource): string {
	return result?.text.split('\n').at(-1) ?? '';
}

function countStarts(log: readonly EventResource[]): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	for (const { topic, data } of log) {
		if (topic !== 'prompt.started') continue;
		const { promptId } = data as { readonly promptId: string };
		counts.set(promptId, (counts.get(promptId) ?? 0) + 1);
	}
	return counts;
}

/** What every real agent must live through on a real server, whatever its protocol. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AgentResource, EventResource, RequestResource } from '../../src/cli/resources.ts';
import type { AgentName } from '../support/real-agents-cache.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { readAgent } from './agent-reader.ts';
import { countUserText, describeRealFleet, findLiving, type RealFleet } from './real-fleet.ts';

/** In mid-turn until it is cancelled or killed. */
const endless = 'WAIT:600000 REPLY:never';

/** @param hopelessStatus with which a model API answers what the agent does not try again by itself */
export function describeLife(name: AgentName, title: string, hopelessStatus: number): void {
	describeRealFleet(name, title, (fleet) => {
		it('says its words to every client, asks before it acts, and is gone when it was stopped', async () => {
			const server = await fleet().serve();
			const agent = await fleet().hire(server);
			const reader = await readAgent(server, agent.id, await server.api.latestSeq());
			const { id } = await server.ask(agent.id, 'CHUNKS:20 REPLY:tick');
			const { result } = await server.became(id, 'finished');
			const words = Array.from({ length: 20 }, (_, index) => `tick-${index + 1}`);
			expect(result?.text.trim().split(' ')).toEqual(words);
			await reader.told('prompt.finished');
			for (const said of reader.said()) expect(said.trim().split(' ')).toEqual(words);

			expect(await runTool(fleet(), server, agent, 'allow_once')).toBe(true);
			expect(await runTool(fleet(), server, agent, 'reject_once')).toBe(false);

			expect(await findLiving(server)).toEqual([{ pid: agent.pid, generation: 1 }]);
			await server.api.command(agent.id, 'stop', {});
			await server.reached(agent.id, 'stopped');
			await server.events.until(
				'its process is gone',
				async () => (await findLiving(server)).length === 0 || undefined,
			);
			await reader.close();
		});

		it('[TP7, TP2] is allowed and denied by its policy, and no human is asked', async () => {
			const server = await fleet().serve();
			const policy = { mode: 'allow_list', allow: ['Bash(touch *)'] };
			const agent = await fleet().hire(server, { policy });
			const run = async (command: string) => {
				const { id } = await server.ask(agent.id, `TOOL:${command}`);
				await server.settled(id);
				return id;
			};
			const allowed = await run('touch allowed.txt');
			const chained = await run('touch chained.txt && touch two.txt');
			const other = await run('mkdir other.txt');
			const isThere = (name: string) => existsSync(join(fleet().cwd, name));
			expect(['allowed.txt', 'chained.txt', 'two.txt', 'other.txt'].filter(isThere)).toEqual(['allowed.txt']);
			expect((await server.api.requests({ agentId: agent.id })).total).toBe(0);
			expect(await server.api.audit({ agentId: agent.id, by: 'policy' }, 50)).toMatchObject([
				{ action: 'permission.deny', subject: other, reason: 'mode allow_list' },
				{ action: 'permission.deny', subject: chained, reason: 'mode allow_list' },
				{ action: 'permission.allow', subject: allowed, reason: 'allow Bash(touch *)' },
			]);
		});

		it('[P4] speaks while it works, fails, is cancelled, and is taken up again with its session when its program is killed', async () => {
			const server = await fleet().serve();
			const restart = { backoffMs: { initial: 100, max: 1_000 } };
			const agent = await fleet().hire(server, { interruptedTurn: 'resume', restart });
			await server.became((await server.ask(agent.id, 'REPLY:the word is xylophone')).id, 'finished');

			const failed = await server.ask(agent.id, `FAIL:${hopelessStatus}`);
			expect(await server.became(failed.id, 'failed')).toMatchObject({
				error: { code: 'turn_failed', message: expect.stringContaining('asked to fail') },
			});
			const reader = await readAgent(server, agent.id, await server.api.latestSeq());
			const cancelled = await server.ask(agent.id, 'CHUNKS:10000 PAUSE:100 REPLY:tick');
			await server.events.until(
				'its first words',
				() => reader.said().every((said) => said.includes('tick-3')) || undefined,
			);
			expect(await server.api.prompt(cancelled.id)).toMatchObject({ status: 'running' });
			await server.api.command(agent.id, 'cancel', {});
			await server.became(cancelled.id, 'cancelled');
			await server.events.until(
				'the model is left',
				() => fleet().turns().at(-1)?.outcome === 'abandoned' || undefined,
			);
			await reader.close();

			const interrupted = await server.ask(agent.id, 'second WAIT:600000 REPLY:done after all');
			await fleet().asked(server, 'second');
			process.kill((await server.api.agent(agent.id)).pid ?? 0, 'SIGKILL');
			expect(await server.became(interrupted.id, 'finished')).toMatchObject({
				generation: 2,
				result: { text: expect.stringContaining('done after all') },
			});
			const last = fleet().turns().at(-1);
			expect(JSON.stringify(last?.body)).toContain('the word is xylophone');
			expect(last && countUserText(last, 'second')).toBe(1);
			expect(await server.runs(agent.id)).toMatchObject([
				{ generation: 2, state: 'running' },
				{ generation: 1, state: 'failed', signal: 'SIGKILL', error: { code: 'process_crashed' } },
			]);
			const { pid } = await server.api.agent(agent.id);
			expect(await findLiving(server)).toEqual([{ pid, generation: 2 }]);
		});

		it('[P4, P7, P8] survives a server that is killed in mid-turn and again in its launch: told once, and the queue goes on', async () => {
			const server = await fleet().serve();
			const agent = await fleet().hire(server);
			await server.became((await server.ask(agent.id, 'REPLY:the word is xylophone')).id, 'finished');
			const before = await readAgent(server, agent.id, 0);
			const first = await server.ask(agent.id, `first ${endless}`);
			await fleet().asked(server, 'first');
			const second = await server.ask(agent.id, 'second REPLY:still here');
			await before.told('prompt.queued', second.id);
			const { sessionId } = await server.api.agent(agent.id);

			await server.crash();
			await server.boot();
			// Once more, while the agent is being launched again.
			await server.crash();
			await server.boot();

			expect(await server.became(second.id, 'finished')).toMatchObject({ result: { text: 'still here' } });
			expect(await server.api.prompt(first.id)).toMatchObject({
				status: 'interrupted',
				error: { code: 'interrupted' },
			});
			const cursor = before.cursor();
			const after = await readAgent(server, agent.id, cursor);
			await after.told('prompt.finished', second.id);
			for (const [index, seqs] of after.seqs().entries()) {
				const all = [...(before.seqs()[index] ?? []).filter((seq) => seq <= cursor), ...seqs];
				const stored = (await listEvents(server, agent.id)).map(({ seq }) => seq);
				expect(all).toEqual(stored.filter((seq) => seq <= (seqs.at(-1) ?? 0)));
			}
			const topics = (await listEvents(server, agent.id)).map(({ topic }) => topic);
			expect(topics.filter((topic) => topic === 'prompt.interrupted')).toHaveLength(1);
			const { body } = await fleet().asked(server, 'second');
			expect(JSON.stringify(body)).toContain('the word is xylophone');
			expect(
				fleet()
					.turns()
					.filter((turn) => countUserText(turn, 'first') > 1),
			).toEqual([]);
			const again = await server.reached(agent.id, 'idle');
			expect(again.sessionId).toBe(sessionId);
			expect(await findLiving(server)).toEqual([{ pid: again.pid, generation: again.generation }]);
			await before.close();
			await after.close();
		});

		it('[P5] shows an open permission again after a killed server, and runs the tool once it is answered', async () => {
			const server = await fleet().serve();
			const agent = await fleet().hire(server, { interruptedTurn: 'resume' });
			await server.became((await server.ask(agent.id, 'REPLY:the word is xylophone')).id, 'finished');
			const first = await server.ask(agent.id, 'TOOL:echo once >> tool.txt');
			const open = await server.request(agent.id);
			const second = await server.ask(agent.id, 'second REPLY:still here');

			await server.crash();
			await server.boot();

			await server.reachedAgain(agent.id, 'busy.awaitingInput', 2);
			expect(await server.request(agent.id)).toMatchObject({ id: open.id, status: 'open' });
			await server.api.answer(open.id, { optionId: optionOf(open, 'allow_once') });
			await server.became(first.id, 'finished');
			await server.became(second.id, 'finished');
			expect(await server.api.request(open.id)).toMatchObject({ status: 'answered' });
			expect(await server.api.requests({ agentId: agent.id })).toMatchObject({ total: 1 });
			expect(readFileSync(join(fleet().cwd, 'tool.txt'), 'utf8')).toBe('once\n');
			const { pid } = await server.api.agent(agent.id);
			expect(await findLiving(server)).toEqual([{ pid, generation: 2 }]);
		});
	});
}

/** Has the agent make a file, answers its question so, and tells whether the file is there afterwards. */
async function runTool(
	{ cwd }: RealFleet,
	server: ServerProcess,
	agent: AgentResource,
	kind: 'allow_once' | 'reject_once',
): Promise<boolean> {
	const prompt = await server.ask(agent.id, `TOOL:touch ${kind}.txt`);
	const request = await server.request(agent.id);
	expect(request).toMatchObject({ kind: 'permission', status: 'open' });
	await server.reached(agent.id, 'busy.awaitingInput');
	await server.api.answer(request.id, { optionId: optionOf(request, kind) });
	await server.settled(prompt.id);
	return existsSync(join(cwd, `${kind}.txt`));
}

function optionOf({ options }: RequestResource, kind: string): string {
	const option = options.find((candidate) => candidate.kind === kind);
	if (option === undefined) throw new Error(`It offers no ${kind}: ${JSON.stringify(options)}`);
	return option.optionId;
}

async function listEvents({ api }: ServerProcess, agentId: string): Promise<EventResource[]> {
	const options = { after: 0, follow: false, signal: new AbortController().signal };
	const events: EventResource[] = [];
	for await (const event of api.events(agentId, options)) events.push(event);
	return events;
}

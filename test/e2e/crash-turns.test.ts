/** Turns, prompts and requests across `kill -9` of the server. */

import { describe, expect, test } from 'vitest';
import { readBootReport } from '../support/boot-report.ts';
import { oddDriver } from '../support/odd-driver.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { startedTurns } from '../support/session-ledger.ts';

const timeout = 120_000;

type Body = Readonly<Record<string, unknown>>;

/** A turn that waits for a human, and a server that is killed and booted again meanwhile. */
async function crashInTurn(interruptedTurn: string, { prompt = {}, agent = {} }: { prompt?: Body; agent?: Body } = {}) {
	const server = await startServerProcess();
	const hired = await server.hire('helper', { interruptedTurn, ...agent });
	const cut = await server.ask(hired.id, 'permission dig deep', prompt);
	const asked = await server.request(hired.id);
	await server.reached(hired.id, 'busy.awaitingInput');
	const waiting = await server.ask(hired.id, 'say after');
	await server.crash();
	await server.boot();
	return { server, id: hired.id, cut, asked, waiting };
}

async function allow(server: ServerProcess, agentId: string, generation: number): Promise<void> {
	await server.reachedAgain(agentId, 'busy.awaitingInput', generation);
	await server.api.answer((await server.request(agentId)).id, { optionId: 'allow' });
}

describe('a turn cut short by the end of the server', { timeout }, () => {
	test('[AG23, AG4, P4] under fail stays interrupted, and what waited is done', async () => {
		const { server, cut, waiting, asked } = await crashInTurn('fail', { prompt: { repeatable: true } });
		const done = await server.settled(waiting.id);

		expect(done).toMatchObject({ status: 'finished', generation: 2 });
		expect(done.result?.text).toMatch(/Your previous turn was interrupted.*\n\nafter$/);
		expect(await server.api.prompt(cut.id)).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } });
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
		expect(await startedTurns(server.sessionDirectory, 'say after')).toBe(1);
		// The agent was told to go on with something else, and did not ask again.
		expect(await server.api.request(asked.id)).toMatchObject({ status: 'withdrawn' });
		expect(await readBootReport(server, 2)).toMatchObject({ interruptedTurns: 1, reconnected: 0 });
	});

	test('[AG24, AG29, P5] under retry it is run again, and its question is the same one', async () => {
		const { server, id, cut, waiting, asked } = await crashInTurn('retry', { prompt: { repeatable: true } });
		await server.reachedAgain(id, 'busy.awaitingInput', 2);
		const { items } = await server.api.requests({ agentId: id });
		expect(items.map((request) => [request.id, request.status])).toEqual([[asked.id, 'open']]);
		await server.api.answer(asked.id, { optionId: 'allow' });

		expect((await server.settled(cut.id)).result?.text).toMatch(/^dig deep: allowed$/m);
		expect((await server.settled(waiting.id)).status).toBe('finished');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(2);
	});

	test('[AG24, P4] under retry a prompt that may not be repeated is not', async () => {
		const { server, cut, waiting } = await crashInTurn('retry');
		expect((await server.settled(waiting.id)).status).toBe('finished');
		expect((await server.api.prompt(cut.id)).status).toBe('interrupted');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
	});

	test.each([
		['retry', 2],
		['drop', 1],
	] as const)('[AG26] under ask a human decides: %s', async (optionId, turns) => {
		const { server, id, cut, waiting } = await crashInTurn('ask');
		await server.settled(waiting.id);
		const asked = await server.request(id);
		expect(asked).toMatchObject({ kind: 'question', detail: { promptId: cut.id } });
		// It outlives another crash.
		await server.crash();
		await server.boot();
		await server.api.answer(asked.id, { optionId });
		if (optionId === 'retry') await allow(server, id, 3);

		await server.became(cut.id, optionId === 'retry' ? 'finished' : 'interrupted');
		await server.settled((await server.ask(id, 'say the end')).id);
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(turns);
	});

	test('[AG25] under resume it goes on in its own session, and is not begun again', async () => {
		const { server, id, cut, waiting } = await crashInTurn('resume');
		const done = await server.became(cut.id, 'finished');

		expect(done.result?.text).toContain('You were interrupted in the middle of a turn');
		expect((await server.settled(waiting.id)).status).toBe('finished');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
		const { result } = await server.settled((await server.ask(id, 'remember')).id);
		expect(result?.text).toBe('I remember 3 earlier turns.');
	});

	test('[AG25, P4] under resume it stays interrupted where the session is lost', async () => {
		const { server, cut, waiting } = await crashInTurn('resume', {
			agent: { driver: oddDriver('forgetful', '.') },
		});
		expect((await server.settled(waiting.id)).result?.text).toBe('after');
		expect((await server.api.prompt(cut.id)).status).toBe('interrupted');
	});

	test('[AG39, P4] whose agent is not to be restarted waits, with what waited behind it, for somebody to start it', async () => {
		const { server, id, cut, waiting } = await crashInTurn('retry', {
			prompt: { repeatable: true },
			agent: { restart: 'temporary' },
		});
		expect(await server.reached(id, 'failed.resting')).toMatchObject({
			error: { code: 'interrupted' },
			queuedPrompts: 2,
		});
		expect((await server.api.prompt(cut.id)).status).toBe('queued');
		await server.api.command(id, 'start', {});
		await allow(server, id, 2);
		for (const { id: promptId } of [cut, waiting]) await server.became(promptId, 'finished');
	});
});

describe('across a crash of the server', { timeout }, () => {
	test('[AG28, P5] an answer that the agent had not got yet reaches it when it asks again', async () => {
		const server = await startServerProcess();
		const restart = { backoffMs: { initial: 6_000, max: 6_000 } };
		const { id, pid } = await server.hire('helper', { interruptedTurn: 'retry', restart });
		const prompt = await server.ask(id, 'permission dig deep', { repeatable: true });
		const asked = await server.request(id);
		await server.reached(id, 'busy.awaitingInput');
		process.kill(pid ?? 0, 'SIGKILL');
		await server.reached(id, 'failed.backingOff');
		await server.api.answer(asked.id, { optionId: 'reject' });
		await server.crash();
		await server.boot();

		expect((await server.settled(prompt.id)).result?.text).toMatch(/^dig deep: rejected$/m);
		expect((await server.api.requests({ agentId: id })).items).toMatchObject([{ id: asked.id, status: 'answered' }]);
	});

	test('[AG29, P5] a question stays open as long as the agent has not gone on to something else', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		const cut = await server.ask(id, 'permission dig deep');
		const asked = await server.request(id);
		await server.reached(id, 'busy.awaitingInput');
		await server.crash();
		await server.boot();
		await server.reachedAgain(id, 'idle', 2);

		expect((await server.api.prompt(cut.id)).status).toBe('interrupted');
		expect(await server.api.request(asked.id)).toMatchObject({ status: 'open' });
		expect(await server.api.agent(id)).toMatchObject({ openRequests: 1 });
		expect(await server.api.answer(asked.id, { optionId: 'allow' })).toMatchObject({ status: 'answered' });
		// The agent asks the same for another prompt: that is a question of its own, which nobody has answered.
		const other = await server.ask(id, 'permission dig deep');
		await server.reached(id, 'busy.awaitingInput');
		const fresh = await server.request(id);
		expect(fresh.id).not.toBe(asked.id);
		await server.api.answer(fresh.id, { optionId: 'reject' });
		expect((await server.settled(other.id)).result?.text).toMatch(/^dig deep: rejected$/m);
	});

	test('[P4] a key still names its first prompt', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		const first = await server.ask(id, 'say once', { idempotencyKey: 'k' });
		await server.settled(first.id);
		await server.crash();
		await server.boot();
		expect(await server.ask(id, 'say once', { idempotencyKey: 'k' })).toMatchObject({
			id: first.id,
			status: 'finished',
		});
		expect(await startedTurns(server.sessionDirectory, 'say once')).toBe(1);
	});

	test('[P7, ST4] a reader sees every event once, in order', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		for (let round = 0; round < 3; round++) {
			const prompt = await server.ask(id, `flood 300; say round ${round}`);
			await server.begun(prompt.id);
			await server.crash();
			await server.boot();
			await server.settled(prompt.id);
		}
		const latest = await server.api.latestSeq();
		await server.events.until(
			'the reader has them all',
			() => (server.events.seen.at(-1)?.seq ?? 0) >= latest || undefined,
		);
		const stored: number[] = [];
		const options = { after: 0, follow: false, signal: new AbortController().signal };
		for await (const { seq } of server.api.events(undefined, options)) if (seq <= latest) stored.push(seq);
		const seen = server.events.seen.map(({ seq }) => seq).filter((seq) => seq <= latest);
		expect(seen).toEqual(stored);
		expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
	});
});

/**
 * Whoever follows the stream of resources knows what the API would answer, at every point of a story in
 * which every kind is made, changed in every way and removed. This is what proves the table of touches.
 */

import { afterEach, expect, test } from 'vitest';
import { createGitRepository } from '../support/git-repository.ts';
import { createMissionDesk } from '../support/mission-desk.ts';
import { createTaskDesk } from '../support/task-desk.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';
import { type Follower, findDifferences, follow } from './resource-follower.ts';

const followers: Follower[] = [];
afterEach(() => {
	for (const { client } of followers.splice(0)) client.socket.terminate();
});

/** A server with one who follows everything from the beginning, by what changes alone. */
async function open() {
	const server = await startWholeServer();
	const { url, token } = server.statecraft;
	const join = (subscription: object = {}, earlier?: Follower) => {
		const follower = follow(url, token, { topics: ['none'], ...subscription }, earlier);
		followers.push(follower);
		return follower;
	};
	const get = (path: string) => server.api.http.request('GET', path);
	const first = join();
	await first.client.until((messages) => messages.some(({ type }) => type === 'snapshot.end'));
	const agrees = (follower = first, agentId?: string) =>
		expect.poll(() => findDifferences(follower, get, agentId), { timeout: 10_000, interval: 150 }).toEqual([]);
	return { server, join, get, first, agrees };
}

const patch = ({ api }: WholeServer, path: string, body: object) => api.http.request('PATCH', path, { body });
const put = ({ api }: WholeServer, path: string, body: object) => api.http.request('PUT', path, { body });
const remove = ({ api }: WholeServer, path: string) => api.http.request('DELETE', path);

test('agents, their runs, prompts and requests', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const { id } = await server.hire('one');
	await agrees();
	const watcher = join({ agents: [id] });

	// What it does is told while it does it.
	const turn = await server.ask(id, 'wait 300ms; plan look | do; wait 300ms; permission rm -rf; say done');
	await server.request(id);
	await agrees();
	await agrees(watcher, id);
	await agrees(join());
	await agrees(join({ agents: [id] }), id);
	const { id: requestId } = await server.request(id);
	const waiting = await server.ask(id, 'ask and then?');
	const cancelled = await server.ask(id, 'say never');
	await agrees();
	await server.post(`/prompts/${cancelled.id}/cancel`);
	await agrees();
	await server.post(`/requests/${requestId}/answer`, { optionId: 'allow' });
	await server.settled(turn.id);
	// It goes from the queue into its turn, and stays there.
	const { id: questionId } = await server.request(id);
	await agrees();
	await server.post(`/requests/${questionId}/answer`, { answer: 'nothing' });
	await server.settled(waiting.id);
	await agrees();

	await patch(server, `/agents/${id}`, { labels: { team: 'red' }, policy: null });
	await agrees();
	await server.ask(id, 'crash 3');
	await server.reachedAgain(id, 'idle', 2);
	await agrees();
	await agrees(join());
	await server.api.command(id, 'suspend', {});
	await agrees();
	await server.api.command(id, 'resume', {});
	await server.ask(id, 'ask which one?');
	await server.request(id);
	await server.ask(id, 'say in line');
	await agrees();
	await agrees(watcher, id);
	await server.api.command(id, 'stop', {});
	await server.reached(id, 'stopped');
	await agrees();
	await agrees(watcher, id);
	await remove(server, `/agents/${id}`);
	await agrees();
	await agrees(watcher, id);
	expect([...first.known.agent.keys(), ...first.known.request.keys(), ...watcher.known.actor.keys()]).toEqual([]);
});

test('what an agent leaves open goes with it', { timeout: 120_000 }, async () => {
	const { server, first, agrees } = await open();
	// It gives up at once, and asks what is to become of it, with a prompt in its queue.
	const { id } = await server.hire('weak', {
		restart: { policy: 'permanent', maxRestarts: 0 },
		interruptedTurn: 'ask',
	});
	await server.ask(id, 'wait 200ms; crash');
	await server.ask(id, 'say in line');
	await server.reached(id, 'failed');
	await server.request(id);
	await agrees();
	expect(first.known.request.size).toBeGreaterThan(0);
	await remove(server, `/agents/${id}`);
	await agrees();
	expect([first.known.request.size, first.known.agent.size]).toEqual([0, 0]);
	expect([...first.known.prompt.values()].filter(({ status }) => status === 'queued')).toEqual([]);
});

test('groups and their members', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const one = await server.hire('one');
	const two = await server.hire('two');
	const saved = { name: 'pair', strategy: 'one_for_all', members: [one.id], maxRestarts: 3, withinSeconds: 60 };
	const { id } = await server.post<{ id: string }>('/groups', saved);
	await agrees();
	await put(server, `/groups/${id}`, { ...saved, members: [one.id, two.id] });
	await agrees();
	await patch(server, `/agents/${one.id}`, { name: 'renamed' });
	await agrees();
	expect(first.known.group.get(id).members[0]).toEqual({ id: one.id, name: 'renamed' });
	await agrees(join());
	await agrees(join({ agents: [two.id] }), two.id);
	await server.ask(one.id, 'crash 1');
	await server.reachedAgain(two.id, 'idle', 2);
	await server.reachedAgain(one.id, 'idle', 2);
	await agrees();
	await put(server, `/groups/${id}`, { ...saved, name: 'alone', strategy: 'one_for_one' });
	await agrees();
	await remove(server, `/groups/${id}`);
	await agrees();
	expect(first.known.group.size).toBe(0);
});

test('workflows and dispatches', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const desk = createWorkflowDesk(server);
	const agent = await server.hire('one');
	const watcher = join({ agents: [agent.id] });
	const retry = { maxAttempts: 2, backoffMs: { initial: 60_000, max: 60_000 } };
	const { id } = await desk.standing(agent.name, { retry });
	await desk.runnerIs(id, 'waiting');
	await agrees();
	const { id: done } = await desk.trigger(id, { body: 'wait 400ms; say done' });
	await desk.became(done, 'dispatched');
	await agrees();
	await desk.became(done, 'completed');
	await agrees();
	const { id: failed } = await desk.trigger(id, { body: 'crash 1' });
	await server.events.until('it failed', async () =>
		['failed', 'interrupted'].includes((await desk.dispatch(failed)).status) ? true : undefined,
	);
	await server.reachedAgain(agent.id, 'idle', 2);
	await agrees();
	await agrees(watcher, agent.id);
	await server.post(`/workflows/${id}/disable`);
	await desk.runnerIs(id, 'absent');
	await agrees();
	const trigger = { type: 'manual' };
	await put(server, `/workflows/${id}`, { name: 'edited', agent: agent.name, trigger, template: '{{ item.body }}' });
	await agrees();
	await server.post(`/workflows/${id}/enable`);
	await agrees();
	const blocker = await server.ask(agent.id, 'wait 60s');
	await server.begun(blocker.id);
	await desk.trigger(id, { body: 'say later' });
	await desk.trigger(id, { body: 'say much later' });
	await agrees();
	await agrees(watcher, agent.id);
	await agrees(join());
	await agrees(join({ agents: [agent.id] }), agent.id);
	expect([...first.known.dispatch.values()].filter(({ nextAttemptAt }) => nextAttemptAt !== null)).not.toEqual([]);
	await remove(server, `/workflows/${id}`);
	await agrees();
	await agrees(watcher, agent.id);
	expect([first.known.workflow.size, watcher.known.workflow.size]).toEqual([0, 0]);
	expect([...first.known.dispatch.values()].filter(({ nextAttemptAt }) => nextAttemptAt !== null)).toEqual([]);
});

test('tasks', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const desk = createTaskDesk(server);
	const repository = createGitRepository();
	const agent = await server.hire('one');
	const watcher = join({ agents: [agent.id] });
	const gates = [{ name: 'whole', command: 'sh', args: ['-c', 'test -f a.txt'] }];
	const { id, worktree } = await desk.create({ description: 'wait 300ms', repository: repository.path, gates });
	await agrees();
	await desk.ask(id, 'assign', { agent: agent.id });
	await desk.became(id, 'working');
	await agrees();
	await agrees(watcher, agent.id);
	await server.events.until('its turn is over', async () =>
		(await desk.task(id)).promptId === null || (await desk.task(id)).state !== 'working' ? true : undefined,
	);
	await agrees();
	repository.commit({ 'a.txt': 'theirs\n' }, worktree);
	await desk.ask(id, 'submit').catch(() => undefined);
	await desk.became(id, 'in_review');
	await agrees();
	await desk.ask(id, 'request-changes', { comment: 'say better' });
	await agrees();
	await desk.became(id, 'in_review');
	await desk.ask(id, 'approve');
	await agrees();
	await desk.ask(id, 'merge');
	await desk.became(id, 'completed');
	await agrees();
	const other = await desk.create({ description: 'wait 60s', repository: repository.path, agent: agent.id });
	await desk.became(other.id, 'working');
	await agrees();
	await agrees(join());
	await agrees(join({ agents: [agent.id] }), agent.id);
	await desk.ask(other.id, 'cancel');
	await agrees();
	await agrees(watcher, agent.id);
	expect(first.known.task.get(id)).toMatchObject({ state: 'completed', gateResults: [{ passed: true }] });
});

test('supervisors and their questions', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const desk = createMissionDesk(server);
	const agent = await server.hire('one');
	const watcher = join({ agents: [agent.id] });
	const { id } = await desk.begin(agent.name, 'say hello');
	await agrees();
	const requestId = await desk.ask(id, { question: 'Which?', choices: ['a', 'b'] });
	await agrees();
	await agrees(watcher, agent.id);
	await server.post(`/requests/${requestId}/answer`, { answer: 'a' });
	await desk.reached(id, 'idle');
	await agrees();
	await desk.resume(id);
	await agrees();
	const repository = createGitRepository();
	await server.post(`/supervisors/${id}/tasks`, { description: 'say x', repository: repository.path });
	await agrees();
	expect(first.known.supervisor.get(id).spawnedTaskIds).toHaveLength(1);
	await desk.ask(id, { question: 'And now?' });
	await agrees(join());
	await agrees(join({ agents: [agent.id] }), agent.id);
	await server.post(`/supervisors/${id}/fail`, { reason: 'enough' });
	await agrees();
	await remove(server, `/supervisors/${id}`);
	await agrees();
	await agrees(watcher, agent.id);
	expect([first.known.supervisor.size, watcher.known.supervisor.size]).toEqual([0, 0]);
});

test('whoever joins in the middle, or comes back, knows the same', { timeout: 120_000 }, async () => {
	const { server, first, join, agrees } = await open();
	const { id } = await server.hire('one');
	const { id: going } = await server.hire('two');
	const gone = join({ topics: ['agent.'] });
	await agrees(gone);
	gone.client.socket.terminate();
	await server.ask(id, 'wait 200ms; plan look; permission rm');
	await server.request(id);
	await remove(server, `/agents/${going}`);
	const back = join({ after: gone.cursor(), topics: ['agent.'] }, gone);
	await agrees(back);
	expect(back.client.messages.map(({ type }) => type)).not.toContain('snapshot.begin');
	expect(back.known.agent.get(id).currentActivity).toBe('rm');
	await agrees(join());
	await agrees(first);
});

import { expect, test } from 'vitest';
import type { EventResource } from '../../src/cli/resources.ts';
import { startWholeServer } from '../support/whole-server.ts';

const dataOf = ({ data }: EventResource) => data as Readonly<Record<string, unknown>>;

test('what an agent says in a turn is told before the turn ends, in order, with its prompt and generation', async () => {
	const { hire, ask, settled, events } = await startWholeServer();
	const { id } = await hire('helper');
	const prompt = await ask(id, 'think hm; plan a | b; tool Search; say found it; usage 42; noise oops');
	await settled(prompt.id);
	await events.until('the end of the turn', () => events.ofTopic('prompt.finished')[0]);

	const turn = events.seen.filter(({ topic }) => /^(agent\.output\.|prompt\.)/.test(topic));
	const topics = turn.map(({ topic }) => topic.replace('agent.output.', ''));
	expect(topics.at(-1)).toBe('prompt.finished');
	const said = topics.filter((topic) => ['thought', 'plan', 'tool_call', 'message', 'usage'].includes(topic));
	expect(said).toEqual(['thought', 'plan', 'tool_call', 'plan', 'message', 'plan', 'usage']);
	for (const event of turn.filter(({ topic }) => topic.startsWith('agent.output.')))
		expect(dataOf(event)).toMatchObject({ generation: 1, promptId: prompt.id });
});

test('a thousand chunks cost few events, and none of their text is lost', async () => {
	const { hire, ask, settled, events, api } = await startWholeServer();
	const { id } = await hire('helper');
	const before = await api.latestSeq();
	const prompt = await ask(id, 'flood 1000');
	const { result } = await settled(prompt.id);
	await events.until('the end of the turn', () => events.ofTopic('prompt.finished')[0]);

	const expected = Array.from({ length: 1_000 }, (_, index) => `flood ${index + 1}`).join('\n');
	expect(result?.text).toBe(expected);
	const messages = events.ofTopic('agent.output.message');
	expect(messages.map((event) => dataOf(event).text).join('')).toBe(expected);
	expect(messages.length).toBeLessThan(200);
	expect((await api.latestSeq()) - before).toBeLessThan(250);
	expect(events.seen.findIndex(({ topic }) => topic === 'prompt.finished')).toBeGreaterThan(
		events.seen.lastIndexOf(messages.at(-1) as EventResource),
	);
});

test('noise on stdout and words on stderr are told as log, and harm nothing', async () => {
	const { hire, ask, settled, events, sessionDirectory } = await startWholeServer();
	const env = { STATECRAFT_DEMO_DIR: sessionDirectory, STATECRAFT_DEMO_STARTUP: 'noise' };
	const { id } = await hire('helper', { driver: { kind: 'demo', env }, restart: { policy: 'temporary' } });
	const prompt = await ask(id, 'noise {"broken; say still here');
	expect((await settled(prompt.id)).result?.text).toBe('still here');
	await ask(id, 'crash 9');
	await events.until('the last words', () =>
		events.ofTopic('agent.output.log').find((event) => dataOf(event).stream === 'stderr'),
	);

	const logs = events.ofTopic('agent.output.log').map((event) => [dataOf(event).stream, dataOf(event).text]);
	expect(logs).toContainEqual(['stdout', 'Welcome to the demo agent!']);
	expect(logs).toContainEqual(['stdout', '{"broken']);
	expect(logs).toContainEqual(['stderr', 'the demo agent crashes with code 9, as it was told']);
});

test('[AG21] usage is kept with the prompt and with the agent', async () => {
	const { hire, ask, settled, api } = await startWholeServer();
	const { id } = await hire('helper');
	const usage = { contextUsed: 1_234, contextSize: 200_000 };
	const prompt = await settled((await ask(id, 'usage 1234')).id);

	expect(prompt.result?.usage).toEqual(usage);
	expect((await api.agent(id)).usage).toEqual(usage);
});

import type { Client } from '@modelcontextprotocol/client';
import { beforeEach, describe, expect, test } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import { freeTools } from '../../src/mcp/tools.ts';
import { type CallBackWorld, callTool, openCallBacks } from '../support/call-back-world.ts';

let world: CallBackWorld;
let agentId: string;
let client: Client;
beforeEach(async () => {
	world = await openCallBacks();
	agentId = await world.employ('helper', { cwd: '/work/repository' });
	client = await world.connect(world.runs.open({ agentId, generation: 1 }, null).token);
});

const key = (tool: string) => expect.stringMatching(new RegExp(`^${tool}/[0-9a-f]{32}$`));

/** Gives the agent a turn to be in. */
async function beginTurn(id: string): Promise<void> {
	const running = { agent_id: agentId, text: 'work', status: 'running', repeatable: false, created_at: 1 };
	await world.fleet.write([{ op: 'insert', table: 'prompts', row: { id, ...running } }], []);
}

async function endTurn(id: string): Promise<void> {
	await world.fleet.write([{ op: 'update', table: 'prompts', id, set: { status: 'finished' } }], []);
}

describe('the tools', () => {
	test.each(['legacy', 'auto'] as const)('are listed with words and schemas (%s)', async (mode) => {
		const { token } = world.runs.open({ agentId, generation: 1 }, null);
		const { tools } = await (await world.connect(token, mode)).listTools();
		const names = tools.map(({ name }) => name);
		expect(names).toEqual([
			'ask_human',
			'list_agents',
			'send_message',
			'spawn_task',
			'wait_for_tasks',
			'report_progress',
			'heartbeat',
			'complete',
			'block',
		]);
		for (const { description, inputSchema } of tools) {
			expect(description?.length).toBeGreaterThan(80);
			expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
		}
		expect(names).toEqual(expect.arrayContaining([...freeTools]));
	});

	test('refuse what does not fit, in words, and are not run', async () => {
		expect(await callTool(client, 'ask_human', { question: 'Which?', choices: ['a', 'a'] })).toMatchObject({
			isError: true,
			text: expect.stringContaining('Choices must differ'),
		});
		expect(await callTool(client, 'ask_human', { quest: 'Which?' })).toMatchObject({ isError: true });
		expect(await callTool(client, 'report_progress', {})).toMatchObject({
			isError: true,
			text: expect.stringContaining('Give activity, progress or both'),
		});
		expect(await callTool(client, 'report_progress', { progress: 101 })).toMatchObject({ isError: true });
		expect(world.asked).toEqual([]);
	});

	test('tell errors with what to do next, and keep our own faults to the log', async () => {
		world.missions.set(agentId, { id: 'sup_1' });
		world.fail.set('spawnTask', new StatecraftError('branch_exists', 'b is there', { hint: 'Choose another' }));
		const refused = await callTool(client, 'spawn_task', { description: 'work' });
		expect(refused).toEqual({
			isError: true,
			text: 'branch_exists: The repository has a branch of this name already. b is there\nHint: Choose another',
		});
		world.fail.set('block', new Error('a secret of ours'));
		const broken = await callTool(client, 'block', { reason: 'stuck' });
		expect(broken).toMatchObject({ isError: true, text: expect.not.stringContaining('secret') });
		expect(world.asked).toEqual([['onError', 'tool block', 'a secret of ours']]);
	});

	test.each([
		['report_progress', { activity: 'reading' }],
		['spawn_task', { description: 'work' }],
		['wait_for_tasks', {}],
		['complete', { summary: 'done' }],
		['block', { reason: 'stuck' }],
	])('%s is for supervisors alone', async (tool, input) => {
		expect(await callTool(client, tool, input)).toMatchObject({
			isError: true,
			text: expect.stringContaining('supervisor_not_found'),
		});
		expect(world.asked).toEqual([]);
	});
});

describe('ask_human', () => {
	const question = { question: 'Which?', choices: ['red', 'blue'], context: 'The door.' };

	test("is the supervisor's question where there is a mission, else the agent's own", async () => {
		expect((await callTool(client, 'ask_human', question)).text).toContain('req_own');
		world.missions.set(agentId, { id: 'sup_1' });
		expect((await callTool(client, 'ask_human', question)).text).toContain('req_mission');
		const asked = { ...question, key: key('ask_human') };
		expect(world.asked).toEqual([
			['agents.ask', agentId, asked],
			['supervisors.ask', 'sup_1', asked],
		]);
	});

	test('has one key within a turn, another one in the next, and its own where the model names it', async () => {
		const keyOf = async (input: Record<string, unknown>) => {
			await callTool(client, 'ask_human', input);
			return (world.asked.at(-1)?.[2] as { key: string } | undefined)?.key;
		};
		await beginTurn('pmt_1');
		const [first, again, other] = [await keyOf(question), await keyOf(question), await keyOf({ question: 'Why?' })];
		const named = await keyOf({ ...question, key: 'door' });
		await endTurn('pmt_1');
		await beginTurn('pmt_2');
		expect(again).toBe(first);
		expect(other).not.toBe(first);
		expect(await keyOf(question)).not.toBe(first);
		expect(await keyOf({ question: 'Worded otherwise?', key: 'door' })).toBe(named);
	});
});

describe('list_agents', () => {
	test('shows who is there, and who one is', async () => {
		const other = await world.employ('other');
		const { text } = await callTool(client, 'list_agents');
		expect(JSON.parse(text)).toMatchObject([
			{ id: agentId, name: 'helper', you: true },
			{ id: other, name: 'other' },
		]);
		expect(JSON.parse(text)[1]).not.toHaveProperty('you');
	});
});

describe('send_message', () => {
	test('reaches the other agent once, and says from whom', async () => {
		await world.employ('other');
		await beginTurn('pmt_1');
		const message = { agent: 'other', text: 'The build is red.' };
		expect(await callTool(client, 'send_message', message)).toMatchObject({ isError: false });
		expect((await callTool(client, 'send_message', message)).text).toContain('was sent to other before');
		const prompts = world.store.rows('prompts').filter(({ id }) => id !== 'pmt_1');
		expect(prompts).toMatchObject([{ text: `[Message from agent "helper" (${agentId})]\n\nThe build is red.` }]);
	});

	test('knows who is not there, and whom one cannot write to', async () => {
		expect((await callTool(client, 'send_message', { agent: 'nobody', text: 'hi' })).text).toMatch(
			/^agent_not_found: .*nobody\nHint: Look for it with list_agents$/,
		);
		expect(await callTool(client, 'send_message', { agent: 'helper', text: 'hi' })).toMatchObject({ isError: true });
	});
});

describe('a mission', () => {
	beforeEach(() => {
		world.missions.set(agentId, { id: 'sup_1', spawnedTaskIds: ['tsk_1', 'tsk_2', 'tsk_3'] });
	});

	test('spawns tasks, in the directory of the agent where it names none', async () => {
		const gates = [{ name: 'tests', command: 'npm', args: ['test'] }];
		const work = { description: 'work', agent: 'other', dependsOn: ['tsk_1'], gates };
		expect((await callTool(client, 'spawn_task', work)).text).toContain('tsk_new');
		await callTool(client, 'spawn_task', { description: 'more', repository: '/elsewhere' });
		expect(world.asked).toEqual([
			['spawnTask', 'sup_1', { ...work, repository: '/work/repository', key: key('spawn_task') }],
			['spawnTask', 'sup_1', { description: 'more', repository: '/elsewhere', key: key('spawn_task') }],
		]);
	});

	const gates = [{ name: 'tests', command: 'npm', args: ['test', '--', 'a b'] }];
	const setPolicy = (table: string, id: string, policy: object) =>
		world.fleet.write([{ op: 'update', table, id, set: { policy: JSON.stringify(policy) } }], []);

	test.each([
		[{ mode: 'require_approval' }, 'forbidden'],
		[{ mode: 'require_approval', allow: ['Bash(npm test *)'] }, 'spawned'],
		[{ mode: 'allow_list', allow: ['Bash(npm run *)', 'mcp__statecraft__spawn_task'] }, 'forbidden'],
		[{ mode: 'allow_all' }, 'spawned'],
		[{ mode: 'allow_all', deny: ['Bash(npm *)'] }, 'forbidden'],
	])('has no gate run that a policy does not allow: %j, %s', async (policy, outcome) => {
		await setPolicy('agents', agentId, policy);
		const { text, isError } = await callTool(client, 'spawn_task', { description: 'work', gates });
		expect(isError).toBe(outcome === 'forbidden');
		expect(text).toContain(isError ? "does not allow the gate tests: npm test -- 'a b'" : 'was spawned');
		expect(world.asked).toHaveLength(isError ? 0 : 1);
		// Without gates there is no command to judge.
		expect(await callTool(client, 'spawn_task', { description: 'work' })).toMatchObject({ isError: false });
	});

	test('heeds the policy of its turn', async () => {
		await beginTurn('pmt_1');
		await setPolicy('prompts', 'pmt_1', { mode: 'deny_list', deny: ['Bash(npm *)', 'mcp__statecraft__send_message'] });
		expect(await callTool(client, 'spawn_task', { description: 'work', gates })).toMatchObject({ isError: true });
		expect((await callTool(client, 'send_message', { agent: 'other', text: 'hi' })).text).toContain(
			'Your tool policy forbids send_message (deny mcp__statecraft__send_message)',
		);
		await endTurn('pmt_1');
		expect(await callTool(client, 'spawn_task', { description: 'work', gates })).toMatchObject({ isError: false });
	});

	test('sets nobody to work where a policy forbids it; what concerns itself it may always do', async () => {
		await setPolicy('agents', agentId, { mode: 'deny_all' });
		for (const [tool, input] of [
			['spawn_task', { description: 'work' }],
			['send_message', { agent: 'other', text: 'hi' }],
		] as const)
			expect(await callTool(client, tool, input)).toMatchObject({
				isError: true,
				text: expect.stringContaining(`Your tool policy forbids ${tool} (mode deny_all)`),
			});
		expect(world.asked).toEqual([]);
		expect(await callTool(client, 'ask_human', { question: 'May I?' })).toMatchObject({ isError: false });
		expect(await callTool(client, 'report_progress', { progress: 1 })).toMatchObject({ isError: false });
	});

	test('waits for the tasks it names, or for all that have not ended', async () => {
		expect((await callTool(client, 'wait_for_tasks')).text).toContain('nothing to wait for');
		world.tasks.push(
			{ id: 'tsk_1', state: 'working' },
			{ id: 'tsk_2', state: 'completed' },
			{ id: 'tsk_3', state: 'in_review' },
		);
		await callTool(client, 'wait_for_tasks');
		await callTool(client, 'wait_for_tasks', { taskIds: ['tsk_2'], mode: 'any' });
		expect(world.asked).toEqual([
			['waitForTasks', 'sup_1', ['tsk_1', 'tsk_3'], 'all'],
			['waitForTasks', 'sup_1', ['tsk_2'], 'any'],
		]);
	});

	test('reports, gives signs of life for its tasks too, is blocked and completed', async () => {
		world.tasks.push({ id: 'tsk_9', state: 'working', agentId }, { id: 'tsk_8', state: 'working', agentId: 'other' });
		await callTool(client, 'report_progress', { activity: 'reading', progress: 10 });
		await callTool(client, 'heartbeat', { activity: 'still reading' });
		await callTool(client, 'block', { reason: 'no network' });
		await callTool(client, 'complete', { summary: 'done' });
		expect(world.asked).toEqual([
			['report', 'sup_1', { activity: 'reading', progress: 10 }],
			['report', 'sup_1', { activity: 'still reading' }],
			['tasks.heartbeat', 'tsk_9'],
			['block', 'sup_1', 'no network'],
			['complete', 'sup_1', 'done'],
		]);
	});

	test('that is completed already is so once more', async () => {
		world.missions.set(agentId, { id: 'sup_1', state: 'completed' });
		expect(await callTool(client, 'complete', { summary: 'done' })).toEqual({
			isError: false,
			text: 'Your mission is completed already. End your turn now.',
		});
		expect(world.asked).toEqual([]);
	});
});

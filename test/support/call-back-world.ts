/**
 * The call-back endpoint on a real HTTP server, called by a real MCP client. Behind the tools stand small
 * supervisors, tasks and questions that note what they are asked.
 */

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import { createCallBackEndpoint } from '../../src/mcp/endpoint.ts';
import { createLiveRuns, type LiveRuns } from '../../src/mcp/live-runs.ts';
import type { ToolDeps } from '../../src/mcp/tools.ts';
import type { SupervisorView } from '../../src/supervisors/views.ts';
import type { TaskView } from '../../src/tasks/views.ts';
import { startWorld, type World, type WorldOptions } from './http-world.ts';

export interface CallBackWorld extends World {
	readonly runs: LiveRuns;
	/** What supervisors, tasks and questions were asked: method, then arguments. */
	readonly asked: ReadonlyArray<readonly [string, ...unknown[]]>;
	/** Missions by agent. */
	readonly missions: Map<string, Partial<SupervisorView> & { readonly id: string }>;
	readonly tasks: Array<Partial<TaskView> & Pick<TaskView, 'id' | 'state'>>;
	/** The next call of this method is rejected. */
	readonly fail: Map<string, Error>;
	/** Makes an agent whose run lives. */
	employ(name: string, extra?: object): Promise<string>;
	/** Begins the agent's run; answers its token. */
	begin(agentId: string, generation: number): Promise<string>;
	/** A connected client. */
	connect(token: string, mode?: 'legacy' | 'auto'): Promise<Client>;
}

export interface Said {
	readonly text: string;
	readonly isError: boolean;
}

/** Calls a tool, and answers what a model would read. */
export async function callTool(client: Client, name: string, input: Record<string, unknown> = {}): Promise<Said> {
	const { content, isError = false } = await client.callTool({ name, arguments: input });
	return { text: content.map((part) => ('text' in part ? part.text : '')).join(''), isError: isError === true };
}

export async function openCallBacks(options: WorldOptions = {}): Promise<CallBackWorld> {
	const runs = createLiveRuns();
	const asked: Array<readonly [string, ...unknown[]]> = [];
	const fail = new Map<string, Error>();
	const missions: CallBackWorld['missions'] = new Map();
	const tasks: CallBackWorld['tasks'] = [];

	async function note<Answer>(method: string, given: readonly unknown[], answer: Answer): Promise<Answer> {
		const failure = fail.get(method);
		fail.delete(method);
		if (failure) throw failure;
		asked.push([method, ...given]);
		return answer;
	}

	const supervisors: ToolDeps['supervisors'] = {
		ofAgent: async (agentId) => {
			const mission = missions.get(agentId);
			return mission?.state === 'completed' ? undefined : mission?.id;
		},
		ask: (...given) => note('supervisors.ask', given, { requestId: 'req_mission' }),
		spawnTask: (...given) => note('spawnTask', given, { taskId: 'tsk_new' }),
		waitForTasks: (...given) => note('waitForTasks', given, undefined),
		report: (...given) => note('report', given, undefined),
		complete: (...given) => note('complete', given, undefined),
		block: (...given) => note('block', given, undefined),
	};
	const found = <Item>(items: readonly unknown[]) => ({ items: items as readonly Item[], total: items.length });
	const missionReads: Pick<ToolDeps['reads'], 'supervisor' | 'supervisors' | 'tasks' | 'tasksByIds'> = {
		supervisor: async (id) => [...missions.values()].find((mission) => mission.id === id) as SupervisorView | undefined,
		supervisors: async ({ agentId, state }) =>
			found([...missions].filter(([of, mission]) => of === agentId && mission.state === state)),
		tasks: async ({ agentId, state }) =>
			found(tasks.filter((task) => task.agentId === agentId && task.state === state)),
		tasksByIds: async (ids) => tasks.filter(({ id }) => ids.includes(id)) as readonly TaskView[],
	};
	const world = await startWorld({
		...options,
		callBacks: ({ fleet, reads }) =>
			createCallBackEndpoint({
				runs,
				agents: {
					submitPrompt: fleet.submitPrompt,
					ask: (...given) => note('agents.ask', given, { requestId: 'req_own', repeated: false }),
				},
				supervisors,
				tasks: { heartbeat: (...given) => note('tasks.heartbeat', given, undefined) },
				reads: { ...reads, ...missionReads },
				bodyLimitBytes: 64 * 1024,
				onError: (where, error) => void asked.push(['onError', where, error.message]),
			}),
	});
	runs.listening(world.url);
	onTestFinished(() => world.close());

	async function begin(agentId: string, generation: number): Promise<string> {
		const set = { status: 'running', generation };
		await world.fleet.write([{ op: 'update', table: 'agents', id: agentId, set }], []);
		return runs.open({ agentId, generation }, null).token;
	}

	return {
		...world,
		runs,
		asked,
		missions,
		tasks,
		fail,
		async employ(name, extra) {
			const id = await world.createAgent(name, extra);
			await begin(id, 1);
			return id;
		},
		begin,
		async connect(token, mode = 'legacy') {
			const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
			const headers = { Authorization: `Bearer ${token}` };
			await client.connect(
				new StreamableHTTPClientTransport(new URL(`${world.url}/mcp`), { requestInit: { headers } }),
			);
			onTestFinished(() => client.close());
			return client;
		},
	};
}

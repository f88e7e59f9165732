/**
 * The demo's play in three acts: work, a killed server, and what is left after it. Everything it tells
 * was asked of the API or of the operating system at that moment.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessIdentity, readProcessStart } from '../agents/drivers/process-table.ts';
import { StatecraftError } from '../errors.ts';
import { agentState } from './agent-views.ts';
import { type ApiClient, createApiClient } from './client.ts';
import type { Ledger } from './demo-ledger.ts';
import { type DemoServer, type DemoServerOptions, startDemoServer } from './demo-server.ts';
import { isUnreachable } from './failure.ts';
import type { AgentResource, EventResource, PromptResource, RequestResource } from './resources.ts';

export interface Stage {
	readonly options: DemoServerOptions;
	readonly ledger: Ledger;
	/** Where the demo agents keep their sessions. */
	readonly sessionDir: string;
	readonly tell: (text: string) => void;
	/** Ends the play early. */
	readonly signal: AbortSignal;
	/** Told every server and agent process, so that none outlives the demo. */
	readonly own: { server(server: DemoServer): void; process(process: ProcessIdentity): void };
}

/** What is there before the kill. */
export interface Cast {
	readonly builder: AgentResource;
	readonly asker: AgentResource;
	/** Of builder and asker. */
	readonly processes: readonly ProcessIdentity[];
	readonly long: PromptResource;
	readonly queued: readonly PromptResource[];
	readonly asking: PromptResource;
	readonly request: RequestResource;
}

const patienceMs = 30_000;
const pollMs = 50;

/** Asks again and again until the answer will do; rejects when it does not in time. */
export async function until<T>(
	{ signal }: Pick<Stage, 'signal'>,
	what: string,
	probe: () => Promise<T | undefined>,
): Promise<T> {
	const deadline = Date.now() + patienceMs;
	for (;;) {
		const found = await probe();
		if (found !== undefined) return found;
		if (Date.now() > deadline)
			throw new StatecraftError('unresponsive', `the demo waited ${patienceMs / 1000} s in vain: ${what}`);
		await delay(pollMs, undefined, { signal });
	}
}

/** Starts the server and waits until it has reconciled. */
export async function raiseServer(stage: Stage, port: number): Promise<{ server: DemoServer; api: ApiClient }> {
	const server = await startDemoServer({ ...stage.options, port });
	stage.own.server(server);
	const api = createApiClient({ url: server.url, token: stage.options.token });
	await until(stage, 'the server is ready', async () => ((await api.ready()) ? true : undefined));
	return { server, api };
}

/** Act one: a long turn with two prompts behind it, and an agent that waits for a permission. */
export async function putToWork(stage: Stage, api: ApiClient): Promise<Cast> {
	const { tell } = stage;
	const builder = await hire(stage, api, 'builder', 'fail');
	const long = await api.submitPrompt(builder.id, { text: 'say digging; wait 600s; say this is never said' });
	const second = await api.submitPrompt(builder.id, { text: 'say second job done', idempotencyKey: 'second' });
	const third = await api.submitPrompt(builder.id, { text: 'say third job done', idempotencyKey: 'third' });
	tell('builder has a turn of ten minutes, and two prompts queued behind it');

	const asker = await hire(stage, api, 'asker', 'retry');
	const asking = await api.submitPrompt(asker.id, { text: 'permission delete the old logs', repeatable: true });
	const request = await until(stage, 'asker asks', async () => (await openRequests(api, asker)).at(0));
	tell(`asker asks for permission: "${request.title}" (${request.id})`);

	const busy = await until(stage, 'builder is at work', async () => {
		const agent = await api.agent(builder.id);
		return agent.executionState === 'busy' && agent.queuedPrompts === 2 ? agent : undefined;
	});
	tell(`builder is ${agentState(busy)}, process ${busy.pid}, ${busy.queuedPrompts} queued`);
	const waiting = await api.agent(asker.id);
	tell(`asker is ${agentState(waiting)}, process ${waiting.pid}`);
	const processes = [await identify(busy), await identify(waiting)];
	for (const process of processes) stage.own.process(process);
	return { builder: busy, asker: waiting, processes, long, queued: [second, third], asking, request };
}

/** Act two: SIGKILL, in the middle of everything. */
export async function killServer({ tell }: Stage, server: DemoServer, api: ApiClient): Promise<void> {
	tell(`kill -9 ${server.pid}`);
	await server.kill();
	const gone = await api.ready().catch(isUnreachable);
	tell(gone ? 'the server is gone: its port refuses connections' : 'somebody still answers');
}

/** All events there are, over pages. */
export async function readLog(api: ApiClient): Promise<EventResource[]> {
	const events: EventResource[] = [];
	const signal = new AbortController().signal;
	for await (const event of api.events(undefined, { after: 0, follow: false, signal })) events.push(event);
	return events;
}

/** Follows the event log from its beginning, as a client does that knows nothing of crashes. */
export function followLog(api: ApiClient): { readonly seen: readonly EventResource[]; stop(): Promise<void> } {
	const leaving = new AbortController();
	const seen: EventResource[] = [];
	const reading = (async () => {
		const options = { after: 0, follow: true, signal: leaving.signal };
		for await (const event of api.events(undefined, options)) seen.push(event);
	})();
	return {
		seen,
		async stop() {
			leaving.abort();
			await reading;
		},
	};
}

export async function openRequests(api: ApiClient, agent: AgentResource): Promise<readonly RequestResource[]> {
	return (await api.requests({ status: 'open', agentId: agent.id })).items;
}

/** The process an agent runs in, named so that no other is ever taken for it. */
export async function identify(agent: AgentResource): Promise<ProcessIdentity> {
	const pid = agent.pid ?? 0;
	return { pid, processStart: pid === 0 ? null : await readProcessStart(pid) };
}

async function hire(stage: Stage, api: ApiClient, name: string, interruptedTurn: string): Promise<AgentResource> {
	const env = { STATECRAFT_DEMO_DIR: stage.sessionDir };
	const driver = { kind: 'demo', env };
	const restart = { policy: 'permanent' };
	const agent = await api.createAgent({ name, driver, cwd: stage.sessionDir, restart, interruptedTurn });
	const ready = await until(stage, `${name} is ready`, async () => {
		const now = await api.agent(agent.id);
		return now.executionState === 'idle' ? now : undefined;
	});
	stage.tell(`${name} is ${agentState(ready)} (${ready.id})`);
	return ready;
}

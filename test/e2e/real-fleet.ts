/** A real server with real agents, as a person would run them: the fake model is all that is not real. */

import { rm } from 'node:fs/promises';
import type { AgentResource } from '../../src/cli/resources.ts';
import type { SettingTexts } from '../../src/config.ts';
import { type FakeModel, type ModelRequest, startFakeModel } from '../support/fake-model.ts';
import { findAgentProcesses } from '../support/leaks.ts';
import { createAgentHome, prepareAgent } from '../support/real-agent-settings.ts';
import { describeWithProgram } from '../support/real-agents.ts';
import type { AgentName } from '../support/real-agents-cache.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

export interface RealFleet {
	readonly model: FakeModel;
	/** The program of the agents. */
	readonly program: string;
	/** Its variables: a home of its own, and the fake model. */
	readonly env: Readonly<Record<string, string>>;
	/** The agents' working directory. */
	readonly cwd: string;
	/** Starts the server of the test that is running. */
	serve(settings?: SettingTexts): Promise<ServerProcess>;
	/** Makes an agent by its preset, and waits until it is idle. */
	hire(server: ServerProcess, body?: Readonly<Record<string, unknown>>): Promise<AgentResource>;
	/** What the model was asked in turns; agents ask it other things as well, a title for instance. */
	turns(): readonly ModelRequest[];
	/** Waits until the model is being asked with this text. */
	asked(server: ServerProcess, text: string): Promise<ModelRequest>;
}

export function describeRealFleet(name: AgentName, title: string, tests: (fleet: () => RealFleet) => void): void {
	describeWithProgram<RealFleet>(name, title, (program) => createFleet(name, program), tests);
}

async function createFleet(name: AgentName, program: string): Promise<RealFleet & { close(): Promise<void> }> {
	const model = await startFakeModel();
	const { home, cwd } = await createAgentHome();
	const { env } = await prepareAgent(name, home, model);
	const turns = () => model.requests.filter(({ body }) => JSON.stringify(body).includes('"tools":[{'));

	return {
		model,
		program,
		env,
		cwd,
		serve: startServerProcess,
		async hire(server, body = {}) {
			const driver = { kind: name, command: program, env };
			return server.hire('helper', { driver, cwd, ...body });
		},
		turns,
		asked: (server, text) =>
			server.events.until(`the model is asked ${text}`, () =>
				turns().find(({ body }) => lastUserText(body).includes(text)),
			),
		async close() {
			await model.close();
			await rm(home, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}

/** How often a text stands in what users said, in one request to the model. */
export function countUserText({ body }: ModelRequest, text: string): number {
	return userTexts(body).reduce((count, said) => count + said.split(text).length - 1, 0);
}

function lastUserText(body: unknown): string {
	return userTexts(body).at(-1) ?? '';
}

function userTexts(body: unknown): string[] {
	const { messages } = body as { messages: ReadonlyArray<{ role: string; content: unknown }> };
	return messages.filter(({ role }) => role === 'user').map(({ content }) => JSON.stringify(content));
}

/** The living processes of agents: pid and generation of each. */
export async function findLiving({ dataDir }: ServerProcess) {
	const found = await findAgentProcesses(dataDir);
	return found.map(({ pid, marker }) => ({ pid, generation: marker.generation }));
}

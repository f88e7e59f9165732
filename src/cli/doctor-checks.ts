/** What `doctor` looks at. Each check stands alone, so that one that cannot be made hides no other. */

import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { agentState, failureText } from './agent-views.ts';
import type { ApiClient } from './client.ts';
import { checkDatabase } from './database-check.ts';
import { detectDrivers } from './driver-detection.ts';
import { toProblem } from './failure.ts';
import { judgeNode } from './node-version.ts';
import type { AgentResource } from './resources.ts';
import { type Settings, tokenFile } from './settings.ts';
import { checkValkey } from './valkey-check.ts';

export interface Check {
	readonly name: string;
	readonly verdict: 'ok' | 'warn' | 'bad';
	readonly finding: string;
	/** What to do about it. */
	readonly advice?: string;
}

export async function runChecks(api: ApiClient, settings: Settings): Promise<Check[]> {
	const server = await checkServer(api, settings);
	const local = [checkNode(process.versions.node), await checkDataDir(settings.dataDir)];
	const files = [await checkToken(settings), await checkDatabase(settings.dataDir, process.env.DATABASE_URL)];
	const remote = server.verdict === 'bad' ? [] : await checkActors(api);
	return [
		...local,
		...files,
		server,
		...remote,
		...(await checkValkey(api)),
		...(await attempt('drivers', () => checkDrivers(api))),
	];
}

function checkNode(version: string): Check {
	return { name: 'node', finding: version, ...judgeNode(version) };
}

async function checkDataDir(dataDir: string): Promise<Check> {
	const name = 'data directory';
	try {
		const folder = await stat(dataDir);
		if (!folder.isDirectory()) return { name, verdict: 'bad', finding: `${dataDir} is not a directory` };
		await access(dataDir, constants.R_OK | constants.W_OK);
		return { name, verdict: 'ok', finding: dataDir };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
			return { name, verdict: 'bad', finding: `${dataDir}: ${(error as Error).message}` };
		const writable = await access(dirname(dataDir), constants.W_OK).then(
			() => true,
			() => false,
		);
		const finding = `${dataDir} does not exist${writable ? ' yet' : ' and cannot be made here'}`;
		return {
			name,
			verdict: 'warn',
			finding,
			advice: 'the server makes it on its first start; is the server yours elsewhere? name its --data-dir',
		};
	}
}

async function checkToken(settings: Settings): Promise<Check> {
	const name = 'token';
	const file = await stat(tokenFile(settings.dataDir)).catch(() => undefined);
	if (file !== undefined && process.platform !== 'win32' && (file.mode & 0o077) !== 0)
		return { name, verdict: 'warn', finding: 'others can read the token file', advice: 'chmod 600 it' };
	if (settings.token !== undefined) return { name, verdict: 'ok', finding: 'there is one' };
	return { name, verdict: 'warn', finding: 'none given, and none in the data directory' };
}

async function checkServer(api: ApiClient, { url }: Settings): Promise<Check> {
	const name = 'server';
	try {
		const ready = await api.ready();
		if (!ready) return { name, verdict: 'warn', finding: `${url} is up, and not ready yet` };
		await api.requests({ status: 'open' });
		return { name, verdict: 'ok', finding: `${url} is up and ready` };
	} catch (error) {
		const problem = toProblem(error);
		const check: Check = { name, verdict: 'bad', finding: problem.detail ?? problem.title };
		return problem.hint === undefined ? check : { ...check, advice: problem.hint };
	}
}

async function checkActors(api: ApiClient): Promise<Check[]> {
	return [
		...(await attempt('quarantine', () => checkQuarantine(api))),
		...(await attempt('agents', async () => checkAgents((await api.agents()).items))),
	];
}

async function attempt(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
	try {
		return await check();
	} catch (error) {
		const { detail, title } = toProblem(error);
		return [{ name, verdict: 'warn', finding: `could not be checked: ${detail ?? title}` }];
	}
}

async function checkQuarantine(api: ApiClient): Promise<Check[]> {
	const { items } = await api.quarantined();
	if (items.length === 0) return [{ name: 'quarantine', verdict: 'ok', finding: 'no actor is quarantined' }];
	return items.map(({ address, reason }) => ({
		name: 'quarantine',
		verdict: 'bad',
		finding: `${address}: ${reason}`,
		advice: `statecraft doctor --retry ${address}, or --reset ${address} to start it afresh`,
	}));
}

function checkAgents(agents: readonly AgentResource[]): Check[] {
	const attention = agents.flatMap((agent) => {
		const need = agentNeed(agent);
		return need === undefined ? [] : [{ name: `agent ${agent.name}`, verdict: 'warn', ...need } as const];
	});
	const finding = `${agents.length}, ${attention.length === 0 ? 'all well' : `${attention.length} in need of a look`}`;
	return [{ name: 'agents', verdict: 'ok', finding }, ...attention];
}

function agentNeed(agent: AgentResource): Pick<Check, 'finding' | 'advice'> | undefined {
	const state = agentState(agent);
	if (agent.openRequests > 0)
		return { finding: `${state}, waits for ${agent.openRequests} answer(s)`, advice: 'statecraft requests' };
	if (agent.executionState === 'failed')
		return {
			finding: `${state}${agent.error ? `: ${failureText(agent.error)}` : ''}`,
			advice: `statecraft agents restart ${agent.name}`,
		};
	if (agent.staleness === 'stale' || agent.staleness === 'dead')
		return { finding: `${state}, ${agent.staleness}`, advice: `statecraft logs ${agent.name}` };
	return agent.tags.includes('needsAttention') ? { finding: state } : undefined;
}

async function checkDrivers(api: ApiClient): Promise<Check[]> {
	const { askedOf, items } = await detectDrivers(api);
	const found = items.filter((driver) => driver.installed).map((driver) => driver.kind);
	const advice = askedOf === 'server' ? {} : { advice: 'on this host; statecraft drivers tells how to install others' };
	return [{ name: 'drivers', verdict: 'ok', finding: found.join(', '), ...advice }];
}

/**
 * The real agent programs that tests run, installed once per machine in a cache outside the repository.
 *
 * 1. A directory of the cache is whole or not there: it is built aside and renamed.
 * 2. Of several workers that want a program one installs it, and the others wait for it.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An npm package with an agent program; pinned, for tests assert on what exactly this one does. */
export interface AgentPackage {
	readonly name: string;
	readonly version: string;
	/** Of the program, within `node_modules/.bin`. */
	readonly bin: string;
	/** Puts the program for this platform in place; not run by npm, which asks people first. */
	readonly postinstall: string;
}

export const agentPackages = {
	claude: { name: '@anthropic-ai/claude-code', version: '2.1.197', bin: 'claude', postinstall: 'install.cjs' },
	opencode: { name: 'opencode-ai', version: '1.18.33', bin: 'opencode', postinstall: 'postinstall.mjs' },
} as const satisfies Record<string, AgentPackage>;

export type AgentName = keyof typeof agentPackages;

/** Where a program is, or will be, installed. */
export function locateAgent(name: AgentName): { readonly directory: string; readonly program: string } {
	const { name: packageName, version, bin } = agentPackages[name];
	const directory = join(findCache(), `${packageName.replace('/', '+')}@${version}`);
	return { directory, program: join(directory, 'node_modules', '.bin', bin) };
}

/** Why tests with this program cannot run; null when they can. */
export function explainAbsence(name: AgentName): string | null {
	if (process.env.STATECRAFT_REAL_AGENTS === '1' || existsSync(locateAgent(name).program)) return null;
	return 'skipped: not in the cache, set STATECRAFT_REAL_AGENTS=1 to install it';
}

/** Installs the program unless it is there already; resolves with its path. */
export async function installAgent(name: AgentName): Promise<string> {
	const { directory, program } = locateAgent(name);
	await mkdir(dirname(directory), { recursive: true });
	while (!existsSync(program)) {
		const release = await tryLock(`${directory}.lock`);
		if (release === null) {
			await delay(200);
			continue;
		}
		try {
			if (!existsSync(program)) await install(agentPackages[name], directory);
		} finally {
			await release();
		}
	}
	return program;
}

function findCache(): string {
	const { STATECRAFT_AGENT_CACHE: chosen, XDG_CACHE_HOME: caches } = process.env;
	return chosen || join(caches || join(homedir(), '.cache'), 'statecraft-test-agents');
}

async function install({ name, version, postinstall }: AgentPackage, directory: string): Promise<void> {
	const aside = await mkdtemp(`${directory}.new-`);
	try {
		await writeFile(join(aside, 'package.json'), '{ "private": true }\n');
		const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`];
		await run('npm', args, { cwd: aside });
		await run(process.execPath, [postinstall], { cwd: join(aside, 'node_modules', name) });
		await rm(directory, { recursive: true, force: true });
		await rename(aside, directory);
	} finally {
		await rm(aside, { recursive: true, force: true });
	}
}

/** Resolves with what gives the lock back, or null when another process holds it. */
async function tryLock(path: string): Promise<(() => Promise<void>) | null> {
	try {
		const file = await open(path, 'wx');
		await file.writeFile(String(process.pid));
		await file.close();
		return () => rm(path, { force: true });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
		if (await isAbandoned(path)) await rm(path, { force: true });
		return null;
	}
}

/** A lock outlives a worker that was killed, be it before the worker had written its name. */
async function isAbandoned(path: string): Promise<boolean> {
	const owner = Number(await readFile(path, 'utf8').catch(() => ''));
	if (owner === 0) {
		const found = await stat(path).catch(() => null);
		return found !== null && Date.now() - found.mtimeMs > 10_000;
	}
	try {
		process.kill(owner, 0);
		return false;
	} catch {
		return true;
	}
}

/** `statecraft serve`: flags for every setting, the banner, and what signals do. */

import { once } from 'node:events';
import type { Command } from 'commander';
import { describeSettings, environmentVariables, type SettingName, type SettingTexts } from '../config.ts';
import { exitCodes } from './failure.ts';
import { judgeNode } from './node-version.ts';
import { paint } from './paint.ts';
import { createPrinter } from './printer.ts';
import { type RunningServer, startServer } from './serve.ts';

interface ServeOptions extends Partial<Record<SettingName, string>> {
	readonly json?: boolean;
	readonly leaveRunning?: boolean;
}

/** Options of every command, so not declared again. */
const globalSettings: ReadonlySet<string> = new Set<SettingName>(['dataDir', 'token']);

export function registerServe(program: Command): void {
	const serve = program.command('serve').description('run the server until SIGINT or SIGTERM');
	for (const [flag, description] of settingFlags()) serve.option(flag, description);
	serve.option('--leave-running', 'at a clean end, let agents that dialled in come back to the next start');
	serve.action(async (_options: unknown, command: Command) => {
		const { json = false, leaveRunning = false, ...flags } = command.optsWithGlobals<ServeOptions>();
		const server = await startServer(settingTexts(flags));
		const print = createPrinter(json);
		print.result({ url: server.url, pid: process.pid }, () => banner(server, process.stdout.isTTY));
		const { advice } = judgeNode(process.versions.node);
		if (advice !== undefined) print.note(paint.dim(advice));
		await closeOnSignal(server, leaveRunning, print.note);
	});
}

function settingFlags(): ReadonlyArray<readonly [string, string]> {
	const meanings = new Map(describeSettings().map(({ variable, meaning }) => [variable, meaning]));
	return Object.entries(environmentVariables)
		.filter(([name]) => !globalSettings.has(name))
		.map(([name, variable]) => {
			const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
			return [`--${flag} <value>`, `${meanings.get(variable) ?? ''} (env: ${variable})`];
		});
}

/** Only settings: `--url`, for one, means nothing to a server. */
function settingTexts(options: Partial<Record<SettingName, string>>): SettingTexts {
	const names = Object.keys(environmentVariables) as SettingName[];
	return Object.fromEntries(names.flatMap((name) => (options[name] ? [[name, options[name]]] : [])));
}

/** The token rides in the fragment, which no browser sends on; the page takes it out of the address. */
function pageAddress({ url, token }: Pick<RunningServer, 'url' | 'token'>): string {
	return `${url}/#token=${encodeURIComponent(token)}`;
}

type Started = Pick<RunningServer, 'url' | 'token' | 'isTokenGiven'>;

/** The token is shown to whoever looks at the terminal, and to no log that others may read. */
function pageLines(server: Started, isWatched: boolean): readonly string[] {
	if (!isWatched)
		return [
			`Open its page: ${paint.accent(server.url)}`,
			paint.dim(`  (the token that it asks for is ${whereToken(server)})`),
		];
	return [
		`Open its page: ${paint.accent(pageAddress(server))}`,
		paint.dim('  (the address lets in whoever has it: it carries the admin token)'),
	];
}

function whereToken({ isTokenGiven }: Started): string {
	return isTokenGiven ? 'the one that was set' : 'in the data directory';
}

/** `isWatched`: whether it is printed to a terminal. */
export function banner(server: Started, isWatched: boolean): string {
	const { url } = server;
	// Somebody who typed `npm start` in a fresh clone has no `statecraft` on the search path.
	const statecraft = process.env.npm_lifecycle_event === 'start' ? 'npm run -s statecraft --' : 'statecraft';
	return [
		`${paint.bold('Statecraft')} is running at ${paint.accent(url)}`,
		...pageLines(server, isWatched),
		'Or type in another terminal:',
		`  ${statecraft} demo                 ${paint.dim('see a killed server lose nothing')}`,
		`  ${statecraft} agents create ada --driver demo --prompt "say hello"`,
		`  ${statecraft} logs --follow        ${paint.dim('watch every agent')}`,
		`  ${statecraft} --help`,
		`The API is described at ${paint.accent(`${url}/openapi.json`)}; its token is ${whereToken(server)}.`,
		paint.dim('Ctrl-C ends it cleanly; kill -9 is fine as well.'),
	].join('\n');
}

/** The first signal closes cleanly; a second one does not wait for that. */
async function closeOnSignal(
	server: RunningServer,
	leaveRunning: boolean,
	note: (text: string) => void,
): Promise<void> {
	await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
	const force = (): never => process.exit(exitCodes.interrupted);
	process.once('SIGINT', force).once('SIGTERM', force);
	note(paint.dim('closing; once more to leave at once'));
	await server.close({ leaveRunning });
	process.off('SIGINT', force).off('SIGTERM', force);
}

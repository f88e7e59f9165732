/** `statecraft doctor`: is everything well, and what to do about what is not. Works without a server. */

import type { Command } from 'commander';
import { createContext } from './context.ts';
import { type Check, runChecks } from './doctor-checks.ts';
import { exitCodes, SilentExit } from './failure.ts';
import { paint } from './paint.ts';

const marks = { ok: paint.good('ok  '), warn: paint.warn('warn'), bad: paint.error('BAD ') } as const;

export function registerDoctor(program: Command): void {
	program
		.command('doctor')
		.description('check the server, its data, its agents and this host; repair quarantined actors')
		.option('--retry <address>', 'try to restore this quarantined actor again')
		.option('--reset <address>', 'start this quarantined actor afresh')
		.action(async (options: { retry?: string; reset?: string }, command: Command) => {
			const { api, print, settings } = createContext(command);
			if (options.retry !== undefined) await api.repair(options.retry, 'retry');
			if (options.reset !== undefined) await api.repair(options.reset, 'reset');
			const checks = await runChecks(api, settings);
			const healthy = checks.every((check) => check.verdict !== 'bad');
			print.result({ healthy, checks }, () => renderChecks(checks));
			if (!healthy) throw new SilentExit(exitCodes.failure);
		});
}

function renderChecks(checks: readonly Check[]): string {
	const width = Math.max(...checks.map((check) => check.name.length));
	return checks
		.flatMap(({ verdict, name, finding, advice }) => [
			`${marks[verdict]} ${name.padEnd(width)}  ${finding}`,
			...(advice === undefined ? [] : [paint.dim(`     ${' '.repeat(width)}  ${advice}`)]),
		])
		.join('\n');
}

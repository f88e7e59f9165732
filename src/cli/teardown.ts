/** `statecraft teardown`: remove what a manifest names. */

import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { StatecraftError } from '../errors.ts';
import { manifestOption, printReport } from './apply.ts';
import { createContext } from './context.ts';
import { exitCodes, SilentExit } from './failure.ts';
import { planOnly, renderReport, type Step, takeSteps } from './manifest-steps.ts';

interface TeardownOptions {
	readonly file: string;
	readonly dryRun?: boolean;
	readonly yes?: boolean;
}

export function registerTeardown(program: Command): void {
	program
		.command('teardown')
		.description('remove the workflows, groups and agents that a manifest names, by name')
		.addOption(manifestOption())
		.option('--dry-run', 'only show what would be removed')
		.option('--yes', 'do not ask')
		.action(async (options: TeardownOptions, command: Command) => {
			const { api, print } = createContext(command);
			const { planTeardown } = await import('./manifest-teardown.ts');
			const steps = await planTeardown(api, options.file);
			if (options.dryRun === true) return printReport(print, planOnly(steps), true);
			if (options.yes !== true && steps.length > 0) await confirm(steps);
			printReport(print, await takeSteps(steps), false);
		});
}

async function confirm(steps: readonly Step[]): Promise<void> {
	if (!process.stdin.isTTY)
		throw new StatecraftError('invalid_request', 'Nobody is there to confirm what would be removed', {
			hint: 'add --yes, or look first with --dry-run',
		});
	process.stderr.write(`${renderReport(planOnly(steps))}\n`);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	// Ctrl-C closes it, Ctrl-D aborts the question: neither is a yes.
	const closed = once(terminal, 'close').then(() => '');
	const answer = await Promise.race([terminal.question('Remove all of this? [y/N] ').catch(() => ''), closed]);
	terminal.close();
	if (!/^y(es)?$/i.test(answer.trim())) throw new SilentExit(exitCodes.failure);
}

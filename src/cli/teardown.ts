/** `statecraft teardown`: remove what a manifest names. */

import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { StatecraftError } from '../errors.ts';
import { manifestOption, printReport } from './apply.ts';
import type { ApiClient } from './client.ts';
import { createContext } from './context.ts';
import { exitCodes, ServerProblem, SilentExit } from './failure.ts';
import { type Installation, readInstallation } from './installation.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { orderWorkflows } from './manifest-references.ts';
import { planOnly, renderReport, type Step, type StepKind, takeSteps } from './manifest-steps.ts';

interface TeardownOptions {
	readonly file: string;
	readonly dryRun?: boolean;
	readonly yes?: boolean;
}

/** Names are all that counts: secrets need not be at hand. */
const anySecret = (): string => 'not needed';

export function registerTeardown(program: Command): void {
	program
		.command('teardown')
		.description('remove the workflows, groups and agents that a manifest names, by name')
		.addOption(manifestOption())
		.option('--dry-run', 'only show what would be removed')
		.option('--yes', 'do not ask')
		.action(async (options: TeardownOptions, command: Command) => {
			const { api, print } = createContext(command);
			const manifest = readManifest(options.file, anySecret);
			const steps = planTeardown(manifest, await readInstallation(api, manifest), api);
			if (options.dryRun === true) return printReport(print, planOnly(steps), true);
			if (options.yes !== true && steps.length > 0) await confirm(steps);
			printReport(print, await takeSteps(steps), false);
		});
}

/** Last come, first gone. What is not there needs no step. */
function planTeardown(manifest: Manifest, installation: Installation, api: ApiClient): readonly Step[] {
	const plan = (kind: StepKind, { name }: { readonly name: string }, remove: (id: string) => Promise<void>): Step[] => {
		const existing = installation[kind](name);
		if (existing === undefined) return [];
		return [{ kind, name, action: 'delete', changes: [], run: () => removeIfThere(remove(existing.id)) }];
	};
	return [
		...manifest.agents.flatMap(({ value }) => plan('agent', value, api.removeAgent)),
		...manifest.groups.flatMap(({ value }) => plan('group', value, api.removeGroup)),
		...orderWorkflows(manifest).flatMap(({ value }) => plan('workflow', value, api.removeWorkflow)),
	].reverse();
}

async function removeIfThere(removal: Promise<void>): Promise<undefined> {
	try {
		await removal;
	} catch (error) {
		// Somebody else was faster: it is gone, which is all that was wanted.
		if (!(error instanceof ServerProblem) || error.problem.status !== 404) throw error;
	}
}

async function confirm(steps: readonly Step[]): Promise<void> {
	if (!process.stdin.isTTY)
		throw new StatecraftError('invalid_request', 'Nobody is there to confirm what would be removed', {
			hint: 'add --yes, or look first with --dry-run',
		});
	process.stderr.write(`${renderReport(planOnly(steps))}\n`);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	// Ctrl-D answers nothing, ever.
	const closed = once(terminal, 'close').then(() => '');
	const answer = await Promise.race([terminal.question('Remove all of this? [y/N] '), closed]);
	terminal.close();
	if (!/^y(es)?$/i.test(answer.trim())) throw new SilentExit(exitCodes.failure);
}

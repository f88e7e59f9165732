/** `statecraft apply`: make the server what a manifest says. */

import { type Command, Option } from 'commander';
import { createContext } from './context.ts';
import { exitCodes, SilentExit, toProblem } from './failure.ts';
import { renderReport, type StepsReport } from './manifest-steps.ts';
import type { Printer } from './printer.ts';

interface ApplyOptions {
	readonly file: string;
	readonly dryRun?: boolean;
	readonly restart?: boolean;
	readonly resendSecrets?: boolean;
}

const help = `
Creates what is missing, changes what differs, leaves alone what the file does not name; again and
again with the same end. \${NAME} in driver.env and in a webhook's secret is read from the environment.

Examples:
  statecraft apply -f fleet.yaml --dry-run
  cat fleet.yaml | statecraft apply -f -`;

/** The option every command about a manifest takes. */
export function manifestOption(): Option {
	return new Option(
		'-f, --file <manifest>',
		'YAML file with agents, groups and workflows; - for stdin',
	).makeOptionMandatory();
}

export function registerApply(program: Command): void {
	program
		.command('apply')
		.description('make agents, groups and workflows what a manifest says')
		.addOption(manifestOption())
		.option('--dry-run', 'only show what would change')
		.option('--restart', 'restart agents whose change needs it')
		.option('--resend-secrets', 'send secrets again, for it cannot be seen whether they have changed')
		.addHelpText('after', help)
		.action(async (options: ApplyOptions, command: Command) => {
			const { api, print } = createContext(command);
			const { file, dryRun = false, restart = false, resendSecrets = false } = options;
			const { applyManifest } = await import('./manifest-apply.ts');
			printReport(print, await applyManifest(api, { file, dryRun, restart, resendSecrets }), dryRun);
		});
}

/** Tells what was done; a failure half-way ends the command with exit code 1. */
export function printReport(print: Printer, report: StepsReport, dryRun: boolean): void {
	const { outcomes, error } = report;
	const failed = error === undefined ? {} : { error: toProblem(error) };
	print.result({ dryRun, resources: outcomes, ...failed }, () => renderReport(report));
	if (error === undefined) return;
	print.failure(error);
	throw new SilentExit(exitCodes.failure);
}

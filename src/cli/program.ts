/** The command tree. */

import { Command } from 'commander';
import { packageVersion } from '../package.ts';
import { registerAgents } from './agents.ts';
import { registerAnswer } from './answer.ts';
import { registerApply } from './apply.ts';
import { registerAttach } from './attach.ts';
import { registerAudit } from './audit.ts';
import { registerConnect } from './connect.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerDrivers } from './drivers.ts';
import { registerGroups } from './groups.ts';
import { registerHistory } from './history.ts';
import { registerLogs } from './logs.ts';
import { registerMachines } from './machines.ts';
import { registerMigrateStore } from './migrate-store.ts';
import { registerPrompt } from './prompt.ts';
import { registerQueues } from './queues.ts';
import { registerRequests } from './requests.ts';
import { registerServe } from './serve-command.ts';
import { addGlobalOptions } from './settings.ts';
import { registerSupervisors } from './supervisors.ts';
import { registerTasks } from './tasks.ts';
import { registerTeardown } from './teardown.ts';
import { registerToken } from './token.ts';
import { registerWorkflows } from './workflows.ts';

const exitCodeHelp = `
Exit codes: 0 done, 1 refused or not fulfilled, 2 wrong usage, 3 no server answers, 4 token refused, 130 Ctrl-C.`;

export function createProgram(): Command {
	const program = new Command('statecraft')
		.description('Runs fleets of AI coding agents that survive kill -9.')
		.version(packageVersion)
		.addHelpText('after', exitCodeHelp)
		.exitOverride()
		// Errors are written in one place, main.ts, in the form that was asked for.
		.configureOutput({ outputError: () => undefined })
		.showSuggestionAfterError(true);
	addGlobalOptions(program);
	const registrations = [
		registerServe,
		registerDemo,
		registerDoctor,
		registerDrivers,
		registerMachines,
		registerAgents,
		registerGroups,
		registerPrompt,
		registerAttach,
		registerLogs,
		registerHistory,
		registerRequests,
		registerAnswer,
		registerAudit,
		registerWorkflows,
		registerQueues,
		registerSupervisors,
		registerTasks,
		registerApply,
		registerTeardown,
		registerToken,
		registerConnect,
		registerMigrateStore,
	];
	for (const register of registrations) register(program);
	return program;
}

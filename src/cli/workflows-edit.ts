/** `statecraft workflows create` and `update`: from flags, from a file, or from both. */

import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import { parseCount } from './arguments.ts';
import { createContext } from './context.ts';
import { readText } from './item-options.ts';
import { addTriggerOptions, readTrigger, type TriggerOptions } from './trigger-options.ts';
import type { WorkflowBody, WorkflowResource } from './workflow-resources.ts';
import { renderWorkflow } from './workflow-views.ts';

interface EditOptions extends TriggerOptions {
	readonly name?: string;
	readonly agent?: string;
	readonly template?: string;
	readonly templateFile?: string;
	readonly maxAttempts?: number;
	readonly interrupted?: 'retry' | 'leave';
	readonly disabled?: boolean;
	readonly file?: string;
}

const examples = `
Examples:
  statecraft workflows create standup --agent helper --cron "0 9 * * 1-5" --time-zone Europe/Berlin \\
    --template "Say what changed since yesterday"
  statecraft workflows create triage --agent helper --github-issues owner/repo --label bug --template-file triage.liquid
  statecraft workflows create --file triage.yaml`;

export function registerWorkflowsEdit(workflows: Command): void {
	const create = workflows
		.command('create [name]')
		.description('a standing rule: when something happens, prompt this agent')
		.option('--disabled', 'only record it; `workflows enable` sets it going');
	addEditOptions(create)
		.addHelpText('after', examples)
		.action(async (name: string | undefined, options: EditOptions, command: Command) => {
			const { api, print } = createContext(command);
			const body = requireWhole(await readChange({ ...options, ...(name === undefined ? {} : { name }) }));
			const workflow = await api.createWorkflow(body);
			const agents = new Map([[workflow.agentId, body.agent]]);
			print.result(workflow, () => renderWorkflow(workflow, agents));
		});
	const update = workflows
		.command('update <workflow>')
		.description('change a workflow; what is not given stays')
		.option('--name <name>', 'another name');
	addEditOptions(update).action(async (reference: string, options: EditOptions, command: Command) => {
		const { api, print } = createContext(command);
		const change = await readChange(options);
		if (Object.keys(change).length === 0) throw refuse('Nothing to change was given');
		const before = await api.workflow(reference);
		const workflow = await api.replaceWorkflow(before.id, merge(before, change), before.version);
		const agents = new Map((await api.agents()).items.map(({ id, name }) => [id, name]));
		print.result(workflow, () => renderWorkflow(workflow, agents));
	});
}

function addEditOptions(command: Command): Command {
	command
		.option('--agent <agent>', 'whom to prompt')
		.option('--template <text>', 'Liquid template of the prompt')
		.addOption(new Option('--template-file <path>', 'the same from a file; - for stdin').conflicts('template'))
		.option('--max-attempts <n>', 'how often an item is tried in all', parseCount)
		.addOption(
			new Option('--interrupted <policy>', 'an attempt that a crash or a restart cut short').choices([
				'retry',
				'leave',
			]),
		)
		.option('--file <path>', 'YAML file with all of it, as in a manifest; flags go before it');
	return addTriggerOptions(command);
}

/** What the file and the flags say, the flags before the file. */
async function readChange(options: EditOptions): Promise<Partial<WorkflowBody>> {
	const { name, agent, template, templateFile, maxAttempts, interrupted, disabled, file } = options;
	const base: Partial<WorkflowBody> =
		file === undefined ? {} : (await import('./workflow-file.ts')).readWorkflowBody(file);
	const retry = { ...base.retry, ...withoutGaps({ maxAttempts, interrupted }) };
	const flags = {
		name,
		agent,
		template: templateFile === undefined ? template : readText(templateFile),
		trigger: readTrigger(options),
		enabled: disabled === true ? false : undefined,
		retry: Object.keys(retry).length === 0 ? undefined : retry,
	};
	return { ...base, ...withoutGaps(flags) };
}

function requireWhole({ name, agent, trigger, template, ...others }: Partial<WorkflowBody>): WorkflowBody {
	if (name === undefined) throw refuse('A workflow needs a name');
	if (agent === undefined) throw refuse('A workflow needs an agent: give --agent');
	if (trigger === undefined) throw refuse('A workflow needs a trigger: give one of --cron, --queue, --manual, …');
	if (template === undefined) throw refuse('A workflow needs a template: give --template or --template-file');
	return { name, agent, trigger, template, ...others };
}

/** Secrets are sent back as they were shown, `***`: the stored ones stay. */
function merge(before: WorkflowResource, change: Partial<WorkflowBody>): WorkflowBody {
	const { name, agentId, trigger, template, enabled, policy } = before;
	const kept = { name, agent: agentId, trigger, template, enabled, ...(policy === null ? {} : { policy }) };
	return { ...kept, ...change, retry: { ...before.retry, ...change.retry } };
}

function withoutGaps<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	const given = Object.entries(fields).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function refuse(detail: string): StatecraftError {
	return new StatecraftError('invalid_request', detail, { hint: 'add --help to see what there is to give' });
}

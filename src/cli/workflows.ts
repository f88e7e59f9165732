/** `statecraft workflows …`: list, show, change, set off and end workflows, and tell what they did. */

import { type Command, Option } from 'commander';
import { readAgentNames } from './agent-names.ts';
import { refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import { addItemOptions, type ItemOptions, readItem, readJsonFile, readText } from './item-options.ts';
import { renderDispatch, renderDispatches, renderWorkflow, renderWorkflows } from './workflow-views.ts';
import { registerWorkflowsEdit } from './workflows-edit.ts';

const dispatchStatuses = ['pending', 'dispatched', 'completed', 'failed', 'skipped', 'interrupted'];

interface PreviewOptions {
	readonly template?: string;
	readonly templateFile?: string;
	readonly item?: string;
	readonly agent?: string;
}

export function registerWorkflows(program: Command): void {
	const workflows = program
		.command('workflows')
		.alias('workflow')
		.description('standing rules: when something happens, prompt this agent');
	registerList(workflows);
	registerShow(workflows);
	registerWorkflowsEdit(workflows);
	registerSwitch(workflows, 'enable', 'set a workflow going');
	registerSwitch(workflows, 'disable', 'let a workflow rest; a turn under way goes on');
	registerTrigger(workflows);
	registerDelete(workflows);
	registerDispatches(workflows);
	registerPreview(workflows);
}

function registerList(workflows: Command): void {
	workflows
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all workflows: what their runners do, when they look again, what went wrong last')
		.action(async (_options: unknown, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.workflows();
			const names = await readAgentNames(api);
			print.result(listing, () => renderWorkflows(listing.items, names));
		});
}

function registerShow(workflows: Command): void {
	workflows
		.command('show <workflow>')
		.description('everything about one workflow')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const workflow = await api.workflow(reference);
			const names = await readAgentNames(api);
			print.result(workflow, () => renderWorkflow(workflow, names));
		});
}

function registerSwitch(workflows: Command, change: 'enable' | 'disable', description: string): void {
	workflows
		.command(`${change} <workflow>`)
		.description(description)
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.workflow(reference);
			const workflow = await api.switchWorkflow(id, change);
			print.result(workflow, () => `${workflow.name} (${workflow.id}) is ${change}d`);
		});
}

function registerTrigger(workflows: Command): void {
	const trigger = workflows
		.command('trigger <workflow>')
		.description('hand a workflow a work item, whatever its trigger is');
	addItemOptions(trigger).action(async (reference: string, options: ItemOptions, command: Command) => {
		const { api, print } = createContext(command);
		const { id, name } = await api.workflow(reference);
		const dispatch = await api.trigger(id, readItem(options));
		print.result(dispatch, () => `${dispatch.id} ${dispatch.status} for ${name}`);
	});
}

function registerDelete(workflows: Command): void {
	workflows
		.command('delete <workflow>')
		.alias('rm')
		.description('remove a workflow with its dispatches; a turn under way goes on')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { id, name } = await api.workflow(reference);
			await api.removeWorkflow(id);
			print.result({ id, name, deleted: true }, () => `${name} (${id}) is deleted`);
		});
}

function registerDispatches(workflows: Command): void {
	workflows
		.command('dispatches <workflow>')
		.description('what became of each work item, newest first')
		.addOption(new Option('--status <status>', 'only those with this status').choices(dispatchStatuses))
		.action(async (reference: string, options: { status?: string }, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.workflow(reference);
			const listing = await api.dispatches(id, { status: options.status });
			print.result(listing, () => renderDispatches(listing.items));
		});
	workflows
		.command('dispatch <dispatch>')
		.description('everything about one dispatch')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const dispatch = await api.dispatch(id);
			print.result(dispatch, () => renderDispatch(dispatch));
		});
	workflows
		.command('retry <dispatch>')
		.description('send a dispatch again that has ended, whichever way')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const dispatch = await api.retryDispatch(id);
			print.result(dispatch, () => `${dispatch.id} is ${dispatch.status} again`);
		});
}

function registerPreview(workflows: Command): void {
	workflows
		.command('preview')
		.description('the prompt as an agent would get it')
		.option('--template <text>', 'Liquid template of the prompt')
		.addOption(new Option('--template-file <path>', 'the same from a file; - for stdin').conflicts('template'))
		.option('--item <path>', 'JSON file with a work item; - for stdin')
		.option('--agent <agent>', 'agent to render it for')
		.action(async (options: PreviewOptions, command: Command) => {
			const { template, templateFile, item, agent } = options;
			const text = templateFile === undefined ? template : readText(templateFile);
			if (text === undefined) return command.error('give one of --template and --template-file');
			const { api, print } = createContext(command);
			const given = item === undefined ? undefined : readJsonFile(item);
			const body = {
				template: text,
				...(given === undefined ? {} : { item: given }),
				...(agent === undefined ? {} : { agent }),
			};
			const preview = await api.preview(body);
			print.result(preview, () => preview.text);
		});
}

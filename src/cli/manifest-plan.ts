/** From what a manifest says and what a server has: what is to be created, what to be changed, and how. */

import type { ApiClient } from './client.ts';
import { ServerProblem } from './failure.ts';
import type { Installation } from './installation.ts';
import type { Declared, Manifest } from './manifest.ts';
import { type FieldChange, type Fields, findChanges } from './manifest-difference.ts';
import { orderWorkflows } from './manifest-references.ts';
import type { ManifestAgent, ManifestGroup, ManifestWorkflow } from './manifest-schema.ts';
import type { Step, StepKind } from './manifest-steps.ts';
import { readTemplate } from './manifest-template.ts';
import { mapReferences } from './trigger-references.ts';
import type { TriggerResource, WorkflowBody, WorkflowResource } from './workflow-resources.ts';

export interface PlanOptions {
	/** Restart agents whose change needs it. */
	readonly restart: boolean;
	/** Send secrets again although nobody can tell whether they have changed. */
	readonly resendSecrets: boolean;
}

export interface Planner extends PlanOptions {
	readonly api: ApiClient;
	readonly installation: Installation;
}

/** Agents, groups, workflows, in an order in which each finds what it needs. Nothing is changed yet. */
export function planManifest(manifest: Manifest, planner: Planner): readonly Step[] {
	const workflows = orderWorkflows(manifest);
	return [
		...manifest.agents.map(({ value }) => planAgent(value, manifest.directory, planner)),
		...manifest.groups.map(({ value }) => planGroup(value, planner)),
		...workflows.map((workflow) => planWorkflow(workflow, readTemplate(workflow, manifest), planner)),
	];
}

function planAgent(agent: ManifestAgent, directory: string, planner: Planner): Step {
	const { api, installation, resendSecrets } = planner;
	const existing = installation.agent(agent.name);
	// The first prompt, and whether it is launched, are matters of its creation alone.
	const { name, prompt, autoStart, ...wanted } = agent;
	if (existing === undefined) return createStep('agent', name, () => api.createAgent({ cwd: directory, ...agent }));
	const changes = findChanges(wanted, existing, { whole: ['driver', 'labels', 'policy', 'budget'], resendSecrets });
	return changeStep('agent', name, changes, async () => {
		const { restartRequired } = await api.patchAgent(existing.id, pickChanged(wanted, changes));
		if (restartRequired !== true) return undefined;
		if (!planner.restart) return { restartRequired };
		await restart(api, existing.id, name);
		return { restarted: true };
	});
}

async function restart(api: ApiClient, id: string, name: string): Promise<void> {
	try {
		await api.command(id, 'restart', { reason: 'its manifest was applied' });
	} catch (error) {
		if (!(error instanceof ServerProblem)) throw error;
		// The next time nothing differs any more, and nothing is restarted.
		const detail = `It is changed but not restarted: ${error.message}`;
		throw new ServerProblem({ ...error.problem, detail, hint: `statecraft agents restart ${name}` });
	}
}

function planGroup(group: ManifestGroup, { api, installation, resendSecrets }: Planner): Step {
	const { name, ...wanted } = group;
	const existing = installation.group(name);
	if (existing === undefined) return createStep('group', name, () => api.createGroup(group));
	const { strategy, maxRestarts, withinSeconds } = existing;
	const members = existing.members.map((member) => member.name ?? member.id);
	const actual = { strategy, members, maxRestarts, withinSeconds };
	const named = { ...wanted, members: wanted.members.map(agentName(installation)) };
	const changes = findChanges(named, actual, { whole: [], resendSecrets });
	return changeStep('group', name, changes, async () => {
		await api.replaceGroup(existing.id, { name, ...actual, ...wanted }, existing.version);
		return undefined;
	});
}

function planWorkflow({ value }: Declared<ManifestWorkflow>, template: string, planner: Planner): Step {
	const { api, installation, resendSecrets } = planner;
	const { templateFile, ...workflow } = value;
	const body: WorkflowBody = { ...workflow, template };
	const { name } = body;
	const existing = installation.workflow(name);
	if (existing === undefined) return createStep('workflow', name, () => api.createWorkflow(body));
	const actual = workflowFields(existing, installation);
	const { name: _name, ...fields } = body;
	const wanted = {
		...fields,
		agent: agentName(installation)(body.agent),
		trigger: nameReferences(body.trigger, installation),
	};
	const changes = findChanges(wanted, actual, { whole: ['trigger', 'policy'], resendSecrets });
	return changeStep('workflow', name, changes, async () => {
		await api.replaceWorkflow(existing.id, mergeBody(existing, body), existing.version);
		return undefined;
	});
}

/** A replacement is whole: what the manifest does not name is sent as it is. */
function mergeBody({ enabled, policy, retry }: WorkflowResource, body: WorkflowBody): WorkflowBody {
	return { enabled, ...(policy === null ? {} : { policy }), ...body, retry: { ...retry, ...body.retry } };
}

/** Agents and workflows by name on both sides, however they are named. */
function workflowFields({ agentId, trigger, ...others }: WorkflowResource, installation: Installation): Fields {
	return { ...others, agent: agentName(installation)(agentId), trigger: nameReferences(trigger, installation) };
}

function nameReferences(trigger: TriggerResource, installation: Installation): TriggerResource {
	return mapReferences(trigger, ({ kind, to }) => installation[kind](to)?.name ?? to);
}

function agentName(installation: Installation): (reference: string) => string {
	return (reference) => installation.agent(reference)?.name ?? reference;
}

function pickChanged(wanted: Fields, changes: readonly FieldChange[]): Fields {
	const changed = new Set(changes.map(({ field }) => field.split('.')[0]));
	return Object.fromEntries(Object.entries(wanted).filter(([key]) => changed.has(key)));
}

function createStep(kind: StepKind, name: string, create: () => Promise<unknown>): Step {
	const run = async (): Promise<undefined> => {
		await create();
	};
	return { kind, name, action: 'create', changes: [], run };
}

function changeStep(kind: StepKind, name: string, changes: readonly FieldChange[], change: Step['run']): Step {
	if (changes.length === 0) return { kind, name, action: 'none', changes, run: async () => undefined };
	return { kind, name, action: 'change', changes, run: change };
}

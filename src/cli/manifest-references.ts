/** Who needs whom in a manifest: what is named must be there, and what is named comes first. */

import type { Installation } from './installation.ts';
import { createFileError, type Fault } from './located-yaml.ts';
import type { Declared, Manifest } from './manifest.ts';
import type { ManifestWorkflow } from './manifest-schema.ts';
import { findReferences } from './trigger-references.ts';

/** Fails with `invalid_request` when a name stands for nothing, in the manifest and on the server. */
export function checkReferences(manifest: Manifest, installation: Installation): void {
	const agents = new Set(manifest.agents.map(({ value }) => value.name));
	const workflows = new Set(manifest.workflows.map(({ value }) => value.name));
	const known = {
		agent: (name: string) => agents.has(name) || installation.agent(name) !== undefined,
		workflow: (name: string) => workflows.has(name) || installation.workflow(name) !== undefined,
	};
	const check = (kind: 'agent' | 'workflow', name: string, at: () => string): Fault[] =>
		known[kind](name) ? [] : [{ at: at(), message: `There is no ${kind} "${name}", neither here nor on the server` }];
	const faults = [
		...manifest.groups.flatMap(({ value, at }) =>
			value.members.flatMap((member, index) => check('agent', member, () => at('members', index))),
		),
		...manifest.workflows.flatMap(({ value, at }) => [
			...check('agent', value.agent, () => at('agent')),
			...findReferences(value.trigger).flatMap(({ kind, to, path }) => check(kind, to, () => at('trigger', ...path))),
		]),
	];
	if (faults.length > 0) throw createFileError(manifest.file, faults);
}

/** The workflows, each after those its trigger names; fails with `invalid_request` when they go in a circle. */
export function orderWorkflows({ file, workflows }: Manifest): ReadonlyArray<Declared<ManifestWorkflow>> {
	const byName = new Map(workflows.map((workflow) => [workflow.value.name, workflow]));
	const ordered = new Set<Declared<ManifestWorkflow>>();

	function place(workflow: Declared<ManifestWorkflow>, waiting: readonly string[]): void {
		if (ordered.has(workflow)) return;
		const { value, at } = workflow;
		const path = [...waiting, value.name];
		if (waiting.includes(value.name)) {
			const circle = path.slice(path.indexOf(value.name)).join(' → ');
			throw createFileError(file, [
				{ at: at('trigger'), message: `Workflows start one another in a circle: ${circle}` },
			]);
		}
		for (const { kind, to } of findReferences(value.trigger)) {
			const needed = kind === 'workflow' ? byName.get(to) : undefined;
			if (needed !== undefined) place(needed, path);
		}
		ordered.add(workflow);
	}

	for (const workflow of workflows) place(workflow, []);
	return [...ordered];
}

/** Where triggers name agents and workflows. */

import type { YamlPath } from './located-yaml.ts';
import type { TriggerResource } from './workflow-resources.ts';

export interface TriggerReference {
	readonly kind: 'agent' | 'workflow';
	/** Id or name. */
	readonly to: string;
	/** Within the trigger. */
	readonly path: YamlPath;
}

/** Every agent and workflow the trigger names; `*`, any agent, is none. */
export function findReferences(trigger: TriggerResource): TriggerReference[] {
	const found: TriggerReference[] = [];
	mapReferences(trigger, (reference) => {
		found.push(reference);
		return reference.to;
	});
	return found;
}

/** The trigger with what it names put differently. */
export function mapReferences(
	trigger: TriggerResource,
	change: (reference: TriggerReference) => string,
	path: YamlPath = [],
): TriggerResource {
	const entries = Object.entries(trigger).map(([key, value]) => {
		if ((key === 'agent' || key === 'workflow') && typeof value === 'string' && value !== '*')
			return [key, change({ kind: key, to: value, path: [...path, key] })];
		if (key === 'triggers' && Array.isArray(value))
			return [key, value.map((inner, index) => mapReferences(inner, change, [...path, key, index]))];
		return [key, value];
	});
	return Object.fromEntries(entries);
}

/** What may be changed of an agent on the page, as it is written in the form. Pure. */

import type { Agent } from '../../store/resources.ts';

export interface SettingsForm {
	readonly name: string;
	/** A line each: `name=value`. */
	readonly labels: string;
	readonly interruptedTurn: Agent['interruptedTurn'];
}

export type SettingsChange = Partial<Pick<Agent, 'name' | 'labels' | 'interruptedTurn'>>;

export function fillForm({ name, labels, interruptedTurn }: Agent): SettingsForm {
	const lines = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
	return { name, labels: lines.sort().join('\n'), interruptedTurn };
}

export function isSameForm(a: SettingsForm, b: SettingsForm): boolean {
	return a.name === b.name && a.labels === b.labels && a.interruptedTurn === b.interruptedTurn;
}

/** What was changed since the form was filled; throws an error in people's words for labels that are none. */
export function readChange(form: SettingsForm, filled: SettingsForm): SettingsChange {
	return {
		...(form.name.trim() !== filled.name && { name: form.name.trim() }),
		...(form.labels !== filled.labels && { labels: readLabels(form.labels) }),
		...(form.interruptedTurn !== filled.interruptedTurn && { interruptedTurn: form.interruptedTurn }),
	};
}

export function readLabels(text: string): Record<string, string> {
	const lines = text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');
	return Object.fromEntries(lines.map(readLabel));
}

function readLabel(line: string): readonly [string, string] {
	const at = line.indexOf('=');
	if (at < 1) throw new Error(`"${line}" is no label: write name=value, one a line`);
	return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

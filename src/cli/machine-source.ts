/**
 * Machines as Stately Studio imports them: a JSON definition, or a module with one literal
 * `createMachine({…})`.
 *
 * They are for looking at. What a machine does by code (contexts, guards, actions, delays, parameters) is
 * not in its definition: started, it would take a delay without a length to be over at once.
 */

export interface MachineResource {
	readonly id: string;
	readonly version: number;
	readonly definition: unknown;
}

export const machineFormats = ['json', 'ts'] as const;

export type MachineFormat = (typeof machineFormats)[number];

export function renderMachine(machine: MachineResource, format: MachineFormat): string {
	const definition = withoutCode(machine.definition);
	return format === 'json' ? `${JSON.stringify(definition, null, 2)}\n` : renderModule(machine, definition);
}

function renderModule({ id, version }: MachineResource, definition: unknown): string {
	const lines = [
		`// The machine "${id}" of Statecraft, version ${version}, to be looked at: its guards, actions and delays are named`,
		'// here and implemented in Statecraft alone.',
		"import { createMachine } from 'xstate';",
		'',
		`export const ${toIdentifier(id)}Machine = createMachine(${renderValue(definition, 0)});`,
		'',
	];
	return lines.join('\n');
}

/** Where code stands in a definition there is a mere `{ "type": "params" }`, which nobody could tell from data. */
const codeKeys: ReadonlySet<string> = new Set(['context', 'params', 'input', 'output']);

function withoutCode(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutCode);
	if (!isRecord(value)) return value;
	const kept = Object.entries(value).filter(([key, inner]) => !codeKeys.has(key) || !isStandIn(inner, key));
	return Object.fromEntries(kept.map(([key, inner]) => [key, withoutCode(inner)]));
}

function isStandIn(value: unknown, key: string): boolean {
	return isRecord(value) && value.type === key && Object.keys(value).length === 1;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** With spaces: the editors that read it know no tabs. */
function renderValue(value: unknown, depth: number): string {
	const inner = '  '.repeat(depth + 1);
	const outer = '  '.repeat(depth);
	if (Array.isArray(value)) {
		if (value.length === 0) return '[]';
		return `[\n${value.map((element) => `${inner}${renderValue(element, depth + 1)},\n`).join('')}${outer}]`;
	}
	if (!isRecord(value)) return JSON.stringify(value);
	const entries = Object.entries(value);
	if (entries.length === 0) return '{}';
	const lines = entries.map(([key, element]) => `${inner}${renderKey(key)}: ${renderValue(element, depth + 1)},\n`);
	return `{\n${lines.join('')}${outer}}`;
}

/** `__proto__` too is quoted and in brackets: else it would set the prototype. */
function renderKey(key: string): string {
	if (key === '__proto__') return '["__proto__"]';
	return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function toIdentifier(id: string): string {
	const name = id.replaceAll(/[^\w$]+(\w?)/g, (_, next: string) => next.toUpperCase());
	return /^\d/.test(name) ? `_${name}` : name;
}

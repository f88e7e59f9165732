/**
 * Disclosure: which parts of an actor's context and events may be shown to third parties. It is an
 * allow-list (`DurableDefinition.disclosed`): whatever nobody has listed is redacted.
 *
 * 1. A path names single values (`run.startedAt`, `requests.*.id`): never all that lies below it.
 * 2. What is not listed becomes `[redacted]`. Nulls stay, lists keep their length, and an object keeps
 *    its keys where something in it is listed; elsewhere its keys may be somebody's words themselves.
 * 3. A key that is named goes by what is said of it, not by what `*` says of each.
 * 4. Of events, `type` and `at` are always shown: the machine's own drawing names them.
 */

import type { DurableDefinition } from './definition.ts';

export const redacted = '[redacted]';

/** No id, and no name of a state, is longer: whatever is, is not what the list takes it for. */
const longestText = 200;

/** Listed paths by their first segment; `*` stands for each key or element. */
interface Listed {
	shown: boolean;
	readonly below: Map<string, Listed>;
}

const eventAlways = ['type', 'at'] as const;
const nothing: Listed = { shown: false, below: new Map() };
const compiled = new WeakMap<DurableDefinition, { readonly context: Listed; readonly event: Listed }>();

/** A copy of a context, or of any part of it, with all that is not listed redacted. */
export function discloseContext(definition: DurableDefinition, context: unknown): unknown {
	return disclose(context, listedBy(definition).context);
}

/** A copy of an event with all that is not listed redacted. */
export function discloseEvent(definition: DurableDefinition, event: unknown): unknown {
	return disclose(event, listedBy(definition).event);
}

function listedBy(definition: DurableDefinition) {
	const known = compiled.get(definition);
	if (known) return known;
	const { context = [], event = [] } = definition.disclosed ?? {};
	const listed = { context: compile(context), event: compile([...eventAlways, ...event]) };
	compiled.set(definition, listed);
	return listed;
}

function compile(paths: readonly string[]): Listed {
	const root: Listed = { shown: false, below: new Map() };
	for (const path of paths) path.split('.').reduce(descend, root).shown = true;
	return root;
}

function descend({ below }: Listed, segment: string): Listed {
	const next = below.get(segment) ?? { shown: false, below: new Map() };
	below.set(segment, next);
	return next;
}

function disclose(value: unknown, listed: Listed): unknown {
	if (value === null || value === undefined) return value;
	if (Array.isArray(value)) return value.map((element) => discloseElement(element, listed));
	if (typeof value === 'object') return isOpen(value, listed) ? discloseEntries(value, listed) : redacted;
	return listed.shown && isShort(value) ? value : redacted;
}

function discloseElement(element: unknown, { below }: Listed): unknown {
	const listed = below.get('*') ?? nothing;
	// A list in a list that nobody has listed: nothing is gained by its length.
	return Array.isArray(element) && listed === nothing ? redacted : disclose(element, listed);
}

/** `fromEntries` defines each key on the copy itself, whatever it is called. */
function discloseEntries(value: object, { below }: Listed): unknown {
	const any = below.get('*') ?? nothing;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, disclose(inner, below.get(key) ?? any)]));
}

/** Plain objects alone: what others print of themselves is not known. */
function isOpen(value: object, { below }: Listed): boolean {
	const prototype: unknown = Object.getPrototypeOf(value);
	return below.size > 0 && (prototype === Object.prototype || prototype === null);
}

function isShort(value: unknown): boolean {
	return typeof value === 'string' ? value.length <= longestText : typeof value !== 'function';
}

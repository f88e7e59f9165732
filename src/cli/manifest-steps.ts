/**
 * The steps by which a server comes to be what a manifest says, taken one after the other. The first
 * that fails ends it: what was done stays, and the same command again does the rest.
 */

import { toProblem } from './failure.ts';
import type { FieldChange } from './manifest-difference.ts';
import { paint } from './paint.ts';
import { oneLine } from './table.ts';

export type StepKind = 'agent' | 'group' | 'workflow';
export type StepAction = 'create' | 'change' | 'delete' | 'none';

export interface Step {
	readonly kind: StepKind;
	readonly name: string;
	readonly action: StepAction;
	readonly changes: readonly FieldChange[];
	run(): Promise<StepEnd | undefined>;
}

export interface StepEnd {
	/** The change takes effect once the agent is restarted. */
	readonly restartRequired?: boolean;
	readonly restarted?: boolean;
}

export interface Outcome extends Omit<Step, 'run'>, StepEnd {
	/** `planned` in a dry run, and of what a failure before it has kept from happening. */
	readonly state: 'done' | 'failed' | 'planned';
	/** Why it failed. */
	readonly failure?: string;
}

export interface StepsReport {
	readonly outcomes: readonly Outcome[];
	/** What ended it half-way. */
	readonly error: unknown;
}

export function planOnly(steps: readonly Step[]): StepsReport {
	return { outcomes: steps.map((step) => toOutcome(step, 'planned')), error: undefined };
}

export async function takeSteps(steps: readonly Step[]): Promise<StepsReport> {
	const outcomes: Outcome[] = [];
	let error: unknown;
	for (const step of steps) {
		if (error !== undefined) outcomes.push(toOutcome(step, 'planned'));
		else {
			try {
				outcomes.push({ ...toOutcome(step, 'done'), ...(await step.run()) });
			} catch (thrown) {
				error = thrown;
				const { detail, title } = toProblem(thrown);
				outcomes.push({ ...toOutcome(step, 'failed'), failure: detail ?? title });
			}
		}
	}
	return { outcomes, error };
}

/** One block for each resource and, last, the sum. */
export function renderReport({ outcomes, error }: StepsReport): string {
	if (outcomes.length === 0) return paint.dim('nothing to do');
	const kindWidth = 'workflow'.length;
	const nameWidth = Math.max(...outcomes.map(({ name }) => name.length));
	const blocks = outcomes.map((outcome) => {
		const { kind, name, changes } = outcome;
		const [mark, told] = describe(outcome, error !== undefined);
		const line = `${mark} ${kind.padEnd(kindWidth)}  ${name.padEnd(nameWidth)}  ${told}${remarkOf(outcome)}`;
		return [line, ...changes.map(renderChange)];
	});
	return [...blocks.flat(), paint.dim(renderSum(outcomes, error !== undefined))].join('\n');
}

type Words = readonly [planned: string, done: string];

const marks: Readonly<Record<StepAction, string>> = {
	create: paint.good('+'),
	change: paint.warn('~'),
	delete: paint.error('-'),
	none: ' ',
};

const words: Readonly<Record<StepAction, Words>> = {
	create: ['to be created', 'created'],
	change: ['to be changed', 'changed'],
	delete: ['to be deleted', 'deleted'],
	none: ['unchanged', 'unchanged'],
};

function describe({ action, state }: Outcome, endedEarly: boolean): readonly [mark: string, words: string] {
	const [planned, done] = words[action];
	if (action === 'none') return [marks.none, done];
	if (state === 'failed') return [paint.error('!'), paint.error(`could not be ${done}`)];
	if (state === 'done') return [marks[action], done];
	return endedEarly ? [' ', `not ${done} yet`] : [marks[action], planned];
}

function remarkOf({ name, failure, restartRequired, restarted }: Outcome): string {
	if (failure !== undefined) return `: ${oneLine(failure, 400)}`;
	if (restarted === true) return ' and restarted';
	if (restartRequired === true) return `; takes effect after \`statecraft agents restart ${name}\``;
	return '';
}

function renderChange({ field, from, to }: FieldChange): string {
	const [before, after] = renderValues(from, to);
	return `    ${field}: ${before} → ${after}`;
}

/** Of texts of many lines, the first line in which they differ. */
function renderValues(from: unknown, to: unknown): readonly [string, string] {
	if (typeof from !== 'string' || typeof to !== 'string' || !/\n/.test(from + to))
		return [renderValue(from), renderValue(to)];
	const [before, after] = [from.split('\n'), to.split('\n')];
	const line = after.findIndex((text, index) => text !== before[index]);
	const at = line < 0 ? after.length : line;
	return [`line ${at + 1} ${renderValue(before[at])}`, renderValue(after[at])];
}

function renderValue(value: unknown): string {
	if (value === undefined || value === null) return '(none)';
	return oneLine(typeof value === 'string' ? value : JSON.stringify(value), 120) || '(empty)';
}

function renderSum(outcomes: readonly Outcome[], endedEarly: boolean): string {
	const count = (fits: (outcome: Outcome) => boolean): number => outcomes.filter(fits).length;
	const changing = (['create', 'change', 'delete'] as const).flatMap((action) => {
		const done = count((outcome) => outcome.action === action && outcome.state === 'done');
		const planned = count((outcome) => outcome.action === action && outcome.state === 'planned');
		return [
			...(done > 0 ? [`${done} ${words[action][1]}`] : []),
			...(planned > 0 && !endedEarly ? [`${planned} ${words[action][0]}`] : []),
		];
	});
	const unchanged = count(({ action }) => action === 'none');
	const left = endedEarly ? count(({ action, state }) => action !== 'none' && state !== 'done') : 0;
	return [
		...changing,
		...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
		...(left > 0 ? [`${left} not done: run it again to go on`] : []),
	].join(', ');
}

function toOutcome({ kind, name, action, changes }: Step, state: Outcome['state']): Outcome {
	return { kind, name, action, changes, state };
}

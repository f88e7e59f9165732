/** The form for a new agent: what is typed, and the body it makes. Pure. */

import type { ApiError } from '../connection/api.ts';
import type { NewAgentBody } from './agent-creation.ts';
import { defaultInterruptedTurn, type InterruptedTurn } from './interrupted-turn.ts';

/** A preset's name; a program of the operator's own; or one that dials in from elsewhere. */
export type DriverChoice =
	| { readonly type: 'preset'; readonly kind: string }
	| { readonly type: 'program' | 'dial-in' };

export interface NewAgentForm {
	readonly driver: DriverChoice | null;
	readonly protocol: 'acp' | 'stream-json';
	readonly command: string;
	/** Separated by spaces; quotes keep them together. */
	readonly args: string;
	readonly name: string;
	/** The name that was put in for the operator; another one was typed, and stays. */
	readonly suggestedName: string;
	readonly cwd: string;
	/** The directory that was put in for the operator; another one was typed, and stays. */
	readonly suggestedCwd: string;
	readonly prompt: string;
	readonly labels: string;
	readonly restart: 'permanent' | 'transient' | 'temporary';
	readonly interruptedTurn: InterruptedTurn;
	readonly tools: 'require_approval' | 'allow_all' | 'deny_all';
	readonly costLimit: string;
	readonly tokenLimit: string;
	readonly turnSeconds: string;
}

export const emptyForm: NewAgentForm = {
	driver: null,
	protocol: 'acp',
	command: '',
	args: '',
	name: '',
	suggestedName: '',
	cwd: '',
	suggestedCwd: '',
	prompt: '',
	labels: '',
	restart: 'transient',
	interruptedTurn: defaultInterruptedTurn,
	tools: 'require_approval',
	costLimit: '',
	tokenLimit: '',
	turnSeconds: '',
};

/** To begin with: an agent that is there, so that most have nothing to choose. */
export function beginForm(
	drivers: ReadonlyArray<{ readonly kind: string; readonly installed: boolean }>,
	cwd: string,
	taken: ReadonlySet<string>,
): NewAgentForm {
	const form = { ...emptyForm, cwd, suggestedCwd: cwd };
	const first = drivers.find(({ installed }) => installed);
	if (first === undefined) return form;
	return { ...form, ...chooseDriver(form, { type: 'preset', kind: first.kind }, taken, cwd) };
}

/** What changes with another driver. `serverCwd` means nothing on another machine. */
export function chooseDriver(
	{ name, suggestedName, cwd, suggestedCwd }: NewAgentForm,
	driver: DriverChoice,
	taken: ReadonlySet<string>,
	serverCwd: string,
): Partial<NewAgentForm> {
	const directory = driver.type === 'dial-in' ? '' : serverCwd;
	const suggestion = suggestName(driver.type === 'preset' ? driver.kind : 'agent', taken);
	return {
		driver,
		...(cwd === suggestedCwd && { cwd: directory, suggestedCwd: directory }),
		...(name === suggestedName && { name: suggestion, suggestedName: suggestion }),
	};
}

export type FormField = keyof NewAgentForm;
export type FormProblems = Partial<Record<FormField, string>>;

/** What keeps the form from being sent. */
export function findProblems(form: NewAgentForm): FormProblems {
	return {
		...(form.driver === null && { driver: 'Choose what runs.' }),
		...(form.driver?.type === 'program' && form.command.trim() === '' && { command: 'Say which program to start.' }),
		...(form.name.trim() === '' && { name: 'Give it a name.' }),
		...(!form.cwd.trim().startsWith('/') && { cwd: 'An absolute path, such as /home/you/project.' }),
		...(parseLabels(form.labels) === null && { labels: 'Write labels as name=value, separated by commas.' }),
		...findAmountProblem(form, 'costLimit'),
		...findAmountProblem(form, 'tokenLimit'),
		...findAmountProblem(form, 'turnSeconds'),
	};
}

type AmountField = 'costLimit' | 'tokenLimit' | 'turnSeconds';

function findAmountProblem(form: NewAgentForm, field: AmountField): FormProblems {
	return parseAmount(form[field]) === null ? { [field]: 'A number above zero, or nothing.' } : {};
}

/** Of a form without problems. */
export function renderBody(form: NewAgentForm): NewAgentBody {
	const prompt = form.prompt.trim();
	const labels = parseLabels(form.labels) ?? {};
	const budget = renderBudget(form);
	return {
		name: form.name.trim(),
		driver: renderDriver(form),
		cwd: form.cwd.trim(),
		restart: { policy: form.restart },
		interruptedTurn: form.interruptedTurn,
		// It comes when it comes: a launch would give it a deadline.
		...(form.driver?.type === 'dial-in' && { autoStart: false }),
		...(prompt !== '' && { prompt }),
		...(form.tools !== 'require_approval' && { policy: { mode: form.tools } }),
		...(Object.keys(labels).length > 0 && { labels }),
		...(budget && { budget }),
	};
}

function renderDriver({ driver, protocol, command, args }: NewAgentForm): NewAgentBody['driver'] {
	switch (driver?.type) {
		case 'preset':
			return { kind: driver.kind };
		case 'program':
			return { kind: protocol, command: command.trim(), args: splitArguments(args) };
		default:
			return { kind: protocol, transport: 'websocket' };
	}
}

function renderBudget(form: NewAgentForm): NewAgentBody['budget'] | null {
	const [cost, tokens, turnSeconds] = [form.costLimit, form.tokenLimit, form.turnSeconds].map(parseAmount);
	if (!cost && !tokens && !turnSeconds) return null;
	return {
		...(cost && { cost: { hard: cost } }),
		...(tokens && { tokens: { hard: tokens } }),
		...(turnSeconds && { turnSeconds: { hard: turnSeconds } }),
	};
}

/** Undefined for nothing, null for what is no number above zero. */
export function parseAmount(text: string): number | undefined | null {
	if (text.trim() === '') return undefined;
	const amount = Number(text);
	return Number.isFinite(amount) && amount > 0 ? amount : null;
}

/** `team=web, role=review`; null for what is written otherwise. */
export function parseLabels(text: string): Record<string, string> | null {
	const pairs = text
		.split(',')
		.map((pair) => pair.trim())
		.filter(Boolean)
		.map((pair) => /^([^=]+)=(.*)$/.exec(pair));
	if (pairs.includes(null)) return null;
	return Object.fromEntries(pairs.map((pair) => [pair?.[1]?.trim() ?? '', pair?.[2]?.trim() ?? '']));
}

/** As a shell would part them, by spaces and quotes alone. */
export function splitArguments(text: string): string[] {
	const parts = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
	return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, (_whole, double, single) => double ?? single));
}

/** A name that no agent has yet: `claude`, `claude-2`, … */
export function suggestName(base: string, taken: ReadonlySet<string>): string {
	for (let number = 1; ; number += 1) {
		const name = number === 1 ? base : `${base}-${number}`;
		if (!taken.has(name)) return name;
	}
}

/** Which field the server complains about; the others are told beside the buttons. */
export function findServerProblems({ problem }: ApiError): FormProblems {
	const { code, detail, issues = [] } = problem;
	const byCode: Partial<Record<typeof code, FormField>> = {
		agent_name_taken: 'name',
		cwd_not_found: 'cwd',
		unknown_driver: 'driver',
		driver_not_installed: 'driver',
		command_not_found: 'command',
	};
	const field = byCode[code];
	const named = issues.flatMap(({ path, message }) => {
		const name = path.split('.').find((part) => part === 'name' || part === 'cwd');
		return name === undefined ? [] : [[name, message] as const];
	});
	return { ...Object.fromEntries(named), ...(field && { [field]: detail }) };
}

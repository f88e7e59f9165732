/** Plays a script on a stage: what each step of the demo agent's language does. */
import { setTimeout as delay } from 'node:timers/promises';
import { advancePlan, beginPlan, type Plan, showPlan } from './plan.ts';
import { explanations, parseScript, type Step } from './script.ts';
import type { QuestionAnswer, Stage } from './stage.ts';

/** What steps need beyond the stage: the process they run in, and what went before. */
export interface Surroundings {
	/** Turns of the session before this one. */
	readonly earlierTurns: number;
	/** Writes a raw line to stdout. */
	writeRaw(line: string): void;
	/** Ends the process; does not return. */
	exit(code: number): never;
	/** Aborted when the client cancels the turn. */
	readonly signal: AbortSignal;
}

/** Resolves when the script has been played; rejects with an AbortError when the turn was cancelled. */
export async function playPrompt(prompt: string, stage: Stage, surroundings: Surroundings): Promise<void> {
	const steps = parseScript(prompt) ?? [{ verb: 'say' as const, text: explain(prompt) }];
	let plan: Plan | null = null;
	for (const [index, step] of steps.entries()) {
		surroundings.signal.throwIfAborted();
		await playStep(step, stage, surroundings);
		const next: Plan | null =
			step.verb === 'plan' ? beginPlan(step.entries, steps.slice(index + 1)) : plan && advancePlan(plan, step);
		if (next && next !== plan) await stage.plan(showPlan(next));
		plan = next;
	}
	surroundings.signal.throwIfAborted();
}

function explain(prompt: string): string {
	const verbs = Object.values(explanations).map((line) => `- ${line}`);
	return [
		`You said: ${prompt}`,
		'I am the demo agent: I cost nothing and do what the prompt says, step by step (a line or `;` each):',
		...verbs,
	].join('\n');
}

async function playStep(step: Step, stage: Stage, surroundings: Surroundings): Promise<void> {
	switch (step.verb) {
		case 'say':
			return sayLine(stage, step.text);
		case 'stream':
			return sayOften(stage, step.count, step.text, surroundings.signal);
		case 'think':
			return stage.think(step.text);
		case 'tool':
			return stage.useTool(step.text);
		case 'call':
			return sayLine(stage, await stage.callTool(step.tool, step.input));
		case 'plan':
			// Shown with every step that follows it.
			return;
		case 'permission':
			return playPermission(stage, step.text);
		case 'ask':
			return sayLine(stage, describeAnswer(await stage.askQuestion(step.text)));
		case 'wait':
			return delay(step.ms, undefined, { signal: surroundings.signal });
		case 'usage':
			return stage.usage(step.count);
		case 'remember':
			return sayLine(stage, `I remember ${countTurns(surroundings.earlierTurns)}.`);
		case 'flood':
			return sayOften(stage, step.count, 'flood', surroundings.signal);
		case 'noise':
			return surroundings.writeRaw(step.text);
		case 'hang':
			return hang();
		case 'crash':
			process.stderr.write(`the demo agent crashes with code ${step.code}, as it was told\n`);
			return surroundings.exit(step.code);
		case 'exit':
			return surroundings.exit(0);
		default:
			return step satisfies never;
	}
}

/** What steps say in one turn reads as paragraphs. */
function sayLine(stage: Stage, text: string): Promise<void> {
	return stage.speak(stage.reply() === '' ? text : `\n\n${text}`);
}

async function sayOften(stage: Stage, count: number, text: string, signal: AbortSignal): Promise<void> {
	for (let number = 1; number <= count; number++) {
		signal.throwIfAborted();
		const line = `${text} ${number}`;
		await (number === 1 ? sayLine(stage, line) : stage.speak(`\n${line}`));
	}
}

async function playPermission(stage: Stage, title: string): Promise<void> {
	await sayLine(stage, `${title}: ${await stage.askPermission(title)}`);
}

function describeAnswer(answer: QuestionAnswer | null): string {
	if (answer === null) return 'You cannot be asked';
	return typeof answer === 'string' ? `You ${answer}` : `You answered: ${answer.answer}`;
}

function countTurns(count: number): string {
	return count === 1 ? '1 earlier turn' : `${count} earlier turns`;
}

/** Never settles, and keeps the process alive meanwhile. */
function hang(): Promise<never> {
	return new Promise(() => setInterval(() => {}, 60_000));
}

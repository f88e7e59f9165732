/** What a task says to its agent: everything it needs to know to do the work without asking back. */

import type { InstructionKind } from '../../machines/task-model.ts';
import type { Gate, TaskView } from './views.ts';

/** Of what gates printed, so much reaches the agent for each. */
const outputLimit = 6_000;

/** The prompt for one attempt at an instruction; the first is 1. */
export function renderTaskPrompt(task: TaskView, kind: InstructionKind, attempt: number): string {
	const again = attempt > 1 ? 'Your last turn on this was cut short. Look at what is there, and go on.' : null;
	const parts = [...opening(task, kind), again, ...ending(task)];
	return parts.filter((part) => part !== null).join('\n\n');
}

function opening(task: TaskView, kind: InstructionKind): ReadonlyArray<string | null> {
	const { description, baseBranch, branch } = task;
	switch (kind) {
		case 'begin':
			return [`You have a task.\n\n${description}`, describePlace(task)];
		case 'takeOver':
			return [
				`You take over a task that was begun already.\n\n${description}`,
				describePlace(task),
				`See what was done: \`git log ${baseBranch}..${branch}\` and \`git status\`.`,
				describeComment(task),
				describeConflicts(task),
				describeFailedGates(task),
			];
		case 'changes':
			return [
				`A reviewer asks for changes to your work on this task.\n\n${description}`,
				describeComment(task),
				describePlace(task),
			];
		case 'conflict':
			return [
				`Your work on this task does not fit ${baseBranch} any more.\n\n${description}`,
				describeConflicts(task) ?? `The branch is in conflict with ${baseBranch}.`,
				describePlace(task),
				[
					`In the worktree run \`git rebase ${baseBranch}\`, or finish the rebase or merge that is under way there,`,
					'resolve every conflict so that both changes keep their meaning, and end with a clean worktree.',
				].join('\n'),
			];
		case 'gates':
			return [
				`Your work on this task is not accepted yet.\n\n${description}`,
				describeFailedGates(task),
				describePlace(task),
				'Mend what is wrong; do not weaken the checks.',
			];
		default:
			return kind satisfies never;
	}
}

function ending({ branch, gates }: TaskView): ReadonlyArray<string | null> {
	return [
		[
			`Work in the worktree alone, on the branch ${branch}. Commit what you do with messages that say why;`,
			'what you leave uncommitted is committed for you. Do not push, and do not merge.',
		].join('\n'),
		gates.length === 0 ? null : `When you are done these must pass there:\n${gates.map(describeGate).join('\n')}`,
		'End your turn when it is done: it is then checked and reviewed.',
	];
}

function describePlace({ worktree, branch, baseBranch }: TaskView): string {
	return [`Worktree: ${worktree}`, `Branch: ${branch}`, `Base branch: ${baseBranch}`].join('\n');
}

function describeComment({ comment }: TaskView): string | null {
	return comment === null ? null : `What the reviewer said:\n${comment}`;
}

function describeConflicts({ conflicts }: TaskView): string | null {
	return conflicts.length === 0 ? null : `In conflict:\n${conflicts.map((file) => `- ${file}`).join('\n')}`;
}

function describeFailedGates({ gateResults }: TaskView): string | null {
	const failed = (gateResults ?? []).filter(({ passed }) => !passed);
	if (failed.length === 0) return null;
	const parts = failed.map(({ name, exitCode, output }) => {
		const ended = exitCode === null ? 'did not pass' : `ended with exit code ${exitCode}`;
		return `${name} ${ended}:\n${output.slice(-outputLimit)}`;
	});
	return parts.join('\n\n');
}

function describeGate({ name, command, args }: Gate): string {
	return `- ${name}: ${[command, ...args].join(' ')}`;
}

/** The pictures in the documentation, held against the machines that they show. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { agentMachine } from '../../../machines/agent.ts';
import { agentGroupMachine } from '../../../machines/agent-group.ts';
import { orchestratorMachine } from '../../../machines/orchestrator.ts';
import { runMachine } from '../../../machines/run.ts';
import { supervisorMachine } from '../../../machines/supervisor.ts';
import { taskMachine } from '../../../machines/task.ts';
import { workflowRunnerMachine } from '../../../machines/workflow-runner.ts';
import { drawMachine } from './diagrams.ts';

/** Every machine of ours. */
export const documentedMachines: readonly AnyStateMachine[] = [
	agentMachine,
	agentGroupMachine,
	orchestratorMachine,
	runMachine,
	supervisorMachine,
	taskMachine,
	workflowRunnerMachine,
];

type Draw = (machine: AnyStateMachine) => Promise<string>;

/** Writes a picture of each machine into the folder, as `<id>.svg`. */
export async function writePictures(
	folder: string,
	machines: readonly AnyStateMachine[],
	draw: Draw = drawMachine,
): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const machine of machines) await writeFile(join(folder, fileOf(machine)), await draw(machine));
}

/** Names of files in the folder that are not what the machines say: changed, missing, or of no machine. */
export async function findDrift(
	folder: string,
	machines: readonly AnyStateMachine[],
	draw: Draw = drawMachine,
): Promise<readonly string[]> {
	const drift: string[] = [];
	for (const machine of machines) {
		const written = await readFile(join(folder, fileOf(machine)), 'utf8').catch(() => '');
		if (written !== (await draw(machine))) drift.push(fileOf(machine));
	}
	const expected = new Set(machines.map(fileOf));
	const present = await readdir(folder).catch(() => []);
	return [...drift, ...present.filter((name) => !expected.has(name))];
}

function fileOf({ id }: AnyStateMachine): string {
	return `${id}.svg`;
}

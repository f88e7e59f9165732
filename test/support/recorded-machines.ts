/** Machines whose snapshots are recorded, and how one of their actors comes to life. */

import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { groupAddress, groupKind } from '../../src/agents/groups/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { supervisorAddress, supervisorKind } from '../../src/supervisors/address.ts';
import { taskAddress, taskKind } from '../../src/tasks/address.ts';
import { orchestratorAddress, orchestratorId, orchestratorKind, runnerAddress } from '../../src/workflows/address.ts';
import { agentInput, agentLives } from './agent-lives.ts';
import { inertAgentDefinition } from './inert-agent-definition.ts';
import { inertSupervisorDefinition } from './inert-supervisor-definition.ts';
import { inertTaskDefinition } from './inert-task-definition.ts';
import { inertOrchestratorDefinition, inertRunnerDefinition } from './inert-workflow-definitions.ts';
import type { RecordedMachine } from './recorded-snapshots.ts';
import { supervisorInput, supervisorLives, supervisorRow } from './supervisor-lives.ts';
import { taskInput, taskLives, taskRecord } from './task-lives.ts';
import { groupInput, groupLives, orchestratorLives, runnerInput, runnerLives } from './workflow-lives.ts';

export const recordedMachines: readonly RecordedMachine[] = [
	{
		definition: inertAgentDefinition,
		lives: agentLives,
		neverRestsIn: ['failed.deciding'],
		async begin(system) {
			await system.spawn(agentKind, agentInput.agentId, agentInput);
			return agentAddress(agentInput.agentId);
		},
	},
	{
		definition: groupDefinition,
		lives: groupLives,
		neverRestsIn: [],
		async begin(system) {
			await system.spawn(groupKind, groupInput.groupId, groupInput);
			return groupAddress(groupInput.groupId);
		},
	},
	{
		definition: inertOrchestratorDefinition,
		lives: orchestratorLives,
		neverRestsIn: [],
		async begin(system) {
			await system.spawn(orchestratorKind, orchestratorId, undefined);
			return orchestratorAddress;
		},
	},
	{
		definition: inertRunnerDefinition,
		lives: runnerLives,
		neverRestsIn: ['deciding'],
		async begin(system) {
			await system.spawn(orchestratorKind, orchestratorId, undefined);
			await system.send(orchestratorAddress, { type: 'WORKFLOWS_FOUND', workflows: [runnerInput] });
			return runnerAddress(runnerInput.workflowId);
		},
	},
	{
		definition: inertSupervisorDefinition,
		lives: supervisorLives,
		neverRestsIn: [],
		async begin(system) {
			const { supervisorId } = supervisorInput;
			await system.spawn(supervisorKind, supervisorId, supervisorInput, {
				records: [supervisorRow(supervisorInput)],
			});
			return supervisorAddress(supervisorId);
		},
	},
	{
		definition: inertTaskDefinition,
		lives: taskLives,
		neverRestsIn: ['working.telling', 'conflicted.telling', 'failed.deciding'],
		async begin(system) {
			await system.spawn(taskKind, taskInput.taskId, taskInput, { records: [taskRecord] });
			return taskAddress(taskInput.taskId);
		},
	},
];

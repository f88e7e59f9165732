/**
 * `/inspect/ws`: what the page of the inspector is fed from. `?agent=` and `?workflow=` (id or name) choose
 * whom it shows. Whatever a viewer sends is answered with `pong`: that is how it finds out whether we are there.
 *
 * First comes `hello`, which says where the inspector is, which life of the server this is and how many
 * actors are shown; `hello` comes again when a viewer was too slow and starts afresh. All else is the
 * inspector's own format.
 */

import type { IncomingMessage } from 'node:http';
import { agentAddress } from '../agents/address.ts';
import type { Reads } from '../agents/views.ts';
import { createSink, pingSocket } from '../stream/socket.ts';
import { clientFrameBytes, type Door, type Refusal, refusals } from '../stream/upgrade.ts';
import { orchestratorAddress, runnerAddress } from '../workflows/address.ts';
import type { WorkflowReads } from '../workflows/views.ts';
import type { InspectorHub, Opening } from './hub.ts';
import type { Choice } from './selection.ts';

export interface InspectorDoorDeps {
	readonly hub: InspectorHub;
	readonly reads: Pick<Reads, 'agent'> & Pick<WorkflowReads, 'workflow'>;
	/** The inspector's address. */
	readonly inspectorUrl: string;
	/** Another one after every start of the server. */
	readonly life: string;
	readonly pingIntervalMs: number;
}

/** The first message, and again whenever a viewer starts afresh. */
export interface Hello extends Opening {
	readonly type: 'hello';
	readonly inspectorUrl: string;
	/** Of the server: what was shown in another one is gone. */
	readonly instance: string;
	/** How to see actors that are left out. */
	readonly hint?: string;
}

/** Each is sent more than a browser shows with ease. */
const viewerLimit = 20;

export function createInspectorDoor(deps: InspectorDoorDeps): Door {
	const { hub, inspectorUrl, life: instance } = deps;

	function greet(opening: Opening): string {
		const hint = 'Choose whom to show: ?agent=<id or name> or ?workflow=<id or name>';
		const hello: Hello = { type: 'hello', inspectorUrl, instance, ...opening, ...(opening.leftOut > 0 && { hint }) };
		return JSON.stringify(hello);
	}

	return {
		path: /^\/inspect\/ws$/,
		kind: 'inspector',
		frameBytes: clientFrameBytes,
		limit: viewerLimit,
		scope: 'read',
		async admit(request) {
			const choice = await readChoice(request, deps.reads);
			if (choice !== null && 'code' in choice) return choice;
			return (socket, connection) => {
				const sink = createSink(socket, connection);
				const stopPinging = pingSocket(socket, deps.pingIntervalMs);
				const end = hub.show({ send: sink.sendAll, hasRoom: sink.hasRoom, room: sink.room }, choice, greet);
				socket.on('message', () => {
					if (sink.hasRoom()) sink.send({ type: 'pong' });
				});
				socket.on('error', () => undefined);
				socket.once('close', () => {
					stopPinging();
					end();
				});
			};
		},
	};
}

async function readChoice(request: IncomingMessage, reads: InspectorDoorDeps['reads']): Promise<Choice | Refusal> {
	const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
	const workflowName = searchParams.get('workflow');
	if (workflowName !== null) {
		const workflow = await reads.workflow(workflowName);
		if (!workflow) return refusals.unknownWorkflow;
		return new Set([orchestratorAddress, runnerAddress(workflow.id), agentAddress(workflow.agentId)]);
	}
	const agentName = searchParams.get('agent');
	if (agentName === null) return null;
	const agent = await reads.agent(agentName);
	return agent ? new Set([agentAddress(agent.id)]) : refusals.unknownAgent;
}

/** What people and agents do with supervisors over the API, and how they wait for what comes of it. */

import type { PromptResource } from '../../src/cli/resources.ts';
import type { RestorationResource, SupervisorResource } from '../../src/cli/supervisor-client.ts';
import type { Operator } from './operator.ts';

export interface MissionDesk {
	/** Gives the agent a mission and waits until it has been told. */
	begin(agent: string, mission: string): Promise<SupervisorResource>;
	/** Waits until the supervisor fits. */
	until(id: string, what: string, fits: (supervisor: SupervisorResource) => boolean): Promise<SupervisorResource>;
	/** Waits until the supervisor is in the state. */
	reached(id: string, state: SupervisorResource['state']): Promise<SupervisorResource>;
	/** Asks a person, as the agent would; answers the request's id. */
	ask(id: string, question: Readonly<Record<string, unknown>>): Promise<string>;
	resume(id: string): Promise<RestorationResource>;
	/** Prompts of the agent, the oldest first. */
	prompts(agentId: string): Promise<readonly PromptResource[]>;
	/** Waits for a settled prompt of the agent that says this. */
	told(agentId: string, words: string): Promise<PromptResource>;
}

export function createMissionDesk({ api, events, post }: Operator): MissionDesk {
	const until: MissionDesk['until'] = (id, what, fits) =>
		events.until(`${id} ${what}`, async () => {
			const supervisor = await api.supervisor(id);
			return fits(supervisor) ? supervisor : undefined;
		});
	const prompts: MissionDesk['prompts'] = async (agentId) => {
		const page = await api.http.request<{ items: PromptResource[] }>('GET', `/agents/${agentId}/prompts`, {
			query: { limit: 200 },
		});
		return page.items.toReversed();
	};
	return {
		async begin(agent, mission) {
			const { id } = await api.createSupervisor({ agent, mission });
			return until(id, 'has been told', ({ state }) => state === 'idle');
		},
		until,
		reached: (id, state) => until(id, `is ${state}`, (supervisor) => supervisor.state === state),
		ask: async (id, question) =>
			(await post<{ requestId: string }>(`/supervisors/${id}/questions`, question)).requestId,
		resume: (id) => api.resumeSupervisor(id),
		prompts,
		told: (agentId, words) =>
			events.until(`a prompt that says ${words}`, async () => {
				const said = (await prompts(agentId)).find(({ text }) => text.includes(words));
				return said?.status === 'finished' ? said : undefined;
			}),
	};
}

/** Changing an agent's settings, unless somebody else has changed them meanwhile. */

import { type Api, ApiError } from '../../connection/api.ts';
import type { Agent } from '../../store/resources.ts';
import { fillForm, isSameForm, type SettingsChange, type SettingsForm } from './settings-form.ts';

export type PatchedAgent = Agent & { readonly restartRequired?: boolean };

/** An agent at work takes a step now and then: so often it is tried with its newest version. */
const mostTries = 5;

/**
 * Makes the change under the agent's version. Every step of the agent makes a new version: when only
 * that has moved, and not the settings as they were filled in, it is tried again; otherwise it rejects
 * with `stale_state`.
 */
export async function patchAgent(
	api: Pick<Api, 'get' | 'patch'>,
	seen: Pick<Agent, 'id' | 'version'>,
	change: SettingsChange,
	filled: SettingsForm,
): Promise<PatchedAgent> {
	const path = `/agents/${encodeURIComponent(seen.id)}`;
	let { version } = seen;
	for (let attempt = 1; ; attempt++) {
		try {
			return await api.patch<PatchedAgent>(path, change, { ifVersion: version });
		} catch (error) {
			const isStale = error instanceof ApiError && error.code === 'stale_state';
			if (!isStale || attempt === mostTries) throw error;
			const present = await api.get<Agent>(path);
			if (!isSameForm(fillForm(present), filled)) throw error;
			version = present.version;
		}
	}
}

/** The API's resources as the command line reads them: the very schemas the server answers by, as types. */

import type { z } from 'zod';
import type {
	createdAgentResource,
	killAllResource,
	patchedAgentResource,
	snapshotResource,
	transitionResource,
} from '../agents/schemas.ts';
import type { promptResource } from '../agents/schemas-prompts.ts';
import type { failureResource, usageResource } from '../http/fields.ts';
import type { answerBody, requestResource } from '../requests/schemas.ts';

/** With `connect` only in the answer to a create, and only for an agent that dials in. */
export type AgentResource = z.output<typeof createdAgentResource>;
/** With `restartRequired`: whether the change waits for a restart. */
export type PatchedAgentResource = z.output<typeof patchedAgentResource>;
export type PromptResource = z.output<typeof promptResource>;
export type RequestResource = z.output<typeof requestResource>;
export type RequestOptionResource = RequestResource['options'][number];
export type SnapshotResource = z.output<typeof snapshotResource>;
export type TransitionResource = z.output<typeof transitionResource>;
export type KillAllResource = z.output<typeof killAllResource>;
export type FailureResource = z.output<typeof failureResource>;
export type UsageResource = z.output<typeof usageResource>;
export type AnswerBody = z.input<typeof answerBody>;

export interface EventResource {
	readonly seq: number;
	readonly topic: string;
	readonly agentId: string | null;
	readonly at: string;
	readonly data: unknown;
}

export interface QuarantineResource {
	readonly address: string;
	readonly reason: string;
}

export interface TokenResource {
	readonly name: string;
	readonly scopes: readonly string[];
	readonly createdAt?: string;
	/** Only in the answer to a create. */
	readonly token?: string;
}

export interface ListingResource<T> {
	readonly items: readonly T[];
	readonly total: number;
	readonly limit: number;
	readonly offset: number;
}

/** What is shown of contexts, events and parameters: all to whoever may see all, the machine's own to others. */

import type { AnyEventObject } from 'xstate';
import { maskEnvironments } from '../agents/secrets.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { discloseContext, discloseEvent } from '../durable/disclosure.ts';
import { redactParams } from './redaction.ts';

export type Shown = 'redacted' | 'full';

export interface Disclosing {
	readonly shown: Shown;
	context(definition: DurableDefinition, context: unknown): unknown;
	/** Of a machine that is not known here, only the type of its event is shown. */
	event(definition: DurableDefinition | undefined, event: AnyEventObject): Record<string, unknown>;
	params(definition: DurableDefinition, params: unknown): unknown;
}

const redacting: Disclosing = {
	shown: 'redacted',
	context: discloseContext,
	event: (definition, event) =>
		definition ? (discloseEvent(definition, event) as Record<string, unknown>) : { type: event.type },
	params: redactParams,
};

const showing: Disclosing = {
	shown: 'full',
	context: (_, context) => maskEnvironments(context),
	event: (_, event) => maskEnvironments(event) as Record<string, unknown>,
	params: (_, params) => maskEnvironments(params),
};

export function discloseAs(shown: Shown): Disclosing {
	return shown === 'full' ? showing : redacting;
}

/** The agent's machine as it might be in another release: whoever connects is stopped, and sums begin at a cost. */

import { type AnyStateMachine, StateMachine } from 'xstate';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';

type Config = AnyStateMachine['config'];

/** Other states than the journal has. */
export function agentOfAnotherRelease(): DurableDefinition {
	return change(({ states, ...config }) => {
		const { starting, ...others } = states ?? {};
		const on = { ...starting?.on, CONNECTED: { target: 'stopped' } };
		return { ...config, states: { ...others, starting: { ...starting, on } } } as Config;
	});
}

/** The same states, other contexts. */
export function agentThatForgets(): DurableDefinition {
	return change(
		(config) =>
			({
				...config,
				context: (args: never) => ({ ...(config.context as Context)(args), usage: { begun: true } }),
			}) as Config,
	);
}

type Context = (args: never) => object;

function change(edit: (config: Config) => Config): DurableDefinition {
	const { machine } = inertAgentDefinition;
	return { ...inertAgentDefinition, machine: new StateMachine(edit(machine.config), machine.implementations) };
}

/** What may be done with one agent, as a menu; asks before what cannot be undone. */

import { useContext, useState } from 'react';
import { visibleName } from '../components/agent-name.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { Icon, type IconName } from '../components/icons.tsx';
import { Menu } from '../components/menu.tsx';
import { mayDo, RightsContext } from '../components/rights.ts';
import { useApi } from '../connection/session-context.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Agent } from '../store/resources.ts';
import { type AgentCommand, commandLabels, offerCommands, scopeOf, sendCommand } from './agent-commands.ts';

export interface AgentMenuProps {
	readonly agent: Pick<Agent, 'id' | 'name' | 'executionState' | 'substate'>;
	/** Told of what went wrong, and with null when somebody tries again. */
	readonly onError: (error: unknown) => void;
}

const icons: Readonly<Record<AgentCommand, IconName>> = {
	start: 'start',
	resume: 'start',
	suspend: 'suspend',
	cancel: 'close',
	restart: 'restart',
	stop: 'stop',
	kill: 'kill',
	remove: 'close',
};

const confirmations = {
	kill: {
		title: (name: string) => `Kill ${name}?`,
		words: 'Its process is ended at once, in the middle of whatever it does. Its prompt counts as interrupted.',
		action: 'Kill it',
		isReasonNeeded: true,
	},
	remove: {
		title: (name: string) => `Remove ${name}?`,
		words: 'The agent goes with its prompts, runs and requests. The journal of what it did stays.',
		action: 'Remove it',
		isReasonNeeded: false,
	},
} as const;

const done: Readonly<Record<AgentCommand, string>> = {
	start: 'is being started',
	resume: 'takes prompts again',
	suspend: 'takes no more prompts',
	cancel: 'was asked to end its turn',
	restart: 'is being restarted',
	stop: 'was stopped',
	kill: 'was killed',
	remove: 'was removed',
};

export function AgentMenu({ agent, onError }: AgentMenuProps) {
	const api = useApi();
	const [asked, setAsked] = useState<keyof typeof confirmations | null>(null);
	const scopes = useContext(RightsContext);
	const commands = offerCommands(agent).filter((command) => mayDo(scopes, scopeOf(command)));
	const { id } = agent;
	const name = visibleName(agent.name);

	async function send(command: AgentCommand, reason?: string): Promise<void> {
		onError(null);
		await sendCommand(api, id, command, reason);
		showToast(`${name} ${done[command]}`);
	}

	function choose(command: AgentCommand): void {
		if (command === 'kill' || command === 'remove') setAsked(command);
		else send(command).catch(onError);
	}

	if (commands.length === 0) return null;
	return (
		<>
			<Menu
				label={`Actions for ${name}`}
				items={commands.map((command) => ({
					id: command,
					label: commandLabels[command],
					icon: <Icon name={icons[command]} />,
					isDangerous: command === 'kill' || command === 'remove',
					onChoose: () => choose(command),
				}))}
			/>
			{asked && (
				<ConfirmWithReason
					{...confirmations[asked]}
					title={confirmations[asked].title(name)}
					onConfirm={(reason) => send(asked, reason)}
					onClose={() => setAsked(null)}
				/>
			)}
		</>
	);
}

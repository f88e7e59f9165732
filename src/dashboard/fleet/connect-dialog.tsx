/** How an agent dials in: an address that carries a token, and is shown once. */

import { visibleName } from '../components/agent-name.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Dialog, DialogActions } from '../components/dialog.tsx';
import type { CreatedAgent } from './agent-creation.ts';

export interface ConnectDialogProps {
	readonly name: string;
	readonly connect: NonNullable<CreatedAgent['connect']>;
	readonly onClose: () => void;
}

export function ConnectDialog({ name, connect, onClose }: ConnectDialogProps) {
	const command = `statecraft connect '${connectAddress(connect)}' -- <program>`;
	return (
		<Dialog title={`${visibleName(name)} can dial in`} size="wide" isStubborn onClose={onClose}>
			<p>
				Run this on the machine where the agent is, with its program at the end. The address carries the agent's own
				token and is <strong>shown only now</strong>; another one can be made at any time, which voids this one.
			</p>
			<div className="connect-line">
				<pre>{command}</pre>
				<CopyButton text={command} what="command" />
			</div>
			<div className="connect-line">
				<pre>{connectAddress(connect)}</pre>
				<CopyButton text={connectAddress(connect)} what="address" />
			</div>
			<DialogActions>
				<Button look="primary" onClick={onClose}>
					I have it
				</Button>
			</DialogActions>
		</Dialog>
	);
}

function connectAddress({ url, token }: ConnectDialogProps['connect']): string {
	return url.includes('token=') ? url : `${url}?token=${encodeURIComponent(token)}`;
}

/** An empty fleet: what this is, and a first agent in one click. */

import { useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { createKey } from '../connection/api.ts';
import { useApi } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import { showToast } from '../shell/toast-store.ts';
import { createAgent, readHost } from './agent-creation.ts';
import { demoAgent } from './demo-agent.ts';

export function FirstRun({ onCreate }: { readonly onCreate: () => void }) {
	const api = useApi();
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const key = useRef(createKey());

	async function createDemo(): Promise<void> {
		setBusy(true);
		setError(null);
		try {
			const { cwd } = await readHost(api);
			const { id, name } = await createAgent(api, demoAgent(cwd), key.current);
			showToast(`${name} is being started`);
			navigate(linkTo(['agents', id]));
		} catch (thrown) {
			setError(thrown);
			key.current = createKey();
			setBusy(false);
		}
	}

	return (
		<>
			<EmptyState
				title="No agents yet"
				actions={
					<>
						<Button needs="admin" look="primary" busy={busy} onClick={createDemo}>
							Create the demo agent
						</Button>
						<Button needs="admin" onClick={onCreate}>
							Create an agent
						</Button>
					</>
				}
			>
				<p>
					Statecraft runs coding agents such as Claude Code, Codex or opencode, and keeps every step they take on disk.
				</p>
				<p>You give them prompts, answer what they ask, and see here what each of them does.</p>
				<p>The demo agent needs no account: it says something, uses a tool, and asks for your permission.</p>
			</EmptyState>
			<div className="first-run-note">
				<ErrorNote error={error} />
			</div>
		</>
	);
}

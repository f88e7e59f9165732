/** Files of the whole journal: for programs, and for reports of bugs. */

import { type ReactElement, useState } from 'react';
import { Button } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { saveFile } from '../connection/download.ts';
import { useApi, useResource } from '../connection/session-context.ts';

type FileKind = 'journal' | 'bundle';

export function Downloads({ agentId }: { readonly agentId: string }): ReactElement {
	const api = useApi();
	const name = useResource('agent', agentId)?.name ?? agentId;
	const [busy, setBusy] = useState<FileKind | null>(null);
	const [error, setError] = useState<unknown>(null);

	async function download(kind: FileKind): Promise<void> {
		setBusy(kind);
		setError(null);
		try {
			const text = await api.text(`/agents/${encodeURIComponent(agentId)}/${kind}`);
			saveFile(text, fileName(name, kind), 'application/jsonl');
		} catch (thrown) {
			setError(thrown);
		} finally {
			setBusy(null);
		}
	}

	return (
		<section className="history-downloads" aria-label="Downloads">
			<h3>Download</h3>
			<div className="history-buttons">
				<Button size="small" busy={busy === 'journal'} onClick={() => void download('journal')}>
					Journal as JSON lines
				</Button>
				<Button size="small" busy={busy === 'bundle'} onClick={() => void download('bundle')}>
					Bug report bundle
				</Button>
			</div>
			<p className="muted">
				The bundle has no text of people or agents; <code>statecraft history --replay</code> replays it anywhere.
			</p>
			<ErrorNote error={error} onDismiss={() => setError(null)} />
		</section>
	);
}

/** What stands in a name may not be fit for a file. */
export function fileName(name: string, kind: FileKind): string {
	return `${name.replace(/[^\w.-]+/g, '-')}.${kind}.jsonl`;
}

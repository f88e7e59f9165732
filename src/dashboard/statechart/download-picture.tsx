/** A statechart as a file: the picture as the API draws it, with the states that are lit. */

import { type ReactElement, useState } from 'react';
import { Button } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { saveFile } from '../connection/download.ts';
import { useApi } from '../connection/session-context.ts';

export interface DownloadPictureProps {
	readonly machineId: string;
	/** Dotted path of the state to be lit; none unless told. */
	readonly state?: string | undefined;
}

export function DownloadPicture({ machineId, state }: DownloadPictureProps): ReactElement {
	const api = useApi();
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);

	async function download(): Promise<void> {
		setBusy(true);
		setError(null);
		try {
			const path = `/machines/${encodeURIComponent(machineId)}/diagram.svg`;
			const svg = await api.text(path, state === undefined ? {} : { query: { state } });
			saveFile(svg, `${machineId}.svg`, 'image/svg+xml');
		} catch (thrown) {
			setError(thrown);
		} finally {
			setBusy(false);
		}
	}

	return (
		<div className="statechart-download">
			<Button size="small" busy={isBusy} onClick={() => void download()}>
				Download SVG
			</Button>
			<ErrorNote error={error} onDismiss={() => setError(null)} />
		</div>
	);
}

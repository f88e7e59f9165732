/** Copies a text, and says that it has. */

import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export interface CopyButtonProps {
	readonly text: string;
	/** What is copied: `connect address`. */
	readonly what: string;
}

export function CopyButton({ text, what }: CopyButtonProps) {
	const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
	useEffect(() => {
		if (outcome === null) return;
		const timer = setTimeout(() => setOutcome(null), 2_500);
		return () => clearTimeout(timer);
	}, [outcome]);

	async function copy(): Promise<void> {
		setOutcome((await writeClipboard(text)) ? 'copied' : 'failed');
	}

	return (
		<>
			<Button size="small" icon={<Icon name={outcome === 'copied' ? 'check' : 'copy'} />} onClick={copy}>
				{labels[outcome ?? 'none']}
				<span className="visually-hidden"> {what}</span>
			</Button>
			<span className="visually-hidden" role="status">
				{outcome === 'copied' ? `Copied the ${what}` : ''}
			</span>
		</>
	);
}

const labels = { none: 'Copy', copied: 'Copied', failed: 'Select it and copy' } as const;

/** Over plain HTTP from another host, browsers have no clipboard for pages. */
async function writeClipboard(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}

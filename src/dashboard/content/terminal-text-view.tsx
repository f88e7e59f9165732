/** Shows output meant for a terminal, with its colours. */

import { memo, type ReactElement } from 'react';
import { readTerminalText } from './terminal-text.ts';
import './content.css';

export const TerminalText = memo(function TerminalText({ text }: { readonly text: string }): ReactElement {
	return (
		<>
			{readTerminalText(text).map(({ text: run, classes }, index) =>
				classes === '' ? (
					run
				) : (
					// biome-ignore lint/suspicious/noArrayIndexKey: runs have nothing but their place
					<span key={index} className={classes}>
						{run}
					</span>
				),
			)}
		</>
	);
});

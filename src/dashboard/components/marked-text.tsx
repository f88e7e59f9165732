/** A sentence of ours or of the server's in which `backticks` set off what is to be typed. Only text, no markup. */

import { Fragment } from 'react';

export function MarkedText({ text }: { readonly text: string }) {
	let at = 0;
	return text.split(/(`[^`]+`)/).map((part) => {
		const key = at;
		at += part.length;
		const isMarked = part.startsWith('`') && part.length > 1;
		return isMarked ? <code key={key}>{part.slice(1, -1)}</code> : <Fragment key={key}>{part}</Fragment>;
	});
}

/** Names of events and triggers as people would say them; the raw name belongs beside it. Pure. */

const words: Readonly<Record<string, string>> = {
	BackoffElapsed: 'Back-off over',
	InputRequested: 'Asked for an answer',
	InputResolved: 'Answer given',
	ResultReceived: 'Turn ended',
};

/** `Timer: backoff` for a delay, `Back-off over` for a trigger, words made of the name for any other. */
export function describeEvent(name: string): string {
	const after = /^xstate\.after\.([^.]+)/.exec(name);
	if (after) return `Timer: ${spaced(after[1] ?? '')}`;
	if (name === 'xstate.init') return 'Begins';
	if (Object.hasOwn(words, name)) return words[name] ?? name;
	const text = spaced(name.replace(/^xstate\./, ''));
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `Begins as pending`, `stays idle.ready`, `idle.ready → busy.working`. */
export function describeStep({ from, to }: { readonly from: string | null; readonly to: string }): string {
	if (from === null) return `Begins as ${to}`;
	return from === to ? `stays ${to}` : `${from} → ${to}`;
}

/** `PROMPT_STARTED` and `startupDeadline` as words. */
function spaced(name: string): string {
	return name
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.replace(/[_.]+/g, ' ')
		.trim()
		.toLowerCase();
}

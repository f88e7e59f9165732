/** The tab's title: how many requests wait, before where we are. */

import { createAtom } from '@xstate/store';
import { useAtom } from '@xstate/store-react';
import { useEffect } from 'react';

/** The one thing that the screen in sight is about; null where it is about many. */
const subject = createAtom<string | null>(null);

/** `what`: the screen, or the thing that it is about. */
export function renderTitle(what: string, openCount: number): string {
	return `${openCount > 0 ? `(${openCount}) ` : ''}${what} · Statecraft`;
}

export function useTitle(screen: string, openCount: number): void {
	const what = useAtom(subject) ?? screen;
	useEffect(() => {
		document.title = renderTitle(what, openCount);
	}, [what, openCount]);
}

/** For a screen about one thing, while it is in sight. */
export function useTitleSubject(name: string): void {
	useEffect(() => {
		subject.set(name);
		return () => subject.set(null);
	}, [name]);
}

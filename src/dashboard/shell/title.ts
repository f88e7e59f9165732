/** The tab's title: how many requests wait, before where we are. */

import { useEffect } from 'react';

export function renderTitle(screen: string, openCount: number): string {
	return `${openCount > 0 ? `(${openCount}) ` : ''}${screen} · Statecraft`;
}

export function useTitle(screen: string, openCount: number): void {
	useEffect(() => {
		document.title = renderTitle(screen, openCount);
	}, [screen, openCount]);
}

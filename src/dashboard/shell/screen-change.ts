/** Going from screen to screen as going from page to page: the focus goes along, and the window's scrolling. */

import { useEffect, useLayoutEffect, useRef } from 'react';

/** How far each screen was scrolled when it was left, by its path. */
const positions = new Map<string, number>();

/** `path` names what is in sight: the screen, and of what. */
export function useScreenChange(path: string): void {
	const shown = useRef<string | null>(null);

	useLayoutEffect(() => {
		const isFirst = shown.current === null;
		shown.current = path;
		if (isFirst) return;
		window.scrollTo(0, positions.get(path) ?? 0);
		// Whoever uses a screen reader would not learn otherwise that something else is in sight.
		document.getElementById('main')?.focus({ preventScroll: true });
	}, [path]);

	useEffect(() => {
		const note = () => {
			if (shown.current !== null) positions.set(shown.current, window.scrollY);
		};
		window.addEventListener('scroll', note, { passive: true });
		return () => window.removeEventListener('scroll', note);
	}, []);
}

/** What is typed, once the typing has paused: nobody is answered at every letter. */

import { useDeferredValue, useEffect, useState } from 'react';

const pauseMs = 300;

/** A value once it has been the same for a moment. */
export function useSettled<T>(value: T): T {
	const deferred = useDeferredValue(value);
	const [settled, setSettled] = useState(value);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(deferred), pauseMs);
		return () => clearTimeout(timer);
	}, [deferred]);
	return settled;
}

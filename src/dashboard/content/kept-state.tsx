/**
 * What somebody has unfolded stays so while it scrolls out of sight and back: entries out of sight are
 * not there. State is kept under names, one within the other.
 */

import { createContext, type ReactNode, useContext, useState } from 'react';

type Kept = Map<string, boolean>;

interface Place {
	readonly kept: Kept;
	readonly path: string;
}

const PlaceContext = createContext<Place>({ kept: new Map(), path: '' });

/** Around everything whose state is kept together, for as long as it is there. */
export function KeptStates({ children }: { readonly children: ReactNode }): ReactNode {
	const [kept] = useState<Kept>(() => new Map());
	return <PlaceContext value={{ kept, path: '' }}>{children}</PlaceContext>;
}

export interface KeptScopeProps {
	/** Unlike its siblings'. */
	readonly name: string;
	readonly children: ReactNode;
}

export function KeptScope({ name, children }: KeptScopeProps): ReactNode {
	const { kept, path } = useContext(PlaceContext);
	return <PlaceContext value={{ kept, path: `${path}/${name}` }}>{children}</PlaceContext>;
}

/** Like `useState`, and remembered; `name` unlike others in the same scope. */
export function useKept(name: string, initial = false): readonly [boolean, (value: boolean) => void] {
	const { kept, path } = useContext(PlaceContext);
	const key = `${path}/${name}`;
	const [value, setValue] = useState(() => kept.get(key) ?? initial);
	return [
		value,
		(next) => {
			kept.set(key, next);
			setValue(next);
		},
	];
}

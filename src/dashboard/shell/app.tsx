/** From a token to a session: asks for one, opens the session, and comes back here when it is refused. */

import { useCallback, useEffect, useState } from 'react';
import { openSession, type Session } from '../connection/session.ts';
import { SessionContext } from '../connection/session-context.ts';
import { browserStorages, forgetToken, keepToken, takeToken } from '../connection/token.ts';
import { TokenScreen } from '../connection/token-screen.tsx';
import { Frame } from './frame.tsx';
import { useHash } from './router.ts';

export function App() {
	const [token, setToken] = useState(() => takeToken());
	const [wasRefused, setWasRefused] = useState(false);
	const hash = useHash();

	// A printed address may be opened while the page is: only the fragment changes then.
	useEffect(() => {
		if (hash.startsWith('#token=')) setToken(takeToken());
	}, [hash]);

	const forget = useCallback((given: string, isRefused: boolean) => {
		forgetToken(given, browserStorages());
		setWasRefused(isRefused);
		setToken((current) => (current === given ? null : current));
	}, []);

	function enter(entered: string): void {
		keepToken(entered, browserStorages());
		setWasRefused(false);
		setToken(entered);
	}

	if (token === null) return <TokenScreen wasRefused={wasRefused} onToken={enter} />;
	return <SessionFrame key={token} token={token} onForget={forget} />;
}

interface SessionFrameProps {
	readonly token: string;
	readonly onForget: (token: string, isRefused: boolean) => void;
}

function SessionFrame({ token, onForget }: SessionFrameProps) {
	const [session, setSession] = useState<Session | null>(null);
	useEffect(() => {
		const opened = openSession({
			token,
			onRefused: () => onForget(token, true),
			onLeave: () => onForget(token, false),
		});
		setSession(opened);
		return () => opened.close();
	}, [token, onForget]);
	if (session === null) return null;
	return (
		<SessionContext value={session}>
			<Frame />
		</SessionContext>
	);
}

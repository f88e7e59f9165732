/** The page of the inspector: a token, whom to show, the operator's word, and then the inspector. */

import './inspect.css';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Button, ButtonLink } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { createApi } from '../connection/api.ts';
import { browserStorages, forgetToken, keepToken, takeToken } from '../connection/token.ts';
import { TokenScreen } from '../connection/token-screen.tsx';
import { ThemeSwitch } from '../shell/theme-switch.tsx';
import { byId, type Choice, readChoice, renderChoice } from './choice.ts';
import { ChoiceField } from './choice-field.tsx';
import { Consent } from './consent.tsx';
import { Feeding } from './feeding.tsx';
import { type Offer, readOffer } from './offer.ts';

export function InspectPage() {
	const [token, setToken] = useState(() => takeToken());
	const [wasRefused, setWasRefused] = useState(false);

	const refuse = useCallback(() => {
		if (token !== null) forgetToken(token, browserStorages());
		setWasRefused(true);
		setToken(null);
	}, [token]);

	function enter(entered: string): void {
		keepToken(entered, browserStorages());
		setWasRefused(false);
		setToken(entered);
	}

	if (token === null) return <TokenScreen wasRefused={wasRefused} onToken={enter} />;
	return (
		<div className="inspect">
			<header className="inspect-head">
				<ButtonLink look="quiet" size="small" href="/" icon={<span aria-hidden="true">←</span>}>
					Statecraft
				</ButtonLink>
				<span className="inspect-title">Inspector</span>
				<ThemeSwitch />
			</header>
			<Inspection key={token} token={token} onRefused={refuse} />
		</div>
	);
}

interface InspectionProps {
	readonly token: string;
	readonly onRefused: () => void;
}

function Inspection({ token, onRefused }: InspectionProps) {
	const [offer, setOffer] = useState<Offer | null>(null);
	const [error, setError] = useState<unknown>(null);
	const [tries, setTries] = useState(0);
	const api = useMemo(() => createApi({ token, onUnauthorized: onRefused }), [token, onRefused]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: each try asks anew.
	useEffect(() => {
		const gone = new AbortController();
		setError(null);
		readOffer(api, gone.signal).then(setOffer, (thrown) => {
			if (!gone.signal.aborted) setError(thrown);
		});
		return () => gone.abort();
	}, [api, tries]);

	return (
		<main className="inspect-main">
			<ErrorNote error={error} onRetry={() => setTries(tries + 1)} />
			{offer && <Inspector offer={offer} token={token} onRefused={onRefused} />}
			{!offer && error === null && <p role="status">Loading …</p>}
		</main>
	);
}

/** Where the inspector is: nowhere yet, in the frame, or in a window. */
type Place = 'nowhere' | 'frame' | Window;

function Inspector({ offer, token, onRefused }: InspectionProps & { readonly offer: Offer }) {
	const { url, actorLimit, agents, workflows } = offer;
	const [choice, setChoice] = useState(() => byId(readChoice(window.location.search), agents, workflows));
	const [place, setPlace] = useState<Place>('nowhere');
	const [wasBlocked, setWasBlocked] = useState(false);
	const close = useCallback(() => setPlace('nowhere'), []);

	function choose(chosen: Choice): void {
		window.history.replaceState(null, '', `${window.location.pathname}${renderChoice(chosen)}`);
		// Nothing but its address may be asked of a window of another origin.
		if (typeof place !== 'string') place.location.replace(url);
		setChoice(chosen);
	}

	function openWindow(): void {
		// It has to know who opened it, to say that it is ready.
		const opened = window.open(url, 'statecraft-inspector');
		setWasBlocked(opened === null);
		if (opened !== null) setPlace(opened);
	}

	const field = <ChoiceField {...{ choice, agents, workflows }} limit={actorLimit} onChoose={choose} />;
	const blocked = wasBlocked && (
		<p role="alert" className="inspect-blocked">
			The browser did not let a window open. Allow windows of this page, or use the frame.
		</p>
	);
	if (place === 'nowhere') {
		return (
			<Consent inspectorUrl={url}>
				{field}
				<Button look="primary" onClick={() => setPlace('frame')}>
					Open
				</Button>
				<Button onClick={openWindow}>Open in a window</Button>
				{blocked}
			</Consent>
		);
	}
	return (
		<Feeding
			key={renderChoice(choice)}
			{...{ inspectorUrl: url, token, choice, onRefused }}
			opened={place === 'frame' ? null : place}
			onClosed={close}
		>
			{field}
			{place === 'frame' && (
				<Button size="small" onClick={openWindow}>
					Open in a window
				</Button>
			)}
			<Button size="small" onClick={close}>
				Stop
			</Button>
			{blocked}
		</Feeding>
	);
}

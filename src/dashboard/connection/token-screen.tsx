/** Asks for a token when there is none, or when the server does not take the one we have. */

import './token-screen.css';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { readTypedToken } from './token.ts';

export interface TokenScreenProps {
	readonly wasRefused: boolean;
	readonly onToken: (token: string) => void;
}

export function TokenScreen({ wasRefused, onToken }: TokenScreenProps) {
	const [text, setText] = useState('');
	const [isMissing, setIsMissing] = useState(false);
	const field = useId();
	const note = useId();
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => input.current?.focus(), []);

	function submit(event: FormEvent): void {
		event.preventDefault();
		const token = readTypedToken(text);
		setIsMissing(token === '');
		if (token !== '') onToken(token);
	}

	return (
		<main className="token-screen">
			<form className="token-card" onSubmit={submit}>
				<h1>Statecraft</h1>
				{wasRefused ? (
					<p role="alert" className="token-refused">
						The server does not know this token. It may have been revoked, or it belongs to another server.
					</p>
				) : (
					<p>This page needs a token: whoever has one can start programs on this host.</p>
				)}
				<label htmlFor={field}>Token, or the whole address that was printed</label>
				<input
					ref={input}
					id={field}
					type="password"
					autoComplete="off"
					spellCheck={false}
					value={text}
					aria-invalid={isMissing || undefined}
					aria-describedby={note}
					onChange={(event) => setText(event.target.value)}
				/>
				<div id={note}>
					{isMissing && <p className="token-refused">There is no token in what was typed.</p>}
					<p className="muted">Where to find it:</p>
					<ul className="muted">
						<li>
							<code>npm start</code> prints an address with <code>#token=</code>; opening that is enough
						</li>
						<li>
							the file <code>.statecraft/token</code> where the server runs
						</li>
						<li>
							<code>statecraft token create</code> makes another one, with scopes of its own
						</li>
					</ul>
				</div>
				<Button type="submit" look="primary">
					Open
				</Button>
			</form>
		</main>
	);
}

/**
 * Where short messages appear: at the foot of the navigation on wide windows, above the bar or the prompt on
 * narrow ones, so that they cover nothing that somebody is about to use.
 */

import './toasts.css';
import { useSelector } from '@xstate/store-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icons.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { type Toast, toastStore } from './toast-store.ts';

const shownMs = { done: 4_000, problem: 12_000 } as const;

export function Toasts() {
	const toasts = useSelector(toastStore, ({ context }) => context.toasts);
	const place = useRef<HTMLDivElement>(null);
	/** Nobody has to hurry who reads them, or goes to their buttons. */
	const [isHeld, setIsHeld] = useState(false);
	// What is dismissed under the pointer or the focus tells nobody that those are gone.
	useEffect(() => {
		if (toasts.length === 0) setIsHeld(false);
	}, [toasts.length]);
	const isEmpty = toasts.length === 0;
	useLayoutEffect(() => {
		if (isEmpty) return;
		const above = () => place.current?.style.setProperty('--toasts-above', `${heightBelow()}px`);
		above();
		// Another screen, or a prompt that grows.
		const observer = new MutationObserver(above);
		observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['style'] });
		return () => observer.disconnect();
	}, [isEmpty]);
	return (
		<div
			ref={place}
			className="toasts"
			role="status"
			aria-live="polite"
			aria-label="Messages"
			onMouseEnter={() => setIsHeld(true)}
			onMouseLeave={() => setIsHeld(false)}
			onFocus={() => setIsHeld(true)}
			onBlur={() => setIsHeld(false)}
		>
			{toasts.map((toast) => (
				<ToastLine key={toast.id} toast={toast} isHeld={isHeld} />
			))}
		</div>
	);
}

/** Pixels at the window's foot that the bar takes, and the prompt above it. */
function heightBelow(): number {
	const tops = ['.composer', '.navigation'].map((name) => document.querySelector(name)?.getBoundingClientRect().top);
	// The navigation of a wide window begins at its top.
	return Math.max(0, ...tops.map((top) => (top ? window.innerHeight - top : 0)));
}

interface ToastLineProps {
	readonly toast: Toast;
	readonly isHeld: boolean;
}

function ToastLine({ toast: { id, text, tone }, isHeld }: ToastLineProps) {
	useEffect(() => {
		if (isHeld) return;
		const timer = setTimeout(() => toastStore.trigger.dismissed({ id }), shownMs[tone]);
		return () => clearTimeout(timer);
	}, [id, tone, isHeld]);
	return (
		<div className={`toast toast-${tone}`}>
			{/* It may hold words of agents. */}
			<span>{showOnOneLine(text)}</span>
			<Button
				look="quiet"
				size="small"
				label="Dismiss"
				icon={<Icon name="close" size={14} />}
				onClick={() => toastStore.trigger.dismissed({ id })}
			/>
		</div>
	);
}

/** Where short messages appear. */

import './toasts.css';
import { useSelector } from '@xstate/store-react';
import { useEffect } from 'react';
import { showOnOneLine } from '../agent/content/visible-text.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icons.tsx';
import { type Toast, toastStore } from './toast-store.ts';

const shownMs = { done: 5_000, problem: 12_000 } as const;

export function Toasts() {
	const toasts = useSelector(toastStore, ({ context }) => context.toasts);
	return (
		<div className="toasts" role="status" aria-live="polite" aria-label="Messages">
			{toasts.map((toast) => (
				<ToastLine key={toast.id} toast={toast} />
			))}
		</div>
	);
}

function ToastLine({ toast: { id, text, tone } }: { readonly toast: Toast }) {
	useEffect(() => {
		const timer = setTimeout(() => toastStore.trigger.dismissed({ id }), shownMs[tone]);
		return () => clearTimeout(timer);
	}, [id, tone]);
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

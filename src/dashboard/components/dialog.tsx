/**
 * A dialog on the browser's own `<dialog>`: it keeps the focus in, closes with Escape, and gives the focus
 * back to where it was. It is there only while it is open, so what is in it begins afresh each time.
 *
 * 1. Escape and a click beside it close it as long as nothing was typed or chosen in it; afterwards they ask
 *    first. Its own buttons mean what they say.
 */

import './dialog.css';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export interface DialogProps {
	readonly title: string;
	readonly onClose: () => void;
	readonly children: ReactNode;
	/** Wide enough for forms and diffs. */
	readonly size?: 'normal' | 'wide';
	/** What it shows is not shown again: neither Escape nor a click beside it closes it. */
	readonly isStubborn?: boolean;
}

export function Dialog({ title, onClose, children, size = 'normal', isStubborn = false }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	const heading = useId();
	const close = useRef(onClose);
	close.current = onClose;
	const isChanged = useRef(false);
	const [isAsking, setIsAsking] = useState(false);

	useEffect(() => {
		const element = dialog.current;
		const opener = document.activeElement;
		element?.showModal();
		element?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
		return () => {
			element?.close();
			if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
		};
	}, []);

	/** Somebody wants to leave without having said what becomes of what was typed. */
	function leave(): void {
		if (isStubborn) return;
		if (isChanged.current) setIsAsking(true);
		else close.current();
	}

	function onKeyDown(event: KeyboardEvent): void {
		// An open list of choices closes first.
		if (event.key !== 'Escape' || event.defaultPrevented || isInPopup(event.target)) return;
		// Browsers let a second Escape through whatever was said to the first one's `cancel`.
		event.preventDefault();
		leave();
	}

	return (
		<dialog
			ref={dialog}
			className={`dialog dialog-${size}`}
			aria-labelledby={heading}
			onKeyDown={onKeyDown}
			onCancel={(event) => {
				if (event.target !== dialog.current) return;
				event.preventDefault();
				leave();
			}}
			onInput={() => {
				isChanged.current = true;
			}}
			onMouseDown={(event) => {
				// The ground around it belongs to the dialog itself; what is in it does not.
				if (event.target !== dialog.current) return;
				event.preventDefault();
				leave();
			}}
		>
			<div className="dialog-body">
				<header className="dialog-head">
					<h2 id={heading}>{title}</h2>
					<Button look="quiet" label="Close" icon={<Icon name="close" />} onClick={() => close.current()} />
				</header>
				{children}
				{isAsking && <Discard onStay={() => setIsAsking(false)} onDiscard={() => close.current()} />}
			</div>
		</dialog>
	);
}

function isInPopup(target: EventTarget): boolean {
	return target instanceof Element && target.closest('[popover]') !== null;
}

interface DiscardProps {
	readonly onStay: () => void;
	readonly onDiscard: () => void;
}

function Discard({ onStay, onDiscard }: DiscardProps) {
	const stay = useRef<HTMLButtonElement>(null);
	useEffect(() => {
		const before = document.activeElement;
		stay.current?.focus();
		return () => {
			if (before instanceof HTMLElement && before.isConnected) before.focus();
		};
	}, []);
	return (
		<div className="dialog-discard" role="alertdialog" aria-label="Discard what you typed?">
			<p>Discard what you typed?</p>
			<Button ref={stay} onClick={onStay}>
				Keep editing
			</Button>
			<Button look="danger" onClick={onDiscard}>
				Discard
			</Button>
		</div>
	);
}

/** The buttons at a dialog's foot. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
	return <div className="dialog-actions">{children}</div>;
}

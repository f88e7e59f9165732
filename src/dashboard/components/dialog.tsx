/**
 * A dialog on the browser's own `<dialog>`: it keeps the focus in, closes with Escape, and gives the focus
 * back to where it was. It is there only while it is open, so what is in it begins afresh each time.
 */

import './dialog.css';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export interface DialogProps {
	readonly title: string;
	readonly onClose: () => void;
	readonly children: ReactNode;
	/** Wide enough for forms and diffs. */
	readonly size?: 'normal' | 'wide';
	/** It may not be closed by accident: neither Escape nor a click beside it. */
	readonly isStubborn?: boolean;
}

export function Dialog({ title, onClose, children, size = 'normal', isStubborn = false }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	const heading = useId();
	const close = useRef(onClose);
	close.current = onClose;

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

	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: Escape is its key.
		<dialog
			ref={dialog}
			className={`dialog dialog-${size}`}
			aria-labelledby={heading}
			onCancel={(event) => {
				event.preventDefault();
				if (!isStubborn) close.current();
			}}
			onClick={(event) => {
				// The ground around it belongs to the dialog itself; what is in it does not.
				if (event.target === dialog.current && !isStubborn) close.current();
			}}
		>
			<div className="dialog-body">
				<header className="dialog-head">
					<h2 id={heading}>{title}</h2>
					<Button look="quiet" label="Close" icon={<Icon name="close" />} onClick={() => close.current()} />
				</header>
				{children}
			</div>
		</dialog>
	);
}

/** The buttons at a dialog's foot. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
	return <div className="dialog-actions">{children}</div>;
}

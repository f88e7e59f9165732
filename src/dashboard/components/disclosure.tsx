/** Something folded away under its name, on the browser's own `<details>`. */

import './disclosure.css';
import { type ReactNode, useState } from 'react';

export interface DisclosureProps {
	readonly summary: ReactNode;
	readonly isOpenAtFirst?: boolean;
	/** Made only once it is open: what is folded may be large. */
	readonly children: ReactNode | (() => ReactNode);
}

export function Disclosure({ summary, isOpenAtFirst = false, children }: DisclosureProps) {
	const [isOpen, setIsOpen] = useState(isOpenAtFirst);
	return (
		<details className="disclosure" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
			<summary>{summary}</summary>
			{isOpen && <div className="disclosure-content">{typeof children === 'function' ? children() : children}</div>}
		</details>
	);
}

/** The page of the Stately inspector: mounts it. */

import '../styles/tokens.css';
import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyTheme } from '../shell/theme.ts';
import { InspectPage } from './inspect-page.tsx';

applyTheme();
const root = document.getElementById('root');
if (root) {
	createRoot(root).render(
		<StrictMode>
			<InspectPage />
		</StrictMode>,
	);
}

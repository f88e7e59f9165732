/** The page of the Stately inspector: mounts it. */

import { createRoot } from 'react-dom/client';

const root = document.getElementById('root');
if (root) createRoot(root).render(<main>Inspector</main>);

/** The web page: mounts it. */

import { createRoot } from 'react-dom/client';

const root = document.getElementById('root');
if (root) createRoot(root).render(<main>Statecraft</main>);

/** Builds the web page into `dist/dashboard`, from where `src/http/page.ts` serves it. */

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
	root,
	logLevel: 'warn',
	plugins: [react()],
	build: {
		outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
		emptyOutDir: true,
		// The Content-Security-Policy lets nothing in but files of our own.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		rolldownOptions: { input: [`${root}index.html`, `${root}inspect.html`] },
	},
});

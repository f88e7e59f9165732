/** One screen in every dress: light and dark, wide and narrow. */

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { lookOver } from './page-visit.ts';

const { STATECRAFT_PAGE_PICTURES: pictures } = process.env;

const dresses = [
	['dark', 360],
	['light', 360],
	['dark', 1280],
	['light', 1280],
] as const;

/** However little is to move, colours go over to others in a few frames: what inherits them a frame later each. */
const restingColours = `new Promise((done) => {
	let calmFrames = 0;
	const look = () => {
		calmFrames = document.getAnimations().length === 0 ? calmFrames + 1 : 0;
		if (calmFrames > 3) done();
		else requestAnimationFrame(look);
	};
	look();
})`;

/**
 * Nothing in sight may be out of reach for some, or stick out of the window, whatever it is dressed in; then
 * it is light and wide again. With STATECRAFT_PAGE_PICTURES=<folder> pictures are left there under the name.
 */
export async function expectFitForAll(page: Page, name: string): Promise<void> {
	const problems: Record<string, readonly string[]> = {};
	for (const [colorScheme, width] of dresses) {
		await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
		await page.emulateMedia({ colorScheme });
		await page.evaluate(restingColours);
		const found = await lookOver(page);
		if (found.length > 0) problems[`${colorScheme} ${width}`] = found;
		const picture = `${name}-${colorScheme}-${width}.png`;
		if (pictures) await page.screenshot({ path: join(pictures, picture), fullPage: true });
	}
	expect(problems, name).toEqual({});
}

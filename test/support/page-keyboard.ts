/** People who use no mouse. */

import type { Page } from 'playwright-core';

/** Presses Tab until what has the focus is called this; throws with all that was passed. */
export async function tabTo(page: Page, name: RegExp, mostPresses = 120): Promise<void> {
	const passed: string[] = [];
	for (let presses = 0; presses <= mostPresses; presses++) {
		const focused: string = await page.evaluate(`(() => {
			const { activeElement: element } = document;
			const label = element.labels?.[0]?.textContent ?? element.textContent;
			return (element.getAttribute('aria-label') ?? label ?? '').trim();
		})()`);
		if (presses > 0 && name.test(focused)) return;
		passed.push(focused.slice(0, 60));
		await page.keyboard.press('Tab');
	}
	throw new Error(`Nothing called ${name} can be reached: ${passed.join(' | ')}`);
}

/** Accessibility of a page as axe-core judges it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

export interface AccessibilityProblem {
	readonly rule: string;
	readonly impact: 'serious' | 'critical';
	readonly help: string;
	/** CSS selectors of the elements, and what is wrong with each. */
	readonly targets: readonly string[];
}

interface Violation {
	readonly id: string;
	readonly impact: string | null;
	readonly help: string;
	readonly nodes: ReadonlyArray<{ readonly target: readonly unknown[]; readonly failureSummary?: string }>;
}

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds serious or critical in what the page shows now. Its source goes in through the debugger,
 * which leaves the page's Content-Security-Policy in force.
 */
export async function runAxe(page: Page): Promise<readonly AccessibilityProblem[]> {
	await page.evaluate(`globalThis.axe === undefined && (0, eval)(${JSON.stringify(source)}), 0`);
	const violations: readonly Violation[] = await page.evaluate(
		`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
	);
	return violations.flatMap(({ id, impact, help, nodes }) =>
		impact === 'serious' || impact === 'critical' ? [{ rule: id, impact, help, targets: nodes.map(describeNode) }] : [],
	);
}

function describeNode({ target, failureSummary = '' }: Violation['nodes'][number]): string {
	return `${target.join(' ')}: ${failureSummary.replaceAll(/\s+/g, ' ')}`;
}

/** What was answered to a request, in words. Pure. */

import { renderValue } from '../../content/tool-content.ts';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { OpenRequest } from '../../store/resources.ts';

/** An option by the name people saw; `request` undefined: by its id. */
export function describeAnswer(answer: unknown, request: Pick<OpenRequest, 'options'> | undefined): string {
	if (typeof answer !== 'object' || answer === null) return answer === null ? '' : showOnOneLine(renderValue(answer));
	if ('optionId' in answer) {
		const option = request?.options.find(({ optionId }) => optionId === answer.optionId);
		return showOnOneLine(option?.name ?? String(answer.optionId));
	}
	if ('decline' in answer) return 'declined';
	return showOnOneLine(renderValue('answer' in answer ? answer.answer : answer));
}

/** `statecraft answer`: answer a permission or a question. */

import type { Command } from 'commander';
import { type AnswerChoice, answerBody } from './answers.ts';
import { createContext } from './context.ts';
import { renderAnswer } from './request-views.ts';

export function registerAnswer(program: Command): void {
	program
		.command('answer <request>')
		.description('answer what an agent asked')
		.option('--option <id>', 'choose this option')
		.option('--allow', 'allow it, this once where that is offered')
		.option('--reject', 'reject it, this once where that is offered')
		.option('--answer <text|json>', 'answer a question; an object or array is sent as JSON')
		.option('--decline', 'refuse to answer')
		.action(async (id: string, choice: AnswerChoice, command: Command) => {
			const { api, print } = createContext(command);
			const request = await api.request(id);
			const answered = await api.answer(id, answerBody(request, choice));
			print.result(answered, () => `${answered.id} is ${answered.status}: ${renderAnswer(answered)}`);
		});
}

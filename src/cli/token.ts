/** `statecraft token …`: named tokens with scopes. */

import { type Command, InvalidArgumentError } from 'commander';
import { refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import { paint } from './paint.ts';
import type { TokenResource } from './resources.ts';
import { type Column, renderTable } from './table.ts';
import { formatTime } from './times.ts';

const knownScopes = ['read', 'prompt', 'answer', 'admin'];

const columns: ReadonlyArray<Column<TokenResource>> = [
	{ title: 'NAME', value: (token) => token.name },
	{ title: 'SCOPES', value: (token) => token.scopes.join(',') },
	{ title: 'CREATED', value: (token) => token.createdAt && formatTime(token.createdAt) },
];

export function registerToken(program: Command): void {
	const token = program.command('token').alias('tokens').description('named tokens for programs and other people');
	token
		.command('create <name>')
		.description('make a token; it is shown once')
		.requiredOption('--scopes <list>', `of ${knownScopes.join(', ')}, separated by commas`, parseScopes)
		.action(async (name: string, options: { scopes: string[] }, command: Command) => {
			const { api, print } = createContext(command);
			const created = await api.createToken(name, options.scopes);
			print.note(paint.dim('shown only now; keep it safe:'));
			print.result(created, () => created.token ?? '');
		});
	token
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.description('names and scopes')
		.action(async (_options: unknown, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.tokens();
			print.result(listing, () => renderTable(listing.items, columns, 'no named tokens'));
		});
	token
		.command('revoke <name>')
		.description('make a token worthless')
		.action(async (name: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			await api.revokeToken(name);
			print.result({ name, revoked: true }, () => `token ${name} is revoked`);
		});
}

function parseScopes(text: string): string[] {
	const scopes = text
		.split(',')
		.map((scope) => scope.trim())
		.filter(Boolean);
	const unknown = scopes.find((scope) => !knownScopes.includes(scope));
	if (unknown !== undefined || scopes.length === 0)
		throw new InvalidArgumentError(`Expected some of ${knownScopes.join(', ')}.`);
	return scopes;
}

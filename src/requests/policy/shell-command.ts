/**
 * Shell commands, as far as they are beyond doubt. A command is understood only if it is one program with
 * plain words: no operators, substitutions, redirections, expansions, globs, comments, escapes or
 * assignments, in none of the shells agents use. Everything else is not understood, and then no pattern
 * allows it.
 *
 * Whoever allows a program trusts it: `Bash(make *)` runs whatever the makefile says. What git and find
 * are known to run others by, `*` does not cover; a pattern has to spell it out.
 */

export interface CommandPattern {
	/** The words, in which `*` stands for any run of characters but a slash. */
	readonly words: readonly string[];
	/** Whether any number of words may follow. */
	readonly open: boolean;
}

/**
 * A word is made of characters that no shell gives a meaning to, and of quoted text without any: `^` was once
 * a pipe; control characters and those that are not seen are not for quoting either.
 */
const unseen = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}`;
const word = String.raw`(?:[A-Za-z0-9_./:@%+,=~-]|'[^'${unseen}]*'|"[^"$\x60\\!${unseen}]*")+`;
const wholeCommand = new RegExp(`^ *${word}(?: +${word})* *$`, 'u');
const eachWord = new RegExp(word, 'gu');

/** The words of a command that is beyond doubt; null for any other. */
export function readCommand(text: string): readonly string[] | null {
	if (!wholeCommand.test(text)) return null;
	const words = (text.match(eachWord) ?? []).map(unquote);
	const [program = ''] = words;
	// `~` and `=` mean something at the start of a word, and an assignment goes before the program.
	return program === '' || /[=\s]/.test(program) || words.some((one) => /^[~=]/.test(one)) ? null : words;
}

function unquote(text: string): string {
	return text.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? '');
}

/** Throws an Error that says what is wrong. `git:*` is another way to write `git *`. */
export function parseCommandPattern(text: string): CommandPattern {
	const words = text.replace(/:\*$/, ' *').split(' ').filter(Boolean);
	if (words.length === 0) throw new Error('Say which command: Bash(git status)');
	if (words.some((word) => !/^[A-Za-z0-9_./:@%+,=~*-]+$/.test(word)))
		throw new Error('A command is made of plain words and *: Bash(git log *)');
	const open = words.at(-1) === '*';
	return { words: open ? words.slice(0, -1) : words, open };
}

/** Words by which a program runs others, or works elsewhere. */
const risky: Readonly<Record<string, RegExp>> = {
	git: /^(-[A-Za-z]*[cCxO].*|--(config-env|exec-path|exec|upload-pack|receive-pack|open-files-in-pager|git-dir|work-tree|ext-diff|extcmd)(=.*)?|ext::.*|config|bisect|submodule|filter-branch|difftool|mergetool)$/,
	find: /^-(exec|execdir|ok|okdir|delete|fprint.*|fls)$/,
};

/** Whether the pattern allows the command. */
export function allowsCommand(pattern: CommandPattern, command: readonly string[]): boolean {
	return matchWords(pattern, command, risky[command[0] ?? '']);
}

/** Programs that run what they are told to: what they are told is another command. */
const wrappers = new Set(
	'sh bash zsh dash ksh fish env sudo doas su xargs nohup timeout time nice ionice exec eval command builtin setsid stdbuf watch parallel busybox ssh script source .'.split(
		' ',
	),
);

/**
 * Whether the pattern forbids the command: also by another path to its program. `unclear` where it might,
 * with its words further apart, or behind a program that runs others.
 */
export function forbidsCommand(pattern: CommandPattern, text: string | null): 'yes' | 'no' | 'unclear' {
	const command = text === null ? null : readCommand(text);
	if (command === null) return 'unclear';
	const [program = '', ...rest] = command;
	const named = [program.slice(program.lastIndexOf('/') + 1), ...rest];
	if (matchWords(pattern, command) || matchWords(pattern, named)) return 'yes';
	const isIndirect = wrappers.has(named[0] ?? '') || rest.some((word) => /^-(exec|execdir|ok|okdir)$/.test(word));
	return isIndirect || isScattered(pattern, named) ? 'unclear' : 'no';
}

function matchWords({ words, open }: CommandPattern, command: readonly string[], never?: RegExp): boolean {
	if (command.length < words.length || (command.length > words.length && !open)) return false;
	return command.every((word, index) => {
		const wanted = words[index];
		if (wanted === word) return true;
		const covered = wanted === undefined || isLike(wanted, word);
		return covered && !(never?.test(word) ?? false);
	});
}

function isLike(wanted: string, word: string): boolean {
	if (wanted === '*') return true;
	if (!wanted.includes('*') || word.split('/').includes('..')) return false;
	const parts = wanted.split('*').map((part) => part.replace(/[.+]/g, '\\$&'));
	return new RegExp(`^${parts.join('[^/]*')}$`).test(word);
}

/** Whether the pattern's words occur in their order, with others between. */
function isScattered({ words }: CommandPattern, command: readonly string[]): boolean {
	let next = 0;
	for (const word of command) {
		const wanted = words[next];
		if (wanted !== undefined && (wanted === word || isLike(wanted, word))) next++;
	}
	return words.length > 0 && next === words.length;
}

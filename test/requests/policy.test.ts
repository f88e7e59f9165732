import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decide, type Verdict } from '../../src/requests/policy/evaluate.ts';
import { onAnotherHost, onThisHost, type Workplace } from '../../src/requests/policy/paths.ts';
import { readPolicy, type ToolPolicy, toolPolicy } from '../../src/requests/policy/schema.ts';
import { readToolUse, type ToolUse } from '../../src/requests/policy/tool-use.ts';

let home: string;
let cwd: string;
let place: Workplace;

beforeAll(() => {
	home = realpathSync(mkdtempSync(join(tmpdir(), 'statecraft-policy-')));
	cwd = join(home, 'work');
	mkdirSync(join(cwd, 'docs', 'deep'), { recursive: true });
	mkdirSync(join(cwd, 'secrets'));
	mkdirSync(join(home, 'outside', 'inner'), { recursive: true });
	writeFileSync(join(cwd, 'docs', 'guide.md'), '');
	writeFileSync(join(home, 'outside', 'key'), '');
	symlinkSync(join(home, 'outside'), join(cwd, 'docs', 'out'));
	symlinkSync('../../outside/key', join(cwd, 'docs', 'key'));
	symlinkSync(join(home, 'outside', 'new-file'), join(cwd, 'docs', 'dangling'));
	symlinkSync('loop', join(cwd, 'docs', 'loop'));
	symlinkSync(join(cwd, 'docs', 'deep'), join(cwd, 'docs', 'inside'));
	symlinkSync(join(home, 'outside', 'inner'), join(cwd, 'docs', 'inner'));
	symlinkSync(join(cwd, 'secrets'), join(cwd, 'public'));
	place = onThisHost(cwd);
});
afterAll(() => rmSync(home, { recursive: true }));

const claude = (toolName: string, input: Record<string, unknown>): ToolUse =>
	readToolUse({ title: toolName, detail: { toolName, input } });
const acp = (tool: string, title: string, input: unknown, rest: Record<string, unknown> = {}): ToolUse =>
	readToolUse({ title, detail: { tool, input, ...rest } });
const shell = (command: string) => claude('Bash', { command });
const write = (path: string) => claude('Write', { file_path: path, content: '' });

function judge(policy: ToolPolicy, use: ToolUse, where = place): Verdict['decision'] {
	return decide(policy, null, use, where).decision;
}
const allowOnly = (...allow: string[]): ToolPolicy => ({ mode: 'allow_list', allow });
const denyOnly = (...deny: string[]): ToolPolicy => ({ mode: 'deny_list', deny });

describe('[TP2] a shell pattern allows', () => {
	test.each([
		['git *', 'git status'],
		['git *', 'git'],
		['git *', '  git   log   --oneline '],
		['git *', 'git commit -m "fix: a thing, and another; not && more"'],
		['git *', "git commit -m 'costs $5 `exactly`'"],
		['git *', 'git commit -m "Grüße — été"'],
		['git *', 'git show HEAD~1'],
		['git:*', 'git diff'],
		['git status', 'git status'],
		['git "status"'.replaceAll('"', ''), 'git "status"'],
		['git -c *', 'git -c user.name=me'],
		['npm run *', 'npm run build -- --watch'],
		['npm run test:*', 'npm run test'],
		['./scripts/*', './scripts/build'],
		['git log * --oneline', 'git log main --oneline'],
	])('%s: %s', (pattern, command) => {
		expect(judge(allowOnly(`Bash(${pattern})`), shell(command))).toBe('allow');
	});
});

describe('[TP2] a shell pattern is not fooled', () => {
	test.each([
		['git *', 'git x; rm -rf y'],
		['git *', 'git x && rm -rf y'],
		['git *', 'git x || rm -rf y'],
		['git *', 'git x | sh'],
		['git *', 'git x |& sh'],
		['git *', 'git x & rm -rf y'],
		['git *', 'git $(rm -rf y)'],
		['git *', 'git `rm -rf y`'],
		['git *', 'git "$(rm -rf y)"'],
		['git *', 'git "`rm -rf y`"'],
		['git *', 'git $IFS'],
		['git *', 'git $x'],
		['git *', 'git log\nrm -rf y'],
		['git *', 'git log\r\nrm -rf y'],
		['git *', 'git log "a\nb"'],
		['git *', 'git log > /etc/passwd'],
		['git *', 'git log >> ~/.bashrc'],
		['git *', 'git apply < /tmp/patch'],
		['git *', 'git log 2>&1'],
		['git *', 'git <(id)'],
		['git *', 'git log <<< x'],
		['git *', 'GIT_PAGER=evil git log'],
		['git *', 'PATH=. git status'],
		['git *', '"PATH=." git status'],
		['git *', 'env git status'],
		['git *', 'sudo git status'],
		['git *', 'gi\\t status'],
		['git *', 'git log \\; id'],
		['git *', 'git "a\\"; id"'],
		['git *', "git 'unclosed"],
		['git *', 'git "unclosed'],
		['git *', 'git\u00a0status'],
		['git *', 'git\u2003status'],
		['git *', 'git\tstatus'],
		['git *', 'git log \u202e'],
		['git *', 'git "a\u200bb"'],
		['git *', 'gіt status'],
		['git *', 'git log # comment'],
		['git *', 'git log {a,b}'],
		['git *', 'git add *'],
		['git *', 'git add [a-z]'],
		['git *', 'git add ?'],
		['git *', 'git log !!'],
		['git *', 'git log "!!"'],
		['git *', 'git log ~root'],
		['git *', 'git log =ls'],
		['git *', 'git log ^main'],
		['git *', '(git log)'],
		['git *', '{ git log; }'],
		['git *', './git status'],
		['git *', '/tmp/git status'],
		['git *', 'gitx status'],
		['git *', 'Git status'],
		['git *', 'git -c core.pager=evil log'],
		['git *', 'git -ccore.pager=evil log'],
		['git *', 'git --config-env=core.pager=X log'],
		['git *', 'git --exec-path=/tmp log'],
		['git *', 'git -C /tmp/evil status'],
		['git *', "git config alias.x '!id'"],
		['git *', 'git rebase -x id main'],
		['git *', 'git rebase -ix id main'],
		['git *', 'git grep -Oid x'],
		['git *', "git clone 'ext::sh -c id'"],
		['git *', 'git clone "--upload-pack=id" x'],
		['git *', 'git bisect run id'],
		['git *', ''],
		['git *', '   '],
		['git *', '"" git status'],
		['git status', 'git status --porcelain'],
		['git status', 'git statusx'],
		['git log *', 'git -p log'],
		['./scripts/*', './scripts/../evil'],
		['./scripts/*', './scripts/deep/evil'],
		['find *', 'find . -exec id +'],
		['find *', 'find . -delete'],
	])('%s: %j', (pattern, command) => {
		expect(judge(allowOnly(`Bash(${pattern})`), shell(command))).toBe('deny');
		expect(judge({ mode: 'require_approval', allow: [`Bash(${pattern})`] }, shell(command))).toBe('ask');
	});

	test('a command that is not given as a text, or outside of a sandbox, is not understood', () => {
		const policy = allowOnly('Bash(git *)');
		expect(judge(policy, claude('Bash', { command: ['git', 'status'] }))).toBe('deny');
		expect(judge(policy, claude('Bash', {}))).toBe('deny');
		expect(judge(policy, claude('Bash', { command: 'git status', dangerouslyDisableSandbox: true }))).toBe('deny');
		expect(judge(policy, acp('execute', 'git status', { title: 'git status' }))).toBe('deny');
		expect(judge(policy, acp('execute', 'anything', { command: 'git status' }))).toBe('allow');
	});
});

describe('[TP3] a list of what is forbidden', () => {
	test.each([
		['rm *', 'rm -rf y', 'deny'],
		['rm *', '/bin/rm -rf y', 'deny'],
		['rm *', '"rm" -rf y', 'deny'],
		['rm *', 'git x; rm -rf y', 'ask'],
		['rm *', 'ls\nrm -rf y', 'ask'],
		['rm *', 'X=1 rm y', 'ask'],
		['rm *', 'r\\m y', 'ask'],
		['rm *', 'sudo rm y', 'ask'],
		['rm *', 'bash -c "rm y"', 'ask'],
		['rm *', 'xargs rm', 'ask'],
		['rm *', 'find . -exec rm x', 'ask'],
		['rm *', '$(echo rm) y', 'ask'],
		['rm *', 'ls y', 'allow'],
		['git push *', 'git push origin', 'deny'],
		['git push *', 'git -C x push origin', 'ask'],
		['git push *', 'git pull', 'allow'],
	] as const)('%s: %j is %s', (pattern, command, decision) => {
		expect(judge(denyOnly(`Bash(${pattern})`), shell(command))).toBe(decision);
		expect(judge({ mode: 'allow_all', deny: [`Bash(${pattern})`] }, shell(command))).toBe(decision);
	});

	test('names a tool by what it does and by what it is called', () => {
		expect(judge(denyOnly('Write'), claude('Edit', { file_path: 'x' }))).toBe('deny');
		expect(judge(denyOnly('Edit'), acp('delete', 'delete it', {}))).toBe('deny');
		expect(judge(denyOnly('Bash'), acp('execute', 'x', {}))).toBe('deny');
		expect(judge(denyOnly('mcp__github__*'), claude('mcp__github__merge', {}))).toBe('deny');
		expect(judge(denyOnly('github_merge'), acp('other', 'github_merge', {}))).toBe('deny');
		expect(judge(denyOnly('github_merge'), acp('fetch', 'github_merge', {}))).toBe('deny');
		expect(judge(denyOnly('*'), claude('Anything', {}))).toBe('deny');
		expect(judge(denyOnly('Write'), claude('Read', { file_path: 'x' }))).toBe('allow');
	});
});

describe('[TP4] a path pattern', () => {
	test.each([
		['docs/**', 'docs/guide.md', 'allow'],
		['docs/**', './docs//guide.md', 'allow'],
		['docs/**', 'docs/new/deep/file.md', 'allow'],
		['docs/**', 'docs/deep/../guide.md', 'allow'],
		['docs/**', 'docs/inside/file.md', 'allow'],
		['docs/*', 'docs/guide.md', 'allow'],
		['docs/*.md', 'docs/guide.md', 'allow'],
		['**/*.md', 'docs/deep/guide.md', 'allow'],
		['**', 'docs/guide.md', 'allow'],
		['docs/**', 'docs', 'deny'],
		['docs/**', 'docs/', 'deny'],
		['docs/**', 'docsx/guide.md', 'deny'],
		['docs/**', 'src/main.ts', 'deny'],
		['docs/**', 'docs/../src/main.ts', 'deny'],
		['docs/**', 'docs/../../outside/key', 'deny'],
		['docs/**', '../work2/docs/guide.md', 'deny'],
		['docs/**', '/etc/passwd', 'deny'],
		['docs/**', '~/docs/guide.md', 'deny'],
		['docs/**', '$HOME/docs/guide.md', 'deny'],
		['docs/**', 'file:///etc/passwd', 'deny'],
		['docs/**', 'docs/out/key', 'deny'],
		['docs/**', 'docs/out/new-file', 'deny'],
		['docs/**', 'docs/key', 'deny'],
		['docs/**', 'docs/dangling', 'deny'],
		['docs/**', 'docs/loop', 'deny'],
		['docs/**', 'docs/inner/../guide.md', 'deny'],
		['docs/**', 'docs/guide.md, ../src/main.ts', 'deny'],
		['docs/**', 'docs/a\nb', 'deny'],
		['docs/**', 'docs/\u202egpj.md', 'deny'],
		['docs/**', 'docs\\..\\src', 'deny'],
		['docs/**', 'Docs/guide.md', 'deny'],
		['docs/*', 'docs/deep/guide.md', 'deny'],
		['docs/*.md', 'docs/guide.mdx', 'deny'],
		['**', '../outside/key', 'deny'],
		['**', '', 'deny'],
		['public/**', 'public/token', 'deny'],
	] as const)('%s: %j is %s', (pattern, path, decision) => {
		expect(judge(allowOnly(`Write(${pattern})`), write(path))).toBe(decision);
	});

	test('is meant from where the agent works, or from the root', () => {
		expect(judge(allowOnly('Write(docs/**)'), write(join(cwd, 'docs', 'guide.md')))).toBe('allow');
		expect(judge(allowOnly(`Write(${cwd}/docs/**)`), write('docs/guide.md'))).toBe('allow');
		expect(judge(allowOnly('Write(docs/**)'), write('docs/guide.md'), onAnotherHost(cwd))).toBe('deny');
	});

	test('is about every path that a use names, wherever it names it', () => {
		const policy = allowOnly('Write(docs/**)');
		const inDocs = { filepath: join(cwd, 'docs/a.md') };
		expect(judge(policy, acp('edit', 'edit', inDocs))).toBe('allow');
		expect(judge(policy, acp('edit', 'edit', inDocs, { locations: [{ path: '/etc/passwd' }] }))).toBe('deny');
		expect(judge(policy, acp('edit', 'edit', inDocs, { content: [{ type: 'diff', path: '/etc/x' }] }))).toBe('deny');
		expect(judge(policy, acp('edit', 'edit', { ...inDocs, files: [{ name: '/etc/x' }] }))).toBe('allow');
		expect(judge(policy, acp('edit', 'edit', { ...inDocs, files: [{ filePath: '/etc/x' }] }))).toBe('deny');
		expect(judge(policy, acp('edit', 'edit', { ...inDocs, files: ['/etc/x'] }))).toBe('deny');
		expect(judge(policy, acp('move', 'move', { source: 'docs/a', destination: '/etc/x' }))).toBe('deny');
		expect(judge(policy, acp('edit', 'edit', {}))).toBe('deny');
		expect(judge(policy, claude('Read', { file_path: 'docs/guide.md' }))).toBe('deny');
	});

	test('of a search is about the directory, and about what the names lead to', () => {
		const policy = allowOnly('Search(**)', 'Search(.)');
		expect(judge(policy, claude('Grep', { pattern: 'x', path: 'docs' }))).toBe('allow');
		expect(judge(policy, claude('Glob', { pattern: '../**' }))).toBe('deny');
		expect(judge(policy, claude('Glob', { pattern: '/etc/*' }))).toBe('deny');
	});

	test.each([
		['secrets/**', 'secrets/token', 'deny'],
		['secrets/**', 'SECRETS/token', 'deny'],
		['secrets/**', 'docs/../secrets/token', 'deny'],
		['secrets/**', 'public/token', 'deny'],
		['public/**', 'secrets/token', 'deny'],
		['docs/out/**', '../outside/key', 'deny'],
		['secrets/**', '~/secrets/token', 'ask'],
		['secrets/**', 'docs/loop', 'ask'],
		['secrets/**', 'docs/a,secrets/b', 'ask'],
		['secrets/**', 'docs/guide.md', 'allow'],
	] as const)('that forbids %s: %j is %s', (pattern, path, decision) => {
		expect(judge(denyOnly(`Write(${pattern})`), write(path))).toBe(decision);
	});

	test('that forbids a path leaves a use that names none to a human', () => {
		expect(judge(denyOnly('Write(secrets/**)'), acp('edit', 'edit', {}))).toBe('ask');
	});
});

describe('[TP1] a mode decides what no pattern does', () => {
	const read = claude('Read', { file_path: 'x' });

	test.each([
		[{ mode: 'allow_all' }, 'allow', 'mode allow_all'],
		[{ mode: 'deny_all' }, 'deny', 'mode deny_all'],
		[{ mode: 'allow_list', allow: ['Read'] }, 'allow', 'allow Read'],
		[{ mode: 'allow_list', allow: ['Bash'] }, 'deny', 'mode allow_list'],
		[{ mode: 'allow_list', allow: ['Read'], deny: ['R*'] }, 'deny', 'deny R*'],
		[{ mode: 'deny_list', deny: ['Bash'] }, 'allow', 'mode deny_list'],
		[{ mode: 'deny_list', deny: ['Read'] }, 'deny', 'deny Read'],
		[{ mode: 'require_approval' }, 'ask', 'mode require_approval'],
		[{ mode: 'require_approval', allow: ['*'] }, 'allow', 'allow *'],
		[{ mode: 'require_approval', allow: ['*'], deny: ['Read'] }, 'deny', 'deny Read'],
	] as const)('%j: %s', (policy, decision, rule) => {
		expect(decide(toolPolicy.parse(policy), null, read, place)).toEqual({ decision, rule });
	});

	test('without a policy, or with one that cannot be read, a human is asked', () => {
		expect(judge(readPolicy(null), read)).toBe('ask');
		expect(judge(readPolicy({ mode: 'allow_everything' }), read)).toBe('ask');
		expect(judge(readPolicy({ mode: 'allow_all', deny: ['('] }), read)).toBe('ask');
	});

	test('a tool that the agent only claims to be is allowed by no name', () => {
		expect(judge(allowOnly('Read'), acp('other', 'Read', {}))).toBe('deny');
		expect(judge(allowOnly('Read'), acp('execute', 'Read', { command: 'id' }))).toBe('deny');
		expect(judge(allowOnly('github_merge'), acp('execute', 'github_merge', { command: 'id' }))).toBe('deny');
		expect(judge(allowOnly('github_merge'), acp('other', 'github_merge', {}))).toBe('allow');
	});
});

describe('[TP5] the policy of a turn', () => {
	const use = shell('git push');
	const on = (agent: ToolPolicy, turn: ToolPolicy) => decide(agent, turn, use, place).decision;

	test('stands in place of the agent’s, looser or stricter', () => {
		expect(on({ mode: 'require_approval' }, { mode: 'allow_all' })).toBe('allow');
		expect(on(allowOnly('Read'), { mode: 'allow_all' })).toBe('allow');
		expect(on({ mode: 'allow_all' }, { mode: 'deny_all' })).toBe('deny');
		expect(on({ mode: 'allow_all' }, { mode: 'require_approval' })).toBe('ask');
	});

	test('never allows what the agent’s forbids, nor what it might forbid', () => {
		expect(on({ mode: 'deny_all' }, { mode: 'allow_all' })).toBe('deny');
		expect(on(denyOnly('Bash(git push *)'), { mode: 'allow_all' })).toBe('deny');
		expect(on({ mode: 'allow_all', deny: ['Bash'] }, allowOnly('Bash'))).toBe('deny');
		const unclear = shell('git x; git push');
		expect(decide(denyOnly('Bash(git push *)'), { mode: 'allow_all' }, unclear, place).decision).toBe('ask');
	});
});

describe('[TP6] a policy that makes no sense is refused', () => {
	test.each([
		{},
		{ mode: 'allow' },
		{ mode: 'allow_list' },
		{ mode: 'allow_list', allow: [] },
		{ mode: 'deny_list' },
		{ mode: 'deny_all', allow: ['Read'] },
		{ mode: 'allow_all', denied: ['Read'] },
		{ mode: 'allow_list', allow: ['Bash('] },
		{ mode: 'allow_list', allow: ['Bash()'] },
		{ mode: 'allow_list', allow: ['Bash(git; ls)'] },
		{ mode: 'allow_list', allow: ['Write(../**)'] },
		{ mode: 'allow_list', allow: ['Write(~/x)'] },
		{ mode: 'allow_list', allow: ['Write(a**)'] },
		{ mode: 'allow_list', allow: ['Write({a,b})'] },
		{ mode: 'allow_list', allow: ['WebFetch(example.org)'] },
		{ mode: 'allow_list', allow: ['B*(git *)'] },
		{ mode: 'allow_list', allow: ['two words'] },
		{ mode: 'allow_all', requests: { deadlineSeconds: 0 } },
		{ mode: 'allow_all', requests: { onDeadline: 'maybe' } },
	])('%j', (policy) => {
		expect(toolPolicy.safeParse(policy).success).toBe(false);
	});
});

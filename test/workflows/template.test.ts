import { describe, expect, test } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import { parseTemplate, type TemplateScope } from '../../src/workflows/template.ts';

const now = '2026-03-04T05:06:07.000Z';

function scopeWith(item: Partial<TemplateScope['item']> = {}): TemplateScope {
	return {
		item: {
			sourceId: 'issue:12',
			title: 'Crash on start',
			body: 'It crashes.',
			url: 'https://example.org/12',
			labels: ['bug', 'urgent'],
			metadata: { author: 'ann', assignee: null, steps: [{ name: 'open' }, { name: 'click' }] },
			...item,
		},
		workflow: { id: 'wfl_1', name: 'triage' },
		agent: { id: 'agt_1', name: 'ada', cwd: '/srv/ada' },
		dispatch: { id: 'dsp_1', attempt: 2 },
		now,
	};
}

const render = (source: string, item?: Partial<TemplateScope['item']>): string =>
	parseTemplate(source).render(scopeWith(item));

function refusal(action: () => unknown): StatecraftError {
	try {
		action();
	} catch (thrown) {
		if (thrown instanceof StatecraftError) return thrown;
		throw thrown;
	}
	throw new Error('was not refused');
}

const issuesOf = (source: string) => refusal(() => parseTemplate(source)).extras.issues;

describe('what a template is rendered with', () => {
	test('everything of the scope can be printed', () => {
		const source = `{{ item.sourceId }} {{ item.title }} {{ item.body }} {{ item.url }} {{ item.labels[1] }}
{{ item.metadata.author }} {{ workflow.id }} {{ workflow.name }} {{ agent.id }} {{ agent.name }} {{ agent.cwd }}
{{ dispatch.id }} {{ dispatch.attempt }} {{ now }}`;
		expect(render(source)).toBe(`issue:12 Crash on start It crashes. https://example.org/12 urgent
ann wfl_1 triage agt_1 ada /srv/ada
dsp_1 2 ${now}`);
	});

	test('what is null prints as nothing and counts as missing', () => {
		const source = '[{{ item.body }}{{ item.url }}{{ item.metadata.assignee }}] {{ item.body | default: "none" }}';
		expect(render(source, { body: null, url: null })).toBe('[] none');
		expect(render('{% if item.body %}yes{% else %}no{% endif %}', { body: null })).toBe('no');
	});

	test('nothing is escaped', () => {
		expect(render('<p>{{ item.title }}</p>', { title: `<b>&"'` })).toBe(`<p><b>&"'</p>`);
	});

	test.each([
		['{{ item.title | truncate: 8 }}', 'Crash...'],
		['{{ item.title | upcase }} {{ item.title | downcase }}', 'CRASH ON START crash on start'],
		['{{ item.labels | join: ", " }}', 'bug, urgent'],
		['{{ item.labels | json }}', '["bug","urgent"]'],
		['{{ item.metadata.steps | map: "name" | join: ">" }}', 'open>click'],
		['{{ item.metadata.steps | where: "name", "click" | json }}', '[{"name":"click"}]'],
		['{{ item.metadata.owner | default: "nobody" }}', 'nobody'],
		['{{ item.labels.size }} {{ item.title | size }}', '2 14'],
		['{{ item.labels | sort | first }} {{ item.labels | last }}', 'bug urgent'],
		['{{ item.title | replace: "Crash", "Stop" | append: "!" }}', 'Stop on start!'],
		['{{ item.title | split: " " | reverse | join: " " }}', 'start on Crash'],
		['{{ "  x " | strip }}{{ item.title | slice: 0, 5 }}', 'xCrash'],
		['{{ dispatch.attempt | plus: 1 | times: 2 }}', '6'],
		['{% for label in item.labels %}{{ forloop.index }}{{ label }} {% endfor %}', '1bug 2urgent '],
		[
			'{% for a in item.labels limit: 1 %}{{ a }}{% endfor %}{% for a in item.labels offset: continue %}{% endfor %}',
			'bug',
		],
		['{% assign n = item.labels | size %}{% capture c %}{{ n }} labels{% endcapture %}{{ c }}', '2 labels'],
		['{% case dispatch.attempt %}{% when 1 %}first{% else %}again{% endcase %}', 'again'],
		['{% if item.labels contains "bug" and dispatch.attempt > 1 %}retry{% endif %}', 'retry'],
		['{% raw %}{{ item.body }}{% endraw %}{% comment %}{{ nobody }}{% endcomment %}', '{{ item.body }}'],
	])('%s', (source, text) => {
		expect(render(source)).toBe(text);
	});

	test('dates are printed in UTC, wherever the host is, or in the zone asked for', () => {
		expect(render('{{ now | date: "%A %Y-%m-%d %H:%M %z" }}')).toBe('Wednesday 2026-03-04 05:06 +0000');
		expect(render('{{ now | date: "%H:%M", "Asia/Tokyo" }}')).toBe('14:06');
	});
});

describe('a template that cannot be used is refused when it is parsed', () => {
	test.each([
		['one\ntwo {{ item.title ', 2, /not closed/],
		['{% if item.title %}\nx', 1, /not closed/],
		['\n\n{% endif %}', 3, /endif/],
		['\n{{ item.title | shout }}', 2, 'undefined filter: shout'],
		['\n{% liquid\nassign a = 1\nshout a\n%}', 4, /shout/],
		['{{ }}', 1, /invalid value/],
	])('%j: line %i', (source, line, message) => {
		expect(issuesOf(source)).toEqual([
			{
				path: `template:${line}`,
				message: typeof message === 'string' ? message : expect.stringMatching(message),
			},
		]);
	});

	test('[WF12] unknown variables and properties are named, all of them, with their lines and with what there is', () => {
		const error = refusal(() => parseTemplate('{{ item.titel }}\n{{ constructor }}\n{% if issue.title %}{% endif %}'));
		expect(error).toMatchObject({ code: 'template_invalid', status: 422 });
		expect(error.message).toContain('line 1: "item" has no "titel"');
		const there = 'there are item, workflow, agent, dispatch, now, and what the template assigns';
		expect(error.extras.issues).toEqual([
			{
				path: 'template:1',
				message: '"item" has no "titel"; it has sourceId, title, body, url, labels, metadata',
			},
			{ path: 'template:2', message: `there is no variable "constructor"; ${there}` },
			{ path: 'template:3', message: `there is no variable "issue"; ${there}` },
		]);
	});

	test('a variable is known where it is assigned, and not before or outside of its loop', () => {
		expect(issuesOf('{{ a }}\n{% assign a = 1 %}{{ a }}')).toMatchObject([{ path: 'template:1' }]);
		expect(issuesOf('{% for i in item.labels %}{{ i }}{% endfor %}\n{{ i }}')).toMatchObject([{ path: 'template:2' }]);
	});

	test.each(['{% include "a" %}', '{% render "a" %}', '{% layout "a" %}', '{% block a %}{% endblock %}'])(
		'%s: templates stand alone',
		(tag) => {
			expect(issuesOf(`x\n${tag}`)).toEqual([
				{ path: 'template:2', message: expect.stringMatching(/^templates stand alone: "\w+" is not available$/) },
			]);
		},
	);

	test('[WF13] filters that parse their argument are not there', () => {
		for (const filter of ['where_exp', 'reject_exp', 'group_by_exp', 'has_exp', 'find_exp', 'find_index_exp']) {
			expect(issuesOf(`{{ item.labels | ${filter}: "x", item.body }}`)).toMatchObject([
				{ message: `undefined filter: ${filter}` },
			]);
		}
	});

	test('64 KiB of UTF-8 are allowed, and not a byte more', () => {
		expect(parseTemplate('ä'.repeat(32 * 1024)).render(scopeWith())).toHaveLength(32 * 1024);
		expect(issuesOf(`${'ä'.repeat(32 * 1024)}x`)).toEqual([
			{ path: 'template', message: 'it is 65537 bytes long; 65536 are allowed' },
		]);
	});

	test('blocks nested deeper than can be parsed are refused, and nothing breaks', () => {
		const deep = `${'{% if 1 %}'.repeat(3_000)}${'{% endif %}'.repeat(3_000)}`;
		const error = refusal(() => parseTemplate(deep).render(scopeWith()));
		expect(error.code).toMatch(/^(template_invalid|prompt_blank)$/);
		expect(render('still there')).toBe('still there');
	});
});

describe('text of a work item is data', () => {
	const hostile = [
		'{{ item.body }}',
		'{{ "x" | shout }} {% include "/etc/passwd" %} {% for i in (1..100000000) %}',
		'{% endif %}{% endraw %}}}{{',
		'<%= 1 %> #{x} %s %o \\u0041',
	];

	test.each(hostile)('[WF13] %s: in every place, exactly once', (text) => {
		const source =
			'{{ item.title }}|{{ item.body }}|{{ item.url }}|{{ item.labels[0] }}|{{ item.metadata[item.title].deep }}|{% assign a = item.body %}{{ a }}|{% capture b %}{{ item.body }}{% endcapture %}{{ b | append: "" }}';
		const item = { title: text, body: text, url: text, labels: [text], metadata: { [text]: { deep: text } } };
		expect(render(source, item)).toBe(Array(7).fill(text).join('|'));
	});

	test.each([
		['{{ item.title }}', '/clear', 'Work item:\n/clear'],
		['\n{% if true %}{{ item.title }}{% endif %}', ' \t/compact now', 'Work item:\n\n \t/compact now'],
		['{% assign t = item.title %}{{ t }}', '/clear', 'Work item:\n/clear'],
		['{{ item.title }}', 'and/or', 'and/or'],
		['See to {{ item.title }}', '/clear', 'See to /clear'],
		['{{ agent.name }} {{ item.title }}', '/clear', 'ada /clear'],
	])('[WF13] %s with %j is no command to the agent', (source, title, prompt) => {
		expect(render(source, { title })).toBe(prompt);
	});

	test.each([
		'/review {{ item.title }}',
		'{% comment %}daily{% endcomment %}\n /review {{ item.title }}',
		'/{{ item.title }}',
	])('%s is one: the template says so itself', (source) => {
		expect(render(source, { title: '12' }).trimStart()).toMatch(/^\/(review )?12$/);
	});

	test('control characters stay, NUL too', () => {
		const text = `a\0b\u0001\u001b[2J\r\n\t\u2028\ufeff\u202e`;
		expect(render('{{ item.body }}', { body: text })).toBe(text);
	});

	test('half a surrogate pair becomes U+FFFD; a whole one stays', () => {
		expect(render('{{ item.body }}', { body: 'a\ud800b\udc00c😀' })).toBe('a\ufffdb\ufffdc😀');
	});

	test('[WF13] a body of a megabyte goes through whole', () => {
		const body = `${'0123456789abcdef'.repeat(65_000)}{{ item.title }}`;
		expect(render('> {{ item.body }}', { body })).toBe(`> ${body}`);
		expect(render('{{ item.body | strip | upcase | truncate: 20 }}', { body })).toBe('0123456789ABCDEF0...');
	});

	test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
		'what objects inherit as "%s" is not there; what the item has by that name is',
		(key) => {
			const source = `{{ item.metadata.${key} }}`;
			expect(refusal(() => render(source)).message).toContain(`undefined variable: item.metadata.${key}`);
			expect(refusal(() => render('{{ item.metadata[item.title] }}', { title: key })).code).toBe('template_invalid');
			const metadata = JSON.parse(`{"${key}": "mine"}`);
			expect(render(source, { metadata })).toBe('mine');
		},
	);

	test('an object whose conversion to text its keys spoil is a typed failure with its line', () => {
		const metadata = { odd: { toString: 1, valueOf: 2, toLiquid: 3, equals: 4 } };
		expect(refusal(() => render('\n{{ item.metadata.odd }}', { metadata })).extras.issues).toMatchObject([
			{ path: 'template:2' },
		]);
		expect(render('{{ item.metadata.odd | json }}', { metadata })).toBe(JSON.stringify(metadata.odd));
	});

	test('methods are not there, and getters are asked once, before the template runs', () => {
		let asked = 0;
		const metadata = {
			get counted() {
				asked += 1;
				return `${asked}`;
			},
			method: () => 'called',
		};
		expect(render('{{ item.metadata.counted }}{{ item.metadata.counted }}', { metadata })).toBe('11');
		expect(refusal(() => render('{{ item.metadata.method }}', { metadata })).message).toContain('metadata.method');
	});

	test('one render leaves nothing behind for the next', () => {
		const template = parseTemplate('{% increment n %}{% assign a = item.title %}{{ a }}{% cycle "x", "y" %}');
		expect(template.render(scopeWith({ title: 'one' }))).toBe('0onex');
		expect(template.render(scopeWith({ title: 'two' }))).toBe('0twox');
	});
});

describe('a render that cannot succeed is a typed failure', () => {
	test('a property that this item lacks is named, with its line and a way out', () => {
		const error = refusal(() => render('Fix it.\n{{ item.metadata.foo.bar }}'));
		expect(error).toMatchObject({
			code: 'template_invalid',
			extras: {
				issues: [{ path: 'template:2', message: 'undefined variable: item.metadata.foo' }],
				hint: expect.stringContaining('default'),
			},
		});
	});

	test('what may be lacking can be asked for, and given a default', () => {
		const source =
			'{% if item.metadata.foo.bar %}a{% endif %}{% unless item.metadata.foo %}b{% endunless %}{{ item.metadata.foo.bar | default: "c" }}';
		expect(render(source)).toBe('bc');
	});

	test.each([
		['{% for i in (1..100000000) %}{{ i }}{% endfor %}', 'memory alloc limit exceeded'],
		['{% for i in (1..3000) %}{% for j in (1..3000) %}{% endfor %}{% endfor %}', 'template render limit exceeded'],
		[
			'{% assign x = "ab" %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}',
			'memory alloc limit exceeded',
		],
		['{{ now | date: "%99999999Y" }}', 'memory alloc limit exceeded'],
	])('%s ends', (source, message) => {
		expect(refusal(() => render(source))).toMatchObject({
			code: 'template_invalid',
			extras: { issues: [{ message }] },
		});
	});

	test('[WF14] the longest prompt is counted in bytes of UTF-8', () => {
		const template = parseTemplate('{{ item.body }}');
		expect(template.render(scopeWith({ body: 'ä'.repeat(50) }), 100)).toHaveLength(50);
		const error = refusal(() => template.render(scopeWith({ body: `${'ä'.repeat(50)}x` }), 100));
		expect(error).toMatchObject({ code: 'prompt_too_large', status: 413 });
		expect(error.message).toContain('101 bytes; 100 are allowed');
	});

	test('a mebibyte is allowed by default, and a text too long for any memory is the same refusal', () => {
		const body = 'x'.repeat(1024 * 1024);
		expect(render('{{ item.body }}', { body })).toHaveLength(body.length);
		expect(refusal(() => render('{{ item.body }}.', { body })).code).toBe('prompt_too_large');
		const endless = '{% for i in (1..1000) %}{{ item.body }}{% endfor %}';
		expect(refusal(() => render(endless, { body })).code).toBe('prompt_too_large');
	});

	test.each(['', ' \n\t ', '{% if item.body == "x" %}x{% endif %}\n'])('%j is blank', (source) => {
		expect(refusal(() => render(source))).toMatchObject({ code: 'prompt_blank', status: 422 });
	});
});

/** Reads XML as strictly as is needed to see that it is well-formed. */

export interface XmlElement {
	readonly name: string;
	/** Values with their entities put back. */
	readonly attributes: ReadonlyMap<string, string>;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** All elements in the order of the document. Throws where the text is not well-formed. */
export function readElements(xml: string): XmlElement[] {
	const elements: XmlElement[] = [];
	const open: string[] = [];
	for (const { closes, name, attributes, isEmpty, text } of readTokens(xml)) {
		if (name === undefined) checkText(text, open);
		else if (closes) checkEnd(name, open.pop());
		else {
			elements.push({ name, attributes: readAttributes(attributes) });
			if (!isEmpty) open.push(name);
		}
	}
	if (open.length > 0) throw new Error(`never closed: ${open.join()}`);
	return elements;
}

function* readTokens(xml: string) {
	const token = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
	while (token.lastIndex < xml.length) {
		const at = token.lastIndex;
		const match = token.exec(xml);
		if (match === null) throw new Error(`not well-formed: ${xml.slice(at, at + 80)}`);
		const [, slash, name, attributes = '', end, text = ''] = match;
		yield { closes: slash === '/', name, attributes, isEmpty: end === '/', text };
	}
}

function checkText(text: string, open: readonly string[]): void {
	decode(text);
	if (open.length === 0 && text.trim() !== '') throw new Error(`text outside of the document: ${text}`);
}

function checkEnd(name: string, expected: string | undefined): void {
	if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
}

function readAttributes(text: string): ReadonlyMap<string, string> {
	const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
		([, name = '', value = '']) => [name, decode(value)] as const,
	);
	const attributes = new Map(pairs);
	if (attributes.size !== pairs.length) throw new Error(`an attribute twice: ${text}`);
	return attributes;
}

function decode(text: string): string {
	if (/[\p{Cs}\ufffe\uffff]|(?![\t\n\r])\p{Cc}/u.test(text)) throw new Error(`no text of XML: ${JSON.stringify(text)}`);
	return text.replaceAll(/&(?:([\w#]+);)?/g, (whole, name: string) => {
		const character = entities[name];
		if (character === undefined) throw new Error(`${whole} is no entity`);
		return character;
	});
}

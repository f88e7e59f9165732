/** Hands over as a file what was fetched: a link of its own cannot carry the token. */

export function saveFile(text: string, file: string, type: string): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement('a');
	link.href = url;
	link.download = file;
	link.click();
	// The browser takes it up in a task of its own.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

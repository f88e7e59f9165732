/** What agents say is shown, never obeyed: no escape sequence or control character reaches the terminal. */

const esc = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);

/** Cursor movements and colours (CSI), and titles and links (OSC), as ECMA-48 writes them. */
const sequences = new RegExp(`${esc}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\))`, 'g');
const controls = /[^\P{Cc}\n\t]/gu;

/** The text with its line breaks and tabs, and nothing else that is not printed. */
export function toPlainText(text: string): string {
	return text.replace(sequences, '').replace(controls, '');
}

/** What agents say is shown, never obeyed: no escape sequence or control character reaches the terminal. */

/** Cursor movements, colours and titles, as ECMA-48 writes them (CSI and OSC). */
const sequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\))/g;
const controls = /[^\P{Cc}\n\t]/gu;

/** The text with its line breaks and tabs, and nothing else that is not printed. */
export function toPlainText(text: string): string {
	return text.replace(sequences, '').replace(controls, '');
}

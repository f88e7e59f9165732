/** Ids of save points: `chk_…`, made of the supervisor's and their number, so that they sort by it. */

const digits = 10;

export function checkpointId(supervisorId: string, number: number): string {
	return `chk_${supervisorId.replace(/^sup_/, '')}_${String(number).padStart(digits, '0')}`;
}

export function checkpointNumber(id: string): number {
	return Number(id.slice(-digits));
}

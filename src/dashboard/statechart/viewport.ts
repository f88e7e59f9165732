/** What of a picture is in sight: moving, zooming, fitting, as numbers. Pure; pixels throughout. */

export interface View {
	/** Where the picture's upper left corner is in the frame. */
	readonly x: number;
	readonly y: number;
	readonly scale: number;
}

export interface Extent {
	readonly width: number;
	readonly height: number;
}

export interface Area extends Extent {
	readonly x: number;
	readonly y: number;
}

export const scaleLimits = { least: 0.04, most: 3 } as const;
/** Down to this size a whole picture says more than a part of it; its text can be read from the second on. */
const overviewScale = 0.5;
const readableScale = 0.75;
const gap = 8;

/** All of it, in the middle, never larger than it was drawn. */
export function fitPicture(picture: Extent, frame: Extent): View {
	const scale = limit(
		Math.min(1, (frame.width - 2 * gap) / picture.width, (frame.height - 2 * gap) / picture.height),
		scaleLimits.least,
		scaleLimits.most,
	);
	return { scale, x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2 };
}

/** All of it where that can be read; else the part around the area, large enough to be read. */
export function begin(picture: Extent, frame: Extent, area: Area | null): View {
	const whole = fitPicture(picture, frame);
	if (area === null || whole.scale >= overviewScale) return whole;
	return centre(area, frame, readableScale, picture);
}

/** With the area in the middle, but nothing beside the picture in sight that need not be. */
export function centre(area: Area, frame: Extent, scale: number, picture: Extent): View {
	return {
		scale,
		x: place(area.x + area.width / 2, picture.width, frame.width, scale),
		y: place(area.y + area.height / 2, picture.height, frame.height, scale),
	};
}

/** Where a picture so long begins in a frame so long, with its `middle` in the middle of that. */
function place(middle: number, picture: number, frame: number, scale: number): number {
	const room = frame - picture * scale;
	return room >= 0 ? room / 2 : limit(frame / 2 - middle * scale, room, 0);
}

/** Whether all of the area can be seen. */
export function isInSight({ x, y, scale }: View, area: Area, frame: Extent): boolean {
	const [left, top] = [x + area.x * scale, y + area.y * scale];
	return left >= 0 && top >= 0 && left + area.width * scale <= frame.width && top + area.height * scale <= frame.height;
}

export function move(view: View, dx: number, dy: number, picture: Extent, frame: Extent): View {
	return keepInSight({ ...view, x: view.x + dx, y: view.y + dy }, picture, frame);
}

/** Larger or smaller by the factor; what is at the point stays there. */
export function zoom(
	view: View,
	factor: number,
	point: { readonly x: number; readonly y: number },
	picture: Extent,
	frame: Extent,
): View {
	const scale = limit(view.scale * factor, scaleLimits.least, scaleLimits.most);
	const ratio = scale / view.scale;
	const moved = { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
	return keepInSight(moved, picture, frame);
}

/** A picture cannot be lost: a piece of it stays in the frame. */
function keepInSight(view: View, picture: Extent, frame: Extent): View {
	const margin = 60;
	return {
		...view,
		x: limit(view.x, margin - picture.width * view.scale, frame.width - margin),
		y: limit(view.y, margin - picture.height * view.scale, frame.height - margin),
	};
}

function limit(value: number, least: number, most: number): number {
	return Math.min(Math.max(value, least), Math.max(least, most));
}

/** Moving and zooming a picture by mouse, touch, keyboard and buttons. What a gesture means is here, the numbers are not. */

import { type KeyboardEvent, type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { type Area, begin, centre, type Extent, fitPicture, isInSight, move, type View, zoom } from './viewport.ts';

const step = 60;
const zoomStep = 1.25;

export interface Viewport {
	/** Null until the frame has a size. */
	readonly view: View | null;
	zoomBy(factor: number): void;
	fitAll(): void;
	/** Brings the area into the middle, unless all of it can be seen already. */
	show(area: Area): void;
	readonly handlers: {
		onPointerDown(event: PointerEvent<HTMLElement>): void;
		onPointerMove(event: PointerEvent<HTMLElement>): void;
		onPointerUp(event: PointerEvent<HTMLElement>): void;
		onPointerCancel(event: PointerEvent<HTMLElement>): void;
		onKeyDown(event: KeyboardEvent<HTMLElement>): void;
	};
}

interface Finger {
	readonly x: number;
	readonly y: number;
}

export interface ViewportOptions {
	readonly frame: RefObject<HTMLElement | null>;
	/** Null while there is none. */
	readonly picture: Extent | null;
	/** What to begin with where all of the picture would be too small to be read. */
	readonly area: () => Area | null;
	/** Told when somebody chose another view. */
	readonly onChosen: () => void;
}

export function useViewport({ frame, picture, area, onChosen }: ViewportOptions): Viewport {
	const [view, setView] = useState<View | null>(null);
	const fingers = useRef(new Map<number, Finger>());
	const latest = useRef({ area, onChosen });
	latest.current = { area, onChosen };

	const change = useCallback(
		(next: (view: View, picture: Extent, frame: Extent) => View) => {
			const size = sizeOf(frame.current);
			if (picture === null || size === null) return;
			setView((view) => next(view ?? begin(picture, size, latest.current.area()), picture, size));
		},
		[frame, picture],
	);

	const choose = useCallback(
		(next: (view: View, picture: Extent, frame: Extent) => View) => {
			latest.current.onChosen();
			change(next);
		},
		[change],
	);

	// A frame that is hidden at first, or changes its size, is filled anew.
	useEffect(() => {
		const element = frame.current;
		if (element === null || picture === null) return;
		let width = 0;
		const observer = new ResizeObserver(() => {
			const size = sizeOf(element);
			if (size === null || size.width === width) return;
			width = size.width;
			setView(begin(picture, size, latest.current.area()));
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [frame, picture]);

	// Not by React: its listeners for the wheel cannot keep the page from scrolling.
	useEffect(() => {
		const element = frame.current;
		if (element === null) return;
		const onWheel = (event: WheelEvent) => {
			// Whoever scrolls by does not want to be caught here.
			if (!event.ctrlKey && !event.metaKey && !element.contains(document.activeElement)) return;
			event.preventDefault();
			const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002));
			choose((view, picture, size) => zoom(view, factor, placeOf(event, element), picture, size));
		};
		element.addEventListener('wheel', onWheel, { passive: false });
		return () => element.removeEventListener('wheel', onWheel);
	}, [frame, choose]);

	const zoomBy = (factor: number) =>
		choose((view, picture, size) => zoom(view, factor, { x: size.width / 2, y: size.height / 2 }, picture, size));
	const fitAll = () => choose((_, picture, size) => fitPicture(picture, size));
	const show = useCallback(
		(area: Area) =>
			change((view, picture, size) => (isInSight(view, area, size) ? view : centre(area, size, view.scale, picture))),
		[change],
	);

	function onPointerMove(event: PointerEvent<HTMLElement>): void {
		const before = fingers.current.get(event.pointerId);
		if (before === undefined) return;
		const now = { x: event.clientX, y: event.clientY };
		const [other] = [...fingers.current].filter(([id]) => id !== event.pointerId).map(([, finger]) => finger);
		fingers.current.set(event.pointerId, now);
		if (other === undefined) {
			choose((view, ...rest) => move(view, now.x - before.x, now.y - before.y, ...rest));
			return;
		}
		const factor = distance(now, other) / (distance(before, other) || 1);
		const { left, top } = event.currentTarget.getBoundingClientRect();
		const middle = { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top };
		choose((view, ...rest) => zoom(view, factor, middle, ...rest));
	}

	const lift = (event: PointerEvent<HTMLElement>) => {
		fingers.current.delete(event.pointerId);
	};

	function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
		if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
		const action = actionOf(event.key);
		if (action === undefined) return;
		event.preventDefault();
		if (action === 'fit') fitAll();
		else if ('factor' in action) zoomBy(action.factor);
		else choose((view, ...rest) => move(view, action.dx, action.dy, ...rest));
	}

	return {
		view,
		zoomBy,
		fitAll,
		show,
		handlers: {
			onPointerDown(event) {
				if (event.button !== 0) return;
				event.currentTarget.setPointerCapture(event.pointerId);
				fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
			},
			onPointerMove,
			onPointerUp: lift,
			onPointerCancel: lift,
			onKeyDown,
		},
	};
}

type Action = 'fit' | { readonly factor: number } | { readonly dx: number; readonly dy: number };

const actions: Readonly<Record<string, Action>> = {
	ArrowLeft: { dx: step, dy: 0 },
	ArrowRight: { dx: -step, dy: 0 },
	ArrowUp: { dx: 0, dy: step },
	ArrowDown: { dx: 0, dy: -step },
	'+': { factor: zoomStep },
	'=': { factor: zoomStep },
	'-': { factor: 1 / zoomStep },
	'0': 'fit',
};

function actionOf(key: string): Action | undefined {
	return Object.hasOwn(actions, key) ? actions[key] : undefined;
}

function sizeOf(element: HTMLElement | null): Extent | null {
	const { clientWidth: width = 0, clientHeight: height = 0 } = element ?? {};
	return width > 0 && height > 0 ? { width, height } : null;
}

function placeOf(event: WheelEvent, element: HTMLElement): Finger {
	const { left, top } = element.getBoundingClientRect();
	return { x: event.clientX - left, y: event.clientY - top };
}

function distance(a: Finger, b: Finger): number {
	return Math.hypot(a.x - b.x, a.y - b.y);
}

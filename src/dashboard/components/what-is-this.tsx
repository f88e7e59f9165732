/** Beside a screen's name: what it is about, for those who see it the first time. */

import type { ReactNode } from 'react';
import { Disclosure } from './disclosure.tsx';

export function WhatIsThis({ children }: { readonly children: ReactNode }) {
	return <Disclosure summary="What is this?">{children}</Disclosure>;
}

/** The server as it would be later: its clock is `AHEAD_MS` milliseconds ahead of everybody else's. */

import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/durable/clock.ts';
import { startStatecraft } from '../../src/main.ts';

const aheadMs = Number(process.env.AHEAD_MS);
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };

const statecraft = await startStatecraft(loadConfig(), { clock });
process.once('SIGTERM', () => void statecraft.close());
process.stdout.write(`${JSON.stringify({ url: statecraft.url })}\n`);

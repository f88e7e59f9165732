import { defineConfig } from 'prisma/config';

// `prisma generate` asks for the schema engine although it does not use it, and would download it.
// Naming any existing executable is enough to make it go on without one.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'schema.prisma', migrations: { path: 'migrations' } });

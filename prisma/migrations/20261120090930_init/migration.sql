-- init: the first tables

-- CreateTable
CREATE TABLE "actors" (
    "address" TEXT NOT NULL PRIMARY KEY,
    "parent" TEXT,
    "source" TEXT,
    "machine_id" TEXT NOT NULL,
    "machine_version" INTEGER NOT NULL,
    "definition_hash" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "snapshot" TEXT NOT NULL,
    "quarantine" TEXT
);

-- CreateTable
CREATE TABLE "transitions" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "address" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "from" TEXT,
    "to" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "trigger" TEXT,
    "cause" TEXT NOT NULL,
    "generation" INTEGER,
    "at" BIGINT NOT NULL,
    "block" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "timers" (
    "address" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "due_at" BIGINT NOT NULL,

    PRIMARY KEY ("address", "id")
);

-- CreateTable
CREATE TABLE "effects" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "address" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "params" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" BIGINT,
    "last_error" TEXT
);

-- CreateTable
CREATE TABLE "messages" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "sent_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "events" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "topic" TEXT NOT NULL,
    "agent_id" TEXT,
    "at" BIGINT NOT NULL,
    "data" TEXT NOT NULL,
    "block" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "agents" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "driver" TEXT NOT NULL,
    "cwd" TEXT NOT NULL,
    "auto_start" BOOLEAN NOT NULL,
    "restart" TEXT NOT NULL,
    "interrupted_turn" TEXT NOT NULL,
    "policy" TEXT,
    "budget" TEXT,
    "labels" TEXT NOT NULL,
    "connect_token_hash" TEXT,
    "execution_state" TEXT NOT NULL,
    "substate" TEXT,
    "status" TEXT NOT NULL,
    "tags" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "pid" INTEGER,
    "session_id" TEXT,
    "queued_prompts" INTEGER NOT NULL,
    "open_requests" INTEGER NOT NULL,
    "error" TEXT,
    "usage" TEXT,
    "started_at" BIGINT,
    "completed_at" BIGINT,
    "state_changed_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "pid" INTEGER,
    "process_start" TEXT,
    "started_at" BIGINT NOT NULL,
    "completed_at" BIGINT,
    "exit_code" INTEGER,
    "signal" TEXT,
    "error" TEXT,
    CONSTRAINT "runs_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "prompts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "content" TEXT,
    "idempotency_key" TEXT,
    "repeatable" BOOLEAN NOT NULL,
    "generation" INTEGER,
    "result" TEXT,
    "error" TEXT,
    "created_at" BIGINT NOT NULL,
    "started_at" BIGINT,
    "finished_at" BIGINT,
    CONSTRAINT "prompts_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "requests" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "run_id" TEXT,
    "prompt_id" TEXT,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "options" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "answer" TEXT,
    "answered_by" TEXT,
    "asked_at" BIGINT NOT NULL,
    "deadline_at" BIGINT,
    "settled_at" BIGINT,
    "note" TEXT,
    CONSTRAINT "requests_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "settings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "actors_parent_idx" ON "actors"("parent");

-- CreateIndex
CREATE INDEX "actors_quarantine_idx" ON "actors"("quarantine");

-- CreateIndex
CREATE INDEX "transitions_block_address_idx" ON "transitions"("block", "address");

-- CreateIndex
CREATE INDEX "timers_due_at_idx" ON "timers"("due_at");

-- CreateIndex
CREATE INDEX "effects_address_idx" ON "effects"("address");

-- CreateIndex
CREATE UNIQUE INDEX "messages_id_key" ON "messages"("id");

-- CreateIndex
CREATE INDEX "messages_to_idx" ON "messages"("to");

-- CreateIndex
CREATE INDEX "events_block_agent_id_idx" ON "events"("block", "agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "agents_name_key" ON "agents"("name");

-- CreateIndex
CREATE INDEX "agents_execution_state_idx" ON "agents"("execution_state");

-- CreateIndex
CREATE UNIQUE INDEX "runs_agent_id_generation_key" ON "runs"("agent_id", "generation");

-- CreateIndex
CREATE INDEX "prompts_agent_id_created_at_idx" ON "prompts"("agent_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "prompts_agent_id_idempotency_key_key" ON "prompts"("agent_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "requests_status_asked_at_idx" ON "requests"("status", "asked_at");

-- CreateIndex
CREATE INDEX "requests_agent_id_status_idx" ON "requests"("agent_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_name_key" ON "tokens"("name");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- workflows: Workflows, their dispatches, durable queues, and groups of agents.

-- CreateTable
CREATE TABLE "workflows" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "policy" TEXT,
    "retry" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "cursor" TEXT,
    "runner_state" TEXT,
    "runner_next_at" BIGINT,
    "runner_error" TEXT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    CONSTRAINT "workflows_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "dispatches" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "workflow_id" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "live_key" TEXT,
    "title" TEXT NOT NULL,
    "item" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL,
    "max_attempts" INTEGER NOT NULL,
    "next_attempt_at" BIGINT,
    "prompt_id" TEXT,
    "queue_item_id" TEXT,
    "error" TEXT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    CONSTRAINT "dispatches_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "queue_items" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "queue" TEXT NOT NULL,
    "key" TEXT,
    "item" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "workflow_id" TEXT,
    "dispatch_id" TEXT,
    "visible_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "agent_groups" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "members" TEXT NOT NULL,
    "max_restarts" INTEGER NOT NULL,
    "within_seconds" REAL NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "workflows_name_key" ON "workflows"("name");

-- CreateIndex
CREATE INDEX "workflows_agent_id_enabled_idx" ON "workflows"("agent_id", "enabled");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_next_attempt_at_priority_id_idx" ON "dispatches"("workflow_id", "next_attempt_at", "priority", "id");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_id_idx" ON "dispatches"("workflow_id", "id");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_status_id_idx" ON "dispatches"("workflow_id", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "dispatches_workflow_id_live_key_key" ON "dispatches"("workflow_id", "live_key");

-- CreateIndex
CREATE INDEX "queue_items_queue_priority_id_idx" ON "queue_items"("queue", "priority" DESC, "id");

-- CreateIndex
CREATE INDEX "queue_items_queue_status_priority_id_idx" ON "queue_items"("queue", "status", "priority" DESC, "id");

-- CreateIndex
CREATE INDEX "queue_items_queue_visible_at_idx" ON "queue_items"("queue", "visible_at");

-- CreateIndex
CREATE UNIQUE INDEX "queue_items_queue_key_key" ON "queue_items"("queue", "key");

-- CreateIndex
CREATE UNIQUE INDEX "agent_groups_name_key" ON "agent_groups"("name");

// How many jobs a second pg-boss and Graphile Worker take from the same PostgreSQL, for docs/performance.md. Jobs that do nothing, put in
// before, then done by one process: what the queue itself costs.
//
//     npm install pg-boss@9 graphile-worker@0.16 pg
//     node queues.mjs "postgres://…" [jobs]
import PgBoss from "pg-boss";
import { run, Logger, runMigrations } from "graphile-worker";
import pg from "pg";

const [url, count = "20000"] = process.argv.slice(2);
const jobs = Number(count);
const payload = (n) => ({ event: n, text: "x".repeat(300) });

function report(name, seconds) {
    console.log(`${name}: ${jobs} jobs in ${seconds.toFixed(1)} s, ${(jobs / seconds).toFixed(0)} a second`);
}

async function boss(batch) {
    const queue = new PgBoss({ connectionString: url, max: 10 });
    queue.on("error", console.error);
    await queue.start();
    const name = `q${batch}`;
    for (let n = 0; n < jobs; n += 1000)
        await queue.insert(Array.from({ length: 1000 }, (_, i) => ({ name, data: payload(n + i) })));
    let done = 0;
    const begin = performance.now();
    await new Promise((resolve) =>
        queue.work(name, batch > 1 ? { batchSize: batch, newJobCheckInterval: 100 } : { teamSize: 100, teamConcurrency: 100, newJobCheckInterval: 100 },
            async (work) => {
                done += Array.isArray(work) ? work.length : 1;
                if (done >= jobs) resolve();
            }));
    report(batch > 1 ? `pg-boss, ${batch} jobs a fetch` : "pg-boss, a team of 100", (performance.now() - begin) / 1000);
    await queue.stop({ graceful: true, timeout: 5000 });
}

async function graphile() {
    await runMigrations({ connectionString: url });
    const pool = new pg.Pool({ connectionString: url });
    await pool.query("SELECT graphile_worker.add_job('nothing', json_build_object('event', n, 'text', repeat('x', 300))) FROM generate_series(1, $1::int) n",
        [jobs]);
    let done = 0, finished;
    const all = new Promise((resolve) => { finished = resolve; });
    const begin = performance.now();
    const runner = await run({ connectionString: url, concurrency: 24, maxPoolSize: 25, noHandleSignals: true,
        logger: new Logger(() => () => {}), taskList: { nothing: async () => { if (++done === jobs) finished(); } } });
    await all;
    report("Graphile Worker, 24 at once", (performance.now() - begin) / 1000);
    await runner.stop();
    await pool.end();
}

await graphile();
await boss(1);
await boss(256);
process.exit(0);

/*
 * gone.mjs: PostgreSQL goes away under load and comes back: 503 with Retry-After meanwhile, and
 * then everything goes on by itself. What was acknowledged is there.
 *
 *     sh test/pg.sh run node test/outside/gone.mjs [ROUNDS]
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { Hub, ROOT, done, equal, ok, test } from "./hub.mjs";

const ROUNDS = Number(process.argv[2] ?? 1);
const PEOPLE = 6;

const hub = await Hub.make({ on: "postgres" });
const served = await hub.serve();
const owner = await hub.owner();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const postgres = (act) =>
    execFileSync("sh", [path.join(ROOT, "test/pg.sh"), act], { stdio: "ignore", timeout: 60_000 });

const fields = { title: "Room", body: "To write in", openness: "anyone", audience: "public" };
const space = (await owner.must("POST", "/spaces", fields)).id;
const { id } = await owner.must("POST", "/ideas", { space, title: "An idea", body: "Text" });
const people = [];
for (let i = 0; i < PEOPLE; i++) people.push(await hub.person(`person${i}`));

const written = [];
const doubtful = new Set(); /* refused, but the commit may have happened before the end */
let stop = false;
let next = 0;

async function write(person, seen) {
    while (!stop) {
        const body = `text ${++next}`;
        const { status, headers, problem } = await person.post(`/ideas/${id}/comments`, { body });
        seen[status] = (seen[status] ?? 0) + 1;
        if (status < 300) written.push(body);
        else if (status === 503) ok(headers["retry-after"], "no Retry-After");
        else ok(status === 429, `a comment: ${status} ${problem}`);
        if (status === 503) doubtful.add(body);
        await pause(status < 300 ? 40 : 100);
    }
}

async function until(words, holds) {
    for (const end = Date.now() + 20_000; !(await holds()); await pause(20))
        ok(Date.now() < end, `never: ${words}`);
}

const status = async (target) => (await owner.ask("GET", target)).status;

for (let round = 1; round <= ROUNDS; round++)
    await test(`postgres: gone and back, ${round} of ${ROUNDS}`, async () => {
        const seen = {};
        stop = false;
        const load = people.map((person) => write(person, seen));
        await until("a first write", () => seen[201] > PEOPLE || seen[200] > PEOPLE);
        postgres("stop");
        await until("503", () => seen[503] > PEOPLE);
        const page = await owner.ask("GET", `/ideas/${id}`, { headers: { Accept: "text/html" } });
        equal(page.status, 503, "a page");
        ok(page.headers["retry-after"], "a page's Retry-After");
        ok(/cannot reach its database/.test(page.body), "a page in words");
        equal(await status("/readyz"), 503, "/readyz");
        equal(await status("/healthz"), 200, "/healthz");
        postgres("start");
        await until("/readyz", async () => (await status("/readyz")) === 200);
        const before = written.length;
        await until("writes again", () => written.length > before + PEOPLE);
        stop = true;
        await Promise.all(load);
        const texts = hub.sql(
            `SELECT source FROM texts JOIN records ON records.id = texts.record_id
             WHERE root_id = ${id} AND parent_id IS NOT NULL`,
        );
        const there = new Set(texts.split("\n"));
        for (const body of written) ok(there.has(body), `${body} was acknowledged and is lost`);
        for (const body of there)
            ok(written.includes(body) || doubtful.has(body), `${body} was written by nobody`);
        ok(!served.ended, `the program ended: ${served.err.slice(-300)}`);
        hub.sound();
    });

equal(await hub.stop(), 0, "the exit code");
done();

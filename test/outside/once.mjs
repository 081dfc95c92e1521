/*
 * once.mjs: Idempotency-Key over a crash: clients send changes with keys, the program is killed
 * while it answers, and everything is sent again. Each key has made one change, and what was
 * answered before the crash is answered alike after it.
 *
 *     node test/outside/once.mjs [sqlite | postgres]
 */
import { Hub, done, equal, ok, test } from "./hub.mjs";

const PEOPLE = 6;
const EACH = 16; /* changes: fewer than a minute allows */
const ROUNDS = 3;

const on = process.argv[2] ?? "sqlite";
const hub = await Hub.make({ on });
await hub.serve();
const owner = await hub.owner();
const space = await owner.must("POST", "/spaces", {
    title: "Lids",
    body: "All about lids",
    openness: "anyone",
    audience: "public",
});
const fields = { space: space.id, title: "A lid", body: "Text" };
const idea = await owner.must("POST", "/ideas", fields);
const people = [];
for (let i = 0; i < PEOPLE; i++) people.push(await hub.person(`client${i}`));

const send = (person, key) =>
    person.ask("POST", `/ideas/${idea.id}/comments`, {
        headers: {
            Accept: "application/json",
            "Content-Type": "application/json",
            "X-CSRF-Token": person.csrf,
            "Idempotency-Key": key,
        },
        body: JSON.stringify({ body: `Said with ${key}` }),
    });

for (let round = 0; round < ROUNDS; round++)
    await test(`each key is one change, crash ${round + 1}`, async () => {
        const answered = new Map();
        const limit = 10 + 25 * round; /* how many answers are let through before the crash */
        let killed = null;
        const moment = hub.moment();
        await Promise.all(
            people.map(async (person, p) => {
                for (let i = 0; i < EACH; i++) {
                    const key = `${round}-${p}-${i}`;
                    const answer = await send(person, key).catch(() => null);
                    if (!answer) return;
                    equal(answer.status, 201, key);
                    answered.set(key, answer);
                    if (answered.size === limit) killed = hub.kill();
                }
            }),
        );
        ok(killed, "it was not killed");
        await killed;
        hub.settle(moment);
        await hub.serve();
        let replayed = 0;
        for (const [p, person] of people.entries())
            for (let i = 0; i < EACH; i++) {
                const key = `${round}-${p}-${i}`;
                const again = await send(person, key);
                const before = answered.get(key);
                equal(again.status, 201, key);
                replayed += again.headers["idempotent-replayed"] === "true";
                if (!before) continue;
                equal(again.body, before.body, `${key}: the body`);
                equal(again.headers.location, before.headers.location, `${key}: Location`);
            }
        ok(replayed >= answered.size, `${replayed} replayed of ${answered.size} answered`);
        const made = hub.sql(
            `SELECT COUNT(*) FROM records WHERE type = 'comment' AND html LIKE '%with ${round}-%'`,
        );
        equal(Number(made), PEOPLE * EACH, "comments");
        await hub.stop();
        hub.sound();
        await hub.serve(); /* which forgets how often somebody called */
    });

/* Two programs have one writer between them: the database's lock. */
if (on === "postgres")
    await test("two programs on one database make one change of one key", async () => {
        const first = hub.served;
        const second = await hub.serve();
        hub.served = first;
        await Promise.all(
            people.map(async (person, p) => {
                const twin = person.twin(second);
                for (let i = 0; i < EACH; i++) {
                    const key = `both-${p}-${i}`;
                    const [a, b] = await Promise.all([send(person, key), send(twin, key)]);
                    equal(a.status, 201, `${key}: ${a.body}`);
                    equal(b.body, a.body, `${key}: the other's body`);
                }
            }),
        );
        equal(
            Number(hub.sql("SELECT COUNT(*) FROM records WHERE html LIKE '%with both-%'")),
            PEOPLE * EACH,
            "comments",
        );
        await second.end("SIGTERM");
    });

await hub.stop();
hub.sound();
done();

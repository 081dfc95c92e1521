/*
 * together.mjs: many people at the same moment, on one server and on two; nothing is lost, nothing
 * is counted twice. And a stop in the middle of it finishes what was begun.
 *
 *     node test/outside/together.mjs [sqlite | postgres]
 *
 * On PostgreSQL two servers share the hub, and people are spread over both. On SQLite, where a
 * folder has one server, they are all on that one.
 */
import net from "node:net";
import { Hub, done, equal, ok, test } from "./hub.mjs";

const PEOPLE = 20;
const on = process.argv[2] ?? "sqlite";

const hub = await Hub.make({ on });
const servers = [await hub.serve()];
if (on === "postgres") servers.push(await hub.serve());
const owner = await hub.owner();
const space = (
    await owner.must("POST", "/spaces", {
        title: "Room",
        body: "To be in",
        openness: "anyone",
        audience: "public",
    })
).id;
const people = [];
for (let i = 0; i < PEOPLE; i++) {
    people.push(await hub.person(`person${i}`));
    people[i].at = servers[i % servers.length];
}

let ideas = 0;
const idea = async () =>
    (await owner.must("POST", "/ideas", { space, title: `Idea ${++ideas}`, body: "Text" })).id;
const all = (list, run) => Promise.all(list.map(run));
const statuses = (answers) =>
    answers
        .map((a) => a.status)
        .sort()
        .join(" ");

/* As many connections of the same person, spread over the servers. */
const tabs = (person, n) =>
    Array.from({ length: n }, (_, i) => person.twin(servers[i % servers.length]));

await test(`${on}: votes of many at once are all counted, each once`, async () => {
    const id = await idea();
    const twice = people.flatMap((person) => tabs(person, 2));
    await all(twice, (person) => person.must("POST", `/ideas/${id}/votes`));
    let { data } = await owner.get(`/ideas/${id}/votes`);
    equal(data.score, PEOPLE, "the score");
    equal(data.people.length, PEOPLE, "the voters");
    await all(twice, (person) => person.must("DELETE", `/ideas/${id}/votes`, null));
    ({ data } = await owner.get(`/ideas/${id}/votes`));
    equal(data.score, 0, "the score, taken back");
});

/* Made on one server, used on the other, and the other way round, without a pause. */
await test(`${on}: a type and its fields are everywhere in the next request`, async () => {
    const here = owner.twin(servers[0]), there = owner.twin(servers.at(-1));
    const form = { audience: "staff", maker: "staff" };
    for (let i = 0; i < 10; i++) {
        const at = i % 2 ? [there, here] : [here, there];
        const plural = `crates-${i}`;
        equal((await at[1].ask("GET", `/${plural}.json`)).status, 404, "before");
        await at[0].must("POST", "/types", { noun: `Crate ${i}`, label: `Crates ${i}`, ...form });
        const type = `/types/crate_${i}`;
        await at[1].must("POST", `/${plural}`, { title: "One" });
        await at[1].must("POST", `${type}/fields`, { kind: "integer", label: "Weight" });
        await at[0].must("POST", `/${plural}`, { title: "Two", weight: 7 });
        equal((await at[1].get(`/${plural}?weight=7`)).data.length, 1, "found by the field");
        await at[0].must("DELETE", `${type}/fields/weight`, null);
        equal((await at[1].ask("GET", `/${plural}.json?weight=7`)).status, 400, "no such field");
        await at[1].must("DELETE", type, null);
        equal((await at[0].ask("GET", `/${plural}.json`)).status, 404, "switched off");
    }
});

await test(`${on}: comments of many at once are all there`, async () => {
    const id = await idea();
    const EACH = 10;
    const made = await all(people, async (person, n) => {
        const ids = [];
        for (let i = 0; i < EACH; i++)
            ids.push(
                (
                    await person.must("POST", `/ideas/${id}/comments`, {
                        body: `${n}.${i}`,
                        ...(i > 4 ? { parent: ids[i - 5] } : {}),
                    })
                ).id,
            );
        return ids;
    });
    equal(new Set(made.flat()).size, PEOPLE * EACH, "numbers of comments");
    equal((await owner.get(`/ideas/${id}`)).data.comments, PEOPLE * EACH, "the count");
});

await test(`${on}: of edits of one text one is taken, the others are told`, async () => {
    const id = await idea();
    const path = `/ideas/${id}`;
    const answers = await all(tabs(owner, 8), (tab, i) =>
        tab.json("PATCH", path, { body: `Text ${i}`, revision: 1 }),
    );
    equal(statuses(answers), `200${" 412".repeat(7)}`, "answers");
    const won = answers.findIndex((a) => a.status === 200);
    const { data } = await owner.get(path);
    equal(data.html, `<p>Text ${won}</p>\n`, "the text");
    equal(data.revision, 2, "its revision");
    equal((await owner.get(`${path}/revisions`)).data.length, 1, "earlier texts");
});

await test(`${on}: who reads again and repeats loses nothing`, async () => {
    const id = await idea();
    const path = `/ideas/${id}`;
    await all(tabs(owner, 8), async (tab, i) => {
        for (;;) {
            const seen = await tab.get(path);
            const text = seen.data.html.replace(/<[^>]*>/g, "").trim();
            const answer = await tab.json(
                "PATCH",
                path,
                { body: `${text} word${i}` },
                { "If-Match": `"${seen.data.revision}"` },
            );
            if (answer.status === 200) return;
            equal(answer.status, 412, "the answer to a stale edit");
        }
    });
    const { data } = await owner.get(path);
    for (let i = 0; i < 8; i++)
        ok(data.html.includes(`word${i}`), `word${i} is lost: ${data.html}`);
    equal(data.revision, 9, "the revision");
});

await test(`${on}: a stale form comes back with both texts`, async () => {
    const id = await idea();
    await owner.must("PATCH", `/ideas/${id}`, { body: "What the other one wrote", revision: 1 });
    const late = await owner.form(`/ideas/${id}`, {
        _method: "PATCH",
        revision: 1,
        title: "Mine",
        body: "What I wrote",
        tags: "",
    });
    equal(late.status, 412, "the answer");
    for (const text of [
        "What the other one wrote",
        "What I wrote",
        "Mine",
        'name="revision" value="2"',
    ])
        ok(late.body.includes(text), `the page lacks: ${text}`);
    const { data } = await owner.get(`/ideas/${id}`);
    equal(data.html, "<p>What the other one wrote</p>\n", "the text");
});

await test(`${on}: one address makes one account`, async () => {
    const who = { name: "Twice", email: "twice@example.org", password: "a password for two" };
    const joining = await all(people, async (person) => {
        const stranger = person.twin();
        stranger.cookies = new Map();
        await stranger.read("/accounts/new");
        return stranger.form("/accounts", who);
    });
    ok(
        joining.every((a) => a.status === 303),
        `answers ${statuses(joining)}`,
    );
    equal(
        hub.sql("SELECT count(*) FROM accounts WHERE email = 'twice@example.org'"),
        "1",
        "accounts",
    );
    equal(hub.sql("SELECT count(*) FROM people WHERE name = 'Twice'"), "1", "people");
});

await test(`${on}: one handle goes to one person`, async () => {
    const answers = await all(people, (person) =>
        person.json("PATCH", `/people/${person.id}`, { name: person.name, handle: "wanted" }),
    );
    equal(
        answers.filter((a) => a.status === 200).length,
        1,
        `answers ${statuses(answers)}; those of 200`,
    );
    ok(
        answers.every((a) => [200, 422, 409].includes(a.status)),
        `answers ${statuses(answers)}`,
    );
});

await test(`${on}: a space keeps a moderator when all of them leave`, async () => {
    const [one, two] = people;
    await all([one, two], (person) => person.must("POST", `/spaces/${space}/membership`));
    await all([one, two], (person) =>
        owner.must("PUT", `/spaces/${space}/members/${person.id}`, { role: "moderator" }),
    );
    await owner.must("DELETE", `/spaces/${space}/membership`, null);
    const answers = await all([one, two], (person) =>
        person.json("DELETE", `/spaces/${space}/membership`),
    );
    equal(statuses(answers), "200 409", "answers");
});

await test(`${on}: two ideas are not merged into each other`, async () => {
    const [a, b] = [await idea(), await idea()];
    await all([a, b], (id) => people[3].must("POST", `/ideas/${id}/votes`));
    const [one, two] = tabs(owner, 2);
    const answers = await Promise.all([
        one.post(`/ideas/${a}/merge`, { into: b, reason: "The same" }),
        two.post(`/ideas/${b}/merge`, { into: a, reason: "The same" }),
    ]);
    equal(statuses(answers), "200 422", "answers");
});

await test(`${on}: taking away, bringing back and commenting at once stay in step`, async () => {
    const id = await idea();
    const [one, two] = tabs(owner, 2);
    let left = 0; /* a comment on what is taken away cannot be taken away */
    await Promise.all([
        (async () => {
            for (let i = 0; i < 10; i++) {
                await one.json("DELETE", `/ideas/${id}`);
                await two.post(`/ideas/${id}/restore`);
            }
        })(),
        ...people.map(async (person) => {
            for (let i = 0; i < 5; i++) {
                const said = await person.post(`/ideas/${id}/comments`, { body: "Still here?" });
                ok(
                    [201, 403, 404].includes(said.status),
                    `a comment: ${said.status} ${said.problem}`,
                );
                await person.post(`/ideas/${id}/votes`);
                if (said.status !== 201) continue;
                const gone = await person.json("DELETE", `/comments/${said.data.id}`);
                ok(
                    [200, 404].includes(gone.status),
                    `taking a comment away: ${gone.status} ${gone.problem}`,
                );
                if (gone.status !== 200) left++;
            }
        }),
    ]);
    await two.post(`/ideas/${id}/restore`);
    equal((await owner.get(`/ideas/${id}`)).data.comments, left, "comments left");
});

await test(`${on}: all counts are right`, () => hub.sound());

/* ---- a stop ---- */

/* The head is with the server (it says 100) and the body is not: the request has begun. */
function begin(person, target, body) {
    const socket = net.connect(person.at.port, "127.0.0.1");
    let said = "";
    let half;
    const begun = new Promise((resolve) => (half = resolve));
    const answer = new Promise((resolve, reject) => {
        socket.on("data", (part) => {
            said += part;
            if (said.startsWith("HTTP/1.1 100")) half();
        });
        socket.on("end", () => resolve(said));
        socket.on("error", reject);
    });
    socket.write(
        `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n` +
            `Cookie: ${[...person.cookies].map((c) => c.join("=")).join("; ")}\r\n` +
            `X-CSRF-Token: ${person.csrf}\r\nContent-Type: application/json\r\n` +
            `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    return { begun, answer, finish: () => socket.write(body) };
}

await test(`${on}: SIGTERM finishes what was begun, and the program ends well`, async () => {
    const id = await idea();
    const writing = people.map((person, i) =>
        begin(person, `/ideas/${id}/comments`, JSON.stringify({ body: `The last word, ${i}` })),
    );
    await all(writing, (w) => w.begun);
    const gone = servers.map((served) => served.end("SIGTERM"));
    for (const w of writing) w.finish();
    for (const w of writing) {
        const said = (await w.answer).replace(/^HTTP\/1.1 100[^]*?\r\n\r\n/, "");
        ok(said.startsWith("HTTP/1.1 201 "), `the answer: ${said.slice(0, 200)}`);
    }
    for (const code of gone) equal(await code, 0, "the program's code");
    await hub.serve();
    owner.at = null;
    equal((await owner.get(`/ideas/${id}`)).data.comments, PEOPLE, "comments");
});

await test(`${on}: SIGTERM under write load loses nothing that was acknowledged`, async () => {
    const id = await idea();
    let told = 0;
    let gone = null;
    await all(people, async (person) => {
        person.at = null;
        for (;;) {
            let answer;
            try {
                answer = await person.post(`/ideas/${id}/comments`, { body: "On and on" });
            } catch (error) {
                ok(gone, `the connection broke before the stop: ${error.message}`);
                ok(error.message !== "the answer was cut", "an answer was cut");
                return;
            }
            equal(answer.status, 201, "a comment");
            if (++told === 200) gone = hub.stop();
        }
    });
    equal(await gone, 0, "the program's code");
    await hub.serve();
    const { comments } = (await owner.get(`/ideas/${id}`)).data;
    ok(comments >= told, `${told} comments were acknowledged, ${comments} are there`);
    ok(comments <= told + PEOPLE, `${told} comments were acknowledged, ${comments} are there`);
    equal(await hub.stop(), 0, "the program's code");
    hub.sound();
});

done();

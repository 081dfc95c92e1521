/*
 * crash.mjs: the program is killed while people write, again and again; what it had acknowledged is
 * there, what it had not is there whole or not at all.
 *
 *     node test/outside/crash.mjs [sqlite | postgres]     SKEP_CRASH_SEED=N repeats a run
 *     SKEP_CRASH_ROUNDS=N makes it longer, or shorter; SKEP_CRASH_MS=N: the longest burst
 *
 * Each of PEOPLE votes, takes back, comments, replies, edits and proposes, one request after the
 * other, and writes down what was acknowledged. After a random time the program gets SIGKILL. Then
 * what was written on is read back over HTTP and compared: of each person the one write in flight
 * may have happened or not. Now and then `skep doctor` recounts the rest, and at the end whoever
 * was replied to has been told once.
 */
import { randomInt } from "node:crypto";
import { Hub, dice, done, equal, ok, test } from "./hub.mjs";

const ROUNDS = Number(process.env.SKEP_CRASH_ROUNDS ?? 50);
const BURST = Number(process.env.SKEP_CRASH_MS ?? 250); /* at most, before the program dies */
const PEOPLE = 12;
const IDEAS = 2; /* new ones in each round, by the owner */
const DOCTOR = 10; /* rounds between two visits */

const on = process.argv[2] ?? "sqlite";
const seed = Number(process.env.SKEP_CRASH_SEED ?? randomInt(2 ** 31));
const roll = dice(seed);
const html = (text) => `<p>${text}</p>\n`;

/* ---- what the hub must hold ---- */

const ideas = new Map(); /* id: { title, author } */
const comments = new Map(); /* id: { idea, parent, author, text, revision } */
const votes = new Map(); /* id: Set of person ids */
let written = 0;

function comment_keep(id, comment) {
    comments.set(id, comment);
    votes.set(id, new Set());
}

/* Each gives { send, keep(data), found(hub's view) }: what is asked, what an acknowledgement means,
 * and how to find out afterwards what became of a write without one. */
const acts = {
    vote(person, round) {
        const all = [
            ...round.ideas,
            ...round.comments.filter((id) => comments.get(id).author !== person.id),
        ];
        const id = all[roll(all.length)];
        const has = votes.get(id).has(person.id);
        const target = ideas.has(id) ? `/ideas/${id}/votes` : `/comments/${id}/votes`;
        const keep = () => (has ? votes.get(id).delete(person.id) : votes.get(id).add(person.id));
        return {
            send: () => person.json(has ? "DELETE" : "POST", target, has ? null : {}),
            keep,
            found: (view) => view.votes.get(id).has(person.id) !== has && keep(),
        };
    },
    comment(person, round) {
        const idea = round.ideas[roll(round.ideas.length)];
        const below = round.comments.filter((id) => comments.get(id).idea === idea);
        const parent = roll(3) && below.length ? below[roll(below.length)] : idea;
        const text = `Comment ${seed}-${++written} by ${person.name}`;
        const keep = (data) => {
            comment_keep(data.id, { idea, parent, author: person.id, text, revision: 1 });
            round.comments.push(data.id);
        };
        return {
            send: () =>
                person.post(`/ideas/${idea}/comments`, {
                    body: text,
                    ...(parent === idea ? {} : { parent }),
                }),
            keep,
            found: (view) =>
                [...view.comments].forEach(([id, c]) => c.html === html(text) && keep({ id })),
        };
    },
    edit(person, round) {
        const own = round.comments.filter((id) => comments.get(id).author === person.id);
        if (own.length === 0) return acts.comment(person, round);
        const id = own[roll(own.length)];
        const { revision } = comments.get(id);
        const text = `Edit ${seed}-${++written} by ${person.name}`;
        const keep = () => Object.assign(comments.get(id), { text, revision: revision + 1 });
        return {
            send: () => person.json("PATCH", `/comments/${id}`, { body: text, revision }),
            keep,
            found: (view) => view.comments.get(id)?.revision === revision + 1 && keep(),
        };
    },
    propose(person, round) {
        const title = `Idea ${seed}-${++written}`;
        return {
            send: () =>
                person.post("/ideas", {
                    space: round.space,
                    title,
                    body: "Why? #crash",
                    tags: "crash, write",
                }),
            keep: (data) => {
                ideas.set(data.id, { title, author: person.id });
                votes.set(data.id, new Set());
            },
            found: () => {} /* nobody could comment or vote; the doctor sees whether it is whole */,
        };
    },
};
const MIX = [
    ...Array(9).fill("vote"),
    ...Array(8).fill("comment"),
    ...Array(4).fill("edit"),
    "propose",
];

/* ---- writing ---- */

/* Until the connection breaks; gives the write that was not acknowledged. */
async function write(person, round) {
    for (;;) {
        const kind = MIX[roll(MIX.length)];
        const act = acts[kind](person, round);
        let answer;
        try {
            answer = await act.send();
        } catch (error) {
            ok(round.killed, `${kind}: ${error.message}, and nobody had killed anything`);
            return act;
        }
        if (answer.status === 429) continue; /* often enough for a minute: nothing is done */
        ok(answer.status < 300, `${kind}: ${answer.status} ${answer.problem}`);
        act.keep(answer.data);
        acknowledged++;
    }
}

/* ---- reading back ---- */

async function look(reader, which) {
    const view = { comments: new Map(), votes: new Map(), scores: new Map() };
    for (const idea of which) {
        let page = await reader.get(`/ideas/${idea}`);
        equal(page.status, 200, `idea ${idea}`);
        equal(page.data.title, ideas.get(idea).title, `the title of ${idea}`);
        view.scores.set(idea, page.data.score);
        for (const total = page.data.comments; ;) {
            for (const entry of page.data.thread_entries) {
                ok(!view.comments.has(entry.id), `comment ${entry.id} is shown twice`);
                view.comments.set(entry.id, { idea, ...entry });
                view.scores.set(entry.id, entry.score);
            }
            if (!page.next) {
                const n = [...view.comments.values()].filter((c) => c.idea === idea).length;
                equal(n, total, `comments of ${idea} and their number`);
                break;
            }
            page = await reader.get(`/ideas/${idea}?after=${page.next}`);
        }
    }
    for (const id of view.scores.keys()) {
        const kind = ideas.has(id) ? "ideas" : "comments";
        const { data } =
            view.scores.get(id) === 0 && !votes.get(id)?.size
                ? { data: { people: [], score: 0 } }
                : await reader.get(`/${kind}/${id}/votes`);
        view.votes.set(id, new Set(data.people.map((p) => p.id)));
    }
    return view;
}

function compare(view, which) {
    for (const [id, want] of comments) {
        if (!which.includes(want.idea)) continue;
        const is = view.comments.get(id);
        ok(is, `comment ${id} was acknowledged and is gone`);
        equal(is.html, html(want.text), `the text of ${id}`);
        equal(is.revision, want.revision, `the revision of ${id}`);
        equal(is.parent_id, want.parent, `the parent of ${id}`);
        equal(is.author_id, want.author, `the author of ${id}`);
    }
    for (const id of view.comments.keys())
        ok(comments.has(id), `comment ${id} was written by nobody`);
    for (const [id, score] of view.scores) {
        const want = [...votes.get(id)].sort().join();
        equal([...view.votes.get(id)].sort().join(), want, `the voters for ${id}`);
        equal(score, votes.get(id).size, `the score of ${id}`);
    }
}

/* ---- rounds ---- */

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* A quick machine reads more at the end than one address may ask for in a minute. */
const FREELY = ["--requests-per-peer", "0"];
let hub, people, reader, space;
let acknowledged = 0;
let rounds = 0;

async function begin() {
    hub = await Hub.make({ on });
    await hub.serve(...FREELY);
    reader = await hub.owner();
    space = (
        await reader.must("POST", "/spaces", {
            title: "Room",
            body: "To write in",
            openness: "anyone",
            audience: "public",
        })
    ).id;
    people = [];
    for (let i = 0; i < PEOPLE; i++) people.push(await hub.person(`person${i}`));
}

/* Any one; every second time it lies behind an acknowledgement, however slow the machine is. */
async function moment() {
    const before = acknowledged;
    const end = Date.now() + 10_000;
    while (rounds % 2 && acknowledged === before && Date.now() < end) await pause(5);
    await pause(roll(BURST));
}

async function round_run() {
    const round = {
        hub,
        space,
        ideas: [],
        comments: [],
        killed: false,
    };
    for (let i = 0; i < IDEAS; i++) {
        const title = `An idea to write on ${++written}`;
        const made = await reader.must("POST", "/ideas", { space, title, body: "Text" });
        ideas.set(made.id, { title, author: reader.id });
        votes.set(made.id, new Set());
        round.ideas.push(made.id);
    }
    rounds++;
    const writing = Promise.all(people.map((person) => write(person, round)));
    await Promise.race([writing, moment()]);
    round.killed = true;
    equal(await hub.kill(), "SIGKILL", "the end of the program");
    const open = await writing;
    const before = hub.moment();
    await hub.serve(...FREELY);
    hub.settle(before);
    const view = await look(reader, round.ideas);
    for (const act of open) act.found(view);
    compare(view, round.ideas);
    if (rounds % DOCTOR === 0) hub.sound();
}

/* Whoever is replied to, once each; and nobody has looked yet. */
function told() {
    const wanted = [...comments]
        .map(([id, { parent, author }]) => [id, comments.get(parent)?.author ?? reader.id, author])
        .filter(([, replied, author]) => replied !== author)
        .map(([id, replied]) => `${id}|${replied}`);
    const found = hub.sql(
        "SELECT a.record_id, n.person_id FROM notifications n" +
            " JOIN activities a ON a.id = n.activity_id WHERE n.reason = 'reply'",
    );
    equal(found.split("\n").sort().join("\n"), wanted.sort().join("\n"), "who was told of what");
    const all = hub.sql("SELECT COUNT(*) FROM notifications");
    equal(hub.sql("SELECT SUM(unseen) FROM inboxes"), all, "what waits to be seen");
}

console.log(`# ${on}, SKEP_CRASH_SEED=${seed}`);
await begin();
for (let n = 1; n <= ROUNDS; n++)
    await test(`${on}: kill -9 under write load, ${n} of ${ROUNDS}`, round_run);
await test(`${on}: all that was acknowledged in ${ROUNDS} rounds is there`, async () => {
    const all = [...ideas.keys()];
    compare(await look(reader, all), all);
    equal(await hub.stop(), 0, "the code of a stopped program");
    hub.sound();
    told();
    ok(acknowledged >= ROUNDS / 2, `only ${acknowledged} writes were acknowledged`);
});
console.log(
    `# ${acknowledged} acknowledged, ${comments.size} comments, ${ideas.size} ideas,`,
    `${[...votes.values()].reduce((n, voters) => n + voters.size, 0)} votes`,
);
done();

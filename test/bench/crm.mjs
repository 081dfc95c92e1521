// crm.mjs: a customer desk: pages by custom fields, boards, names while typing, CSV both ways, and
// who waits while a field is added. `limit` is CPU in milliseconds unless a unit is said.

import fs from "node:fs";
import path from "node:path";

import * as hubs from "./hub.mjs";

const enc = encodeURIComponent;
const row = '<tr class="data__row';

/** Pages, for measure() of run.mjs; all of them as one of the staff sees them. */
export function crmWorks(facts) {
    const page = { group: "crm", signedIn: true };
    const few = facts.deals < 50_000;
    return [
        {
            ...page, id: "crm-list", title: "list of 50, by two custom fields", limit: 0.6,
            paths: ["/deals?usage_level=high&sort=-usage_score"], row, rows: 50,
            has: ["Usage score", "Usage level", "Usage date"],
        },
        {
            ...page, id: "crm-list-rare", title: "the same, one in eighty matches", limit: 0.6,
            paths: ["/deals?contract_level=top&sort=-usage_score"], row, rows: few ? 10 : 50,
        },
        {
            ...page, id: "crm-detail", title: "deal, 30 notes and tasks lead to it", limit: 0.6,
            paths: [`/deals/${facts.deal}`], row: 'id="entry-', rows: facts.entries,
            has: ["Usage score", 'name="_csrf"'],
        },
        {
            ...page, id: "crm-card", title: "card of a person and of a deal", limit: 0.1,
            paths: [`/cards/${facts.person}`, `/cards/${facts.deal}`],
            row: '<article class="id-card"', rows: 1, has: ["id-card__facts"], end: "</article>",
        },
        {
            ...page, id: "crm-board", title: "board by stage with totals", limit: 1,
            paths: ["/deals?as=board&by=stage"], row: '<li class="kard"', rows: few ? 60 : 120,
        },
        {
            ...page, id: "crm-typeahead", title: "names while typing", limit: 0.3, p99: 20,
            paths: facts.prefixes.map((q) => `/names?type=person&q=${enc(q)}`),
            row: 'class="combo__option"', rows: 1, end: "</div>",
        },
    ];
}

// ---- what is no page ----

function headers(session, more) {
    return { cookie: `skep_session=${session.cookie}`, "x-csrf-token": session.csrf, ...more };
}

/** The longest and the usual wait of others while `work` runs, each a request after the other. */
async function waits(tasks, work) {
    const found = tasks.map(() => []);
    let going = true;
    const loops = tasks.map(async (task, i) => {
        while (going) {
            const began = performance.now();
            await task();
            found[i].push(performance.now() - began);
        }
    });
    const result = await work();
    going = false;
    await Promise.all(loops);
    return { result, longest: found.map((list) => Math.max(...list)),
             n: found.map((list) => list.length) };
}

/** Others read lists and edit deals while an administrator adds fields. */
export async function addingFields({ server, state, facts, print, check, cpu }) {
    const get = async (at) => {
        const answer = await fetch(server.url + at, { headers: headers(state.reader) });
        await answer.arrayBuffer();
        check(answer.status === 200, `adding a field: ${at} answered with ${answer.status}`);
    };
    let n = 0;
    const edit = async () => {
        const answer = await fetch(`${server.url}/deals/${facts.deal}`, {
            method: "PATCH", body: JSON.stringify({ probability: 10 * (n++ % 9) }),
            headers: headers(state.reader, { "content-type": "application/json",
                                             accept: "application/json" }) });
        await answer.arrayBuffer();
        check([200, 429].includes(answer.status), `adding a field: an edit got ${answer.status}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const add = async () => {
        const began = performance.now();
        for (const kind of ["integer", "text", "choice"]) {
            const body = { label: `${kind} of the berth`, kind };
            if (kind === "choice") {
                body.choices = "a = A\nb = B";
            }
            const answer = await fetch(`${server.url}/types/person/fields`, {
                method: "POST", body: JSON.stringify(body),
                headers: headers(state.admin, { "content-type": "application/json",
                                                accept: "application/json" }) });
            check(answer.status === 201, `adding a field: answered with ${answer.status} ` +
                  `${(await answer.text()).slice(0, 200)}`);
        }
        return (performance.now() - began) / 3;
    };
    const pages = [() => get("/people?sort=-usage_score"), () => get(`/deals/${facts.deal}`), edit];
    const quiet = await waits(pages, () => new Promise((resolve) => setTimeout(resolve, 500)));
    const before = cpu(server.pids());
    const got = await waits(pages, add);
    const value = Math.max(...got.longest);
    print({ work: "crm-add-field", title: "a field is added: longest wait of others", value,
            limit: 100, unit: " ms",
            note: `${got.result.toFixed(0)} ms a field; longest read ` +
                  `${Math.max(got.longest[0], got.longest[1]).toFixed(0)}, edit ` +
                  `${got.longest[2].toFixed(0)} ms (without: ` +
                  `${Math.max(...quiet.longest).toFixed(0)}), CPU ` +
                  `${(cpu(server.pids()) - before).toFixed(0)} ms` });
}

/** Private memory of the process while `work` runs: the most that was seen. */
async function peaking(server, privateKiB, work) {
    const pid = server.pids()[0];
    let most = privateKiB(pid);
    const timer = setInterval(() => (most = Math.max(most, privateKiB(pid))), 500);
    try {
        return { result: await work(), mib: most / 1024 };
    } finally {
        clearInterval(timer);
    }
}

/** All deals as CSV (the list of people has no CSV), into a file: { status, rows, bytes }. */
async function download(server, session, file) {
    const answer = await fetch(`${server.url}/deals.csv`,
                               { headers: headers(session, { accept: "text/csv" }) });
    const out = fs.openSync(file, "w");
    let rows = 0;
    let bytes = 0;
    for await (const chunk of answer.body) {
        fs.writeSync(out, chunk);
        bytes += chunk.length;
        for (const byte of chunk) {
            rows += byte === 10;
        }
    }
    fs.closeSync(out);
    return { status: answer.status, rows: rows - 1, bytes };
}

export async function exporting({ server, state, facts, print, check, cpu, privateKiB }) {
    const file = path.join(hubs.work, "deals.csv");
    const before = cpu(server.pids());
    const began = performance.now();
    const { result, mib } = await peaking(server, privateKiB,
                                          () => download(server, state.reader, file));
    const wall = (performance.now() - began) / 1000;
    const used = (cpu(server.pids()) - before) / 1000;
    check(result.status === 200 && result.rows >= facts.deals,
          `export: ${result.rows} rows (${result.status}), ${facts.deals} expected`);
    const limit = (20 * facts.deals) / 1e6;
    print({ work: "crm-export", title: `export of ${facts.deals} deals, all fields`,
            value: wall, limit, unit: " s",
            note: `${wall.toFixed(1)} s, CPU ${used.toFixed(1)} s, ` +
                              `${(result.bytes / 1e6).toFixed(0)} MB, ` +
                              `${mib.toFixed(0)} MiB private` });
}

/** Rows of people as CSV; those of one `i` are one person. */
function peopleFile(file, rows, job) {
    const lines = ["Name,E-mail,Job title,Phone,Birthday"];
    for (let i = 0; i < rows; i++) {
        const name = names(i);
        const mailbox = name.toLowerCase().replace(/[^a-z]+/g, ".");
        lines.push(`${name},${mailbox}.${i}@c${i % 9973}.example,` +
                   `${job},+4930${10_000_000 + ((i * 7919) % 89_999_999)},` +
                   `19${50 + (i % 49)}-0${1 + (i % 9)}-1${i % 9}`);
    }
    fs.writeFileSync(file, lines.join("\n") + "\n");
}

/** Sends the file, tries it and has it imported; the dry run counts. */
async function imported(server, session, file, { cpu, privateKiB }) {
    const json = { accept: "application/json" };
    const answer = await fetch(`${server.url}/people/imports?name=people.csv`, {
        method: "POST", body: fs.readFileSync(file),
        headers: headers(session, { ...json, "content-type": "application/octet-stream" }) });
    const at = `${server.url}/people/imports/${(await answer.json()).data.id}`;
    const before = cpu(server.pids());
    const began = performance.now();
    let tried = 0;
    const { result, mib } = await peaking(server, privateKiB, async () => {
        const empty = { body: "{}", headers: headers(session, {
            ...json, "content-type": "application/json" }) };
        await fetch(at, { ...empty, method: "PATCH" });
        await settled(at, session, ["tried"]);
        tried = (performance.now() - began) / 1000;
        await fetch(`${at}/runs`, { ...empty, method: "POST" });
        return settled(at, session, ["done", "failed"]);
    });
    const wall = (performance.now() - began) / 1000;
    const used = (cpu(server.pids()) - before) / 1000;
    const note = (rows) => `${wall.toFixed(1)} s with its dry run of ${tried.toFixed(1)} s, ` +
                           `CPU ${used.toFixed(1)} s, ` +
                           `${((used * 1e6) / rows).toFixed(0)} us a row, ` +
                           `${mib.toFixed(0)} MiB private`;
    return { result, wall, note };
}

/** The same rows into an empty hub, matched by e-mail and name; then some of them changed. */
export async function importingCsv({ print, check, cpu, privateKiB, where, rows }) {
    const file = path.join(hubs.work, "people-import.csv");
    const again = Math.min(rows, 100_000);
    hubs.skep(where, "bench", "crm", "--people", "10", "--organisations", "10", "--deals", "10");
    const server = await hubs.serve(where);
    try {
        const [session] = hubs.sessions(where, 0, "someone-0");
        peopleFile(file, rows, "Buyer");
        const made = await imported(server, session, file, { cpu, privateKiB });
        check(made.result.created === rows,
              `import: ${made.result.created} of ${rows} rows (${made.result.state})`);
        print({ work: "crm-import", title: `import of ${rows} people`, value: made.wall,
                limit: (60 * rows) / 1e6, unit: " s", note: made.note(rows) });
        peopleFile(file, again, "Seller");
        const changed = await imported(server, session, file, { cpu, privateKiB });
        check(changed.result.updated === again,
              `import: ${changed.result.updated} of ${again} changed (${changed.result.state})`);
        print({ work: "crm-import-again", title: `${again} of them change`, value: changed.wall,
                note: changed.note(again) });
    } finally {
        await server.stop();
    }
}

async function settled(at, session, states) {
    for (;;) {
        const json = { accept: "application/json" };
        const answer = await fetch(at, { headers: headers(session, json) });
        const { data } = await answer.json();
        if (states.includes(data.state)) {
            return data;
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
    }
}

/** Given names, and surnames of four or five syllables: more than a million different ones. */
function names(i) {
    const first = ["Anna", "Jonas", "Marta", "David", "Nkechi", "Lukas", "Sofia", "Paul", "Ines"];
    const parts = ["ber", "lan", "mor", "nor", "ros", "sal", "tel", "vik", "wen", "zar", "hol"];
    const part = (n) => parts[n % parts.length];
    const n = Math.floor(i / first.length);
    const last = part(n) + part(Math.floor(n / 11)) + part(Math.floor(n / 121)) +
                 part(Math.floor(n / 1331)) + (n < 14641 ? "" : part(Math.floor(n / 14641)));
    return `${first[i % first.length]} ${last[0].toUpperCase()}${last.slice(1)}`;
}

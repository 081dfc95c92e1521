// run.mjs: measures Skep and nginx by turns, and checks what they answer and write; see bin/bench.
//
// CPU is that of the server's process, user and system, over the whole time of a load. Requests per
// second share the machine with wrk, so on few cores they tell as much about wrk; CPU does not.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { backing } from "./backup.mjs";
import { addingFields, crmWorks, exporting, importingCsv } from "./crm.mjs";
import * as hubs from "./hub.mjs";
import { living, livingInTwo } from "./live.mjs";
import { works } from "./works.mjs";

// ---- what to do: options, then names of works or groups of them ----

const options = { names: [] };
for (const word of process.argv.slice(2)) {
    if (word.startsWith("--")) {
        const [name, value] = word.slice(2).split("=");
        options[name] = value ?? true;
    } else {
        options.names.push(word);
    }
}

const quick = Boolean(options.quick);
const plan = quick ? { rounds: 1, warm: 0, seconds: 0.6, size: "tiny", people: 1500 }
                   : { rounds: 3, warm: 1, seconds: 4, size: "full", people: 10000 };
if (options.postgres) {
    plan.size = quick ? "tiny" : "small";
}
plan.crm = quick ? "crm-small" : options.postgres ? "crm-middle" : "crm";
plan.rows = quick ? 2_000 : 1_000_000;
for (const name of ["rounds", "seconds", "rows"]) {
    plan[name] = Number(options[name] ?? plan[name]);
}
if (options.size) {
    plan[options.size.startsWith("crm") ? "crm" : "size"] = options.size;
}
const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const results = [];
const problems = [];

// ---- reading the kernel's books ----

/** Milliseconds of CPU that these processes have used. */
function cpu(pids) {
    let sum = 0;
    for (const pid of pids) {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        sum += Number(fields[11]) + Number(fields[12]);
    }
    return (sum * 1000) / ticks;
}

/** What the process has for itself, without pages of the mapped database file. */
function privateKiB(pid) {
    let sum = 0;
    let database = false;
    for (const line of fs.readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
        const mapping = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line);
        if (mapping) {
            database = /hub\.db(-shm)?$/.test(mapping[1]);
        } else if (!database && line.startsWith("Private_")) {
            sum += Number(line.split(/\s+/)[1]);
        }
    }
    return sum;
}

/** The servers of PostgreSQL under test/pg.sh: its main process and all its children. */
function postgresPids() {
    const dir = /host=([^&]+)/.exec(process.env.SKEP_TEST_DATABASE ?? "")?.[1];
    const about = fs.readFileSync(path.join(dir, "data/postmaster.pid"), "utf8");
    const main = Number(about.split("\n")[0]);
    return [main, ...hubs.children(main)];
}

/** CPU of processes that may come and go: what the living have used, ended ones left out. */
function cpuOfLiving(pids) {
    return new Map(pids.map((pid) => {
        try {
            return [pid, cpu([pid])];
        } catch {
            return [pid, 0];
        }
    }));
}

/**
 * A server that has done what was left to do behind the log: it uses two hundredths of a core at
 * most for half a second. What a copy of a hub still has to look through is no part of a page.
 */
async function serving(where) {
    const server = await hubs.serve(where);
    const patience = Date.now() + 20 * 60_000;
    for (let before = -1e9, now = 0; now - before > 10; before = now, now = cpu(server.pids())) {
        if (Date.now() > patience) {
            hubs.say("the server does not come to rest");
            break;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return server;
}

// ---- one load ----

function lua(value) {
    if (Array.isArray(value)) {
        return `{${value.map(lua).join(",")}}`;
    }
    if (typeof value === "object") {
        return `{${Object.entries(value).map(([k, v]) => `${k}=${lua(v)}`).join(",")}}`;
    }
    return JSON.stringify(value);
}

let loads = 0;

function wrk(url, settings, seconds, clients = 64) {
    const file = path.join(hubs.work, `settings${loads++ % 4}.lua`); // of loads side by side
    fs.writeFileSync(file, `return ${lua(settings)}\n`);
    return new Promise((resolve, reject) => {
        const threads = Math.min(2, clients);
        const words = [`-t${threads}`, `-c${clients}`, `-d${seconds}s`, "--latency", "-s",
                       path.join(hubs.root, "test/bench/load.lua"), url, "--", file];
        const child = spawn("wrk", words);
        let text = "";
        child.stdout.on("data", (chunk) => (text += chunk));
        child.stderr.on("data", (chunk) => (text += chunk));
        child.on("close", () => {
            const found = /RESULT (\{.*\})/.exec(text);
            found ? resolve(JSON.parse(found[1])) : reject(new Error(`wrk failed: ${text}`));
        });
    });
}

/** --perf: where the time goes, for `perf report -i build/bench/NAME.perf`. */
function watch(server, name, seconds) {
    return new Promise((resolve) => {
        const file = path.join(hubs.work, `${name}.perf`);
        const words = ["record", "-q", "-o", file, "-g", "-p", server.pids().join(","),
                       "--", "sleep", String(seconds)];
        spawn("perf", words, { stdio: "ignore" }).on("close", resolve).on("error", resolve);
    });
}

/** Whole seconds only, says wrk; shorter ones are cut by the delay of load.lua or end early. */
async function load(server, settings, seconds, name) {
    const whole = Math.max(1, Math.ceil(settings.write ? seconds + 0.4 : seconds));
    const before = cpu(server.pids());
    const others = server.others ? cpuOfLiving(server.others()) : null;
    const watcher = options.perf && name ? watch(server, name, seconds) : null;
    const got = await wrk(server.url, settings, whole);
    await watcher;
    const used = cpu(server.pids()) - before;
    got.seconds = settings.write ? seconds : got.us / 1e6;
    got.rate = got.requests / got.seconds;
    got.cpu = used / got.requests;
    if (others) {
        let sum = 0;
        for (const [pid, now] of cpuOfLiving(server.others())) {
            sum += now - (others.get(pid) ?? 0);
        }
        got.others = sum / got.requests;
    }
    return got;
}

function check(fine, text) {
    if (!fine) {
        problems.push(text);
    }
    return fine;
}

// ---- pages ----

let examined = 0;

/** The address after redirects and the length of the answer, which must hold what it should. */
async function examine(server, work, at, cookie) {
    const headers = cookie ? { cookie: `skep_session=${cookie}` } : {};
    headers["x-forwarded-for"] = `10.255.${examined >> 8}.${examined++ & 255}`;
    const answer = await fetch(server.url + at, { headers });
    const text = await answer.text();
    const where = `${work.title} (${at})`;
    check(answer.status === 200, `${where}: answered with ${answer.status}`);
    const rows = text.split(work.row).length - 1;
    check(rows >= work.rows, `${where}: ${rows} rows, at least ${work.rows} expected`);
    for (const part of work.has ?? []) {
        check(text.includes(part), `${where}: lacks ${part}`);
    }
    check(text.trimEnd().endsWith(work.end ?? "</html>"), `${where}: is cut off`);
    const address = new URL(answer.url);
    const page = { path: address.pathname + address.search, bytes: Buffer.byteLength(text) };
    return work.known ? known(server, page, answer.headers.get("etag"), where) : page;
}

/** Who has it already is told so, and gets nothing else. */
async function known(server, page, etag, where) {
    const headers = [["If-None-Match", etag]];
    const again = await fetch(server.url + page.path, { headers });
    check(again.status === 304, `${where}: asked again, answered with ${again.status}`);
    check(again.headers.get("etag") === etag, `${where}: the ETag has changed`);
    return { path: page.path, bytes: (await again.text()).length, headers };
}

async function pages(server, work, cookie) {
    const found = [];
    for (const at of work.paths) {
        found.push(await examine(server, work, at, cookie));
    }
    const settings = { paths: found.map((page) => page.path), headers: found[0].headers ?? [] };
    if (cookie) {
        settings.cookie = cookie;
    }
    if (work.group === "search") {
        settings.spread = true;
    }
    return { settings, bytes: found.reduce((sum, page) => sum + page.bytes, 0) / found.length };
}

async function readRound(server, work, state) {
    const cookie = work.signedIn ? state.reader.cookie : null;
    const { settings, bytes } = await pages(server, work, cookie);
    if (plan.warm) {
        await load(server, settings, plan.warm);
    }
    const got = await load(server, settings, plan.seconds, work.id);
    check(got.status === 0 && got.broken === 0,
          `${work.title}: ${got.status} refused, ${got.broken} broken`);
    const head = 900; // wrk counts the headers too
    const mean = got.bytes / got.requests;
    check(mean > bytes * 0.97 && mean < bytes * 1.03 + head,
          `${work.title}: ${Math.round(mean)} bytes an answer, ${Math.round(bytes)} expected`);
    got.bytes_each = Math.round(bytes);
    return got;
}

// ---- changes ----

async function writeRound(server, work, state) {
    const settings = { write: work.write, sessions: state.writers.map((s) => [s.cookie, s.csrf]),
                       ideas: work.ideas, texts: state.texts };
    settings.span = Math.floor((state.writers.length * work.ideas.length) / 2);
    const shot = async (seconds, name) => {
        settings.first = state.next[work.id] ?? 0;
        settings.seconds = seconds;
        const got = await load(server, settings, seconds, name);
        const most = Math.ceil(got.requests * 0.7); // of one of the two threads
        state.next[work.id] = settings.first + most;
        check(settings.first + most <= settings.span, `${work.title}: no new pairs are left`);
        return got;
    };
    if (plan.warm) {
        await shot(plan.warm);
    }
    const before = hubs.counts(state.where);
    const commits = await commitsOf(server);
    const got = await shot(plan.seconds, work.id);
    const since = hubs.counts(state.where, before);
    got.per_commit = got.requests / ((await commitsOf(server)) - commits);
    got.notifications = since.notifications / got.requests;
    check(got.status === 0 && got.broken === 0,
          `${work.title}: ${got.status} refused, ${got.broken} broken`);
    for (const [name, differs] of Object.entries(work.wrote(since, got.requests))) {
        check(differs === 0, `${work.title}: ${differs} more rows of ${name} than answers`);
    }
    return got;
}

async function commitsOf(server) {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^skep_commit_writes_count (\d+)/m.exec(text)?.[1] ?? NaN);
}

// ---- works by turns ----

function median(list) {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
}

function chosen(list) {
    const { names } = options;
    const named = (work, name) =>
        work.id === name || work.group === name || work.id.startsWith(`${name}-`);
    return list.filter((work) => names.length === 0 || names.some((name) => named(work, name)));
}

/** Whether this one of the works that are not in works.mjs is to be done. */
function wants(name) {
    const named = (word) => name === word || name.startsWith(`${word}-`);
    return options.names.length === 0 || options.names.some(named);
}

/** Whether anything is wanted that needs the large hub. */
function wantsLarge() {
    const apart = (name) => name === "import" || /^(live|crm)(-|$)/.test(name);
    return options.names.length === 0 || !options.names.every(apart);
}

/** The customer desk is large: it is measured when it is named, or small. */
function wantsCrm(name) {
    return options.names.length === 0 ? quick
        : options.names.some((word) => word === "crm" || word === name);
}

function number(value, digits) {
    return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

function line(title, rate, used, ratio, p99, limit, verdict, note) {
    const columns = [title.padEnd(40), rate.padStart(8), used.padStart(8), ratio.padStart(7),
                     p99.padStart(7), limit.padStart(9), verdict.padEnd(7), note];
    console.log(columns.join(" ").trimEnd());
}

function print(entry) {
    results.push(entry);
    if (options.json) {
        return;
    }
    const limit = entry.limit ? `${entry.limit}${entry.unit ?? " ms"}` : "";
    const verdict = entry.limit ? (entry.value <= entry.limit ? "ok" : "MISSED") : "";
    line(entry.title, number(entry.rate, 0), number(entry.cpu, 4), number(entry.ratio, 3),
         number(entry.p99_ms, 1), limit, verdict, entry.note ?? "");
}

function heading(text) {
    if (!options.json) {
        console.log(`\n${text}`);
        line("work", "req/s", "CPU ms", "x nginx", "p99 ms", "limit", "", "");
    }
}

function summary(work, rounds, size) {
    const value = median(rounds.map((r) => r.cpu));
    const entry = {
        work: work.id, title: work.title, ideas: size, limit: work.limit, value, cpu: value,
        rate: median(rounds.map((r) => r.rate)), ratio: median(rounds.map((r) => r.ratio)),
        p50_ms: median(rounds.map((r) => r.p50_us)) / 1000,
        p99_ms: median(rounds.map((r) => r.p99_us)) / 1000,
        bytes: rounds[0].bytes_each, rounds: rounds.map((r) => Number(r.cpu.toFixed(5))),
    };
    const notes = [];
    if (work.p99 && entry.p99_ms > work.p99) {
        notes.push(`p99 MISSED (${work.p99} ms)`);
    }
    if (rounds[0].bytes_each) {
        notes.push(`${(rounds[0].bytes_each / 1000).toFixed(1)} kB`);
    }
    if (rounds[0].others !== undefined) {
        entry.postgres_cpu = median(rounds.map((r) => r.others));
        notes.push(`+ PostgreSQL ${number(entry.postgres_cpu, 3)}`);
    }
    if (Number.isFinite(rounds[0].per_commit)) {
        entry.per_commit = median(rounds.map((r) => r.per_commit));
        notes.push(`${number(entry.per_commit, 1)} a commit`);
    }
    if (work.write === "comments") {
        entry.notifications = median(rounds.map((r) => r.notifications));
        notes.push(`${number(entry.notifications, 1)} notifications each`);
    }
    entry.note = notes.join(", ");
    return entry;
}

async function onCrm(still) {
    const { where, facts } = options.postgres ? hubs.postgres(plan.crm) : hubs.copy(plan.crm);
    const [reader, admin] = hubs.sessions(where, 0, facts.author, facts.admin);
    const state = { where, reader, admin, next: {} };
    const server = await serving(where);
    const tools = { server, state, facts, print, check, cpu, privateKiB };
    if (options.postgres) {
        server.others = postgresPids;
    }
    heading(`${options.postgres ? "PostgreSQL" : "SQLite"}, ${facts.contacts} people, ` +
            `${facts.organisations} organisations, ${facts.deals} deals, ${facts.fields} fields ` +
            "of the hub's own for each of people and deals");
    try {
        const list = crmWorks(facts).filter((work) => wantsCrm(work.id));
        await measure(server, still, list, state, facts.contacts);
        if (wantsCrm("crm-export")) {
            await exporting(tools);
        }
        if (wantsCrm("crm-add-field")) {
            await addingFields(tools);
        }
    } finally {
        await server.stop();
    }
}

/** The million rows come into an empty hub. */
async function crmImport() {
    const folder = path.join(hubs.work, "crm-import");
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder);
    const where = options.postgres ? hubs.fresh() : ["--data", folder];
    await importingCsv({ print, check, cpu, privateKiB, where, rows: plan.rows });
    fs.rmSync(folder, { recursive: true, force: true });
}

const crmNames = ["crm-list", "crm-list-rare", "crm-detail", "crm-card", "crm-board",
                  "crm-typeahead", "crm-export", "crm-add-field"];

function stateOf(where, facts) {
    const [reader, ...writers] = hubs.sessions(where, plan.people, facts.author);
    const word = (i) => facts.common_words[i % facts.common_words.length];
    const texts = Array.from({ length: 50 }, (_, i) =>
        Array.from({ length: 45 }, (_, k) => (k % 9 === 8 ? facts.rare_words[(i + k) % 8]
            : k % 3 ? facts.function_words[(i + k) % 8] : word(i * 3 + k))).join(" ") + ".");
    return { where, reader, writers, texts, next: {} };
}

/** Each round: nginx, then every work once. */
async function measure(server, still, list, state, size) {
    const rounds = new Map(list.map((work) => [work, []]));
    const turns = [];
    for (let round = 0; round < plan.rounds; round++) {
        const page = { paths: ["/page.html"], headers: [] };
        const base = await load(still, page, plan.warm + plan.seconds / 2);
        const mean = base.bytes / base.requests;
        check(Math.abs(mean - still.bytes) < 600, "nginx: answers of another length");
        turns.push(base);
        for (const work of list) {
            const got = await (work.write ? writeRound : readRound)(server, work, state);
            got.ratio = got.rate / base.rate;
            rounds.get(work).push(got);
        }
    }
    print(summary({ id: "nginx", title: "nginx, static file of 12 kB" },
                  turns.map((turn) => ({ ...turn, ratio: 1 })), size));
    for (const [work, got] of rounds) {
        print(summary(work, got, size));
    }
}

function memory(server, title, id, limited) {
    const value = privateKiB(server.pids()[0]) / 1024;
    print({ work: id, title, value, limit: limited ? 64 : undefined, unit: " MiB", mib: value,
            note: `${value.toFixed(1)} MiB private` });
}

async function onSqlite(still) {
    const { where, facts, bytes } = hubs.copy(plan.size);
    const state = stateOf(where, facts);
    const server = await serving(where);
    heading(`SQLite, ${facts.ideas} ideas, ${facts.votes} votes, ${facts.comments} comments` +
            `${facts.imported ? " and bicycles.meta" : ""}, ${Math.round(bytes / 1e6)} MB`);
    try {
        if (wants("memory")) {
            memory(server, "process, idle after its start", "memory-idle", true);
        }
        await measure(server, still, chosen(works(facts)), state, facts.ideas);
        if (wants("backup")) {
            await backing({ server, where, state, facts, wrk, print, check, median,
                            seconds: quick ? 1 : 3 });
        }
        if (wants("memory")) {
            /* What a busy hour needed is given back after eight quiet seconds. */
            await new Promise((resolve) => setTimeout(resolve, quick ? 200 : 12_000));
            memory(server, "process, idle after all that", "memory-after", true);
        }
    } finally {
        await server.stop();
    }
}

async function onPostgres(still) {
    const { where, facts } = hubs.postgres(plan.size);
    const state = stateOf(where, facts);
    const server = await serving(where);
    server.others = postgresPids;
    heading(`PostgreSQL, ${facts.ideas} ideas, ${facts.votes} votes, ${facts.comments} comments`);
    try {
        const list = chosen(works(facts)).map((work) => ({ ...work, limit: undefined }));
        await measure(server, still, list, state, facts.ideas);
        if (wants("backup")) {
            await backing({ server, where, state, facts, wrk, print, check, median,
                            seconds: quick ? 1 : 3 });
        }
        if (wants("live-two")) {
            await livingInTwo({ print, one: server, where });
        }
    } finally {
        await server.stop();
    }
}

/** The same pages on a hub of another size. */
async function growth(still, size) {
    const { where, facts } = hubs.copy(size);
    const state = stateOf(where, facts);
    const server = await serving(where);
    heading(`SQLite, ${facts.ideas} ideas, ${facts.votes} votes, ${facts.comments} comments`);
    try {
        const list = chosen(works(facts)).filter((work) => !/author|mine/.test(work.id));
        await measure(server, still, list, state, facts.ideas);
    } finally {
        await server.stop();
    }
}

/** The import into an empty hub: wall time and CPU, as the kernel counts ended children. */
function importing() {
    const from = hubs.dumpFolder();
    if (!from) {
        return;
    }
    const hub = path.join(hubs.work, "import");
    fs.rmSync(hub, { recursive: true, force: true });
    fs.mkdirSync(hub);
    const own = () => {
        const stat = fs.readFileSync("/proc/self/stat", "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return ((Number(fields[13]) + Number(fields[14])) * 1000) / ticks;
    };
    const before = own();
    const began = performance.now();
    let text;
    try {
        text = hubs.skep(["--data", hub], "import", "stackexchange", from, "--space", "Bicycles",
                         "--json");
    } catch (error) {
        text = error.stdout;
        check(false, "import of bicycles.meta: a count differs");
    }
    const wall = (performance.now() - began) / 1000;
    const used = (own() - before) / 1000;
    const { taken } = JSON.parse(text);
    const whole = taken.people === 2551 && taken.comments === 2448;
    check(whole, "import of bicycles.meta: rows are missing");
    print({ work: "import", title: "import of bicycles.meta", value: wall, limit: 3,
            unit: " s", wall,
            note: `${wall.toFixed(2)} s, CPU ${used.toFixed(2)} s` });
}

function machine() {
    const model = os.cpus()[0].model;
    return { date: new Date().toISOString().slice(0, 10), cpu: model, cores: os.cpus().length,
             kernel: os.release(), memory_gib: Math.round(os.totalmem() / 2 ** 30),
             load: os.loadavg().map((x) => Number(x.toFixed(2))) };
}

async function main() {
    fs.mkdirSync(hubs.work, { recursive: true });
    const about = machine();
    if (!options.json) {
        console.log(`${about.date}, ${about.cores} x ${about.cpu}, Linux ${about.kernel}, ` +
                    `load before ${about.load[0]}`);
    }
    const still = await hubs.nginx();
    try {
        if (crmNames.some(wantsCrm)) {
            await onCrm(still);
        }
        if (wantsCrm("crm-import")) {
            await crmImport();
        }
        if (options.postgres) {
            if (wantsLarge()) {
                await onPostgres(still);
            }
        } else if (options.growth) {
            const sizes = quick ? ["tiny", "small"] : ["small", "full"];
            for (const size of options.large ? [...sizes, "large"] : sizes) {
                await growth(still, size);
            }
        } else {
            if (wantsLarge()) {
                await onSqlite(still);
            }
            if (wants("live-memory") || wants("live-fan")) {
                heading("SQLite, open pages");
                await living({ wants, print, check, wrk, cpu, privateKiB,
                               streams: quick ? 2_000 : 10_000, seconds: quick ? 2 : 10 });
            }
            if (wants("import")) {
                importing();
            }
        }
    } finally {
        await still.stop();
    }
    about.load_after = os.loadavg().map((x) => Number(x.toFixed(2)));
    if (options.json) {
        console.log(JSON.stringify({ machine: about, results, problems }, null, 1));
    }
    for (const text of problems) {
        process.stderr.write(`bench: WRONG: ${text}\n`);
    }
    process.exitCode = problems.length ? 1 : 0;
}

await main();

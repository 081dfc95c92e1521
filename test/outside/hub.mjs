/*
 * hub.mjs: the built program as its neighbours see it: started, asked over HTTP, stopped, killed.
 *
 *     const hub = await Hub.make();                     // a folder, or with
 *     const hub = await Hub.make({ on: "postgres" });   // SKEP_TEST_DATABASE a database
 *     await hub.serve();
 *     const ana = await hub.person("ana");              // has joined and signed in
 *     const made = await ana.post("/ideas/1/comments", { body: "Yes" });
 *     await hub.kill();                                 // SIGKILL
 *
 * People speak as browsers do: cookies of their own, the CSRF token, an address of their own, one
 * connection that is kept. Nothing stays behind: folders, databases and programs go with the test.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const SKEP = process.env.SKEP ?? path.join(ROOT, "build/skep");
export const OWNER = {
    email: "owner@example.org",
    name: "Olga Owner",
    password: "the owner's password",
};

const SLOW = 1; /* seconds: a test that takes longer says so */
const PATIENCE = 20_000; /* ms for one answer, and for a start */
const running = new Set();
const scratch = mkdtempSync(path.join(tmpdir(), "skep-outside."));
const databases = [];
process.on("exit", () => {
    for (const child of running) child.kill("SIGKILL");
    for (const name of databases)
        sql(process.env.SKEP_TEST_DATABASE, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

/* ---- results, in TAP ---- */

const count = { passed: 0, failed: 0 };

export async function test(name, run) {
    const number = () => count.passed + count.failed;
    const began = performance.now();
    try {
        await run();
        count.passed++;
        console.log(`ok ${number()} - ${name}`);
    } catch (error) {
        count.failed++;
        console.log(
            `not ok ${number()} - ${name}\n${String(error.stack ?? error).replace(/^/gm, "# ")}`,
        );
    }
    const seconds = (performance.now() - began) / 1000;
    if (seconds > SLOW) console.log(`# took ${seconds.toFixed(1)} s`);
}

export function done() {
    console.log(`${count.passed} passed, ${count.failed} failed`);
    process.exit(count.failed ? 1 : 0);
}

export function ok(value, words) {
    if (!value) throw new Error(words);
}

export function equal(got, want, words = "") {
    if (got !== want) throw new Error(`${words}: got ${got}, expected ${want}`);
}

/* ---- hubs ---- */

/* Asks a database of PostgreSQL, or a hub's file, behind the program's back. */
export function sql(where, text) {
    const [tool, args] = where.startsWith("postgres")
        ? ["psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", where, "-c", text]]
        : ["sqlite3", [where, text]];
    return execFileSync(tool, args, { encoding: "utf8" }).trim();
}

let made = 0;

export class Hub {
    /* `on` is sqlite or postgres. The hub has an owner, OWNER. */
    static async make({ on = "sqlite", owner = true } = {}) {
        const hub = new Hub();
        hub.number = ++made;
        if (on === "postgres") {
            const name = `outside_${process.pid}_${made}`;
            sql(process.env.SKEP_TEST_DATABASE, `CREATE DATABASE ${name}`);
            databases.push(name);
            hub.file = process.env.SKEP_TEST_DATABASE.replace(/\/\/([^/]*)\/\w+/, `//$1/${name}`);
            hub.options = ["--database", hub.file, "--files", path.join(scratch, `files${made}`)];
        } else {
            hub.data = path.join(scratch, `hub${made}`);
            hub.file = path.join(hub.data, "hub.db");
            hub.options = ["--data", hub.data];
        }
        if (owner) {
            const init = hub.run(
                ["init", "--email", OWNER.email, "--name", OWNER.name],
                `${OWNER.password}\n`,
            );
            equal(init.code, 0, `skep init said ${init.err}; its code`);
        }
        return hub;
    }

    /* Runs a command to its end. */
    run(args, input = "", environment = {}) {
        const { status, signal, stdout, stderr } = spawnSync(SKEP, [...this.options, ...args], {
            input,
            encoding: "utf8",
            env: { ...process.env, SKEP_TEST: "1", ...environment },
            timeout: 120_000,
        });
        return { code: signal ?? status, out: stdout, err: stderr };
    }

    sql(text) {
        return sql(this.file, text);
    }

    /* --trust-proxy: each person's X-Forwarded-For makes them a client of their own. */
    async serve(...more) {
        const served = new Served(this, [
            ...this.options,
            "--listen",
            "127.0.0.1:0",
            "--trust-proxy",
            ...more,
            "serve",
        ]);
        await served.ready;
        this.served = served;
        return served;
    }

    kill() {
        return this.served.end("SIGKILL");
    }

    stop() {
        return this.served.end("SIGTERM");
    }

    person(name) {
        return Person.join(this, name);
    }

    owner() {
        return Person.signIn(this, OWNER);
    }

    /* PostgreSQL may still be committing for a program that is dead: settle(moment()) waits until
     * nothing runs there that was begun before. */
    moment() {
        return this.data ? null : this.sql("SELECT clock_timestamp()");
    }

    settle(moment) {
        const older =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()" +
            ` AND backend_start < '${moment}'`;
        while (moment && this.sql(older) !== "0");
    }

    /* Until the log's consumers have taken all, and no job is under way or due. */
    async quiet() {
        const due = () => `state = 'waiting' AND due_at <= ${Date.now()}000`;
        const busy = () =>
            this.sql(
                "SELECT (SELECT COUNT(*) FROM cursors" +
                    " WHERE activity_id < (SELECT MAX(id) FROM activities))" +
                    ` + (SELECT COUNT(*) FROM jobs WHERE state = 'running' OR (${due()}))`,
            ) !== "0";
        for (const end = Date.now() + PATIENCE; busy();) {
            ok(Date.now() < end, "the hub does not come to rest");
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    /* What the program counts again must be what it kept. */
    sound() {
        const doctor = this.run(["doctor"]);
        ok(
            doctor.code === 0,
            `skep doctor, code ${doctor.code}:\n${doctor.out.slice(0, 4000)}${doctor.err}`,
        );
    }
}

/* One run of `skep serve`. */
class Served {
    constructor(hub, args) {
        this.out = this.err = "";
        this.child = spawn(SKEP, args, {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, SKEP_TEST: "1" },
        });
        running.add(this.child);
        this.gone = new Promise((resolve) =>
            this.child.on("close", (code, signal) => {
                running.delete(this.child);
                this.ended = true;
                resolve(signal ?? code);
            }),
        );
        this.child.stderr.on("data", (text) => (this.err += text));
        this.ready = new Promise((resolve, reject) => {
            const timer = setTimeout(
                () => reject(new Error(`no start within ${PATIENCE} ms\n${this.err}`)),
                PATIENCE,
            );
            this.child.stdout.on("data", (text) => {
                this.out += text;
                const address = this.out.match(/^Skep is serving on .*:(\d+)\/?$/m);
                if (!address) return;
                this.port = Number(address[1]);
                clearTimeout(timer);
                resolve(this);
            });
            this.gone.then((code) => {
                clearTimeout(timer);
                reject(new Error(`skep ended with ${code}\n${this.err}`));
            });
        });
    }

    /* Gives the exit code, or the signal's name. */
    end(signal) {
        this.child.kill(signal);
        return this.gone;
    }
}

/* ---- people ---- */

let addresses = 0;

export class Person {
    constructor(hub, served = null) {
        const n = ++addresses;
        this.hub = hub;
        this.at = served; /* another server of the same hub; { port, tls: true }: another way in */
        this.address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
        this.cookies = new Map();
        this.agent = new (served?.tls ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
    }

    static async join(hub, name) {
        const person = new Person(hub);
        const who = { name, email: `${name}@example.org`, password: `the password of ${name}` };
        await person.read("/accounts/new");
        const joined = await person.form("/accounts", who);
        equal(joined.status, 303, `${name} joins`);
        return Person.signIn(hub, who, person);
    }

    static async signIn(hub, who, person = new Person(hub)) {
        person.name = who.name;
        await person.read("/session/new");
        const signed = await person.form("/session", { email: who.email, password: who.password });
        equal(signed.status, 303, `${who.name} signs in: ${signed.body}`);
        person.id =
            (await person.get("/account")).data &&
            Number(person.hub.sql(`SELECT person_id FROM accounts WHERE email = '${who.email}'`));
        await person.read("/");
        return person;
    }

    /* The same person in another browser tab: the session, but a connection of its own. */
    twin(served = this.at) {
        const twin = new Person(this.hub, served);
        Object.assign(twin, {
            cookies: this.cookies,
            csrf: this.csrf,
            id: this.id,
            name: this.name,
            address: this.address,
        });
        return twin;
    }

    /* Any request; rejects when the connection ends before the answer is whole. */
    ask(method, target, { headers = {}, body = null } = {}) {
        const { port, tls } = this.at ?? this.hub.served;
        return new Promise((resolve, reject) => {
            const request = (tls ? https : http).request(
                {
                    host: "127.0.0.1",
                    port,
                    method,
                    path: target,
                    agent: this.agent,
                    rejectUnauthorized: false,
                    timeout: PATIENCE,
                    headers: {
                        "X-Forwarded-For": this.address,
                        Cookie: [...this.cookies]
                            .map(([name, value]) => `${name}=${value}`)
                            .join("; "),
                        ...(body === null ? {} : { "Content-Length": Buffer.byteLength(body) }),
                        ...headers,
                    },
                },
                (response) => {
                    const parts = [];
                    response.on("data", (part) => parts.push(part));
                    response.on("error", reject);
                    response.on("aborted", () => reject(new Error("the answer was cut")));
                    response.on("end", () => {
                        for (const line of response.headers["set-cookie"] ?? []) this.keep(line);
                        const bytes = Buffer.concat(parts);
                        resolve({
                            status: response.statusCode,
                            headers: response.headers,
                            bytes,
                            body: bytes.toString(),
                        });
                    });
                },
            );
            request.on("timeout", () =>
                request.destroy(new Error(`${method} ${target}: no answer`)),
            );
            request.on("error", reject);
            request.end(body);
        });
    }

    keep(line) {
        const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line);
        if (value === "" || /max-age=0\b/i.test(rest)) this.cookies.delete(name);
        else this.cookies.set(name, value);
    }

    /* A page, whose token is kept. */
    async read(target) {
        const page = await this.ask("GET", target, { headers: { Accept: "text/html" } });
        const token =
            /name="csrf-token" content="([^"]+)"/.exec(page.body) ??
            /name="_csrf" value="([^"]+)"/.exec(page.body);
        if (token) this.csrf = token[1];
        return page;
    }

    form(target, fields) {
        return this.ask("POST", target, {
            headers: { Accept: "text/html", "Content-Type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams({ _csrf: this.csrf, ...fields }).toString(),
        });
    }

    async json(method, target, value = null, headers = {}) {
        const answer = await this.ask(method, target, {
            headers: {
                Accept: "application/json",
                ...(value === null ? {} : { "Content-Type": "application/json" }),
                ...(method === "GET" ? {} : { "X-CSRF-Token": this.csrf }),
                ...headers,
            },
            body: value === null ? null : JSON.stringify(value),
        });
        const read = answer.body ? JSON.parse(answer.body) : {};
        return {
            status: answer.status,
            headers: answer.headers,
            next: read.next,
            data: read.data,
            problem: read.detail ?? read.title,
        };
    }

    get(target) {
        return this.json("GET", target);
    }

    post(target, value = {}) {
        return this.json("POST", target, value);
    }

    /* A change that must succeed; gives its data. */
    async must(method, target, value = {}) {
        const answer = await this.json(method, target, value);
        ok(
            answer.status < 300,
            `${this.name}: ${method} ${target}: ${answer.status} ${answer.problem}`,
        );
        return answer.data;
    }
}

/* ---- words ---- */

/* The same numbers again for the same seed: mulberry32. */
export function dice(seed) {
    let state = seed >>> 0;
    return (sides) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) % sides;
    };
}

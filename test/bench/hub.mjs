// hub.mjs: hubs to measure on: made once, kept in build/bench, copied for each run.
//
// A kept hub is made anew when the schema or the generator has changed. Loads write into a copy, so
// that every run begins with the same data.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

export const root = path.resolve(new URL("../..", import.meta.url).pathname);
export const work = path.join(root, "build/bench");
export const program = process.env.SKEP ?? path.join(root, "build/skep");

const sizes = {
    tiny: { ideas: 2_000, votes: 20_000, comments: 20_000 },
    small: { ideas: 10_000, votes: 100_000, comments: 100_000 },
    full: { ideas: 100_000, votes: 1_000_000, comments: 1_000_000 },
    large: { ideas: 1_000_000, votes: 1_000_000, comments: 1_000_000 },
    "crm-small": { people: 4_000, organisations: 1_000, deals: 3_000 },
    "crm-middle": { people: 100_000, organisations: 10_000, deals: 30_000 },
    crm: { people: 1_000_000, organisations: 100_000, deals: 300_000 },
};

const crm = (size) => size.startsWith("crm");

export function sizeOf(name) {
    return sizes[name];
}

export function say(text) {
    process.stderr.write(`bench: ${text}\n`);
}

export function skep(where, ...words) {
    return execFileSync(program, [...where, ...words], { encoding: "utf8", maxBuffer: 64 << 20 });
}

// ---- the community that is imported beneath the generated data ----

const dump = process.env.SKEP_BENCH_DUMP ?? "";

/** The dump's folder with its files unpacked, or null when there is none. */
export function dumpFolder() {
    if (!dump || !fs.existsSync(dump)) {
        return null;
    }
    const files = fs.readdirSync(dump).filter((f) => f.endsWith(".xml.xz"));
    if (files.length === 0) {
        return dump;
    }
    const to = path.join(work, "dump", path.basename(path.resolve(dump)));
    fs.mkdirSync(to, { recursive: true });
    for (const file of files) {
        const plain = path.join(to, file.slice(0, -3));
        if (!fs.existsSync(plain)) {
            const packed = path.join(dump, file);
            fs.writeFileSync(plain, execFileSync("xz", ["-dkc", packed], { maxBuffer: 1 << 30 }));
        }
    }
    return to;
}

// ---- made once ----

/** What the data depend on: another one of these, and the hub is made anew. */
function stamp(size) {
    const hash = createHash("sha256").update(JSON.stringify(sizes[size])).update(dump);
    const sources = ["db/migrate", "src/features/bench"].flatMap((folder) =>
        fs.readdirSync(path.join(root, folder)).map((file) => path.join(folder, file)));
    sources.push("src/record/search_index.c", "src/record/search_words.c", "src/record/path.c");
    const read = sources.filter((name) => /\.(c|h|sql)$/.test(name) && !/_test\./.test(name));
    for (const file of read.sort()) {
        hash.update(fs.readFileSync(path.join(root, file)));
    }
    return hash.digest("hex").slice(0, 16);
}

function importInto(where, from) {
    spawnSync(program, [...where, "import", "stackexchange", from, "--space", "Bicycles"]);
}

function fillWords(size) {
    const numbers = Object.entries(sizes[size]).flatMap(([name, n]) => [`--${name}`, String(n)]);
    return ["bench", crm(size) ? "crm" : "fill", ...numbers];
}

/** Where and what: { folder, facts }. */
export function kept(size) {
    const folder = path.join(work, size);
    const facts = path.join(folder, "facts.json");
    const mark = stamp(size);
    if (fs.existsSync(facts)) {
        const known = JSON.parse(fs.readFileSync(facts, "utf8"));
        if (known.stamp === mark || process.env.SKEP_BENCH_KEEP) {
            return { folder, facts: known };
        }
    }
    const what = Object.entries(sizes[size]).map(([name, n]) => `${n} ${name}`).join(", ");
    say(`filling a hub with ${what} (once)`);
    fs.rmSync(folder, { recursive: true, force: true });
    const fresh = `${folder}.new`;
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.mkdirSync(fresh, { recursive: true });
    const began = Date.now();
    const from = crm(size) ? null : dumpFolder();
    if (from) {
        importInto(["--data", fresh], from);
    } else if (!crm(size)) {
        say("SKEP_BENCH_DUMP names no Stack Exchange dump: the hub holds generated data only");
    }
    const known = JSON.parse(skep(["--data", fresh], ...fillWords(size)));
    known.stamp = mark;
    known.imported = from !== null;
    fs.writeFileSync(path.join(fresh, "facts.json"), JSON.stringify(known));
    fs.renameSync(fresh, folder);
    say(`filled in ${Math.round((Date.now() - began) / 1000)} s`);
    return { folder, facts: known };
}

/** A copy to write into: { where: program options, facts }. */
export function copy(size) {
    const { folder, facts } = kept(size);
    const to = path.join(work, "run");
    fs.rmSync(to, { recursive: true, force: true });
    fs.mkdirSync(to, { recursive: true });
    execFileSync("cp", ["--reflink=auto", path.join(folder, "hub.db"), to]);
    execFileSync("sync", [path.join(to, "hub.db")]);
    return { where: ["--data", to], facts, bytes: fs.statSync(path.join(to, "hub.db")).size };
}

/** A PostgreSQL hub in the database that SKEP_TEST_DATABASE names. */
export function postgres(size) {
    const url = process.env.SKEP_TEST_DATABASE;
    const where = ["--database", url];
    const from = crm(size) ? null : dumpFolder();
    say(`filling PostgreSQL, size "${size}"`);
    if (from) {
        importInto(where, from);
    }
    const facts = JSON.parse(skep(where, ...fillWords(size)));
    execFileSync("psql", ["-q", url, "-c", "VACUUM ANALYZE"]);
    return { where, facts };
}

/** Pairs of cookie and form token: of the named people first, then of so many new members. */
export function sessions(where, count, ...handles) {
    const lines = skep(where, "bench", "sessions", String(count), ...handles).trim().split("\n");
    return lines.map((line) => {
        const [, cookie, csrf] = line.split(" ");
        return { cookie, csrf };
    });
}

export function counts(where, since) {
    const words = since ? [String(since.last_record), String(since.last_activity)] : [];
    return JSON.parse(skep(where, "bench", "count", ...words));
}

// ---- the servers ----

function started(child, ready) {
    return new Promise((resolve, reject) => {
        let seen = "";
        const look = (chunk) => {
            seen += chunk;
            const found = ready(seen);
            if (found) {
                resolve(found);
            }
        };
        child.stdout?.on("data", look);
        child.stderr?.on("data", look);
        child.on("exit", (code) => reject(new Error(`the server ended (${code}): ${seen}`)));
    });
}

export async function serve(where) {
    const words = ["--listen", "127.0.0.1:0", "--trust-proxy", "--no-access-log", "serve"];
    const child = spawn(program, [...where, ...words]);
    const address = await started(child, (text) => /serving on (\S+)/.exec(text)?.[1]);
    return { url: `http://${address}`, pids: () => [child.pid], stop: () => stop(child) };
}

/** nginx with a static file of 12 kB: what this machine can do at all. */
export async function nginx() {
    const home = path.join(work, "nginx");
    fs.mkdirSync(home, { recursive: true });
    const begin = "<!DOCTYPE html><title>static</title>\n";
    const text = begin.padEnd(12_288, "A page that nobody had to make. ");
    fs.writeFileSync(path.join(home, "page.html"), text);
    const port = 20_000 + (process.pid % 20_000);
    fs.writeFileSync(path.join(home, "nginx.conf"), `
daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 2;
events { worker_connections 1024; }
http {
    access_log off; sendfile on; tcp_nopush on; open_file_cache max=10;
    keepalive_requests 100000000;
    client_body_temp_path ${home}/t1; proxy_temp_path ${home}/t2; fastcgi_temp_path ${home}/t3;
    uwsgi_temp_path ${home}/t4; scgi_temp_path ${home}/t5; types { text/html html; }
    server { listen 127.0.0.1:${port} reuseport; root ${home}; }
}
`);
    fs.chmodSync(home, 0o755);
    const binary = fs.existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
    const user = process.getuid() === 0 ? "user root; " : "";
    const words = ["-c", path.join(home, "nginx.conf"), "-g", user];
    const child = spawn(binary, words, { stdio: "ignore" });
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; ; tries++) {
        const answer = await fetch(`${url}/page.html`).catch(() => null);
        if (answer?.ok) {
            break;
        }
        if (tries > 100 || child.exitCode !== null) {
            throw new Error(`nginx does not start; see ${home}/error.log`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const pids = () => [child.pid, ...children(child.pid)];
    return { url, pids, stop: () => stop(child), bytes: text.length };
}

export function children(pid) {
    const list = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return list.trim().split(" ").filter(Boolean).map(Number);
}

function stop(child) {
    return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) {
            resolve();
            return;
        }
        child.on("exit", resolve);
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
    });
}

/** An empty hub in the database that SKEP_TEST_DATABASE names: in a schema of its own. */
export function fresh() {
    const url = process.env.SKEP_TEST_DATABASE;
    execFileSync("psql", ["-q", url, "-c", "CREATE SCHEMA bench_import"]);
    const mark = url.includes("?") ? "&" : "?";
    return ["--database", `${url}${mark}options=-csearch_path%3Dbench_import`];
}

// backup.mjs: a backup beside a server that is read and written, and a hub made of it.
//
// Two clients read pages and two vote, one request after the other, so that their waiting is the
// server's and not a queue's: first alone, then while `skep backup` runs.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import * as hubs from "./hub.mjs";

const CLIENTS = 2;

/** Runs a command to its end: { told, wall }, told being its JSON. */
function run(where, ...words) {
    const began = performance.now();
    return new Promise((resolve, reject) => {
        const child = spawn(hubs.program, [...where, ...words, "--json"]);
        let out = "";
        let err = "";
        child.stdout.on("data", (chunk) => (out += chunk));
        child.stderr.on("data", (chunk) => (err += chunk));
        child.on("close", (code) => {
            const wall = (performance.now() - began) / 1000;
            code === 0 ? resolve({ told: JSON.parse(out), wall })
                       : reject(new Error(`skep ${words.join(" ")}: ${err}`));
        });
    });
}

/** The milliseconds under which 99 of 100 reads, and writes, were answered. */
async function load(bench, turn) {
    const { server, state, facts, seconds, wrk } = bench;
    const ideas = facts.samples.slice(-100);
    const span = Math.floor((state.writers.length * ideas.length) / 2);
    const [read, write] = await Promise.all([
        wrk(server.url, { paths: ["/ideas", `/ideas/${facts.idea}`] }, seconds, CLIENTS),
        wrk(server.url, { write: "votes", ideas, span, first: turn * Math.floor(span / 100),
                          sessions: state.writers.map((s) => [s.cookie, s.csrf]),
                          seconds: seconds - 0.5 }, seconds, CLIENTS),
    ]);
    bench.check(read.status + read.broken + write.status + write.broken === 0,
                `backup: ${read.status} reads and ${write.status} votes were refused`);
    return { read: read.p99_us / 1000, write: write.p99_us / 1000,
             rate: (read.requests + write.requests) / seconds };
}

export async function backing(bench) {
    const { where, print, check, median } = bench;
    const file = path.join(hubs.work, "run.backup");
    const alone = await load(bench, 0);
    const turns = [];
    let ended = false;
    const backup = run(where, "backup", file).finally(() => (ended = true));
    backup.catch(() => {}); // the awaited one tells it
    while (!ended && turns.length < 100) {
        turns.push(await load(bench, turns.length + 1));
    }
    const done = await backup;
    const during = (name) => median(turns.map((turn) => turn[name]));
    const mib = (bytes) => bytes / 2 ** 20;
    const rows = done.told.holds.tables.reduce((sum, table) => sum + table.rows, 0);
    print({ work: "backup", title: "backup beside reads and writes", limit: 64, unit: " MiB",
            value: mib(done.told.memory_bytes), wall: done.wall, rows, bytes: done.told.bytes,
            read_p99_ms: [alone.read, during("read")], write_p99_ms: [alone.write, during("write")],
            note: `${done.wall.toFixed(1)} s, ${rows} rows, ` +
                  `${mib(done.told.bytes).toFixed(0)} MiB written and read back, ` +
                  `${mib(done.told.memory_bytes).toFixed(1)} MiB at most; p99 of reads ` +
                  `${alone.read.toFixed(1)} -> ${during("read").toFixed(1)} ms, of votes ` +
                  `${alone.write.toFixed(1)} -> ${during("write").toFixed(1)} ms` });
    const to = path.join(hubs.work, "restored");
    fs.rmSync(to, { recursive: true, force: true });
    const made = await run(["--data", to], "restore", file);
    check(made.told.unsound === 0, "restore: the hub is not sound");
    print({ work: "restore", title: "restore of it, proven", wall: made.wall,
            memory_mib: mib(made.told.memory_bytes),
            note: `${made.wall.toFixed(1)} s, at most ` +
                  `${mib(made.told.memory_bytes).toFixed(1)} MiB` });
    fs.rmSync(to, { recursive: true, force: true });
    fs.rmSync(file, { force: true });
}

// live.mjs: open pages: memory of a stream, how soon an event is there, and two processes.
//
// live-memory  private memory of the server for each idle stream
// live-fan     one vote reaches all streams while two clients of wrk cast other votes, one after
//              the other; and what the votes wait for their answers, beside and without events
// live-two     from the sending of a comment to one process until a page of another process hears
//              of it; on PostgreSQL
//
// The streams are held by `skep bench listen`, which spends little on an event. Still it shares the
// cores with the server; the server's CPU for one event to one stream is told, too.

import { spawn } from "node:child_process";
import net from "node:net";
import readline from "node:readline";

import * as hubs from "./hub.mjs";

const PEOPLE = 1_000;
const CLIENTS = 2;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const clock = () => Number(process.hrtime.bigint() / 1000n); // monotonic, as that of `bench listen`

function percentile(list, p) {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))];
}

/** So many streams in a process of their own: all() resolves when each has had the next event. */
async function crowd(url, topic, count) {
    const { port } = new URL(url);
    const words = ["listen", port, String(topic), String(count), "data-score"];
    const child = spawn(hubs.program, ["bench", ...words], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
        const late = wait(20_000).then(() => ({ done: true }));
        const { value, done } = await Promise.race([lines.next(), late]);
        if (done) throw new Error(`some of ${count} streams heard nothing`);
        return value;
    };
    if ((await next()) !== "open") throw new Error("the streams could not be opened");
    return {
        all: async () => Number((await next()).split(" ")[1]),
        close: async () => {
            child.stdin.end();
            await ended;
        },
    };
}

async function write(url, path, session, fields = "") {
    const answer = await fetch(url + path, {
        method: "POST",
        redirect: "manual",
        headers: {
            "Content-Type": "application/x-www-form-urlencoded",
            Cookie: `skep_session=${session.cookie}`,
            Origin: url,
        },
        body: `_csrf=${session.csrf}${fields}`,
    });
    await answer.arrayBuffer();
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status}`);
}

async function firstIdeas(url) {
    const answer = await (await fetch(`${url}/ideas.json`)).json();
    return answer.data.map((idea) => idea.id);
}

async function memory({ print, privateKiB, streams }, server, ideas) {
    const pid = server.pids()[0];
    const warm = await crowd(server.url, ideas[0], 50);
    await warm.close();
    await wait(500);
    const before = privateKiB(pid);
    const held = await crowd(server.url, ideas[0], streams);
    await wait(500);
    const value = (privateKiB(pid) - before) / streams;
    await held.close();
    print({ work: "live-memory", title: `idle stream, of ${streams}`, value, limit: 4, unit: " kB",
            note: `${value.toFixed(2)} kB each` });
}

/** So many votes, each heard by all: the milliseconds that took. */
async function rounds(server, idea, held, people) {
    const took = [];
    for (const person of people) {
        await wait(150);
        const heard = held.all();
        const began = clock();
        await Promise.all([write(server.url, `/ideas/${idea}/votes`, person), heard]);
        took.push(((await heard) - began) / 1000);
    }
    return took;
}

async function fan({ print, check, wrk, cpu, streams, seconds }, server, ideas, people) {
    const [idea, ...others] = ideas;
    const voters = people.slice(100).map((s) => [s.cookie, s.csrf]);
    const votes = (turn) => wrk(server.url, {
        write: "votes", ideas: others, sessions: voters, seconds: seconds - 0.5,
        span: Math.floor((voters.length * others.length) / 4),
        first: turn * Math.floor((voters.length * others.length) / 2),
    }, seconds, CLIENTS);
    const held = await crowd(server.url, idea, streams);

    const before = cpu(server.pids());
    const quiet = await rounds(server, idea, held, people.slice(0, 10));
    const each = ((cpu(server.pids()) - before) * 1000) / (10 * streams);
    const alone = await votes(0);
    const beside = votes(1);
    const many = Math.max(4, Math.floor(seconds * 2));
    const took = await rounds(server, idea, held, people.slice(10, 10 + many));
    const got = await beside;
    await held.close();

    check(alone.status + alone.broken + got.status + got.broken === 0,
          "live: votes were refused");
    const worst = Math.max(...took);
    print({ work: "live-fan", title: `event to ${streams} streams, beside votes`, value: worst,
            limit: 500, unit: " ms", quiet_ms: percentile(quiet, 50), cpu_us_each: each,
            note: `median ${percentile(took, 50).toFixed(0)}, worst ${worst.toFixed(0)} ms; ` +
                  `without votes ${percentile(quiet, 50).toFixed(0)} ms; ` +
                  `${each.toFixed(1)} us of CPU a stream` });
    const p99 = got.p99_us / 1000;
    print({ work: "live-votes", title: "votes beside these events", value: p99, limit: 50,
            p99_ms: p99, rate: got.requests / (seconds - 0.5),
            alone_p99_ms: alone.p99_us / 1000,
            note: `p99 without events ${(alone.p99_us / 1000).toFixed(1)} ms` });
}

/** On SQLite; `wants` says which. */
export async function living(bench) {
    const { wants } = bench;
    const hub = hubs.copy("tiny");
    const people = hubs.sessions(hub.where, PEOPLE);
    const server = await hubs.serve(hub.where);
    try {
        const ideas = await firstIdeas(server.url);
        if (wants("live-memory")) await memory(bench, server, ideas);
        if (wants("live-fan")) await fan(bench, server, ideas, people);
    } finally {
        await server.stop();
    }
}

/** Resolves when the stream is open; calls heard(text) for all that comes later. */
function listen(url, topic, heard) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const socket = net.connect(Number(port), hostname);
        let open = false;
        socket.on("error", reject);
        socket.on("data", (chunk) => {
            const text = chunk.toString();
            if (open) heard(text);
            else if (text.includes("retry:")) {
                open = true;
                resolve(socket);
            } else if (!text.startsWith("HTTP/1.1 200")) reject(new Error(text.slice(0, 200)));
        });
        socket.write(`GET /live?topics=${topic} HTTP/1.1\r\nHost: hub\r\n\r\n`);
    });
}

/** Of two processes on the database of `where`, one of which is `one`. */
export async function livingInTwo({ print, one, where }) {
    const people = hubs.sessions(where, 50);
    const two = await hubs.serve(where);
    try {
        const [idea] = await firstIdeas(one.url);
        const took = [];
        let heard = null;
        const socket = await listen(two.url, idea, (text) => {
            if (text.includes("refresh")) heard?.(clock());
        });
        for (let i = 0; i < 40; i++) {
            const came = new Promise((resolve, reject) => {
                heard = resolve;
                const late = () => reject(new Error("the other process said nothing"));
                setTimeout(late, 10_000).unref();
            });
            const began = clock();
            await write(one.url, `/ideas/${idea}/comments`, people[i], `&body=Number+${i}`);
            took.push(((await came) - began) / 1000);
            await wait(30);
        }
        socket.destroy();
        const value = percentile(took, 50);
        print({ work: "live-two", title: "comment to a page of another process", value, limit: 100,
                p99_ms: percentile(took, 99), note: `median ${value.toFixed(1)} ms` });
    } finally {
        await two.stop();
    }
}

// live.mjs: measures open pages: memory of a stream, how soon an event is there, and two processes.
//
//     node test/bench/live.mjs [live-memory] [live-fan] [live-two] [--streams=N] [--json]
//
// live-memory  private memory of the server for each idle stream
// live-fan     one vote reaches all streams, while other votes are cast
// live-two     from the sending of a comment to one process until a page of another process hears
//              of it, on PostgreSQL: needs SKEP_TEST_DATABASE, so run it by `sh test/pg.sh run`
//
// The streams' own client shares the machine and its cores. Ends with 1 when one heard nothing.

import fs from "node:fs";
import net from "node:net";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import * as hubs from "./hub.mjs";

const words = process.argv.slice(2);
const option = (name, otherwise) =>
    Number(words.find((w) => w.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const streams = option("streams", 10_000);
const wanted = words.filter((w) => !w.startsWith("--"));
const results = {};
const now = () => performance.now();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (list, p) => {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))];
};

function privateKiB(pid) {
    let sum = 0;
    let database = false;
    for (const line of fs.readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
        const mapping = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line);
        if (mapping) database = /hub\.db(-shm)?$/.test(mapping[1]);
        else if (!database && line.startsWith("Private_")) sum += Number(line.split(/\s+/)[1]);
    }
    return sum;
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

async function listenMany(url, topic, count, heard) {
    const sockets = [];
    while (sockets.length < count) {
        const some = Math.min(200, count - sockets.length);
        sockets.push(...(await Promise.all(
            Array.from({ length: some }, () => listen(url, topic, heard)))));
    }
    return sockets;
}

async function write(url, path, session, fields = "") {
    const began = now();
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
    return now() - began;
}

async function firstIdeas(url) {
    const answer = await (await fetch(`${url}/ideas.json`)).json();
    return answer.data.map((idea) => idea.id);
}

async function onSqlite(run) {
    const hub = hubs.copy("tiny");
    const people = hubs.sessions(hub.where, 600);
    const server = await hubs.serve(hub.where);
    try {
        await run(server, await firstIdeas(server.url), people);
    } finally {
        await server.stop();
    }
}

const works = {
    async "live-memory"() {
        await onSqlite(async (server, ideas) => {
            const warm = await listenMany(server.url, ideas[0], 50, () => {});
            warm.forEach((socket) => socket.destroy());
            await wait(500);
            const before = privateKiB(server.pids()[0]);
            const sockets = await listenMany(server.url, ideas[0], streams, () => {});
            await wait(500);
            const after = privateKiB(server.pids()[0]);
            results["live-memory"] = { streams, bytes_each: Math.round(
                ((after - before) * 1024) / streams) };
            sockets.forEach((socket) => socket.destroy());
        });
    },

    async "live-fan"() {
        await onSqlite(async (server, ideas, people) => {
            let heard = 0;
            const sockets = await listenMany(server.url, ideas[0], streams, (text) => {
                heard += text.includes("data-score") ? 1 : 0;
            });
            // Apart: a client that takes ten thousand events cannot tell how long a write takes.
            const writer = new Worker(new URL(import.meta.url), {
                workerData: { url: server.url, ideas, people: people.slice(100) },
            });
            const reached = [];
            for (let round = 0; round < 8; round++) {
                await wait(300);
                heard = 0;
                const began = now();
                await write(server.url, `/ideas/${ideas[0]}/votes`, people[round]);
                while (heard < streams && now() - began < 10_000) await wait(2);
                reached.push(now() - began);
                if (heard < streams) throw new Error(`only ${heard} of ${streams} heard`);
            }
            const took = await new Promise((resolve) => {
                writer.on("message", resolve);
                writer.postMessage("stop");
            });
            results["live-fan"] = {
                streams,
                all_reached_ms_median: Math.round(percentile(reached, 50)),
                all_reached_ms_worst: Math.round(Math.max(...reached)),
                writes: took.length,
                write_p99_ms: Number(percentile(took, 99).toFixed(1)),
            };
            sockets.forEach((socket) => socket.destroy());
        });
    },

    async "live-two"() {
        const { where } = hubs.postgres("tiny");
        const people = hubs.sessions(where, 50);
        const one = await hubs.serve(where);
        const two = await hubs.serve(where);
        const [idea] = await firstIdeas(one.url);
        const took = [];
        let heard = null;
        const socket = await listen(two.url, idea, (text) => {
            if (text.includes("refresh")) heard?.(now());
        });
        for (let i = 0; i < 40; i++) {
            const came = new Promise((resolve) => (heard = resolve));
            const began = now();
            await write(one.url, `/ideas/${idea}/comments`, people[i], `&body=Number+${i}`);
            took.push((await came) - began);
            await wait(30);
        }
        socket.destroy();
        await one.stop();
        await two.stop();
        results["live-two"] = {
            events: took.length,
            median_ms: Number(percentile(took, 50).toFixed(1)),
            p99_ms: Number(percentile(took, 99).toFixed(1)),
        };
    },
};

async function writeOn({ url, ideas, people }) {
    const took = [];
    let writing = true;
    parentPort.on("message", () => (writing = false));
    await Promise.all(Array.from({ length: 4 }, async (_, w) => {
        const mine = people.slice(w * 100, w * 100 + 100);
        for (let i = 0; writing; i++)
            took.push(await write(url, `/ideas/${ideas[1 + (i % 20)]}/votes`,
                                  mine[Math.floor(i / 20) % 100]));
    }));
    parentPort.postMessage(took);
}

async function main() {
    const names = wanted.length ? wanted
        : Object.keys(works).filter((n) => n !== "live-two" || process.env.SKEP_TEST_DATABASE);
    for (const name of names) await works[name]();
    if (words.includes("--json")) console.log(JSON.stringify(results));
    else for (const [name, facts] of Object.entries(results)) console.log(name, facts);
    process.exit(0);
}

await (isMainThread ? main() : writeOn(workerData));

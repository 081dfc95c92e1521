/*
 * crowd.mjs: many slow clients, deaf streams, and no file descriptors left: others are served
 * meanwhile, memory stays bounded, and it is over when they go.
 *
 *     node test/outside/crowd.mjs [CLIENTS]
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import net from "node:net";
import { Hub, done, equal, ok, test } from "./hub.mjs";

const CLIENTS = Number(process.argv[2] ?? 400);
const LEAST_KB = 24; /* of private memory for one slow client, with what it has said */
const PATIENCE_MS = 250; /* for a page while they are there */

const hub = await Hub.make();
const served = await hub.serve("--loops", "2", "--no-access-log");
const owner = await hub.owner();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const fields = { title: "Room", body: "To write in", openness: "anyone", audience: "public" };
const space = (await owner.must("POST", "/spaces", fields)).id;
const { id } = await owner.must("POST", "/ideas", { space, title: "An idea", body: "Text" });

/* This machine asks directly: what came through a proxy would not see the figures. */
async function figures() {
    const text = await new Promise((resolve, reject) => {
        let heard = "";
        const socket = net.connect(served.port, "127.0.0.1", () =>
            socket.write("GET /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"),
        );
        socket.on("data", (part) => (heard += part));
        socket.on("error", reject);
        socket.on("close", () => resolve(heard));
    });
    return (name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

async function until(words, holds) {
    for (const end = Date.now() + 30_000; !(await holds()); await pause(20))
        ok(Date.now() < end, `never: ${words}`);
}

function open(text) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(served.port, "127.0.0.1", () => {
            socket.write(text);
            resolve(socket);
        });
        socket.once("error", reject);
        socket.on("error", () => {});
    });
}

async function quick(words) {
    const times = [];
    for (let i = 0; i < 21; i++) {
        const began = performance.now();
        equal((await owner.get(`/ideas/${id}`)).status, 200, words);
        times.push(performance.now() - began);
    }
    const median = times.sort((a, b) => a - b)[10];
    ok(median < PATIENCE_MS, `${words}: a page takes ${median.toFixed(1)} ms`);
    return median;
}

async function crowd(text) {
    const sockets = [];
    while (sockets.length < CLIENTS) {
        const few = Math.min(100, CLIENTS - sockets.length);
        sockets.push(...(await Promise.all(Array.from({ length: few }, () => open(text)))));
    }
    return sockets;
}

async function leave(sockets) {
    for (const socket of sockets) socket.destroy();
    /* The owner's, which is kept, and the one that asks. */
    await until("all are gone", async () => (await figures())("skep_connections") <= 2);
}

for (const [words, text] of [
    ["slow heads", "GET /ideas HTTP/1.1\r\nHost: hub\r\nX-Slow: "],
    ["slow bodies", "POST /session HTTP/1.1\r\nHost: hub\r\nContent-Length: 9000\r\n\r\nemail="],
])
    await test(`${CLIENTS} clients with ${words}`, async () => {
        const before = (await figures())("skep_private_memory_bytes");
        const sockets = await crowd(text);
        await until("all are there", async () => (await figures())("skep_connections") > CLIENTS);
        for (const socket of sockets) socket.write("a");
        const median = await quick(words);
        const each = ((await figures())("skep_private_memory_bytes") - before) / CLIENTS / 1024;
        console.log(`# ${each.toFixed(1)} kB each; a page in ${median.toFixed(1)} ms`);
        ok(each < LEAST_KB, `${each} kB for each`);
        await leave(sockets);
    });

await test(`${CLIENTS} live streams, half of which never read`, async () => {
    const ask = `GET /live?topics=${id} HTTP/1.1\r\nHost: hub\r\n\r\n`;
    const sockets = await crowd(ask);
    let heard = 0;
    sockets.forEach((socket, i) => {
        if (i % 2) socket.pause();
        else socket.on("data", (part) => (heard += String(part).includes("turbo-stream")));
    });
    await until("streams", async () => (await figures())("skep_streams") === CLIENTS);
    await owner.must("POST", `/ideas/${id}/comments`, { body: "News" });
    await until("the news at all who read", async () => heard >= CLIENTS / 2);
    await quick("streams");
    await leave(sockets);
});

await test("no file descriptors are left, and then there are again", async () => {
    const limit = (n) =>
        execFileSync("prlimit", ["--pid", String(served.child.pid), `--nofile=${n}:`]);
    await owner.ask("GET", "/spaces");
    const used = readdirSync(`/proc/${served.child.pid}/fd`).length;
    limit(used + 5);
    const head = "GET /ideas HTTP/1.1\r\n";
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open(head)));
    const cut = () => sockets.filter((socket) => socket.destroyed).length;
    await until("those that have no place are cut", () => cut() >= 30);
    equal((await owner.ask("GET", "/ideas")).status, 200, "a kept connection");
    ok(!served.ended, "it lives");
    limit(4096);
    for (const socket of sockets) socket.destroy();
    /* One that waited to be let in may be cut before the server sees its new limit. */
    const counted = () => figures().catch(() => () => NaN);
    await until("new connections", async () => (await counted())("skep_connections") <= 2);
    await quick("afterwards");
});

equal(await hub.stop(), 0, "the exit code");
hub.sound();
done();

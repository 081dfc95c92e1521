/*
 * files.mjs: uploads and downloads of the built program over real sockets: large, many, killed.
 *
 *     node test/outside/files.mjs [sqlite | postgres]
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { Hub, ROOT, done, equal, ok, test } from "./hub.mjs";

const MB = 1024 * 1024;
const SEEN_MAX_KB = 64 * 1024;

const KILLS = 8;
const hub = await Hub.make({ on: process.argv[2] ?? "sqlite" });
const elsewhere = mkdtempSync(path.join(tmpdir(), "skep-files."));
process.on("exit", () => rmSync(elsewhere, { recursive: true, force: true }));
hub.files = hub.data ? path.join(hub.data, "files") : elsewhere;
if (!hub.data) hub.options.push("--files", elsewhere);
await hub.serve();
const ana = await hub.person("ana");

/* Resident memory of the program in kB: now, and the most it ever was. */
function memory(name) {
    const status = readFileSync(`/proc/${hub.served.child.pid}/status`, "utf8");
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]);
}

function stored(folder = hub.files) {
    return existsSync(folder)
        ? readdirSync(folder, { recursive: true, withFileTypes: true })
              .filter((entry) => entry.isFile())
              .map((entry) => entry.name)
        : [];
}

function waiting() {
    return stored(path.join(hub.files, "tmp"));
}

function send(person, body, name, headers = {}) {
    return person.ask("POST", `/files?name=${encodeURIComponent(name)}`, {
        headers: {
            Accept: "application/json",
            "Content-Type": "application/octet-stream",
            "X-CSRF-Token": person.csrf,
            ...headers,
        },
        body,
    });
}

/* The body of an answer as its hash and length, without keeping it. */
function fetched(person, address) {
    const socket = net.connect(hub.served.port, "127.0.0.1");
    const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const hash = createHash("sha256");
    let head = Buffer.alloc(0);
    let body = -1; /* bytes of it; -1: the head is not over */
    socket.write(
        `GET ${address} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`,
    );
    const take = (piece) => {
        hash.update(piece);
        body += piece.length;
    };
    return new Promise((resolve, reject) => {
        socket.on("data", (piece) => {
            if (body >= 0) return take(piece);
            head = Buffer.concat([head, piece]);
            const end = head.indexOf("\r\n\r\n");
            if (end < 0) return;
            body = 0;
            take(head.subarray(end + 4));
        });
        socket.on("end", () => resolve({ bytes: body, hash: hash.digest("hex") }));
        socket.on("error", reject);
    });
}

const hashed = (bytes) => createHash("sha256").update(bytes).digest("hex");

await test("100 MB go up and come down in 64 MiB of memory", async () => {
    const bytes = randomBytes(100 * MB);
    const answer = await send(ana, bytes, "large.bin");
    equal(answer.status, 201, answer.body.slice(0, 300));
    const [file] = JSON.parse(answer.body).data;
    equal(file.bytes, bytes.length, "its size");
    equal(waiting().length, 0, "what is left in tmp");
    const back = await fetched(ana, file.path);
    equal(back.bytes, bytes.length, "bytes that came back");
    equal(back.hash, hashed(bytes), "their hash");
    const most = memory("VmHWM");
    console.log(`# most resident memory: ${most} kB, now ${memory("VmRSS")} kB`);
    ok(most <= SEEN_MAX_KB, `${most} kB were resident`);
});

/* confine RULE 4 */
await test("a confined server has pictures made anew", async () => {
    ok(/confined: files by Landlock, system calls/.test(hub.served.err), hub.served.err);
    const picture = readFileSync(path.join(ROOT, "src/record/fixtures/photo.jpg"));
    const answer = await send(ana, picture, "photo.jpg");
    equal(answer.status, 201, answer.body.slice(0, 300));
    const [file] = JSON.parse(answer.body).data;
    ok(file.width > 0 && file.height > 0, `no picture: ${answer.body} ${hub.served.err}`);
    const back = await fetched(ana, file.path);
    equal(back.bytes, file.bytes, "its bytes");
    ok(back.hash !== hashed(picture), "what came is kept as it came");
});

await test("eight at once do not need more, and are all whole", async () => {
    const all = Array.from({ length: 8 }, () => randomBytes(5 * MB));
    const answers = await Promise.all(
        all.map((bytes, i) => send(ana.twin(), bytes, `twin${i}.bin`)),
    );
    for (const [i, answer] of answers.entries()) {
        equal(answer.status, 201, answer.body.slice(0, 300));
        const back = await fetched(ana, JSON.parse(answer.body).data[0].path);
        equal(back.hash, hashed(all[i]), `the hash of number ${i}`);
    }
    const most = memory("VmHWM");
    ok(most <= SEEN_MAX_KB, `${most} kB were resident`);
});

/* record files RULE 4, upload RULE 5 */
await test(`killed ${KILLS} times while files come in: what was answered is there`, async () => {
    const said = new Map();
    for (let kill = 0; kill < KILLS; kill++) {
        const moment = hub.moment();
        let going = true;
        const senders = Promise.allSettled(Array.from({ length: 3 }, async (_, who) => {
            const person = ana.twin();
            for (let n = 0; going; n++) {
                const bytes = randomBytes(1 + ((kill * 37 + who * 11 + n * 5) % 40) * 10_000);
                const answer = await send(person, bytes, `${kill}-${who}-${n}.bin`);
                if (answer.status === 429) return; /* it was quick */
                if (answer.status !== 201) throw new Error(answer.body);
                said.set(JSON.parse(answer.body).data[0].path, hashed(bytes));
            }
        }));
        /* Any moment; every second time one behind an answer, however slow the machine is. */
        const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const before = said.size;
        for (const end = Date.now() + 10_000; kill % 2 && said.size === before;) {
            ok(Date.now() < end, "no file is answered for");
            await pause(5);
        }
        await pause(20 + kill * 17);
        going = false;
        await hub.kill();
        for (const one of await senders)
            ok(one.status === "fulfilled" || !/^\{/.test(one.reason.message), one.reason?.message);
        hub.settle(moment);
        await hub.serve();
        if (hub.data) equal(waiting().length, 0, "what is left in tmp");
    }
    ok(said.size >= KILLS / 2, `${said.size} files were answered for`);
    for (const [address, hash] of said)
        equal((await fetched(ana, address)).hash, hash, `the hash of ${address}`);
    hub.sound();
});

await hub.stop();
done();
